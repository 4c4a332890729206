"""What members may pay themselves: each invoice with what is open on it, as far as `payments` has heard."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal

from pydantic import Field

from common.documents import Document, id_from
from common.events.invoicing import InvoiceIssued
from common.events.matching import OfItem, PaymentMatched
from common.money import Currency, Minor
from common.parties import Country, Language
from common.values import Exact

MOST_SHOWN: Final = 100
"""A member with more open invoices is shown these; what they have paid makes room for the others."""
MOST_HELD: Final = 10
HEARD_WITHIN: Final = timedelta(days=60)
"""Money of which `matching` has said nothing for this invoice by then was put elsewhere: it is held no longer."""


class Held(Exact):
    """So much of an invoice is on its way by a checkout, or has come and is not matched yet (`arrived`)."""

    checkout_id: str
    """Or the receipt's, of money that came by no checkout."""
    amount_minor: Minor = Field(gt=0)
    since: datetime
    arrived: bool = False
    receipt_id: str = ""
    """Of money that has come."""


class Payable(Document):
    """An invoice as its member pays it. What is owed is known to `matching` alone: this follows its news."""

    collection = "payables"
    indexed = ("member_id", "owing")

    member_id: str
    invoice_id: str
    number: str
    reference: str
    entity: str
    currency: Currency
    country: Country
    """The member's, for the methods used there."""
    language: Language
    total_minor: Minor
    open_minor: Minor = Field(ge=0)
    issued_on: date
    due_on: date
    owing: Literal["yes", "no"]
    item_version: int = 0
    """The open item's version that says so: older news changes nothing."""
    held: tuple[Held, ...] = Field(default=(), max_length=MOST_HELD)

    @property
    def held_minor(self) -> int:
        """What is on its way."""
        return min(self.open_minor, sum(one.amount_minor for one in self.held))

    @property
    def payable_minor(self) -> int:
        """What may be paid now: what is on its way is not asked for again."""
        return self.open_minor - self.held_minor


def payable_id_of(invoice_id: str) -> str:
    """The id of an invoice as it is paid."""
    return id_from("pbl", invoice_id)


def payable_of(invoice: InvoiceIssued) -> Payable:
    """An invoice that was issued just now."""
    return Payable(
        id=payable_id_of(invoice.invoice_id),
        member_id=invoice.buyer.member_id,
        invoice_id=invoice.invoice_id,
        number=invoice.number,
        reference=invoice.reference,
        entity=invoice.entity,
        currency=invoice.currency,
        country=invoice.buyer.address.country,
        language=invoice.buyer.language,
        total_minor=invoice.total_minor,
        open_minor=max(0, invoice.total_minor),
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        owing=_owing(invoice.total_minor),
    )


def followed(payable: Payable, news: Sequence[OfItem]) -> Payable:
    """The invoice after news of its item; the same object where all of it is older and frees nothing.

    Money that had come is held until it was matched, whatever else was told meanwhile, or nothing is open.
    """
    told = max(news, key=lambda one: one.item_version)
    after = payable
    if told.item_version > payable.item_version:
        fresh = {"open_minor": told.open_minor, "owing": _owing(told.open_minor)}
        after = payable.but(**fresh, item_version=told.item_version)
    matched = {one.receipt_id for one in news if isinstance(one, PaymentMatched)}
    held = tuple(one for one in after.held if not (one.arrived and (one.receipt_id in matched or not after.open_minor)))
    return after if len(held) == len(after.held) else after.but(held=held)


def holding(payable: Payable, checkout_id: str, amount_minor: int, now: datetime, *, receipt_id: str = "") -> Payable:
    """The invoice of which so much is on its way by a checkout, or has come by that receipt."""
    others = tuple(one for one in payable.held if one.checkout_id != checkout_id)
    since = next((one.since for one in payable.held if one.checkout_id == checkout_id), now)
    held = Held(
        checkout_id=checkout_id, amount_minor=amount_minor, since=since, arrived=bool(receipt_id), receipt_id=receipt_id
    )
    return payable.but(held=(*others, held)[-MOST_HELD:])


def unheard(payable: Payable, now: datetime) -> Payable:
    """The invoice without the money that came so long ago that it was put elsewhere; the same object if there is none.

    What is on its way stays: whoever brings it is asked until they say.
    """
    held = tuple(one for one in payable.held if not one.arrived or one.since > now - HEARD_WITHIN)
    return payable if len(held) == len(payable.held) else payable.but(held=held)


def freed(payable: Payable, checkout_id: str) -> Payable:
    """The invoice for which nothing comes by that checkout; the same object where nothing was to come."""
    held = tuple(one for one in payable.held if one.checkout_id != checkout_id)
    return payable if len(held) == len(payable.held) else payable.but(held=held)


def _owing(open_minor: int) -> Literal["yes", "no"]:
    return "yes" if open_minor > 0 else "no"
