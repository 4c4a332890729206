"""What a column holds, so that every page, file and chart writes it alike."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from functions.reporting.tables import Column

Unit = Literal["money", "share", "number", "day", "moment", "flag", "text"]
BY_TYPE: Final[dict[str, Unit]] = {
    "DATE": "day", "TIMESTAMP": "moment", "BOOLEAN": "flag", "INTEGER": "number", "NUMERIC": "number",
}  # fmt: skip
CUTS: Final = ("_eur_minor", "_minor", "_basis_points", "_count")
COUNTED: Final = frozenset({
    "invoice", "document", "payment", "payout", "event", "member", "line", "case", "attempt", "collection",
})  # fmt: skip
"""Things that are counted by the name of one of them."""
LABELS: Final = {
    "as_of": "As of", "loaded_at": "Loaded", "cei": "Effectiveness", "dso_days": "DSO in days", "vat": "VAT",
    "vat_id": "VAT id", "ecb_rate": "ECB rate", "member_id": "Member", "invoice_id": "Invoice id",
    "receipt_id": "Receipt", "rate": "Rate",
}  # fmt: skip
"""What a column is called where its name alone would not say it."""


def unit_of(column: Column) -> Unit:
    """By its name's ending, then by its type."""
    name = column["name"]
    if name.endswith("_minor"):
        return "money"
    return "share" if name.endswith("_basis_points") else BY_TYPE.get(column["type"], "text")


def label_of(name: str) -> str:
    """A column's name for people: `cash_minor` is `Cash`."""
    cut = next((name.removesuffix(end) for end in CUTS if name.endswith(end)), name)
    if cut in COUNTED:
        cut += "s"
    told = LABELS.get(name) or LABELS.get(cut) or cut.replace("_", " ").removesuffix(" on")
    told = told[:1].upper() + told[1:]
    return f"{told} in EUR" if name.endswith("_eur_minor") else told


def currency_of(name: str, row: Mapping[str, Any]) -> str:
    """The currency of one of a row's amounts."""
    return "EUR" if name.endswith("_eur_minor") else str(row.get("currency") or "")


Cell = str | int | bool | None


def cell(value: Any) -> Cell:
    """A value as JSON has it: days and instants as ISO 8601, decimals as text, never a float."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a report has no {type(value).__name__}")
