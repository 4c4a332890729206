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
from google.cloud.bigquery import ArrayQueryParameter, QueryJobConfig, ScalarQueryParameter, SchemaField

from tests.emulated.bigquery_running import client_for, running

pytestmark = pytest.mark.emulated
D = decimal.Decimal

POSTINGS = [
    SchemaField("id", "STRING", mode="REQUIRED", description="the posting's id"),
    SchemaField("account", "STRING"),
    SchemaField("amount", "NUMERIC"),
    SchemaField("minor", "INT64"),
    SchemaField("settled", "BOOL"),
    SchemaField("posted_at", "TIMESTAMP"),
    SchemaField("posted_on", "DATE"),
    SchemaField("raw", "JSON"),
    SchemaField("digest", "BYTES"),
    SchemaField("tags", "STRING", mode="REPEATED"),
    SchemaField("lines", "RECORD", mode="REPEATED", fields=[SchemaField("n", "INT64"), SchemaField("net", "NUMERIC")]),
]
FULL_ROW: dict[str, Any] = {
    "id": "a",
    "account": "acc_1",
    "amount": "10.000000001",
    "minor": 9007199254740993,
    "settled": True,
    "posted_at": "2026-03-29T01:30:00.123456Z",
    "posted_on": "2026-03-29",
    "raw": '{"kind": {"name": "fee"}, "n": 3}',
    "digest": "AP8=",
    "tags": ["x", "y"],
    "lines": [{"n": 1, "net": "0.5"}, {"n": 2}],
}


@pytest.fixture
def client() -> Iterator[bigquery.Client]:
    with running(None) as url:
        made = client_for(url)
        made.create_dataset("books")
        yield made
        made.close()


@pytest.fixture
def postings(client: bigquery.Client) -> str:
    client.create_table(bigquery.Table("demo-p.books.postings", schema=POSTINGS))
    return "demo-p.books.postings"


def rows(client: bigquery.Client, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    config = QueryJobConfig(query_parameters=list(parameters))
    return [tuple(row.values()) for row in client.query(sql, job_config=config).result()]


def value(client: bigquery.Client, sql: str, *parameters: Any) -> Any:
    ((found,),) = rows(client, sql, *parameters)
    return found


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


# Queries


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("NUMERIC '10' / 3", D("3.333333333")),
        ("NUMERIC '-2' / 3", D("-0.666666667")),
        ("NUMERIC '0.000000001' / 2", D("0.000000001")),
        ("NUMERIC '99999999999999999999999999999.999999999' / 1", D("99999999999999999999999999999.999999999")),
        ("NUMERIC '1.5' * 0.19", D("0.285")),
        ("ROUND(NUMERIC '2.345', 2)", D("2.35")),
        ("SAFE_DIVIDE(NUMERIC '1', 0)", None),
        ("SAFE_DIVIDE(7, 2)", 3.5),
        ("1 / 4", 0.25),
        ("DIV(7, 2)", 3),
        ("DATE_TRUNC(DATE '2026-03-29', MONTH)", dt.date(2026, 3, 1)),
        ("DATE_TRUNC(DATE '2026-03-28', WEEK)", dt.date(2026, 3, 22)),
        ("DATE_TRUNC(DATE '2026-03-29', WEEK(MONDAY))", dt.date(2026, 3, 23)),
        ("DATE_ADD(DATE '2026-01-31', INTERVAL 1 MONTH)", dt.date(2026, 2, 28)),
        ("DATE_DIFF(DATE '2026-04-01', DATE '2026-03-29', DAY)", 3),
        ("FORMAT_DATE('%Y-%m', DATE '2026-03-29')", "2026-03"),
        ("EXTRACT(DAYOFWEEK FROM DATE '2026-03-29')", 1),
        ("DATE(TIMESTAMP '2026-03-28 23:30:00+00', 'Europe/Berlin')", dt.date(2026, 3, 29)),
        ("TIMESTAMP_DIFF(TIMESTAMP '2026-01-01 01:59:59+00', TIMESTAMP '2026-01-01 00:00:00+00', HOUR)", 1),
        (
            "TIMESTAMP_TRUNC(TIMESTAMP '2026-07-01 23:30:00+00', DAY, 'Europe/Berlin')",
            dt.datetime(2026, 7, 1, 22, tzinfo=dt.UTC),
        ),
        ("TIMESTAMP_MILLIS(1500)", dt.datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=dt.UTC)),
        ("FORMAT_TIMESTAMP('%F %H', TIMESTAMP '2026-07-01 23:30:00+00', 'Europe/Berlin')", "2026-07-02 01"),
        (
            "GENERATE_DATE_ARRAY('2026-01-31', '2026-03-01', INTERVAL 1 MONTH)",
            [dt.date(2026, 1, 31), dt.date(2026, 2, 28)],
        ),
        ('JSON_VALUE(\'{"a": {"b": "x"}}\', \'$.a.b\')', "x"),
        ('JSON_VALUE(\'{"a": {"b": "x"}}\', \'$.a\')', None),
        ("STRUCT(1 AS a, 'x' AS b)", {"a": 1, "b": "x"}),
        ("FORMAT('%d-%s', 5, 'x')", "5-x"),
        ("TO_HEX(SHA256('a'))", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("b'ab'", b"ab"),
    ],
)
def test_an_expression_has_bigquerys_value_and_type(client: bigquery.Client, sql: str, expected: Any) -> None:
    found = value(client, f"SELECT {sql} AS x")
    assert found == expected
    assert type(found) is type(expected)


@pytest.fixture
def ledger(client: bigquery.Client, postings: str) -> bigquery.Client:
    entries = [("a", "x", "10", 1), ("b", "x", "5.5", 2), ("c", "y", "1", 3)]
    sent = [{"id": i, "account": a, "amount": n, "minor": m, "lines": [{"n": m, "net": n}]} for i, a, n, m in entries]
    assert client.insert_rows_json(postings, sent) == []
    return client


def test_aggregates_windows_and_having_stay_exact(ledger: bigquery.Client) -> None:
    averages = "SELECT account, AVG(amount), SUM(amount) / 7, ROUND(SUM(amount) / 7, 2) FROM books.postings"
    assert rows(ledger, f"{averages} GROUP BY account HAVING SUM(amount) / 3 > 1 ORDER BY SUM(amount) / 2") == [
        ("x", D("7.75"), D("2.214285714"), D("2.21"))
    ]
    shares = "SELECT id, amount / SUM(amount) OVER (), AVG(amount) OVER (PARTITION BY account) FROM books.postings"
    assert rows(ledger, f"{shares} ORDER BY id")[0] == ("a", D("0.606060606"), D("7.75"))
    assert value(ledger, "SELECT COUNTIF(minor > 1) FROM books.postings") == 2
    assert value(ledger, "SELECT AVG(minor) FROM books.postings") == 2.0


def test_qualify_keeps_the_newest_row_of_each_account(ledger: bigquery.Client) -> None:
    newest = """
        SELECT id FROM `demo-p.books.postings`
        QUALIFY ROW_NUMBER() OVER (PARTITION BY account ORDER BY minor DESC) = 1 ORDER BY id
    """
    assert rows(ledger, newest) == [("b",), ("c",)]


def test_a_struct_of_a_column_is_named_after_it(ledger: bigquery.Client) -> None:
    found = value(ledger, "SELECT ARRAY_AGG(STRUCT(p.id, minor) ORDER BY minor DESC LIMIT 2) FROM books.postings p")
    assert found == [{"id": "c", "minor": 3}, {"id": "b", "minor": 2}]


def test_unnest_counts_offsets_from_zero(ledger: bigquery.Client) -> None:
    sql = "SELECT l.net, o FROM books.postings, UNNEST(lines) AS l WITH OFFSET AS o WHERE id = 'b'"
    assert rows(ledger, sql) == [(D("5.5"), 0)]


def test_parameters_by_name_and_position_keep_their_types(ledger: bigquery.Client) -> None:
    named = "SELECT id FROM books.postings WHERE amount > @least AND account IN UNNEST(@accounts) AND '@least' = @text"
    given = (
        ScalarQueryParameter("least", "NUMERIC", D("5.4")),
        ArrayQueryParameter("accounts", "STRING", ["x", "it's"]),
        ScalarQueryParameter("text", "STRING", "@least"),
    )
    assert rows(ledger, f"{named} ORDER BY id", *given) == [("a",), ("b",)]
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    positional = [
        ScalarQueryParameter(None, "TIMESTAMP", moment),
        ScalarQueryParameter(None, "DATE", dt.date(2026, 1, 2)),
        ScalarQueryParameter(None, "INT64", None),
        ScalarQueryParameter(None, "BYTES", b"\x00a"),
        ScalarQueryParameter(None, "BOOL", True),
    ]
    assert rows(ledger, "SELECT ?, ?, ?, ?, ?, '?'", *positional) == [
        (moment, dt.date(2026, 1, 2), None, b"\x00a", True, "?")
    ]


def test_a_missing_parameter_is_a_bad_request(client: bigquery.Client) -> None:
    with pytest.raises(exceptions.BadRequest, match="not found"):
        rows(client, "SELECT @amount")


def test_long_results_come_in_pages_without_gap_or_repeat(client: bigquery.Client) -> None:
    sql = "SELECT x FROM UNNEST(GENERATE_ARRAY(1, 2500)) AS x ORDER BY x"
    found = client.query(sql).result(page_size=1000)
    assert [page.num_items for page in found.pages] == [1000, 1000, 500]
    assert [row.x for row in client.query_and_wait(sql, page_size=900)] == list(range(1, 2501))


def test_listing_rows_pages_and_selects_columns(ledger: bigquery.Client) -> None:
    found = ledger.list_rows("books.postings", selected_fields=[SchemaField("id", "STRING")], page_size=2)
    assert [row.id for row in found] == ["a", "b", "c"]
    assert found.total_rows == 3


def test_changes_by_sql_say_how_many_rows_they_touched(ledger: bigquery.Client) -> None:
    job = ledger.query("UPDATE books.postings SET amount = amount / 3 WHERE account = 'x'")
    job.result()
    assert job.num_dml_affected_rows == 2
    merge = (
        "MERGE books.postings t USING (SELECT 'a' AS id UNION ALL SELECT 'z') s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET settled = TRUE WHEN NOT MATCHED THEN INSERT (id) VALUES (id)"
    )
    assert ledger.query_and_wait(merge).num_dml_affected_rows == 2
    assert value(ledger, "SELECT amount FROM books.postings WHERE id = 'a'") == D("3.333333333")


def test_tables_made_by_sql_are_the_same_tables(client: bigquery.Client) -> None:
    columns = "id INT64 NOT NULL OPTIONS(description='key'), at TIMESTAMP, parts ARRAY<STRUCT<n NUMERIC>>"
    options = "PARTITION BY DATE(at) CLUSTER BY id OPTIONS(description='made by SQL')"
    for statement in (
        f"CREATE TABLE books.t ({columns}) {options}",
        "INSERT INTO books.t (id) VALUES (1), (2)",
        "ALTER TABLE books.t ADD COLUMN IF NOT EXISTS note STRING",
        "CREATE OR REPLACE VIEW books.v AS SELECT id / 2 AS half FROM books.t",
        "CREATE OR REPLACE TABLE books.t AS SELECT id, NUMERIC '1' AS one FROM books.t",
        "CREATE TABLE IF NOT EXISTS books.t (id INT64)",
        "DROP VIEW IF EXISTS books.w",
    ):
        client.query(statement).result()
        if statement.startswith("CREATE TABLE books.t ("):
            made = client.get_table("books.t")
            assert (made.description, made.time_partitioning.field) == ("made by SQL", "at")
            assert (made.schema[0].description, made.schema[2].fields[0].field_type) == ("key", "NUMERIC")
    assert client.get_table("books.t").num_rows == 2
    assert rows(client, "SELECT half FROM books.v ORDER BY half") == [(0.5,), (1.0,)]


def test_a_dry_run_gives_the_schema_and_changes_nothing(ledger: bigquery.Client) -> None:
    config = QueryJobConfig(dry_run=True, use_query_cache=False)
    assert ledger.query("SELECT amount / 3 AS third FROM books.postings", job_config=config).schema[0].field_type == (
        "NUMERIC"
    )
    ledger.query("DELETE FROM books.postings WHERE TRUE", job_config=config)
    assert value(ledger, "SELECT COUNT(*) FROM books.postings") == 3


@pytest.mark.parametrize(
    "sql", ["SELEC 1", "SELECT nothing FROM books.postings", "SELECT NUMERIC '1' / 0", "SELECT 1 / 0"]
)
def test_a_statement_that_cannot_run_is_a_bad_request(ledger: bigquery.Client, sql: str) -> None:
    with pytest.raises(exceptions.BadRequest):
        ledger.query(sql).result()
    with pytest.raises(exceptions.BadRequest):
        ledger.query_and_wait(sql)


def test_a_job_id_runs_once(ledger: bigquery.Client) -> None:
    sql = "INSERT INTO books.postings (id) VALUES ('q')"
    ledger.query(sql, job_id="once").result()
    with pytest.raises(exceptions.Conflict):
        ledger.query(sql, job_id="once", job_retry=None, retry=None)
    assert ledger.get_job("once").num_dml_affected_rows == 1
    assert value(ledger, "SELECT COUNT(*) FROM books.postings WHERE id = 'q'") == 1


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT FARM_FINGERPRINT('a')", "farm_fingerprint"),
        ("SELECT CAST(1 AS BIGNUMERIC)", "BIGNUMERIC"),
        ("SELECT 1; SELECT 2", "scripts"),
        ("SELECT * FROM books.INFORMATION_SCHEMA.TABLES", "INFORMATION_SCHEMA"),
    ],
)
def test_sql_that_is_not_served_says_so_by_name(client: bigquery.Client, sql: str, named: str) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match=named):
        client.query_and_wait(sql)


def test_methods_that_are_not_served_say_so_by_name(client: bigquery.Client, postings: str) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match="POST /upload/bigquery/v2/projects/demo-p/jobs"):
        client.load_table_from_json([{"id": "a"}], postings).result()
    with pytest.raises(exceptions.MethodNotImplemented, match="models"):
        list(client.list_models("books"))
    with pytest.raises(exceptions.MethodNotImplemented, match="copy"):
        client.copy_table(postings, "demo-p.books.copy")


# Persistence

_HOLDER = """
import sys, threading
from pathlib import Path
from tests.emulated.bigquery_running import running
with running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    threading.Event().wait()
"""


def test_everything_answered_survives_a_killed_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603 - own text
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
