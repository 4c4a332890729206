"""What callers of reporting may look at: the reports, each the rows of its view, as a page or as a file."""

from collections.abc import Iterator
from typing import Any

from common.failures import Rejected
from common.world import World
from functions.reporting.reports import BY_NAME, REPORTS, Report
from functions.reporting.reports.asking import Asked, Narrowed, drawn_of, freshness, page_of, whole_of
from functions.reporting.reports.drawing import panels
from functions.reporting.reports.files import as_csv
from functions.reporting.reports.units import cell, label_of, unit_of
from functions.reporting.reports.workbook import as_workbook
from functions.reporting.requests import (
    ChartShown,
    ColumnShown,
    FileAsked,
    Freshness,
    ReportAsked,
    ReportNamed,
    ReportsAsked,
    ReportShown,
    ReportsShown,
)


def list_reports(asked: ReportsAsked, world: World) -> ReportsShown:
    """The reports there are, and how fresh and whole the data behind them are."""
    items = [_told(report) for report in REPORTS]
    try:
        return ReportsShown(reports=items, freshness=_freshness(world) if asked.fresh else None)
    except Rejected as refusal:
        if refusal.code != "no_warehouse":
            raise
        return ReportsShown(reports=items, freshness=None)


def show_report(asked: ReportAsked, world: World) -> ReportShown:
    """A page of one report: the rows of its view, and the chart over all of them."""
    report = _report(asked.name)
    narrowed = _narrowed(asked)
    skipped = int(asked.page_token or 0)
    rows = list(_rows(page_of(report, narrowed, asked.limit, skipped), world))
    chart, total = _chart(report, narrowed, world)
    more = skipped + len(rows) < total and len(rows) == asked.limit
    return ReportShown(
        report=_told(report),
        freshness=_freshness(world),
        known_at=asked.known_at,
        chart=chart,
        total=total,
        items=[{name: cell(value) for name, value in row.items()} for row in rows],
        next_page_token=str(skipped + len(rows)) if more else "",
    )


def report_csv(asked: FileAsked, world: World) -> Iterator[bytes]:
    """All rows of a report as CSV (RFC 4180, UTF-8 with a mark, so that spreadsheets read it as such)."""
    report = _report(asked.name)
    return as_csv(report, _rows(whole_of(report, _narrowed(asked)), world))


def report_xlsx(asked: FileAsked, world: World) -> Iterator[bytes]:
    """All rows of a report as a workbook (Office Open XML): amounts as numbers, days as days."""
    report = _report(asked.name)
    return as_workbook(report, _rows(whole_of(report, _narrowed(asked)), world))


def _report(name: str) -> Report:
    found = BY_NAME.get(name)
    if found is None:
        raise Rejected("not_found", f"there is no report {name}", status=404)
    return found


def _narrowed(asked: ReportAsked | FileAsked) -> Narrowed:
    return Narrowed.model_validate(asked.model_dump(include=set(Narrowed.model_fields)))


def _rows(asked: Asked, world: World) -> Iterator[dict[str, Any]]:
    return world.query(asked.sql, asked.parameters)


def _chart(report: Report, narrowed: Narrowed, world: World) -> tuple[ChartShown | None, int]:
    """The chart, and how many rows stand behind it."""
    chart = report.chart
    if chart is None:
        raise RuntimeError(f"{report.name} has no chart")
    found = list(_rows(drawn_of(report, chart, narrowed), world))
    total = int(found[0]["behind"]) if found else 0
    made = panels(report, chart, found)
    return ChartShown(title=chart.title, stacked=chart.stacked, x=label_of(chart.x), panels=made), total


def _freshness(world: World) -> Freshness:
    found = next(iter(_rows(freshness(), world)), {})
    return Freshness.model_validate(
        {
            "as_of": found.get("as_of"),
            "loaded_at": found.get("loaded_at"),
            "missing_numbers": found.get("missing", 0),
            "doubled_numbers": found.get("doubled", 0),
        }
    )


def _told(report: Report) -> ReportNamed:
    columns = [
        ColumnShown(name=c["name"], label=label_of(c["name"]), unit=unit_of(c), meaning=c["description"])
        for c in report.columns
    ]
    named = report.model_dump(include={"name", "title", "group", "view", "period", "then_day"})
    return ReportNamed(**named, lead=report.lead, columns=columns)
