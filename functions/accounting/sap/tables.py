"""The same batches as CSV: one row an item, UTF-8, commas, nothing a spreadsheet would take for a formula."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Final

from common.money import decimal_text
from functions.accounting.sap.entries import Item, JournalEntry

COLUMNS: Final = (
    "message_id", "company_code", "document_type", "posting_date", "reference", "currency", "item", "kind", "account",
    "debtor", "debit", "credit", "tax_code", "tax_group", "country", "tax_base", "text",
)  # fmt: skip
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet calculate: such text gets an apostrophe before it (OWASP, CSV injection)."""


def table(entries: Sequence[JournalEntry]) -> bytes:
    """The items of the entries of one batch."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        for number, item in enumerate(entry.items, start=1):
            writer.writerow(_row(entry, number, item))
    return out.getvalue().encode("utf-8")


def _row(entry: JournalEntry, number: int, item: Item) -> list[str]:
    amount = decimal_text(abs(item.amount_minor), entry.currency)
    named = (entry.message_id, entry.company_code, entry.document_type, entry.posted_on.isoformat(), entry.reference)
    return [
        *map(harmless, named),
        entry.currency,
        str(number),
        item.kind,
        harmless(item.account),
        harmless(item.debtor),
        amount if item.debit else "",
        "" if item.debit else amount,
        harmless(item.tax_code),
        str(item.tax_group or ""),
        harmless(item.country),
        decimal_text(item.base_minor, entry.currency) if item.kind == "tax" else "",
        harmless(item.text),
    ]


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it, never calculates it."""
    return f"'{text}" if text.startswith(FORMULA) else text
