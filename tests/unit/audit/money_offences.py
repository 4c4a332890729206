"""Writes that would break what pages, refunds and payouts promise."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from functions.payments.model import checkouts, refunds
from functions.payments.model.asking import Answer, Movement, PayoutSaid
from functions.payments.model.checkouts import Checkout, For
from functions.payments.model.payouts import Parts, Payout, counted
from functions.payments.model.refunds import Refund

NOW: Final = datetime(2026, 10, 1, 8, tzinfo=UTC)


def checkout(**fields: Any) -> Checkout:
    """A payment that a member makes on a provider's page."""
    known: dict[str, Any] = {
        "id": "chk_1",
        "member_id": "mem_1",
        "link_id": "lnk_1",
        "kind": "pay",
        "purposes": (For(invoice_id="inv_1", invoice_number="MP-2026-0000001", amount_minor=500),),
        "entity": "MP",
        "currency": "EUR",
        "amount_minor": 500,
        "country": "DE",
        "language": "de",
        "method": "card",
        "providers": ("stripe",),
        "provider": "stripe",
        "final_days": 120,
        "attempt_id": "att_1",
        "state": "sent",
        "begun_at": NOW,
    }
    return Checkout(**{**known, **fields})


def paid_twice_on_a_page() -> None:
    """Two payments for the one that a page was for."""
    first = Answer(outcome="succeeded", provider_id="pi_1", amount_minor=500, currency="EUR")
    after = checkouts.answered(checkout(), first, NOW)
    checkouts.answered(after, first.model_copy(update={"provider_id": "pi_2"}), NOW)


def page_for_more_than_its_invoices() -> None:
    """A page that asks for more than what it is for."""
    checkout(amount_minor=501)


def refund() -> Refund:
    """Money that a provider is giving back."""
    return Refund(
        id="ref_1",
        member_id="mem_1",
        receipt_id="rcp_1",
        entity="MP",
        amount_minor=500,
        currency="EUR",
        way="stripe",
        state="sent",
    )


def gives_back_more() -> None:
    """A provider that gave back more than it was asked for."""
    refunds.answered(refund(), Answer(outcome="succeeded", provider_id="re_1", amount_minor=501), date(2026, 10, 1))


def line(amount_minor: int, currency: str = "EUR") -> Movement:
    """One line of a payout."""
    return Movement(movement_id="m", kind="charge", amount_minor=amount_minor, currency=currency, at=NOW)


def said(*lines: Movement) -> PayoutSaid:
    """A payout over 500 that is made of these."""
    return PayoutSaid(outcome="succeeded", provider_id="po_1", amount_minor=500, currency="EUR", movements=lines)


def payout_of_other_parts() -> Payout:
    """A payout whose parts are not its amount."""
    return counted("stripe", said(line(500))).but(parts=Parts(charges_minor=499))


PAGES: Final[list[Callable[[], Any]]] = [paid_twice_on_a_page, page_for_more_than_its_invoices]
REFUNDS: Final[list[Callable[[], Any]]] = [gives_back_more]
PAYOUTS: Final[list[Callable[[], Any]]] = [
    payout_of_other_parts,
    lambda: counted("stripe", said(line(500), line(1))),
    lambda: counted("stripe", said(line(500, "CHF"))),
]
