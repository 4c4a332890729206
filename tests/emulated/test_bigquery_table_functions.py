"""Table functions of the local BigQuery: made by SQL and by the client, called as the service lets them be called."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import ScalarQueryParameter, SchemaField, Table, TimePartitioning

from tests.emulated.bigquery_running import client_for, connected, rows, running, value

pytestmark = pytest.mark.emulated
SINCE = (
    "CREATE TABLE FUNCTION books.since(first DATE, kind STRING) AS "
    "SELECT id, minor FROM books.days WHERE happened_on >= first AND what = kind"
)


@pytest.fixture
def client() -> Iterator[bigquery.Client]:
    with connected("demo-p", "books") as client:
        fill(client)
        yield client


def fill(client: bigquery.Client) -> None:
    columns = [("id", "STRING"), ("what", "STRING"), ("happened_on", "DATE"), ("minor", "INT64")]
    table = Table("demo-p.books.days", schema=[SchemaField(*one) for one in columns])
    table.time_partitioning = TimePartitioning(field="happened_on")
    table.require_partition_filter = True
    client.create_table(table)
    told = [("a", "fee", "2026-09-30", 1), ("b", "fee", "2026-10-01", 2), ("c", "tax", "2026-10-02", 4)]
    assert (
        client.insert_rows_json("demo-p.books.days", [dict(zip(dict(columns), row, strict=True)) for row in told]) == []
    )


def routine(client: bigquery.Client, name: str, body: str, **arguments: str) -> Any:
    given = [
        bigquery.RoutineArgument.from_api_repr({"name": one, "dataType": {"typeKind": kind}})
        for one, kind in arguments.items()
    ]
    made = bigquery.Routine(
        f"demo-p.books.{name}", type_="TABLE_VALUED_FUNCTION", language="SQL", arguments=given, body=body
    )
    return client.create_routine(made)


def test_a_function_made_in_sql_is_called_where_a_table_stands(client: bigquery.Client) -> None:
    rows(client, SINCE)
    assert rows(client, "SELECT id, minor FROM books.since(DATE '2026-10-01', 'fee')") == [("b", 2)]
    assert rows(client, "SELECT f.id FROM `demo-p.books.since`('2026-01-01', 'fee') AS f ORDER BY 1") == [
        ("a",),
        ("b",),
    ]
    joined = "SELECT d.id FROM books.since(DATE '2026-01-01', 'tax') AS f JOIN books.days AS d ON d.id = f.id"
    assert rows(client, f"{joined} WHERE d.happened_on > '2026-01-01'") == [("c",)]
    assert value(client, "WITH s AS (SELECT * FROM books.since('2026-01-01', 'fee')) SELECT SUM(minor) FROM s") == 3


def test_arguments_may_be_parameters_and_expressions(client: bigquery.Client) -> None:
    rows(client, SINCE)
    given = ScalarQueryParameter("day", "DATE", date(2026, 10, 2))
    assert rows(client, "SELECT id FROM books.since(DATE_SUB(@day, INTERVAL 1 DAY), 'fee')", given) == [("b",)]


def test_a_function_made_by_the_client_is_read_back_changed_and_deleted(client: bigquery.Client) -> None:
    routine(client, "of", "SELECT id FROM books.days WHERE happened_on > '2026-01-01' AND what = kind", kind="STRING")
    found = client.get_routine("demo-p.books.of")
    assert (found.type_, found.arguments[0].name, found.arguments[0].data_type.type_kind.name) == (
        "TABLE_VALUED_FUNCTION", "kind", "STRING",
    )  # fmt: skip
    assert [one.reference.routine_id for one in client.list_routines("demo-p.books")] == ["of"]
    found.body = "SELECT id, minor FROM books.days WHERE happened_on > '2026-01-01' AND what = kind"
    client.update_routine(found, ["body", "arguments", "language", "type_"])
    assert rows(client, "SELECT * FROM books.of('tax')") == [("c", 4)]
    stale = found.etag
    found._properties["etag"] = "older"
    with pytest.raises(exceptions.PreconditionFailed):
        client.update_routine(found, ["body"])
    assert stale
    client.delete_routine("demo-p.books.of")
    with pytest.raises(exceptions.NotFound):
        client.get_routine("demo-p.books.of")
    with pytest.raises(exceptions.NotFound):
        rows(client, "SELECT * FROM books.of('tax')")


def test_a_second_one_of_a_name_is_refused_and_replaced_on_demand(client: bigquery.Client) -> None:
    rows(client, SINCE)
    with pytest.raises(exceptions.Conflict):
        rows(client, SINCE)
    rows(client, SINCE.replace("FUNCTION", "FUNCTION IF NOT EXISTS"))
    rows(client, "CREATE OR REPLACE TABLE FUNCTION books.since(n INT64) AS (SELECT n + 1 AS m)")
    assert value(client, "SELECT m FROM books.since(41)") == 42
    rows(client, "DROP TABLE FUNCTION IF EXISTS books.since")
    rows(client, "DROP TABLE FUNCTION IF EXISTS books.since")
    with pytest.raises(exceptions.NotFound):
        rows(client, "DROP TABLE FUNCTION books.since")


def test_where_a_column_has_the_arguments_name_the_column_is_meant(client: bigquery.Client) -> None:
    routine(
        client, "shadowed", "SELECT id FROM books.days WHERE happened_on > '2026-01-01' AND what = what", what="STRING"
    )
    assert len(rows(client, "SELECT * FROM books.shadowed('none')")) == 3
    inner = "WITH named AS (SELECT id AS tag FROM books.days WHERE happened_on > '2026-01-01') SELECT tag FROM named"
    routine(client, "inner_one", f"{inner} WHERE tag = label", label="STRING", tag="STRING")
    assert rows(client, "SELECT * FROM books.inner_one('b', 'c')") == [("b",)]


def test_a_function_may_call_another_with_its_own_arguments(client: bigquery.Client) -> None:
    rows(client, SINCE)
    rows(
        client, "CREATE TABLE FUNCTION books.fees(day DATE) AS SELECT SUM(minor) AS total FROM books.since(day, 'fee')"
    )
    assert value(client, "SELECT total FROM books.fees('2026-10-01')") == 2


def test_the_filter_on_partitions_is_demanded_inside_too(client: bigquery.Client) -> None:
    with pytest.raises(exceptions.BadRequest, match="without a filter"):
        rows(client, "CREATE TABLE FUNCTION books.every(n INT64) AS SELECT id FROM books.days WHERE minor = n")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM books.since(DATE '2026-10-01')",
        "SELECT * FROM since(DATE '2026-10-01', 'fee')",
        "CREATE TABLE FUNCTION books.bad(n INT64) AS SELECT nothing FROM books.nowhere",
        "CREATE TABLE FUNCTION books.bad(n INT64) AS SELECT unknown_column AS x",
        "CREATE TABLE FUNCTION nowhere.bad(n INT64) AS SELECT n AS x",
        "CREATE TABLE FUNCTION books.days(n INT64) AS SELECT n AS x",
        "SELECT * FROM books.since('no day', 'fee')",
    ],
)
def test_what_cannot_work_is_refused(client: bigquery.Client, sql: str) -> None:
    rows(client, SINCE)
    with pytest.raises((exceptions.BadRequest, exceptions.NotFound, exceptions.Conflict)):
        rows(client, sql)
    assert [one.reference.routine_id for one in client.list_routines("demo-p.books")] == ["since"]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE FUNCTION books.plus(n INT64) AS (n + 1)",
        "CREATE TABLE FUNCTION books.bad(n ANY TYPE) AS SELECT n AS x",
        "SELECT * FROM books.since((SELECT MAX(happened_on) FROM books.days WHERE happened_on > '2026-01-01'), 'fee')",
    ],
)
def test_what_is_not_served_says_so(client: bigquery.Client, sql: str) -> None:
    rows(client, SINCE)
    with pytest.raises(exceptions.MethodNotImplemented):
        rows(client, sql)


def test_functions_outlive_the_process_and_go_with_their_dataset(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        client = client_for(url)
        client.create_dataset("books")
        rows(client, "CREATE TABLE FUNCTION books.twice(n INT64) AS SELECT 2 * n AS m")
    with running(tmp_path) as url:
        client = client_for(url)
        assert value(client, "SELECT m FROM books.twice(21)") == 42
        with pytest.raises(exceptions.BadRequest, match="in use"):
            client.delete_dataset("books")
        client.delete_dataset("books", delete_contents=True)
        client.create_dataset("books")
        with pytest.raises(exceptions.NotFound):
            rows(client, "SELECT m FROM books.twice(21)")
