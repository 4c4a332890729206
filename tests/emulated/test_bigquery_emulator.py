"""What the BigQuery emulator promises, seen through the real client."""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import decimal
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import SchemaField

from tests.emulated.bigquery_running import FULL_ROW, POSTINGS, client_for, connected, rows, running, value

pytestmark = pytest.mark.emulated
D = decimal.Decimal


@pytest.fixture
def client() -> Iterator[bigquery.Client]:
    with connected(dataset="books") as made:
        yield made


@pytest.fixture
def postings(client: bigquery.Client) -> str:
    client.create_table(bigquery.Table("demo-p.books.postings", schema=POSTINGS))
    return "demo-p.books.postings"


# Datasets, tables, views


def test_a_dataset_keeps_its_description_and_labels(client: bigquery.Client) -> None:
    dataset = client.get_dataset("books")
    dataset.description, dataset.labels = "the ledger", {"area": "ledger"}
    client.update_dataset(dataset, ["description", "labels"])
    again = client.get_dataset("books")
    assert (again.description, again.labels) == ("the ledger", {"area": "ledger"})
    assert [item.dataset_id for item in client.list_datasets()] == ["books"]


def test_a_dataset_with_tables_is_deleted_only_when_asked_for_its_contents(
    client: bigquery.Client, postings: str
) -> None:
    with pytest.raises(exceptions.BadRequest):
        client.delete_dataset("books")
    client.delete_dataset("books", delete_contents=True)
    with pytest.raises(exceptions.NotFound):
        client.get_table(postings)


def test_a_name_that_exists_is_a_conflict_and_one_that_does_not_is_not_found(
    client: bigquery.Client, postings: str
) -> None:
    with pytest.raises(exceptions.Conflict):
        client.create_dataset("books")
    with pytest.raises(exceptions.Conflict):
        client.create_table(bigquery.Table(postings, schema=POSTINGS))
    with pytest.raises(exceptions.NotFound):
        client.get_table("demo-p.books.nothing")
    with pytest.raises(exceptions.NotFound):
        rows(client, "SELECT 1 FROM books.nothing")


def test_a_table_keeps_schema_descriptions_partitioning_and_clustering(client: bigquery.Client) -> None:
    table = bigquery.Table("demo-p.books.t", schema=POSTINGS)
    table.description = "what was posted"
    table.time_partitioning = bigquery.TimePartitioning(type_="DAY", field="posted_on")
    table.clustering_fields = ["account"]
    client.create_table(table)
    found = client.get_table("demo-p.books.t")
    assert found.schema[0].description == "the posting's id"
    assert found.schema[0].mode == "REQUIRED"
    assert [field.name for field in found.schema[-1].fields] == ["n", "net"]
    assert (found.description, found.clustering_fields) == ("what was posted", ["account"])
    assert found.time_partitioning.field == "posted_on"


def test_an_added_column_can_be_filled_and_is_null_before(client: bigquery.Client, postings: str) -> None:
    client.insert_rows_json(postings, [{"id": "old"}])
    table = client.get_table(postings)
    table.schema = [*table.schema, SchemaField("note", "STRING", description="free text")]
    client.update_table(table, ["schema"])
    assert client.insert_rows_json(postings, [{"id": "new", "note": "hello"}]) == []
    assert rows(client, "SELECT id, note FROM books.postings ORDER BY id") == [("new", "hello"), ("old", None)]
    assert client.get_table(postings).schema[-1].description == "free text"


def test_a_column_can_be_neither_dropped_nor_retyped(client: bigquery.Client, postings: str) -> None:
    table = client.get_table(postings)
    table.schema = table.schema[:-1]
    with pytest.raises(exceptions.BadRequest, match="does not match"):
        client.update_table(table, ["schema"])
    table.schema = [*POSTINGS[:-1], SchemaField("lines", "STRING")]
    with pytest.raises(exceptions.BadRequest, match="does not match"):
        client.update_table(table, ["schema"])


def test_an_update_with_an_old_etag_is_refused(client: bigquery.Client, postings: str) -> None:
    first, second = client.get_table(postings), client.get_table(postings)
    first.description = "one"
    client.update_table(first, ["description"])
    second.description = "two"
    with pytest.raises(exceptions.PreconditionFailed):
        client.update_table(second, ["description"])


def test_nested_views_follow_their_tables(client: bigquery.Client, postings: str) -> None:
    for name, query in (
        ("latest", "SELECT * FROM `demo-p.books.postings` WHERE amount > 1"),
        ("totals", "SELECT account, SUM(amount) AS total FROM books.latest GROUP BY account"),
    ):
        view = bigquery.Table(f"demo-p.books.{name}")
        view.view_query = query
        client.create_table(view)
    client.insert_rows_json(postings, [FULL_ROW, {"id": "b", "account": "acc_1", "amount": "2"}])
    assert rows(client, "SELECT * FROM books.totals") == [("acc_1", D("12.000000001"))]
    table = client.get_table(postings)
    table.schema = [*table.schema, SchemaField("note", "STRING")]
    client.update_table(table, ["schema"])
    assert value(client, "SELECT COUNT(note) FROM books.latest") == 0
    assert client.get_table("books.totals").schema[1].field_type == "NUMERIC"
    assert {item.table_id: item.table_type for item in client.list_tables("books")} == {
        "latest": "VIEW",
        "postings": "TABLE",
        "totals": "VIEW",
    }


def test_a_view_over_a_missing_table_is_refused(client: bigquery.Client) -> None:
    view = bigquery.Table("demo-p.books.v")
    view.view_query = "SELECT * FROM books.nothing"
    with pytest.raises(exceptions.NotFound):
        client.create_table(view)


def test_a_demanded_partition_filter_is_enforced(client: bigquery.Client) -> None:
    table = bigquery.Table("demo-p.books.t", schema=[SchemaField("d", "DATE")])
    table.time_partitioning = bigquery.TimePartitioning(field="d")
    table.require_partition_filter = True
    client.create_table(table)
    with pytest.raises(exceptions.BadRequest, match="without a filter"):
        rows(client, "SELECT COUNT(*) FROM books.t")
    assert value(client, "SELECT COUNT(*) FROM books.t WHERE d > '2020-01-01'") == 0


# insertAll


def test_every_type_comes_back_as_it_was_sent(client: bigquery.Client, postings: str) -> None:
    assert client.insert_rows_json(postings, [FULL_ROW]) == []
    (row,) = client.query("SELECT * FROM books.postings").result()
    assert dict(row.items()) == FULL_ROW | {
        "amount": D("10.000000001"),
        "posted_at": dt.datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=dt.UTC),
        "posted_on": dt.date(2026, 3, 29),
        "raw": {"kind": {"name": "fee"}, "n": 3},
        "digest": b"\x00\xff",
        "lines": [{"n": 1, "net": D("0.5")}, {"n": 2, "net": None}],
    }
    (listed,) = client.list_rows(postings)
    assert listed == row


def test_a_row_sent_twice_under_one_insert_id_is_stored_once(client: bigquery.Client, postings: str) -> None:
    for _ in range(2):
        client.insert_rows_json(postings, [{"id": "a"}, {"id": "a"}, {"id": "b"}], row_ids=["a", "a", "b"])
    assert value(client, "SELECT COUNT(*) FROM books.postings") == 2


def test_rows_without_insert_ids_are_all_stored(client: bigquery.Client, postings: str) -> None:
    client.insert_rows_json(postings, [{"id": "a"}, {"id": "a"}], row_ids=[None, None])
    assert value(client, "SELECT COUNT(*) FROM books.postings") == 2


@pytest.mark.parametrize(
    ("bad", "location", "message"),
    [
        ({"id": "x", "colour": "red"}, "colour", "no such field: colour."),
        ({"account": "acc_1"}, "", "Missing required field: id."),
        ({"id": "x", "minor": "twelve"}, "minor", "Cannot convert value to integer (bad value): twelve"),
        ({"id": "x", "minor": 1.5}, "minor", "Cannot convert value to integer"),
        ({"id": "x", "amount": "0.0000000001"}, "amount", "NUMERIC keeps nine places"),
        ({"id": "x", "settled": "perhaps"}, "settled", "Cannot convert value to boolean"),
        ({"id": "x", "posted_on": "2026-02-30"}, "posted_on", "Cannot convert value to date"),
        ({"id": "x", "posted_at": "yesterday"}, "posted_at", "Cannot convert value to timestamp"),
        ({"id": "x", "raw": "{"}, "raw", "Cannot convert value to json"),
        ({"id": "x", "digest": "*"}, "digest", "Cannot convert value to bytes"),
        ({"id": "x", "account": ["a"]}, "account", "Array specified for non-repeated field."),
        ({"id": "x", "tags": "a"}, "tags", "repeated"),
        ({"id": "x", "lines": [{"m": 1}]}, "lines.m", "no such field: m."),
    ],
)
def test_a_bad_row_is_named_and_stops_its_request(
    client: bigquery.Client, postings: str, bad: dict[str, Any], location: str, message: str
) -> None:
    refused, stopped = sorted(client.insert_rows_json(postings, [{"id": "ok"}, bad]), key=lambda item: -item["index"])
    assert refused["index"] == 1
    assert refused["errors"][0]["reason"] == "invalid"
    assert refused["errors"][0]["location"] == location
    assert message in refused["errors"][0]["message"]
    assert (stopped["index"], stopped["errors"][0]["reason"]) == (0, "stopped")
    assert value(client, "SELECT COUNT(*) FROM books.postings") == 0


def test_skipping_invalid_rows_stores_the_others(client: bigquery.Client, postings: str) -> None:
    sent = [{"id": "ok"}, {"account": "x"}, {"id": "also", "colour": "red"}]
    errors = client.insert_rows_json(postings, sent, skip_invalid_rows=True, ignore_unknown_values=True)
    assert [item["index"] for item in errors] == [1]
    assert rows(client, "SELECT id FROM books.postings ORDER BY id") == [("also",), ("ok",)]


def test_writers_at_the_same_time_lose_no_row(client: bigquery.Client, postings: str) -> None:
    def write(batch: int) -> list[Any]:
        found: list[Any] = client.insert_rows_json(postings, [{"id": f"{batch}-{n}"} for n in range(20)])
        return found

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write, range(24))) == [[]] * 24
    assert value(client, "SELECT COUNT(DISTINCT id) FROM books.postings") == 480


# Persistence

_HOLDER = """
import sys, threading
from pathlib import Path
from tests.emulated.bigquery_running import connected, running
with running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    threading.Event().wait()
"""


def test_everything_answered_survives_a_killed_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        client = client_for(process.stdout.readline().strip())
        client.create_dataset("books")
        client.create_table(bigquery.Table("demo-p.books.postings", schema=POSTINGS))
        view = bigquery.Table("demo-p.books.v")
        view.view_query = "SELECT id, DATE_TRUNC(posted_on, MONTH) AS month, amount / 3 AS third FROM books.postings"
        client.create_table(view)
        assert client.insert_rows_json("books.postings", [FULL_ROW], row_ids=["a"]) == []
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(tmp_path) as url:
        client = client_for(url)
        client.insert_rows_json("books.postings", [FULL_ROW], row_ids=["a"])
        assert rows(client, "SELECT * FROM books.v") == [("a", dt.date(2026, 3, 1), D("3.333333334"))]
        assert client.get_table("books.postings").schema[0].description == "the posting's id"


def test_two_projects_do_not_see_each_other(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        one, other = client_for(url, "one"), client_for(url, "other")
        one.create_dataset("books")
        assert list(other.list_datasets()) == []
        other.create_dataset("books")
        one.query("CREATE TABLE books.t AS SELECT 1 AS x").result()
        assert value(other, "SELECT x FROM `one.books.t`") == 1
        with pytest.raises(exceptions.NotFound):
            rows(other, "SELECT x FROM books.t")
