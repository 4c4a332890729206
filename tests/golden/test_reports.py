"""Each report on the golden month: pages, charts and files tell exactly what its view does."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from google.cloud import bigquery

from common.google.rows import answered
from common.settings import Settings
from common.tools.warehouse import make
from common.world import World
from emulators.memory import MemoryClock, MemoryEngine
from functions.reporting import queries
from functions.reporting.provision import reporting_setup
from functions.reporting.reports import REPORTS, Report
from functions.reporting.reports.by_entity import DATASETS, entity_setup
from functions.reporting.reports.units import cell
from functions.reporting.requests import FileAsked, ReportAsked, ReportsAsked
from tests.emulated.bigquery_running import connected
from tests.golden import month

pytestmark = pytest.mark.emulated


@pytest.fixture(scope="module")
def client() -> Iterator[bigquery.Client]:
    with connected(month.PROJECT) as found:
        for definition in reporting_setup(month.PROJECT):
            make(found, month.PROJECT, definition)
        month.load(found, month.rows())
        yield found


@pytest.fixture(scope="module")
def world(client: bigquery.Client) -> World:
    """Memory, but for the warehouse, which the Google engine asks."""
    engine = MemoryEngine()
    engine.warehouse = partial(answered, client)
    return World(engine, MemoryClock(), Settings())


def every_page(world: World, name: str, **asked: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    token = ""
    while True:
        shown = queries.show_report(ReportAsked(name=name, limit=3, page_token=token, **asked), world)
        rows += shown.items
        token = shown.next_page_token
        if not token:
            assert shown.total == len(rows)
            return rows


@pytest.mark.parametrize("report", REPORTS, ids=[report.name for report in REPORTS])
def test_the_pages_of_a_report_are_the_rows_of_its_view(report: Report, world: World, client: bigquery.Client) -> None:
    dataset = "billing_core" if report.view == "completeness" else "billing_reporting"
    told = [dict(row.items()) for row in client.query_and_wait(f"SELECT * FROM {dataset}.{report.view}")]  # noqa: S608
    expected = [{name: cell(value) for name, value in row.items()} for row in told]
    found = every_page(world, report.name)
    assert sorted(map(str, (sorted(row.items()) for row in found))) == sorted(
        map(str, (sorted(row.items()) for row in expected))
    )


@pytest.mark.parametrize("report", REPORTS, ids=[report.name for report in REPORTS])
def test_a_chart_of_amounts_adds_up_to_its_rows(report: Report, world: World) -> None:
    shown = queries.show_report(ReportAsked(name=report.name, limit=100), world)
    assert shown.chart is not None
    rows = every_page(world, report.name)
    assert report.chart is not None
    for measure in report.chart.measures:
        if measure.by or not measure.column.endswith(("_minor", "_count")):
            continue
        drawn = [
            s for panel in shown.chart.panels for s in panel.series if report.chart.split or s.label == measure.label
        ]
        assert sum(v or 0 for s in drawn for v in s.values) == sum(row[measure.column] or 0 for row in rows)


@pytest.mark.parametrize("report", REPORTS, ids=[report.name for report in REPORTS])
def test_a_report_can_be_narrowed_and_downloaded(report: Report, world: World) -> None:
    asked: Mapping[str, Any] = {"entity": "MP", "currency": "EUR", "day_from": date(2026, 9, 3)}
    rows = every_page(world, report.name, **asked)
    if report.has("entity"):
        assert {row["entity"] for row in rows} <= {"MP"}
    content = b"".join(queries.report_csv(FileAsked(name=report.name, **asked), world))
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(read) == len(rows)
    assert b"".join(queries.report_xlsx(FileAsked(name=report.name, **asked), world)).startswith(b"PK")


def test_a_month_is_shown_as_it_was_known_then(world: World) -> None:
    """MP 11 was issued in September and committed on 5 October."""
    first, later = datetime(2026, 10, 4, tzinfo=UTC), datetime(2026, 10, 6, tzinfo=UTC)
    for name, column in (("vat", "vat_minor"), ("revenue", "net_minor"), ("ageing", "open_minor")):
        then, now = (
            every_page(world, name, known_at=at, of_day=date(2026, 9, 30), entity="MP", currency="EUR")
            for at in (first, later)
        )
        grown = sum(row[column] for row in now) - sum(row[column] for row in then)
        assert grown == {"vat": 380, "revenue": 2_000, "ageing": 2_380}[name]


def test_the_freshness_stands_on_top(world: World) -> None:
    """No MP 09: its number is missing on purpose."""
    told = queries.list_reports(ReportsAsked(), world).freshness
    assert told is not None
    assert told.as_of is not None
    assert told.as_of.date() == date(2026, 10, 5)
    assert told.missing_numbers > 0
    assert told.doubled_numbers == 0


def test_the_reports_of_each_legal_entity_are_its_rows_and_together_all_rows(client: bigquery.Client) -> None:
    for definition in entity_setup(month.PROJECT):
        make(client, month.PROJECT, definition)
    views = {one["name"] for one in entity_setup(month.PROJECT) if one["kind"] == "view"}
    assert {"ar_ageing", "oss_return", "journal_control"} <= views
    for view in sorted(views):
        whole = _rows(client, f"billing_reporting.{view}")
        parts = {entity: _rows(client, f"{dataset}.{view}") for entity, dataset in DATASETS.items()}
        for entity, rows in parts.items():
            assert {row["entity"] for row in rows} <= {entity}
        assert sorted(map(str, whole)) == sorted(str(row) for rows in parts.values() for row in rows)


def _rows(client: bigquery.Client, view: str) -> list[dict[str, Any]]:
    return [dict(row.items()) for row in client.query_and_wait(f"SELECT * FROM {view}")]  # noqa: S608
