"""The queries behind a report: its rows, page by page or whole, and what its chart adds up."""

from datetime import date, datetime
from typing import Any, Final

from pydantic import AwareDatetime, model_validator

from common.failures import Rejected
from common.ports import Answer
from common.values import Exact
from functions.reporting.reports import Chart, Report, view_of
from functions.reporting.tables import CORE, REPORTING

ADDED_UP: Final = ("_minor", "_count", "_rows")
"""Endings of columns that can be added up; of others the highest is taken."""
MOST_PLACES: Final = 2_000
"""Rows of one chart's query; what is older is on the pages beneath, not in the chart."""


class Narrowed(Exact):
    """Which part of a report: of one legal entity, currency, some days; and as it was known at a moment."""

    entity: str = ""
    """The legal entity's code; empty: all of them."""
    currency: str = ""
    """ISO 4217; empty: all of them."""
    day_from: date | None = None
    """The first day of the period; its whole month or quarter where the report is told by those."""
    day_to: date | None = None
    """The last day."""
    of_day: date | None = None
    """As known at a moment: of which day, or of the month of which day."""
    known_at: AwareDatetime | None = None
    """What was committed later is left out; none: as it is known now."""

    @model_validator(mode="after")
    def _in_order(self) -> "Narrowed":
        if self.day_from and self.day_to and self.day_from > self.day_to:
            raise ValueError("the first day is after the last one")
        return self


class Asked(Exact):
    """A query and its parameters."""

    sql: str
    parameters: dict[str, Any]


def page_of(report: Report, narrowed: Narrowed, limit: int, offset: int) -> Asked:
    """So many rows from a place on, in the report's order."""
    source, parameters = _source(report, narrowed)
    sql = f"SELECT {_columns(report)} FROM {source} ORDER BY {_order(report)} LIMIT @most OFFSET @skipped"  # noqa: S608
    return Asked(sql=sql, parameters={**parameters, "most": limit, "skipped": offset})


def whole_of(report: Report, narrowed: Narrowed) -> Asked:
    """Every row, in the report's order."""
    source, parameters = _source(report, narrowed)
    return Asked(sql=f"SELECT {_columns(report)} FROM {source} ORDER BY {_order(report)}", parameters=parameters)  # noqa: S608


def drawn_of(report: Report, chart: Chart, narrowed: Narrowed) -> Asked:
    """What the chart draws: by entity, currency, place and series; with how many rows stand behind it."""
    source, parameters = _source(report, narrowed)
    asked = {column for measure in chart.measures for column in (measure.column, measure.by) if column}
    sums = "".join(f", {_added(column)} AS {column}_drawn" for column in sorted(asked))
    keys = ", ".join(f"{_key(report, column)} AS {name}" for name, column in _keys(chart).items())
    group = ", ".join(_key(report, column) for column in _keys(chart).values() if column and report.has(column))
    sql = (
        f"SELECT {keys}, SUM(COUNT(*)) OVER () AS behind{sums} FROM {source} "  # noqa: S608 - names of our own declarations
        f"GROUP BY {group} ORDER BY place DESC LIMIT {MOST_PLACES}"
    )
    return Asked(sql=sql, parameters=parameters)


def freshness() -> Asked:
    """How far the data go, when the newest row came, and how many numbers of documents are missing or double."""
    sql = f"""SELECT newest.as_of AS as_of, newest.loaded_at AS loaded_at, numbers.missing AS missing,
      numbers.doubled AS doubled
    FROM {CORE}.freshness AS newest CROSS JOIN (
      SELECT COALESCE(SUM(missing_count), 0) AS missing, COALESCE(SUM(doubled_count), 0) AS doubled
      FROM {REPORTING}.number_completeness) AS numbers"""  # noqa: S608 - names of our own
    return Asked(sql=sql, parameters={})


def _keys(chart: Chart) -> dict[str, str]:
    return {"of_entity": "entity", "of_currency": "currency", "place": chart.x, "series": chart.split}


def _key(report: Report, column: str) -> str:
    return column if column and report.has(column) else "''"


def _added(column: str) -> str:
    return f"SUM({column})" if column.endswith(ADDED_UP) else f"MAX({column})"


def _columns(report: Report) -> str:
    return ", ".join(column["name"] for column in report.columns)


def _order(report: Report) -> str:
    """The period first, then every column that names a row; so pages neither repeat a row nor leave one out."""
    first = [f"{report.period}{' DESC' if report.latest_first else ''}"] if report.period else []
    named = [c["name"] for c in report.columns if c["type"] in {"STRING", "DATE"} and c["name"] != report.period]
    numbers = [c["name"] for c in report.columns if c["name"].endswith("_basis_points") or c["name"] == "late_days"]
    return ", ".join([*first, *named, *numbers])


def _source(report: Report, narrowed: Narrowed) -> tuple[str, dict[str, Answer]]:
    """What is read, with its conditions."""
    named, parameters = _then(report, narrowed) if narrowed.known_at else (_place(report.view), {})
    conditions: list[str] = []
    for column, value in (("entity", narrowed.entity), ("currency", narrowed.currency)):
        if value and report.has(column):
            conditions.append(f"{column} = @{column}")
            parameters[column] = value
    bounds = (("day_from", ">=", narrowed.day_from), ("day_to", "<=", narrowed.day_to))
    for name, sign, day in bounds if report.period and not narrowed.known_at else ():
        if day:
            conditions.append(f"{report.period} {sign} @{name}")
            parameters[name] = _first_of(report.period, day) if name == "day_from" else day
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"{named}{where}", parameters


def _first_of(period: str, day: date) -> date:
    """The first day of the month or quarter that holds a day, so that its period is in."""
    if period == "month":
        return day.replace(day=1)
    return day.replace(month=day.month - (day.month - 1) % 3, day=1) if period == "quarter" else day


def _then(report: Report, narrowed: Narrowed) -> tuple[str, dict[str, Answer]]:
    if not report.then or narrowed.known_at is None:
        raise Rejected("not_kept", f"{report.title} is not told as it was known at a moment")
    moment: datetime = narrowed.known_at
    parameters: dict[str, Answer] = {report.then_day: narrowed.of_day or moment.date(), "known_at": moment}
    arguments = ", ".join(f"@{one['name']}" for one in view_of(report.then).arguments)
    return f"{_place(report.then)}({arguments})", parameters


def _place(view: str) -> str:
    return f"{view_of(view).dataset}.{view}"
