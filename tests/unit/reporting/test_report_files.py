"""Files of a report for spreadsheets: exact amounts, real days, no formula, and a bound on what is held at once."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from functions.reporting.reports import BY_NAME, Report
from functions.reporting.reports import workbook as writing
from functions.reporting.reports.files import PART, as_csv, disarmed
from functions.reporting.reports.workbook import as_workbook

AGEING = BY_NAME["ageing"]
NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
HOSTILE = ("=1+1", "+49 40", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", '=HYPERLINK("http://x")')


def row(**more: Any) -> dict[str, Any]:
    made = {column["name"]: None for column in AGEING.columns}
    return {
        **made, "as_of": datetime(2026, 10, 5, 8, 30, 5, tzinfo=UTC), "entity": "MP", "currency": "EUR",
        "issued_on": date(2026, 9, 1), "open_minor": 123_450, "days_overdue": 3, "invoice_number": "MP-1", **more,
    }  # fmt: skip


def read_csv(rows: list[dict[str, Any]], report: Report = AGEING) -> list[dict[str, str]]:
    text = b"".join(as_csv(report, rows)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def sheets(content: bytes) -> list[list[dict[str, Any]]]:
    """Every sheet read back by another XML reader: each row's cells by column, with type, style and value."""
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return [_rows(etree.fromstring(archive.read(name))) for name in names]


def _rows(sheet: Any) -> list[dict[str, Any]]:
    found = []
    for line in sheet.iterfind(".//m:row", NAMES):
        cells = {}
        for cell in line.iterfind("m:c", NAMES):
            place = cell.get("r").rstrip("0123456789")
            text = cell.findtext("m:is/m:t", None, NAMES)
            value = cell.findtext("m:v", None, NAMES)
            assert cell.find("m:f", NAMES) is None
            cells[place] = (cell.get("t", "n"), int(cell.get("s", 0)), value if text is None else text)
        found.append(cells)
    return found


def letters(name: str) -> str:
    names = [column["name"] for column in AGEING.columns]
    return writing.letters(names.index(name) + 1)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_is_disarmed_in_both_kinds_of_file(text: str) -> None:
    assert read_csv([row(member_id=text)])[0]["member_id"] == f"'{text}"
    kind, style, value = sheets(b"".join(as_workbook(AGEING, [row(member_id=text)])))[0][1][letters("member_id")]
    assert (kind, style) == ("inlineStr", writing.STYLES["quoted"])
    assert value == text.replace("\r", "\ufffd")


def test_a_negative_amount_stays_a_number() -> None:
    assert read_csv([row(open_minor=-5)])[0]["open"] == "-0.05"
    assert sheets(b"".join(as_workbook(AGEING, [row(open_minor=-5)])))[0][1][letters("open_minor")] == ("n", 2, "-0.05")


@pytest.mark.parametrize(
    ("currency", "minor", "told", "style"),
    [("EUR", 123_450, "1234.50", "money2"), ("JPY", 1234, "1234", "money0"), ("KWD", 1, "0.001", "money3")],
)
def test_amounts_have_their_currencys_decimals(currency: str, minor: int, told: str, style: str) -> None:
    found = row(currency=currency, open_minor=minor)
    assert read_csv([found])[0]["open"] == told
    cell = sheets(b"".join(as_workbook(AGEING, [found])))[0][1][letters("open_minor")]
    assert cell[:2] == ("n", writing.STYLES[style])
    assert Decimal(cell[2]) == Decimal(told)


def test_an_amount_a_spreadsheet_would_round_is_text() -> None:
    huge = 9_007_199_254_740_993
    cell = sheets(b"".join(as_workbook(AGEING, [row(open_minor=huge)])))[0][1][letters("open_minor")]
    assert cell == ("inlineStr", writing.STYLES["quoted"], "90071992547409.93")
    assert read_csv([row(open_minor=huge)])[0]["open"] == "90071992547409.93"


def test_days_and_instants_are_days_and_instants() -> None:
    told = sheets(b"".join(as_workbook(AGEING, [row()])))[0][1]
    assert told[letters("issued_on")] == ("n", writing.STYLES["day"], "46266")
    kind, style, value = told[letters("as_of")]
    assert (kind, style) == ("n", writing.STYLES["moment"])
    assert round(Decimal(value) % 1 * 86_400) == 8 * 3600 + 30 * 60 + 5
    assert read_csv([row()])[0]["issued_on"] == "2026-09-01"
    assert read_csv([row()])[0]["as_of"] == "2026-10-05T08:30:05+00:00"


def test_a_share_is_per_cent() -> None:
    report = BY_NAME["collections"]
    found = {column["name"]: None for column in report.columns} | {"currency": "EUR", "cei_basis_points": 9_876}
    assert read_csv([found], report)[0]["cei_percent"] == "98.76"


def test_no_rows_are_a_head_alone() -> None:
    assert read_csv([]) == []
    assert b"".join(as_csv(AGEING, [])).count(b"\r\n") == 1
    (only,) = sheets(b"".join(as_workbook(AGEING, [])))
    assert [cell[2] for cell in only[0].values()][:3] == ["As of", "Loaded", "Invoice number"]


@given(st.lists(st.text(st.characters(codec="utf-16"), max_size=40), max_size=5))
def test_any_text_comes_back(texts: list[str]) -> None:
    rows = [row(member_id=text) for text in texts]
    found = read_csv(rows)
    assert [one["member_id"] for one in found] == [disarmed(text) for text in texts]
    assert len(sheets(b"".join(as_workbook(AGEING, rows)))[0]) == len(texts) + 1


def test_a_full_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_ROWS", 1_001)
    found = sheets(b"".join(as_workbook(AGEING, (row(open_minor=n) for n in range(2_300)))))
    assert [len(sheet) for sheet in found] == [1_001, 1_001, 301]
    amounts = [sheet_row[letters("open_minor")][2] for sheet in found for sheet_row in sheet[1:]]
    assert [Decimal(one) * 100 for one in amounts] == list(range(2_300))


def test_a_fault_before_the_first_row_is_told_at_once() -> None:
    def broken() -> Iterator[dict[str, Any]]:
        raise RuntimeError("no rows")
        yield {}

    with pytest.raises(RuntimeError, match="no rows"):
        as_workbook(AGEING, broken())


@pytest.mark.parametrize("write", [as_csv, as_workbook])
def test_rows_are_written_while_they_come_and_never_held(write: Any) -> None:
    """What was taken of the rows is a part ahead of what was written, and no part of the file is large."""
    taken = 0

    def coming() -> Iterator[dict[str, Any]]:
        nonlocal taken
        for taken in range(1, 20_001):
            yield row(member_id=f"mem_{taken:026}")

    parts = write(AGEING, coming())
    ahead = taken
    longest = 0
    for part in parts:
        longest = max(longest, len(part))
        assert taken <= ahead + 2 * PART
        ahead = max(ahead, taken)
    assert taken == 20_000
    assert longest < 300_000
