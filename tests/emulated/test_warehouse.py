"""The warehouse is laid out as `reporting` declares it, and brought up to date where it stands already."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import SchemaField, Table, TimePartitioning

from common.settings import Settings
from common.tools.warehouse import apply, make, warehouse
from functions.reporting.provision import reporting_setup
from functions.reporting.tables import EVENTS_TABLE
from tests.emulated.bigquery_running import connected, rows, value

pytestmark = pytest.mark.emulated
PROJECT = "demo-p"
EVENTS = f"{PROJECT}.{EVENTS_TABLE}"
SETUP = reporting_setup(PROJECT)
STORED = [d for d in SETUP if d["kind"] in {"table", "view"}]
FUNCTIONS = [d for d in SETUP if d["kind"] == "table_function"]
DEFINED = [pytest.param(d, id=f"{d['dataset']}.{d['name']}") for d in STORED]


@pytest.fixture(scope="module")
def made() -> Iterator[bigquery.Client]:
    with connected(PROJECT) as client:
        for definition in SETUP:
            make(client, PROJECT, definition)
        yield client


@pytest.fixture
def client() -> Iterator[bigquery.Client]:
    with connected(PROJECT, "books") as client:
        yield client


def by_day(client: bigquery.Client, name: str = "books.days") -> str:
    """A table of which every query has to say which days it wants."""
    table = Table(f"{PROJECT}.{name}", schema=[SchemaField("at", "TIMESTAMP"), SchemaField("name", "STRING")])
    table.time_partitioning = TimePartitioning(field="at")
    table.require_partition_filter = True
    client.create_table(table)
    return name


def view(client: bigquery.Client, name: str, query: str) -> None:
    table = Table(f"{PROJECT}.{name}")
    table.view_query = query
    client.create_table(table)


def test_events_are_partitioned_by_day_and_clustered_by_name_and_member(made: bigquery.Client) -> None:
    table = made.get_table(EVENTS)
    assert (table.time_partitioning.type_, table.time_partitioning.field) == ("DAY", "occurred_at")
    assert table.clustering_fields == ["name", "member_id"]
    assert table.require_partition_filter


@pytest.mark.parametrize("definition", DEFINED)
def test_every_table_view_and_column_is_described(made: bigquery.Client, definition: dict[str, Any]) -> None:
    table = made.get_table(f"{PROJECT}.{definition['dataset']}.{definition['name']}")
    assert table.description == definition["description"]
    assert {f.name: f.description for f in table.schema} == {c["name"]: c["description"] for c in definition["schema"]}
    assert made.get_dataset(definition["dataset"]).description


def test_every_table_function_is_described_and_takes_its_arguments(made: bigquery.Client) -> None:
    found = [made.get_routine(f"{PROJECT}.{d['dataset']}.{d['name']}") for d in FUNCTIONS]
    assert [one.description for one in found] == [d["description"] for d in FUNCTIONS]
    assert [[a.name for a in one.arguments] for one in found] == [
        [a["name"] for a in d["arguments"]] for d in FUNCTIONS
    ]


def test_nobody_reads_all_raw_events_by_accident(made: bigquery.Client) -> None:
    with pytest.raises(exceptions.BadRequest, match=r"without a filter over column.*occurred_at"):
        rows(made, f"SELECT COUNT(*) FROM {EVENTS_TABLE}")  # noqa: S608 - our own name
    assert value(made, f"SELECT COUNT(*) FROM {EVENTS_TABLE} WHERE DATE(occurred_at) = '2026-10-01'") == 0  # noqa: S608
    assert value(made, "SELECT COUNT(*) FROM billing_core.events") == 0


def test_making_it_again_changes_nothing(made: bigquery.Client) -> None:
    named = [f"{PROJECT}.{d['dataset']}.{d['name']}" for d in STORED]
    before = [made.get_table(name).etag for name in named]
    for definition in SETUP:
        make(made, PROJECT, definition)
    assert [made.get_table(name).etag for name in named] == before


def test_a_second_start_asks_for_one_label_and_a_change_of_the_definitions_is_made(
    client: bigquery.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = [SETUP[0], next(d for d in STORED if d["dataset"] == SETUP[0]["dataset"])]
    monkeypatch.setattr("common.tools.warehouse.channels.bigquery_client", lambda _: client)
    monkeypatch.setattr("common.tools.warehouse.reporting_setup", lambda _: setup)
    settings = Settings(project=PROJECT)
    assert [change.what for change in warehouse(settings)] == ["made", "made"]
    client.delete_table(f"{PROJECT}.{setup[1]['dataset']}.{setup[1]['name']}")
    assert warehouse(settings) == []
    assert [change.what for change in apply(client, PROJECT, setup)] == ["made"]
    setup[1] = {**setup[1], "description": "Another."}
    assert [change.what for change in warehouse(settings)] == ["changed"]


def test_what_stands_there_is_brought_up_to_date(client: bigquery.Client) -> None:
    column = {"name": "at", "type": "TIMESTAMP", "mode": "REQUIRED", "description": "When."}
    table: dict[str, Any] = {
        "kind": "table",
        "dataset": "books",
        "name": "t",
        "description": "Old.",
        "schema": [column],
        "partitioning": {"type": "DAY", "field": "at"},
        "require_partition_filter": False,
        "clustering": [],
    }
    made = {"kind": "view", "dataset": "books", "name": "v", "description": "V.", "schema": [column]}
    make(client, PROJECT, table)
    make(client, PROJECT, {**made, "query": "SELECT at FROM books.t"})
    added = {"name": "name", "type": "STRING", "mode": "NULLABLE", "description": "What."}
    newer = {"description": "New.", "schema": [{**column, "description": "Since when."}, added], "clustering": ["name"]}
    make(client, PROJECT, {**table, **newer, "require_partition_filter": True})
    make(client, PROJECT, {**made, "query": "SELECT at FROM books.t WHERE at > '2026-01-01'"})
    found = client.get_table(f"{PROJECT}.books.t")
    assert (found.description, found.clustering_fields, found.require_partition_filter) == ("New.", ["name"], True)
    assert [(field.name, field.description) for field in found.schema] == [("at", "Since when."), ("name", "What.")]
    assert value(client, "SELECT COUNT(*) FROM books.v") == 0


def test_partitioning_is_for_good(client: bigquery.Client) -> None:
    by_day(client)
    table = client.get_table(f"{PROJECT}.books.days")
    table.time_partitioning = TimePartitioning(type_="MONTH", field="at")
    with pytest.raises(exceptions.BadRequest, match="Cannot change partitioning"):
        client.update_table(table, ["time_partitioning"])


@pytest.mark.parametrize(
    ("partition", "clustered"), [("name", []), ("nothing", []), ("at", ["nothing"]), ("at", ["ratio"])]
)
def test_a_layout_the_columns_do_not_bear_is_refused(
    client: bigquery.Client, partition: str, clustered: list[str]
) -> None:
    columns = [SchemaField("at", "TIMESTAMP"), SchemaField("name", "STRING"), SchemaField("ratio", "FLOAT64")]
    table = Table(f"{PROJECT}.books.t", schema=columns)
    table.time_partitioning = TimePartitioning(field=partition)
    table.clustering_fields = clustered or None
    with pytest.raises(exceptions.BadRequest):
        client.create_table(table)


def test_a_view_made_with_columns_is_refused_as_the_service_does(client: bigquery.Client) -> None:
    table = Table(f"{PROJECT}.books.v", schema=[SchemaField("n", "INT64")])
    table.view_query = "SELECT 1 AS n"
    with pytest.raises(exceptions.BadRequest, match="shouldn't be used as input with a view"):
        client.create_table(table)


@pytest.mark.parametrize(
    "condition",
    [
        "at > '2026-10-01'", "d.at > '2026-10-01'", "name = 'x' AND (at > '2026-10-01' AND name != 'y')",
        "DATE(at) = '2026-10-01' OR DATE(at) = '2026-10-02'", "at BETWEEN '2026-10-01' AND '2026-10-02'",
    ],
)  # fmt: skip
def test_a_predicate_over_the_partition_column_alone_will_do(client: bigquery.Client, condition: str) -> None:
    assert value(client, f"SELECT COUNT(*) FROM {by_day(client)} AS d WHERE {condition}") == 0  # noqa: S608


@pytest.mark.parametrize(
    "condition",
    ["TRUE", "name = 'x'", "at > '2026-10-01' OR name = 'x'", "CAST(at AS STRING) = name", "name IN ('at')"],
)
def test_a_condition_that_leaves_all_partitions_in_will_not(client: bigquery.Client, condition: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="without a filter"):
        rows(client, f"SELECT COUNT(*) FROM {by_day(client)} WHERE {condition}")  # noqa: S608


def test_a_changing_statement_needs_the_filter_too(client: bigquery.Client) -> None:
    by_day(client)
    with pytest.raises(exceptions.BadRequest, match="without a filter"):
        rows(client, "DELETE FROM books.days WHERE name = 'x'")


def test_the_readers_of_a_plain_view_have_to_filter(client: bigquery.Client) -> None:
    by_day(client)
    view(client, "books.plain", "SELECT at, UPPER(name) AS name FROM books.days")
    view(client, "books.above", "SELECT * FROM books.plain")
    for name in ("books.plain", "books.above"):
        with pytest.raises(exceptions.BadRequest, match="without a filter"):
            rows(client, f"SELECT COUNT(*) FROM {name}")  # noqa: S608
        assert value(client, f"SELECT COUNT(*) FROM {name} WHERE at > '2026-10-01'") == 0  # noqa: S608


def test_no_filter_gets_below_a_window(client: bigquery.Client) -> None:
    by_day(client)
    once = "SELECT at, name FROM books.days WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY name ORDER BY at) = 1"
    view(client, "books.once", once)
    with pytest.raises(exceptions.BadRequest, match="without a filter"):
        rows(client, "SELECT COUNT(*) FROM books.once WHERE at > '2026-10-01'")


def test_a_demand_that_is_dropped_is_forgotten_by_the_views_over_it(client: bigquery.Client) -> None:
    by_day(client)
    view(client, "books.plain", "SELECT at FROM books.days")
    with pytest.raises(exceptions.BadRequest, match="without a filter"):
        rows(client, "SELECT at FROM books.plain")
    table = client.get_table(f"{PROJECT}.books.days")
    table.require_partition_filter = False
    client.update_table(table, ["require_partition_filter"])
    assert rows(client, "SELECT at FROM books.plain") == []
