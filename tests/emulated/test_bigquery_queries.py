"""What BigQuery's SQL means on the emulator: values, types, parameters, paging and statements that change things."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import ArrayQueryParameter, QueryJobConfig, ScalarQueryParameter, SchemaField

from common.tools.warehouse import make
from functions.reporting.provision import reporting_setup
from tests.emulated.bigquery_running import POSTINGS, connected, rows, value

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
        ("DATE_SUB('2026-03-01', INTERVAL 1 DAY)", dt.date(2026, 2, 28)),
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


def test_an_unnamed_unnest_shows_the_fields_of_its_structs(ledger: bigquery.Client) -> None:
    sql = "SELECT (SELECT SUM(net) FROM UNNEST(lines)), ARRAY(SELECT n FROM UNNEST(lines)) FROM books.postings"
    assert rows(ledger, f"{sql} WHERE books.postings.id = 'b'") == [(D("5.5"), [2])]


def test_the_platforms_own_views_can_be_made_and_read(client: bigquery.Client) -> None:
    for definition in reporting_setup("demo-p"):
        make(client, "demo-p", definition)
        if definition["kind"] == "view":
            rows(client, f"SELECT * FROM {definition['dataset']}.{definition['name']}")  # noqa: S608 - our own names


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
    with pytest.raises(exceptions.MethodNotImplemented, match="extract"):
        client.extract_table(postings, "gs://bucket/file")
    with pytest.raises(exceptions.MethodNotImplemented, match="models"):
        list(client.list_models("books"))
    with pytest.raises(exceptions.MethodNotImplemented, match="copy"):
        client.copy_table(postings, "demo-p.books.copy")
