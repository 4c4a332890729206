"""A report as CSV, written while its rows come, and what every file for a spreadsheet has to mind.

Memory is bounded by a part of the file, whatever its length. A text that a spreadsheet would take for a formula has an
apostrophe before it (OWASP, CSV injection).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from common.money import EXPONENTS, decimal_text
from functions.reporting.reports import Report
from functions.reporting.reports.units import Unit, currency_of, unit_of

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters that make a text a formula, their full-width twins included."""
PART: Final = 500
"""Rows written at once."""
Row = Mapping[str, Any]


def begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same parts, the first of them made at once: so what is refused is refused before an answer begins."""
    first = next(parts, b"")

    def all_of() -> Iterator[bytes]:
        yield first
        yield from parts

    return all_of()


def as_csv(report: Report, rows: Iterable[Row]) -> Iterator[bytes]:
    """The columns as the view names them; amounts in major units with the currency's decimals, days as ISO 8601."""
    return begun(_csv(report, rows))


def _csv(report: Report, rows: Iterable[Row]) -> Iterator[bytes]:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(_head(column["name"]) for column in report.columns)
    yield b"\xef\xbb\xbf" + _taken(sink)
    units = {column["name"]: unit_of(column) for column in report.columns}
    for found in in_parts(rows):
        for row in found:
            writer.writerow([_plain(row[name], unit, currency_of(name, row)) for name, unit in units.items()])
        yield _taken(sink)


def _taken(sink: io.StringIO) -> bytes:
    text = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return text.encode("utf-8", "replace")


def _head(name: str) -> str:
    return name.removesuffix("_minor") if name.endswith("_minor") else name.replace("_basis_points", "_percent")


def _plain(value: Any, unit: Unit, currency: str) -> str:
    if value is None:
        return ""
    if unit == "money":
        return decimal_text(int(value), currency) if currency in EXPONENTS else str(value)
    if unit == "share":
        return decimal_text(int(value), "EUR")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return disarmed(value) if isinstance(value, str) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def disarmed(text: str) -> str:
    """A text no spreadsheet takes for a formula."""
    return f"'{text}" if dangerous(text) else text


def dangerous(text: str) -> bool:
    """Whether a spreadsheet could take it for a formula: some pass over blanks at the beginning."""
    return text.startswith(DANGEROUS) or text.lstrip(" \u00a0").startswith(DANGEROUS)


def in_parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """So many rows at once as are written at once."""
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == PART:
            yield part
            part = []
    if part:
        yield part
