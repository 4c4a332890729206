"""Deferred revenue: what of an invoice belongs to later months, and what of that is released or taken back."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

from common.documents import Document, id_from
from common.events.accounting import ReleasedPart, RevenueReleased
from common.events.base import Task
from common.money import Currency
from common.values import Exact
from functions.accounting.posting import Entry, Part
from functions.accounting.posting.deferring import month_of

PAGE: Final = 100
"""Invoices released in one task."""
MONTHS_BACK: Final = 13
"""Months whose releases are looked for again, so that no missed night is lost."""


class ReleaseRevenue(Task, name="accounting.release_revenue"):
    """Set free the revenue of a month, of the next invoices that have some."""

    entity: str
    month: str


def deferral_id(invoice_id: str) -> str:
    """The one deferral of an invoice."""
    return id_from("dfr", invoice_id)


def due_key(month: str, entity: str) -> str:
    """What is released together: `2026-11|MP`."""
    return f"{month}|{entity}"


def months_to_release(today: date) -> list[str]:
    """This month and those before, the oldest first."""
    months = [today.year * 12 + today.month - 1 - back for back in range(MONTHS_BACK)]
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in reversed(months)]


class HeldPart(Exact):
    """A part of an invoice's revenue, and what became of it: taken back by credit notes, then the rest released."""

    part: Part
    taken_minor: int = 0
    released_on: date | None = None

    @property
    def left_minor(self) -> int:
        """What still is a contract liability."""
        return 0 if self.released_on else self.part.amount_minor - self.taken_minor


class Deferral(Document):
    """An invoice's revenue of later months, part by part. Together the deferrals are the contract liability."""

    collection = "deferrals"
    indexed = ("due",)

    member_id: str
    entity: str
    currency: Currency
    invoice_id: str
    invoice_number: str
    parts: tuple[HeldPart, ...]
    due: str
    """The next month that is released (`2026-11|MP`); empty when nothing is left."""

    @property
    def left_minor(self) -> int:
        """What still is a contract liability."""
        return sum(held.left_minor for held in self.parts)

    @property
    def unreleased(self) -> tuple[Part, ...]:
        """What a credit note may still take of it."""
        held = [one for one in self.parts if one.left_minor]
        return tuple(one.part.model_copy(update={"amount_minor": one.left_minor}) for one in held)


def deferral_of(entry: Entry, invoice_id: str) -> Deferral:
    """The deferral of an invoice that has revenue of later months."""
    parts = tuple(HeldPart(part=part) for part in entry.deferred)
    return Deferral(
        id=deferral_id(invoice_id),
        member_id=entry.member_id,
        entity=entry.entity,
        currency=entry.currency,
        invoice_id=invoice_id,
        invoice_number=entry.document,
        parts=parts,
        due=_due(parts, entry.entity),
    )


def less(deferral: Deferral, taken: Sequence[Part]) -> Deferral:
    """The deferral after a credit note took these parts of it."""
    amounts: Counter[tuple[str, str]] = Counter()
    for part in taken:
        amounts[part.charge_id, part.month] += part.amount_minor
    parts = tuple(
        held.model_copy(update={"taken_minor": held.taken_minor + amounts.pop((held.part.charge_id, held.part.month))})
        if (held.part.charge_id, held.part.month) in amounts
        else held
        for held in deferral.parts
    )
    return deferral.but(parts=parts, due=_due(parts, deferral.entity))


def released(deferral: Deferral, month: str, on: date) -> tuple[Deferral, RevenueReleased | None]:
    """The deferral after a month was set free, and the event that tells so; None where nothing was left of it."""
    sums: Counter[tuple[str, str]] = Counter()
    for held in deferral.parts:
        if held.part.month == month:
            sums[held.part.scheme, held.part.country] += held.left_minor
    parts = tuple(_set_free(held, month, on) for held in deferral.parts)
    left = tuple(
        ReleasedPart(scheme=scheme, country=country, amount_minor=minor)
        for (scheme, country), minor in sums.items()
        if minor
    )
    return deferral.but(parts=parts, due=_due(parts, deferral.entity)), _told(deferral, month, on, left)


def _set_free(held: HeldPart, month: str, on: date) -> HeldPart:
    return held.model_copy(update={"released_on": on}) if held.part.month == month and held.left_minor else held


def _told(deferral: Deferral, month: str, on: date, parts: tuple[ReleasedPart, ...]) -> RevenueReleased | None:
    if not parts:
        return None
    return RevenueReleased(
        member_id=deferral.member_id,
        release_id=id_from("rel", deferral.invoice_id, month),
        invoice_id=deferral.invoice_id,
        invoice_number=deferral.invoice_number,
        entity=deferral.entity,
        currency=deferral.currency,
        month=month,
        amount_minor=sum(part.amount_minor for part in parts),
        parts=parts,
        released_on=on,
    )


def _due(parts: Sequence[HeldPart], entity: str) -> str:
    months = [held.part.month for held in parts if held.left_minor]
    return due_key(min(months), entity) if months else ""


def is_due(deferral: Deferral, today: date) -> bool:
    """Whether a month of it has come."""
    return bool(deferral.due) and deferral.due[:7] <= month_of(today)
