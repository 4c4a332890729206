"""The same batches as files: messages, tables and DATEV's format, read back by other means than they were written."""

import csv
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from lxml import etree

from common.failures import Rejected
from functions.accounting.handlers.exports import File, Format, files
from functions.accounting.model.batches import opened, summed
from functions.accounting.sap import split
from functions.accounting.sap.datev import COLUMNS, extf
from functions.accounting.sap.entries import entry_of
from functions.accounting.sap.message import ENVELOPE
from functions.accounting.sap.tables import harmless
from tests.kit import Platform
from tests.unit import told
from tests.unit.accounting.sap.register import Register, platform_with
from tests.unit.accounting.sap.test_message import NOW, SALE, SCHEMA, batch_of, entries, line
from tests.unit.accounting.test_batches import books, close_day

DAY = date(2026, 10, 1)


@pytest.fixture
def platform() -> Platform:
    found = platform_with(Register())
    found.tell(told.invoice_issued(), told.payment_received(), told.invoice_issued("MP-2", currency="SEK"))
    close_day(found)
    return found


def exported(platform: Platform, form: Format, day: date | None = None) -> list[File]:
    return list(files(form, day, platform.runtime.world))


def test_every_message_is_a_file_that_is_valid(platform: Platform) -> None:
    found = exported(platform, "soap")
    assert len({file.name for file in found}) == len(found) == 3
    for file in found:
        root = etree.fromstring(file.content).find(f"{{{ENVELOPE}}}Body")[0]
        SCHEMA.assertValid(root)
        assert root.findtext("MessageHeader/ID") == file.name.removesuffix(".xml")


def test_the_same_batch_is_always_the_same_file(platform: Platform) -> None:
    for form in ("soap", "csv", "datev"):
        assert exported(platform, form) == exported(platform, form)


def test_only_the_day_that_was_asked_for_is_written(platform: Platform) -> None:
    assert exported(platform, "csv", date(2026, 10, 2)) == []
    assert len(exported(platform, "csv", DAY)) == 2


def test_the_table_adds_up_to_the_books(platform: Platform) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for file in exported(platform, "csv"):
        for row in csv.DictReader(StringIO(file.content.decode("utf-8"), newline="")):
            account = row["account"]
            sums[account, row["currency"]] += int(Decimal(row["debit"] or 0) * 100 - Decimal(row["credit"] or 0) * 100)
    assert {key: amount for key, amount in sums.items() if amount} == books(platform)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("Billing = fine") == "Billing = fine"


def rows_of(content: bytes) -> tuple[list[str], list[str], list[list[str]]]:
    """A reader of its own: header, names and rows of an EXTF file."""
    lines = content.decode("cp1252").split("\r\n")
    assert lines.pop() == ""
    assert not any("\n" in each or "\r" in each for each in lines)
    header, *rest = list(csv.reader(lines, delimiter=";", quotechar='"'))
    return header, rest[0], rest[1:]


def test_datev_reads_what_the_books_say(platform: Platform) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    other: Counter[str] = Counter()
    for file in exported(platform, "datev"):
        header, names, rows = rows_of(file.content)
        assert header[:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"]
        assert len(header) == 31
        assert re.fullmatch(r"\d{17}", header[5])
        assert (header[12], header[13], header[14], header[15], header[21]) == (
            "20260101", "4", "20261001", "20261001", "EUR",
        )  # fmt: skip
        assert len(names) == len(set(names)) == 125
        for row in rows:
            assert len(row) == 125
            assert re.fullmatch(r"\d{1,10},\d\d", row[0])
            assert (row[9], row[1] in "SH") == ("0110", True)
            signed = int(row[0].replace(",", "")) * (1 if row[1] == "S" else -1)
            sums[row[6], row[2]] += signed
            other[row[7]] += signed
    assert {key: amount for key, amount in sums.items() if amount} == books(platform)
    assert set(other.values()) == {0}


def test_datevs_columns_stand_where_datev_wants_them() -> None:
    places = {"Konto": 7, "Belegdatum": 10, "Buchungstext": 14, "KOST1 - Kostenstelle": 37, "Stück": 88}
    places |= {"Buchungs GUID": 103, "Festschreibung": 114, "Leistungsdatum": 115, "Abw. Skontokonto": 125}
    assert {name: COLUMNS.index(name) + 1 for name in places} == places


def test_parts_of_a_long_document_leave_the_splitting_account_empty() -> None:
    debtors = [line("DR", "1400", 7, debtor=str(10_000 + n)) for n in range(900)]
    found = entries(batch_of(*debtors, line("DR", "4336", -7 * 900, "R1", "FR")))
    assert len(found) > 1
    _, _, rows = rows_of(extf(found, NOW))
    assert sum(int(row[0].replace(",", "")) * (1 if row[1] == "S" else -1) for row in rows) == 0


@pytest.mark.parametrize(("currency", "told_as"), [("EUR", "119,00"), ("JPY", "11900,00"), ("KWD", "11,90")])
def test_amounts_have_two_decimal_places_whatever_the_currency(currency: str, told_as: str) -> None:
    _, _, rows = rows_of(extf(entries(batch_of(*SALE, currency=currency)), NOW))
    assert told_as in {row[0] for row in rows}


@pytest.mark.parametrize(
    ("account", "minor", "currency"), [("123456", 100, "EUR"), ("1400", 1, "KWD"), ("1400", 10**12, "EUR")]
)
def test_what_datev_has_no_room_for_is_refused_not_cut(account: str, minor: int, currency: str) -> None:
    batch = opened(DAY, "MP", currency).but(
        state="prepared", journals=1, lines=summed([line("SA", account, minor), line("SA", "1200", -minor)])
    )
    sealed = split.sealed(batch, NOW)
    with pytest.raises(Rejected, match="too_long"):
        extf([entry_of(sealed, part) for part in sealed.parts], NOW)
