"""Load jobs with uploaded files, through the real client: exact, all or nothing, and honest about what isn't served."""

import decimal
import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import LoadJobConfig, SchemaField, Table, TimePartitioning

from emulators.process import Emulators
from tests.emulated.bigquery_running import FULL_ROW, POSTINGS, client_for, rows, running, value

pytestmark = pytest.mark.emulated
D = decimal.Decimal
TABLE = "demo-p.books.t"
SCHEMA = [SchemaField("id", "STRING", mode="REQUIRED"), SchemaField("amount", "NUMERIC"), SchemaField("n", "INT64")]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(None) as found:
        yield found


@pytest.fixture
def client(url: str) -> Iterator[bigquery.Client]:
    made = client_for(url)
    made.create_dataset("books")
    yield made
    made.delete_dataset("books", delete_contents=True)
    made.close()


@pytest.fixture
def table(client: bigquery.Client) -> str:
    client.create_table(Table(TABLE, schema=SCHEMA))
    return TABLE


def load(client: bigquery.Client, given: list[Row], **config: Any) -> Any:
    job = client.load_table_from_json(given, TABLE, job_config=LoadJobConfig(**config))
    return job.result()


def load_text(client: bigquery.Client, text: str, kind: str = "CSV", **config: Any) -> Any:
    asked = LoadJobConfig(source_format=kind, **config)
    raw = text.encode()
    return client.load_table_from_file(io.BytesIO(raw), TABLE, size=len(raw), job_config=asked).result()


def stored(client: bigquery.Client) -> list[tuple[Any, ...]]:
    return rows(client, "SELECT id, amount, n FROM books.t ORDER BY id")


# JSON lines


def test_json_rows_are_loaded_and_counted(client: bigquery.Client, table: str) -> None:
    job = load(client, [{"id": "a", "amount": "0.1", "n": 1}, {"id": "b"}])
    assert stored(client) == [("a", D("0.1"), 1), ("b", None, None)]
    assert (job.output_rows, job.input_files) == (2, 1)
    assert client.get_table(table).num_rows == 2
    assert client.get_job(job.job_id).job_type == "load"


def test_a_number_stays_exactly_as_it_was_written(client: bigquery.Client, table: str) -> None:
    exact = "12345678901234567890123456789.123456789"
    load_text(client, f'{{"id": "a", "amount": {exact}, "n": 9007199254740993}}', "NEWLINE_DELIMITED_JSON")
    assert stored(client) == [("a", D(exact), 9007199254740993)]
    assert table == TABLE


def test_every_type_is_loaded(client: bigquery.Client) -> None:
    client.create_table(Table(TABLE, schema=POSTINGS))
    load(client, [{**FULL_ROW, "raw": {"kind": {"name": "fee"}, "n": 3}}])
    assert value(client, "SELECT JSON_VALUE(raw, '$.kind.name') FROM books.t") == "fee"
    assert value(client, "SELECT lines[OFFSET(0)].net FROM books.t") == D("0.5")
    assert value(client, "SELECT digest FROM books.t") == b"\x00\xff"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"id": "b", "amount": "1.0000000001"}', "NUMERIC keeps nine places"),
        ('{"id": "b", "amount": NaN}', "NaN is no JSON"), ('{"id": "b", "n": 1.5}', "it has a fraction"),
        ('{"amount": 1}', "Missing required field: id"), ('{"id": "b", "other": 1}', "no such field: other"),
        ('{"id": "b"', "JSON parsing error"), ("[1]", "a row is an object"), ("[" * 100_000, "JSON parsing error"),
    ],
)  # fmt: skip
def test_one_bad_row_keeps_the_whole_file_out(client: bigquery.Client, table: str, line: str, fault: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="too many errors") as refused:
        load_text(client, f'{{"id": "a"}}\n{line}\n', "NEWLINE_DELIMITED_JSON")
    assert stored(client) == []
    assert fault in str(refused.value.errors)
    assert "row 2" in str(refused.value.errors)
    assert client.get_table(table).num_rows == 0


def test_as_many_bad_rows_as_are_borne_are_left_out_and_named(client: bigquery.Client, table: str) -> None:
    given: list[Row] = [{"id": "a"}, {"n": 1}, {"id": "b", "n": "x"}, {"id": "c"}]
    job = load(client, given, max_bad_records=2, schema=SCHEMA)
    assert [row[0] for row in stored(client)] == ["a", "c"]
    assert [error["reason"] for error in job.errors] == ["invalid", "invalid"]
    with pytest.raises(exceptions.BadRequest):
        load(client, given, max_bad_records=1, schema=SCHEMA)
    assert client.get_table(table).num_rows == 2


def test_unknown_values_are_dropped_where_asked(client: bigquery.Client, table: str) -> None:
    load(client, [{"id": "a", "other": 1}], ignore_unknown_values=True)
    assert stored(client) == [("a", None, None)]
    assert table == TABLE


# Dispositions


def test_append_adds_truncate_replaces_and_empty_refuses(client: bigquery.Client, table: str) -> None:
    load(client, [{"id": "a"}])
    load(client, [{"id": "b"}], write_disposition="WRITE_APPEND")
    assert [row[0] for row in stored(client)] == ["a", "b"]
    load(client, [{"id": "c"}], write_disposition="WRITE_TRUNCATE", schema=SCHEMA)
    assert [row[0] for row in stored(client)] == ["c"]
    with pytest.raises(exceptions.Conflict):
        load(client, [{"id": "d"}], write_disposition="WRITE_EMPTY", schema=SCHEMA)
    assert [row[0] for row in stored(client)] == ["c"]
    assert table == TABLE


def test_a_bad_file_truncates_nothing(client: bigquery.Client, table: str) -> None:
    load(client, [{"id": "a"}])
    with pytest.raises(exceptions.BadRequest):
        load(client, [{"n": 1}], write_disposition="WRITE_TRUNCATE", schema=SCHEMA)
    assert [row[0] for row in stored(client)] == ["a"]
    assert client.get_table(table).num_rows == 1


def test_a_table_that_is_missing_is_made_with_its_layout(client: bigquery.Client) -> None:
    columns = [SchemaField("on", "DATE", description="When."), SchemaField("id", "STRING")]
    asked = {"time_partitioning": TimePartitioning(field="on"), "clustering_fields": ["id"], "schema": columns}
    load(client, [{"on": "2026-10-01", "id": "a"}], **asked)
    made = client.get_table(TABLE)
    assert (made.time_partitioning.field, made.clustering_fields, made.num_rows) == ("on", ["id"], 1)
    assert made.schema[0].description == "When."


def test_a_table_that_must_be_there_is_not_made(client: bigquery.Client) -> None:
    with pytest.raises(exceptions.NotFound):
        load(client, [{"id": "a"}], create_disposition="CREATE_NEVER", schema=SCHEMA)
    with pytest.raises(exceptions.NotFound):
        client.get_table(TABLE)


def test_other_columns_are_refused_for_adding_and_taken_for_writing_afresh(client: bigquery.Client, table: str) -> None:
    load(client, [{"id": "a"}])
    wider = [*SCHEMA, SchemaField("note", "STRING")]
    with pytest.raises(exceptions.BadRequest, match="does not match"):
        load(client, [{"id": "b", "note": "x"}], schema=wider)
    load(client, [{"id": "b", "note": "x"}], schema=wider, write_disposition="WRITE_TRUNCATE")
    assert rows(client, "SELECT id, note FROM books.t") == [("b", "x")]
    assert [field.name for field in client.get_table(table).schema] == ["id", "amount", "n", "note"]


# CSV


def test_csv_tells_quotes_from_nulls(client: bigquery.Client, table: str) -> None:
    text = 'id,amount,n\r\n"a, ""b""",0.100000001,-1\r\n"",,\r\nlast,5,'
    job = load_text(client, text, skip_leading_rows=1)
    assert job.output_rows == 3
    assert stored(client) == [("", None, None), ('a, "b"', D("0.100000001"), -1), ("last", D(5), None)]
    assert table == TABLE


def test_csv_has_other_delimiters_quotes_and_nulls(client: bigquery.Client, table: str) -> None:
    text = "'a\nb'\t\\N\t3\n'\\N'\t2\t\\N\n"
    asked: Row = {"field_delimiter": "\t", "quote_character": "'", "null_marker": "\\N", "allow_quoted_newlines": True}
    load_text(client, text, **asked)
    assert stored(client) == [("\\N", D(2), None), ("a\nb", None, 3)]
    assert table == TABLE


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("b,1,2,3", "Too many values"), ("b,1", "only 2"), ("b,one,1", "Cannot convert"),
        (",1,1", "Missing required field: id"), ('"b"x,1,1', "quote"), ('"b,1,1', "quote"),
        ("b,1e40,1", "out of range"), ("b,1,9223372036854775808", "out of range"),
    ],
)  # fmt: skip
def test_one_bad_line_keeps_the_whole_csv_out(client: bigquery.Client, table: str, line: str, fault: str) -> None:
    with pytest.raises(exceptions.BadRequest) as refused:
        load_text(client, f"a,1,1\n{line}\n")
    assert fault in str(refused.value.errors)
    assert client.get_table(table).num_rows == 0


def test_csv_that_is_not_utf_8_is_refused(client: bigquery.Client, table: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="not UTF-8"):
        client.load_table_from_file(
            io.BytesIO(b"\xff,1,1"), table, size=5, job_config=LoadJobConfig(source_format="CSV")
        ).result()


def test_csv_bears_short_lines_and_knows_booleans(client: bigquery.Client) -> None:
    columns = [SchemaField("id", "STRING"), SchemaField("yes", "BOOL"), SchemaField("on", "DATE")]
    load_text(client, "a,T\nb,0,2026-03-29\n", schema=columns, allow_jagged_rows=True)
    found = rows(client, "SELECT id, yes, CAST(`on` AS STRING) FROM books.t ORDER BY id")
    assert found == [("a", True, None), ("b", False, "2026-03-29")]


# The way in


def test_a_file_of_unknown_size_comes_in_pieces(
    client: bigquery.Client, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("google.cloud.bigquery.client._DEFAULT_CHUNKSIZE", 256 * 1024)
    lines = "".join(json.dumps({"id": f"{n:06}", "amount": f"{n}.000000001"}) + "\n" for n in range(20_000))
    asked = LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")
    job = client.load_table_from_file(io.BytesIO(lines.encode()), table, job_config=asked).result()
    assert (job.output_rows, len(lines) > 3 * 256 * 1024) == (20_000, True)
    assert value(client, "SELECT SUM(amount) FROM books.t") == D("199990000.00002")


def put(address: str, range_: str, content: bytes) -> tuple[int, str]:
    """One piece of an upload, by hand: the status, and how far the file has come."""
    asked = urllib.request.Request(  # noqa: S310 - our own address
        address, content, {"Content-Range": range_, "Content-Type": "text/plain"}, method="PUT"
    )
    try:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 - our own address
            return answer.status, ""
    except urllib.error.HTTPError as answer:
        return answer.code, str(answer.headers.get("Range"))


def test_a_piece_sent_again_is_taken_once_and_a_gap_is_not_taken(client: bigquery.Client, url: str, table: str) -> None:
    reference = {"projectId": "demo-p", "datasetId": "books", "tableId": "t"}
    asked = {"configuration": {"load": {"destinationTable": reference, "sourceFormat": "CSV"}}}
    begun = urllib.request.Request(  # noqa: S310 - our own address
        f"{url}/upload/bigquery/v2/projects/demo-p/jobs?uploadType=resumable", json.dumps(asked).encode()
    )
    with urllib.request.urlopen(begun) as answer:  # noqa: S310 - our own address
        address = answer.headers["Location"]
    assert put(address, "bytes 0-3/12", b"a,1,") == (308, "bytes=0-3")
    assert put(address, "bytes 6-11/12", b"b,2,2\n") == (308, "bytes=0-3")
    assert put(address, "bytes 0-3/12", b"a,1,") == (308, "bytes=0-3")
    assert put(address, "bytes */12", b"") == (308, "bytes=0-3")
    for _ in range(2):
        assert put(address, "bytes 4-11/12", b"1\nb,2,2\n")[0] == 200
    assert stored(client) == [("a", D(1), 1), ("b", D(2), 2)]
    assert put(f"{address}x", "bytes 0-3/4", b"a,1,")[0] == 404
    assert table == TABLE


def test_a_job_id_loads_once(client: bigquery.Client, table: str) -> None:
    client.load_table_from_json([{"id": "a"}], table, job_id="once").result()
    with pytest.raises(exceptions.Conflict):
        client.load_table_from_json([{"id": "a"}], table, job_id="once").result()
    assert len(stored(client)) == 1


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"source_format": "PARQUET"}, "PARQUET"), ({"encoding": "ISO-8859-1"}, "ISO-8859-1"),
        ({"autodetect": True}, "autodetect"),
        ({"schema_update_options": ["ALLOW_FIELD_ADDITION"]}, "schemaUpdateOptions"),
    ],
)  # fmt: skip
def test_what_is_not_loaded_is_named(client: bigquery.Client, table: str, config: Row, named: str) -> None:
    with pytest.raises(exceptions.GoogleAPICallError, match=named):
        client.load_table_from_file(io.BytesIO(b"x"), table, size=1, job_config=LoadJobConfig(**config))


def test_loading_from_a_bucket_is_not_served_and_says_so(client: bigquery.Client, table: str) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match="sourceUris"):
        client.load_table_from_uri("gs://bucket/file.csv", table, retry=None).result()


def test_the_running_emulators_take_uploads_too() -> None:
    with Emulators(None) as emulators:
        client = client_for(emulators.environment()["BIGQUERY_EMULATOR_HOST"])
        client.create_dataset("books")
        load(client, [{"id": "a", "amount": "0.1"}], schema=SCHEMA)
        load_text(client, "b,2,3\n")
        assert stored(client) == [("a", D("0.1"), None), ("b", D(2), 3)]
        client.close()
