"""Events of other areas, in which only what matters is named."""

from datetime import date
from typing import Any

from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.payments import PaymentFailed, PaymentReceived, PaymentRequested
from common.parties import Address, Buyer
from common.references import creditor_reference
from functions.matching.model import Item, Receipt, item_id_of
from tests.kit import Platform

IBAN = "DE02120300000000202051"


def number(place: int) -> str:
    """The number of an invoice by its place."""
    return f"MP-2026-{place:07d}"


def reference(of: str) -> str:
    """What payers of an invoice number quote."""
    return creditor_reference(of)


def buyer(member: str = "mem_1", method: str = "transfer", name: str = "Anna Berg", account: str = "") -> Buyer:
    """A member as documents name them."""
    address = Address(street="Weg 1", city="Kiel", postcode="24103", country="DE")
    return Buyer.model_validate(
        {
            "member_id": member,
            "account": account,
            "name": name,
            "business": False,
            "address": address,
            "email": "anna@example.org",
            "language": "de",
            "payment_method": method,
        }
    )


def invoice(place: int = 1, total: int = 10_000, **more: Any) -> InvoiceIssued:
    """An issued invoice, due on 2026-10-15; `member`, `method`, `name` and `account` are the buyer's."""
    whose = {name: more.pop(name) for name in ("member", "method", "name", "account") if name in more}
    who = buyer(**whose)
    fields = {
        "member_id": who.member_id,
        "invoice_id": f"inv_{place}",
        "number": number(place),
        "reference": reference(number(place)),
        "entity": "MP",
        "buyer": who,
        "currency": "EUR",
        "issued_on": date(2026, 10, 1),
        "due_on": date(2026, 10, 15),
        "lines": (),
        "vat": (),
        "net_minor": total,
        "vat_minor": 0,
        "total_minor": total,
    }
    return InvoiceIssued.model_validate(fields | more)


def credit_note(place: int = 1, total: int = 10_000, name: str = "cn_1", **more: Any) -> CreditNoteIssued:
    """A credit note that takes back an invoice in part or whole."""
    fields = {
        "credit_note_id": name,
        "number": f"MP-C26-{name}",
        "invoice_id": f"inv_{place}",
        "invoice_number": number(place),
        "entity": "MP",
        "buyer": buyer(),
        "currency": "EUR",
        "issued_on": date(2026, 10, 5),
        "lines": (),
        "vat": (),
        "net_minor": total,
        "vat_minor": 0,
        "total_minor": total,
        "reason": "returned",
    }
    return CreditNoteIssued.model_validate(fields | more)


def money(amount: int = 10_000, name: str = "rcp_1", **more: Any) -> PaymentReceived:
    """Money on the bank account."""
    fields = {
        "receipt_id": name,
        "source": "bank",
        "entity": "MP",
        "amount_minor": amount,
        "currency": "EUR",
        "received_on": date(2026, 10, 10),
    }
    return PaymentReceived.model_validate(fields | more)


def collected(amount: int = 10_000, place: int = 1, name: str = "rcp_1", attempt: int = 1) -> PaymentReceived:
    """Money a provider collected for an invoice."""
    return money(amount, name, source="stripe", member_id="mem_1", invoice_number=number(place), attempt=attempt)


def requested(place: int = 1, attempt: int = 1) -> PaymentRequested:
    """A collection was asked for."""
    return PaymentRequested(
        payment_id="pay_1",
        attempt=attempt,
        invoice_id=f"inv_{place}",
        invoice_number=number(place),
        entity="MP",
        amount_minor=10_000,
        currency="EUR",
        provider="stripe",
    )


def failed(place: int = 1, attempt: int = 1) -> PaymentFailed:
    """A collection failed."""
    return PaymentFailed(
        payment_id="pay_1",
        attempt=attempt,
        invoice_id=f"inv_{place}",
        invoice_number=number(place),
        amount_minor=10_000,
        currency="EUR",
        code="insufficient_funds",
        soft=True,
    )


def item(platform: Platform, place: int = 1) -> Item:
    """The item of an invoice as it is now."""
    found = platform.read.find(Item, item_id_of(number(place)))
    assert found is not None
    return found


def receipt(platform: Platform, name: str = "rcp_1") -> Receipt:
    """A receipt as it is now."""
    found = platform.read.find(Receipt, name)
    assert found is not None
    return found
