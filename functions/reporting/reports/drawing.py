"""What a chart shows, from the sums the warehouse made: panels, series, places, exact values."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from common.money import EXPONENTS
from common.values import Value
from functions.reporting.reports import Chart, Measure, Report
from functions.reporting.reports.units import currency_of, label_of, unit_of

BUCKETS: Final = ("not due", "0-7", "1-30", "8-30", "31-60", "31-90", "61-90", "over 90")
"""Ages in their order, which the alphabet would not keep."""


class Series(Value):
    """One measure, or one value of the column that splits it: a value for each place, its `places` the last digits."""

    label: str
    values: list[int | None]


class Panel(Value):
    """A chart of one legal entity and currency."""

    entity: str
    currency: str
    unit: str
    """money, share (basis points), or number."""
    places: int
    """Decimal places of the values."""
    at: list[str]
    """The places, in their order: days as ISO 8601."""
    series: list[Series]


def panels(report: Report, chart: Chart, rows: Iterable[Mapping[str, Any]]) -> list[Panel]:
    """One panel for each legal entity and currency, in order of their names."""
    by_panel: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        by_panel.setdefault((str(row["of_entity"] or ""), str(row["of_currency"] or "")), []).append(row)
    return [_panel(report, chart, key, found) for key, found in sorted(by_panel.items())]


def _panel(report: Report, chart: Chart, key: tuple[str, str], rows: list[Mapping[str, Any]]) -> Panel:
    entity, currency = key
    at = sorted({_text(row["place"]) for row in rows}, key=_place)
    splits = sorted({str(row["series"] or "") for row in rows}, key=_place)
    unit = _unit(report, chart.measures[0])
    places = _places(unit, currency, chart.measures[0].column)
    series = [
        Series(label=_named(chart, measure, split), values=_values(measure, _of(split, rows), at, places))
        for measure in chart.measures
        for split in splits
    ]
    return Panel(entity=entity, currency=currency, unit=unit, places=places, at=at, series=series)


def _of(split: str, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if str(row["series"] or "") == split]


def _values(measure: Measure, rows: list[Mapping[str, Any]], at: list[str], places: int) -> list[int | None]:
    found = {_text(row["place"]): _value(measure, row, places) for row in rows}
    return [found.get(place) for place in at]


def _value(measure: Measure, row: Mapping[str, Any], places: int) -> int | None:
    value = row[f"{measure.column}_drawn"]
    if value is None:
        return None
    if not measure.by:
        return int(Decimal(value).scaleb(places)) if isinstance(value, Decimal) else int(value)
    whole = row[f"{measure.by}_drawn"]
    return (2 * 10_000 * int(value) + int(whole)) // (2 * int(whole)) if whole else None


def _unit(report: Report, measure: Measure) -> str:
    column = next(one for one in report.columns if one["name"] == measure.column)
    return "share" if measure.by else unit_of(column)


def _places(unit: str, currency: str, column: str) -> int:
    if unit == "money":
        return EXPONENTS.get(currency_of(column, {"currency": currency}), 0)
    return {"share": 2}.get(unit, 1 if column.endswith("_days") else 0)


def _named(chart: Chart, measure: Measure, split: str) -> str:
    return (label_of(split) or "None") if chart.split else measure.label


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str("" if value is None else value)


def _place(name: str) -> tuple[int, str]:
    return (BUCKETS.index(name) if name in BUCKETS else -1, name)
