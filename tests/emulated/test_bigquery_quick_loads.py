"""Files read by the engine itself: the same rows as read one by one, and only where nothing is doubtful."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import LoadJobConfig, SchemaField, Table

from emulators.bigquery import quick
from tests.emulated.bigquery_running import connected, rows

pytestmark = pytest.mark.emulated
TABLE = "demo-p.books.t"
SCHEMA = [
    SchemaField("id", "STRING", mode="REQUIRED"), SchemaField("n", "INT64"), SchemaField("day", "DATE"),
    SchemaField("at", "TIMESTAMP"), SchemaField("by", "BOOL"),
]  # fmt: skip
WHOLE = {"id": "a", "n": 1, "day": "2026-09-01", "at": "2026-09-01T06:00:00.5+00:00", "by": True}
GOOD: list[dict[str, Any]] = [
    WHOLE,
    {"id": "", "n": -(10**17), "day": None, "at": "2026-09-01 06:00:00Z", "by": False},
    {"id": "Größe \" \\ \n \u0000 '; --", "n": 0, "day": "2000-02-29", "at": None, "by": None},
    {"id": "{}"},
    {"id": "null", "n": None},
    {"by": True, "id": "other order"},
]
DOUBTFUL: list[dict[str, Any]] = [
    {"id": 7}, {"id": "a", "n": "12"}, {"id": "a", "n": 2**63 - 1}, {"id": "a", "n": 1.0}, {"id": "a", "by": "true"},
    {"id": "a", "day": "2026-9-1"}, {"ID": "a"}, {"id": "a", "at": 1788242400}, {"id": "a", "at": "2026-09-01"},
    {"id": "a", "day": "0999-01-01"}, {"id": True},
]  # fmt: skip
WRONG: list[Any] = [
    {"n": 1}, {"id": None}, {"id": "a", "n": 2**63}, {"id": "a", "day": "2026-02-30"}, {"id": "a", "more": 1},
    {"id": ["a"]}, {"id": "a", "n": {"x": 1}}, {"id": "a", "at": "2026-09-01T25:00:00Z"}, ["id"], 7,
]  # fmt: skip


@pytest.fixture
def client() -> Iterator[bigquery.Client]:
    with connected(dataset="books") as made:
        made.create_table(Table(TABLE, schema=SCHEMA))
        yield made


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the engine read each file that was loaded, however small."""
    found: list[bool] = []
    certain = quick._certain

    def seen(*given: Any) -> bool:
        found.append(certain(*given))
        return found[-1]

    monkeypatch.setattr(quick, "_certain", seen)
    monkeypatch.setattr(quick, "SMALL", 0)
    return found


def load(client: bigquery.Client, text: str, **config: Any) -> int:
    raw = text.encode()
    asked = LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", **config)
    job = client.load_table_from_file(io.BytesIO(raw), TABLE, size=len(raw), job_config=asked)
    return int(job.result().output_rows)


def lines(given: list[Any]) -> str:
    return "\n".join(json.dumps(one) for one in given) + "\n\n"


def stored(client: bigquery.Client) -> list[tuple[Any, ...]]:
    return rows(client, "SELECT id, n, day, at, `by` FROM books.t ORDER BY id, n")


def test_the_engine_stores_what_reading_row_by_row_stores(
    client: bigquery.Client, read: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(client, lines(GOOD)) == len(GOOD)
    by_engine = stored(client)
    monkeypatch.setattr(quick, "SMALL", 10**9)
    assert load(client, lines(GOOD), write_disposition="WRITE_TRUNCATE") == len(GOOD)
    assert read == [True]
    assert stored(client) == by_engine


@pytest.mark.parametrize("row", DOUBTFUL, ids=json.dumps)
def test_a_doubtful_cell_is_read_by_rows(client: bigquery.Client, read: list[bool], row: dict[str, Any]) -> None:
    assert load(client, lines([WHOLE, row])) == 2
    assert read == [False]


@pytest.mark.parametrize("row", WRONG, ids=json.dumps)
def test_a_wrong_row_among_many_is_refused_in_the_same_words_and_nothing_is_stored(
    client: bigquery.Client, read: list[bool], monkeypatch: pytest.MonkeyPatch, row: Any
) -> None:
    text = lines([WHOLE, row])
    with pytest.raises(exceptions.BadRequest, match="row 2") as quickly:
        load(client, text)
    monkeypatch.setattr(quick, "SMALL", 10**9)
    with pytest.raises(exceptions.BadRequest) as by_rows:
        load(client, text)
    assert quickly.value.errors == by_rows.value.errors
    assert read == [False]
    assert stored(client) == []


@pytest.mark.parametrize("text", ["{", '{"id": "a", "id": "b", "id": 7}', '{"id": "\\ud800"}', '{"id": "a"} {"id": 1}'])
def test_a_line_that_is_not_one_plain_object_is_left_to_reading_by_rows(
    client: bigquery.Client, read: list[bool], text: str
) -> None:
    try:
        load(client, f"{text}\n")
    except exceptions.GoogleAPICallError:
        assert stored(client) == []
    assert read == [False]


def test_a_file_that_was_read_by_the_engine_takes_the_place_of_older_rows(
    client: bigquery.Client, read: list[bool]
) -> None:
    load(client, lines([WHOLE, WHOLE]))
    assert load(client, lines([{"id": "new"}]), write_disposition="WRITE_TRUNCATE") == 1
    assert [row[0] for row in stored(client)] == ["new"]
    assert read == [True, True]
