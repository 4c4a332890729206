"""A report as a workbook (Office Open XML, ECMA-376), written while its rows come: amounts as numbers, days as days.

The smallest workbook there is: one style sheet, text within its cells. No text of it is ever a formula; one that looks
like one is marked so that it stays text where somebody edits it. Memory is bounded by a part of the file.
"""

import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from common.money import EXPONENTS, decimal_text
from functions.reporting.reports import Report
from functions.reporting.reports.files import Row, begun, dangerous, in_parts
from functions.reporting.reports.units import Unit, currency_of, label_of, unit_of

MOST_ROWS: Final = 1_048_576
"""Of one sheet (Excel's specifications and limits), its head included."""
EXACT_DIGITS: Final = 15
"""A spreadsheet keeps so many digits of a number; a longer amount is written as text rather than changed."""
LONGEST_TEXT: Final = 32_767
"""Characters of one cell."""
EPOCH: Final = date(1899, 12, 30)
"""Day 0 of a workbook's days, from March 1900 on."""
STYLES: Final = {"text": 0, "money0": 1, "money2": 2, "money3": 3, "share": 4, "day": 5, "moment": 6, "quoted": 7,
                 "head": 8}  # fmt: skip
UNWRITABLE: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for."""
ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLE_SHEET: Final = (
    f'{XML}<styleSheet xmlns="{MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="#,##0.000"/>'
    '<numFmt numFmtId="165" formatCode="yyyy-mm-dd"/><numFmt numFmtId="166" formatCode="yyyy-mm-dd hh:mm:ss"/>'
    '</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/>'
    '<name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/>'
    '<diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    '</cellStyleXfs><cellXfs count="9">'
    + "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"{more}/>'
        for number, font, more in (
            (0, 0, ""), (3, 0, ""), (4, 0, ""), (164, 0, ""), (10, 0, ""), (165, 0, ""), (166, 0, ""),
            (49, 0, ' quotePrefix="1"'), (0, 1, ' applyFont="1"'),
        )
    )
    + "</cellXfs></styleSheet>"
)  # fmt: skip


class _Pipe(io.RawIOBase):
    """Where the archive is written to, and taken from piece by piece; it can't go back, so the archive does not try."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since."""
        found, self._parts = b"".join(self._parts), []
        return found


def as_workbook(report: Report, rows: Iterable[Row]) -> Iterator[bytes]:
    """A sheet of the report's rows, and further ones where one is full; text is never a formula."""
    return begun(_xlsx(report, rows))


def _xlsx(report: Report, rows: Iterable[Row]) -> Iterator[bytes]:
    pipe, plan = _Pipe(), _plan(report)
    parts = in_parts(rows)
    ahead: list[Row] = next(parts, [])
    sheets = 0
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
        while ahead or not sheets:
            sheets += 1
            with archive.open(_entry(f"xl/worksheets/sheet{sheets}.xml"), "w", force_zip64=True) as sheet:
                sheet.write(_opening(report))
                line = 2
                while ahead and line + len(ahead) <= MOST_ROWS + 1:
                    sheet.write("".join(_line(plan, row, at) for at, row in enumerate(ahead, line)).encode())
                    line += len(ahead)
                    ahead = next(parts, [])
                    yield pipe.taken()
                sheet.write(
                    f'</sheetData><autoFilter ref="A1:{letters(len(report.columns))}{line - 1}"/></worksheet>'.encode()
                )
        for name, text in _around(report, sheets).items():
            archive.writestr(_entry(name), text)
        yield pipe.taken()
    yield pipe.taken()


def _entry(name: str) -> ZipInfo:
    """The same report is the same bytes: no hour of the day in the archive."""
    made = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    made.compress_type = ZIP_DEFLATED
    return made


def _opening(report: Report) -> bytes:
    heads = "".join(_text(label_of(name), f"{place}1", "head") for name, _, place in _plan(report))
    return (
        f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" '
        'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols><col min="1" max="{len(report.columns)}" width="18" customWidth="1"/></cols>'
        f'<sheetData><row r="1">{heads}</row>'
    ).encode()


Plan = tuple[tuple[str, Unit, str], ...]
"""Of each column: its name, what it holds, its letters."""


def _plan(report: Report) -> Plan:
    return tuple((column["name"], unit_of(column), letters(at)) for at, column in enumerate(report.columns, 1))


def _line(plan: Plan, row: Row, line: int) -> str:
    cells = "".join(_cell(row[name], unit, currency_of(name, row), f"{place}{line}") for name, unit, place in plan)
    return f'<row r="{line}">{cells}</row>'


def _cell(value: Any, unit: Unit, currency: str, place: str) -> str:
    if value is None or value == "":
        return ""
    if unit == "money":
        return _amount(int(value), currency, place)
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | Decimal | date):
        number, style = _counted(value, unit)
        return _number(number, place, style)
    return _text(str(value), place, "quoted" if dangerous(str(value)) else "text")


def _counted(value: int | Decimal | date, unit: Unit) -> tuple[Decimal, str]:
    """A value as a spreadsheet's number, and how it is shown: a day is the count of days, an hour its part of one."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
        return (moment.date() - EPOCH).days + round(Decimal(seconds) / 86_400, 8), "moment"
    if isinstance(value, date):
        return Decimal((value - EPOCH).days), "day"
    return (Decimal(value).scaleb(-4), "share") if unit == "share" else (Decimal(value), "text")


def _amount(minor: int, currency: str, place: str) -> str:
    if currency not in EXPONENTS or abs(minor) >= 10**EXACT_DIGITS:
        told = decimal_text(minor, currency) if currency in EXPONENTS else str(minor)
        return _text(told, place, "quoted")
    places = EXPONENTS[currency]
    return _number(Decimal(minor).scaleb(-places), place, f"money{places}")


def _number(value: Decimal, place: str, style: str) -> str:
    return f'<c r="{place}" s="{STYLES[style]}"><v>{value:f}</v></c>'


def _text(text: str, place: str, style: str) -> str:
    escaped = UNWRITABLE.sub("\ufffd", text[:LONGEST_TEXT]).translate(ESCAPES)
    told = f'<is><t xml:space="preserve">{escaped}</t></is>'
    return f'<c r="{place}" s="{STYLES[style]}" t="inlineStr">{told}</c>'


def letters(number: int) -> str:
    """A column by its number: 1 is A, 27 is AA."""
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def _around(report: Report, sheets: int) -> dict[str, str]:
    """The parts of the package beside its sheets."""
    title = report.title[:25].translate(str.maketrans("", "", "[]:*?/\\"))
    numbers = range(1, sheets + 1)
    named = "".join(f'<sheet name="{title}{"" if n == 1 else f" {n}"}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPE}.worksheet+xml"/>' for n in numbers
    )
    return {
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{related}<Relationship '
        f'Id="rId{sheets + 1}" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": STYLE_SHEET,
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>{parts}</Types>',
    }
