"""BigQuery in a process of its own: begun when it is needed, ended when it is not, and nothing lost between."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from google.cloud import bigquery

from emulators.apart import Apart
from emulators.http import HttpServer
from emulators.launch import launch
from tests.emulated.bigquery_running import client_for, rows
from tests.emulated.receiving import until

pytestmark = pytest.mark.emulated
MODULE = "emulators.bigquery"
UPLOADS = "/upload/bigquery/v2/projects/demo-p/jobs"
FEES = [bigquery.SchemaField("id", "STRING"), bigquery.SchemaField("amount", "NUMERIC")]
LOAD = {
    "configuration": {
        "load": {
            "destinationTable": {"projectId": "demo-p", "datasetId": "d", "tableId": "fees"},
            "sourceFormat": "NEWLINE_DELIMITED_JSON",
        }
    }
}


@contextmanager
def serving(path: Path | None, idle_s: float = 60) -> Iterator[tuple[Apart, str]]:
    """The service behind a port, and where that is."""
    apart = Apart(MODULE, path, idle_s=idle_s)
    server = HttpServer(apart.wsgi, 0)
    server.start()
    try:
        yield apart, f"http://127.0.0.1:{server.port}"
    finally:
        server.close()
        apart.close()


def made(url: str) -> bigquery.Client:
    """The client, with a table of fees made."""
    client = client_for(url)
    client.create_dataset("d", exists_ok=True)
    client.create_table(bigquery.Table("demo-p.d.fees", FEES), exists_ok=True)
    return client


def processes_over(path: Path) -> list[int]:
    """The running processes whose command line names the directory."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().split(b"\0")
        except OSError:
            continue
        found += [int(each.parent.name)] if str(path).encode() in words else []
    return found


def test_it_begins_with_the_first_request_and_ends_when_nobody_asks(tmp_path: Path) -> None:
    with serving(tmp_path, idle_s=0.3) as (apart, url):
        assert apart.pid is None
        made(url)
        assert apart.pid in processes_over(tmp_path)
        until(lambda: apart.pid is None)
        assert processes_over(tmp_path) == []


def test_rows_results_and_job_ids_outlast_the_process(tmp_path: Path) -> None:
    with serving(tmp_path, idle_s=0.3) as (apart, url):
        client = made(url)
        assert client.insert_rows_json("demo-p.d.fees", [{"id": "a", "amount": "1.5"}], row_ids=["1"]) == []
        asked = client.query("SELECT n, DATE '2026-01-31' AS day FROM UNNEST(GENERATE_ARRAY(1, 2500)) AS n ORDER BY n")
        asked.result()
        until(lambda: apart.pid is None)
        read = list(client.get_job(asked.job_id).result(page_size=700))
        assert [row["n"] for row in read] == list(range(1, 2501))
        assert {str(row["day"]) for row in read} == {"2026-01-31"}
        assert client.insert_rows_json("demo-p.d.fees", [{"id": "a", "amount": "1.5"}], row_ids=["1"]) == []
        assert rows(client, "SELECT count(*) FROM d.fees") == [(1,)]
        twice = httpx.post(
            f"{url}/bigquery/v2/projects/demo-p/jobs",
            json={
                "jobReference": {"jobId": asked.job_id},
                "configuration": {"query": {"query": "SELECT 1", "useLegacySql": False}},
            },
        )
        assert twice.status_code == 409


def test_an_upload_goes_on_where_the_process_ended(tmp_path: Path) -> None:
    content = b'{"id": "a", "amount": "1.5"}\n{"id": "b", "amount": "2"}\n'
    with serving(tmp_path) as (apart, url), httpx.Client() as http:
        client = made(url)
        opened = http.post(f"{url}{UPLOADS}?uploadType=resumable", json=LOAD)
        place = opened.headers["Location"]
        assert place.startswith(url)
        http.put(place, content=content[:20], headers={"Content-Range": f"bytes 0-19/{len(content)}"})
        kill(apart)
        asked = http.put(place, headers={"Content-Range": f"bytes */{len(content)}"})
        assert (asked.status_code, asked.headers["Range"]) == (308, "bytes=0-19")
        rest = {"Content-Range": f"bytes 20-{len(content) - 1}/{len(content)}"}
        loaded = http.put(place, content=content[20:], headers=rest)
        assert loaded.json()["status"] == {"state": "DONE"}
        assert http.put(place, content=content[20:], headers=rest).json()["id"] == loaded.json()["id"]
        assert rows(client, "SELECT id FROM d.fees ORDER BY id") == [("a",), ("b",)]


def test_nobody_reads_beside_the_uploads(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"job": {"kind": "secret"}}')
    with serving(tmp_path) as (_, url):
        for name in ("../secret", "..", "%00", "", "0" * 32):
            answer = httpx.put(
                f"{url}{UPLOADS}?uploadType=resumable&upload_id={name}", headers={"Content-Range": "bytes */9"}
            )
            assert answer.status_code == 404, name


def test_killed_it_is_begun_again_by_the_next_request(tmp_path: Path) -> None:
    with serving(tmp_path) as (apart, url):
        client = made(url)
        client.insert_rows_json("demo-p.d.fees", [{"id": "a"}])
        first = apart.pid
        kill(apart)
        assert rows(client, "SELECT id FROM d.fees") == [("a",)]
        assert apart.pid != first


def test_many_first_requests_begin_one_process(tmp_path: Path) -> None:
    with serving(tmp_path) as (apart, url), ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: httpx.get(f"{url}/bigquery/v2/projects/p/datasets", timeout=30), range(8)))
        assert [one.status_code for one in found] == [200] * 8
        assert processes_over(tmp_path) == [apart.pid]


def test_in_memory_it_lives_as_long_as_it_is_wanted() -> None:
    with serving(None, idle_s=0.1) as (apart, url):
        client = made(url)
        pid = apart.pid
        with pytest.raises(AssertionError, match="it never came"):
            until(lambda: apart.pid is None, patience_s=0.5)
        assert apart.pid == pid
        assert [table.table_id for table in client.list_tables("d")] == ["fees"]
    assert apart.pid is None


def test_where_it_can_not_start_the_client_is_told_to_try_again(tmp_path: Path) -> None:
    (tmp_path / "bigquery.duckdb").write_text("no database")
    with serving(tmp_path) as (_, url):
        answer = httpx.get(f"{url}/bigquery/v2/projects/p/datasets", timeout=30)
        assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (503, "backendError")


def test_it_ends_with_the_emulators_even_if_they_are_killed_and_the_next_ones_go_on(tmp_path: Path) -> None:
    with launch(tmp_path) as launched:
        client = made(launched.environment["BIGQUERY_EMULATOR_HOST"])
        client.insert_rows_json("demo-p.d.fees", [{"id": "a"}])
        assert len(processes_over(tmp_path / "bigquery")) == 1
        launched.kill()
    with launch(tmp_path) as launched:
        client = client_for(launched.environment["BIGQUERY_EMULATOR_HOST"])
        assert rows(client, "SELECT id FROM d.fees") == [("a",)]
        assert len(processes_over(tmp_path / "bigquery")) == 1
    until(lambda: not processes_over(tmp_path / "bigquery"))


def kill(apart: Apart) -> None:
    """Kills the process as a crash would, and waits until it is gone."""
    assert apart.pid is not None
    os.kill(apart.pid, signal.SIGKILL)
    until(lambda: apart.pid is None)
