"""Events as other areas would tell them; a test names only what matters."""

from datetime import date
from typing import Any

from common.documents import id_from
from common.events.dunning import ReminderDue
from common.events.invoicing import CreditNoteIssued, InvoiceIssued, Line, VatTotal
from common.events.matching import ItemOverdue, ItemSettled, OverdueItemChanged, PaymentMatched, PaymentUnmatched
from common.events.payments import PaymentFailed, PaymentReceived, PaymentRequested, PaymentReturned
from common.parties import Address, Buyer

NUMBER = "MP-2026-0000001"


def buyer(**changes: Any) -> Buyer:
    """A private member in Germany who pays by transfer."""
    address = Address(street="Hauptstraße 5", city="Berlin", postcode="10115", country=changes.pop("country", "DE"))
    known = {"member_id": "mem_1", "name": "Erika Muster", "business": False, "email": "erika@example.org"}
    return Buyer.model_validate({**known, "language": "en", "address": address, **changes})


def vat(base: int = 10_000, vat_minor: int = 1_900, **changes: Any) -> VatTotal:
    """19 % German VAT."""
    usual = {"category": "S", "country": "DE", "rate_basis_points": 1900, "scheme": "domestic"}
    return VatTotal.model_validate({**usual, "base_minor": base, "vat_minor": vat_minor, **changes})


def _document(totals: tuple[VatTotal, ...], who: Buyer) -> dict[str, Any]:
    net, tax = sum(t.base_minor for t in totals), sum(t.vat_minor for t in totals)
    line = Line(
        charge_id="chg_1",
        kind="commission",
        description="Commission on a sale",
        occurred_on=date(2026, 9, 30),
        amount_minor=net,
        rule="10 % of 1000.00 EUR",
        category=totals[0].category if totals else "S",
        rate_basis_points=totals[0].rate_basis_points if totals else 0,
    )
    return {
        "member_id": who.member_id,
        "entity": "MP",
        "buyer": who,
        "currency": "EUR",
        "issued_on": date(2026, 10, 1),
        "lines": (line,),
        "vat": totals,
        "net_minor": net,
        "vat_minor": tax,
        "total_minor": net + tax,
    }


def invoice_issued(number: str = NUMBER, *totals: VatTotal, who: Buyer | None = None, **changes: Any) -> InvoiceIssued:
    """An invoice over 119.00 EUR, due on 15 October."""
    about = {
        "invoice_id": f"inv_{number}",
        "number": number,
        "reference": "RF18539007547034",
        "due_on": date(2026, 10, 15),
    }
    return InvoiceIssued.model_validate({**_document(totals or (vat(),), who or buyer()), **about, **changes})


def credit_note_issued(
    number: str = "MPC-2026-000001", *totals: VatTotal, who: Buyer | None = None, **changes: Any
) -> CreditNoteIssued:
    """A credit note that takes back the whole invoice."""
    about = {
        "credit_note_id": f"crn_{number}",
        "number": number,
        "invoice_id": f"inv_{NUMBER}",
        "invoice_number": NUMBER,
        "reason": "Sale was cancelled",
    }
    return CreditNoteIssued.model_validate({**_document(totals or (vat(),), who or buyer()), **about, **changes})


def payment_received(receipt: str = "rcp_1", amount: int = 11_900, **changes: Any) -> PaymentReceived:
    """Money on the bank account."""
    usual = {
        "member_id": "mem_1",
        "receipt_id": receipt,
        "source": "bank",
        "entity": "MP",
        "amount_minor": amount,
        "currency": "EUR",
        "received_on": date(2026, 10, 9),
    }
    return PaymentReceived.model_validate({**usual, **changes})


def _item(number: str) -> dict[str, Any]:
    return {
        "member_id": "mem_1",
        "item_id": id_from("item", number),
        "invoice_id": f"inv_{number}",
        "invoice_number": number,
        "currency": "EUR",
    }


def payment_matched(match: str = "mat_1", amount: int = 11_900, number: str = NUMBER, **changes: Any) -> PaymentMatched:
    """Money that pays the invoice in full."""
    usual = {
        **_item(number),
        "item_version": 2,
        "match_id": match,
        "receipt_id": "rcp_1",
        "entity": "MP",
        "amount_minor": amount,
        "evidence": ("reference",),
        "open_minor": 11_900 - amount,
        "unapplied_minor": 0,
        "matched_on": date(2026, 10, 9),
    }
    return PaymentMatched.model_validate({**usual, **changes})


def payment_unmatched(
    match: str = "mat_1", amount: int = 11_900, number: str = NUMBER, **changes: Any
) -> PaymentUnmatched:
    """The match taken back."""
    usual = {
        **_item(number),
        "item_version": 3,
        "unmatch_id": f"un{match}",
        "match_id": match,
        "receipt_id": "rcp_1",
        "entity": "MP",
        "amount_minor": amount,
        "open_minor": 11_900,
        "reason": "wrong member",
        "unmatched_on": date(2026, 10, 10),
    }
    return PaymentUnmatched.model_validate({**usual, **changes})


def item_settled(number: str = NUMBER, **changes: Any) -> ItemSettled:
    """Nothing is open any more."""
    usual = {**_item(number), "item_version": 3, "open_minor": 0, "total_minor": 11_900}
    return ItemSettled.model_validate({**usual, "settled_on": date(2026, 10, 20), **changes})


def item_overdue(number: str = NUMBER, **changes: Any) -> ItemOverdue:
    """Nothing came by 15 October."""
    usual = {
        **_item(number),
        "item_version": 2,
        "reference": "RF18539007547034",
        "entity": "MP",
        "total_minor": 11_900,
        "open_minor": 11_900,
        "due_on": date(2026, 10, 15),
        "email": "erika@example.org",
        "language": "en",
        "buyer_name": "Erika Muster",
    }
    return ItemOverdue.model_validate({**usual, **changes})


def overdue_item_changed(open_minor: int = 0, number: str = NUMBER, **changes: Any) -> OverdueItemChanged:
    """The overdue item is settled."""
    usual = {**_item(number), "item_version": 3, "overdue_version": 2, "open_minor": open_minor, "in_flight": False}
    return OverdueItemChanged.model_validate({**usual, **changes})


def reminder_due(number: str = NUMBER, **changes: Any) -> ReminderDue:
    """The first reminder of the whole amount."""
    usual = {
        **_item(number),
        "case_id": id_from("case", id_from("item", number)),
        "reference": "RF18539007547034",
        "entity": "MP",
        "level": "reminder",
        "open_minor": 11_900,
        "due_on": date(2026, 10, 15),
        "pay_by": date(2026, 10, 26),
        "email": "erika@example.org",
        "language": "en",
        "buyer_name": "Erika Muster",
    }
    return ReminderDue.model_validate({**usual, **changes})


def payment_requested(attempt: int = 1, **changes: Any) -> PaymentRequested:
    """A provider was asked to collect the invoice."""
    usual = {
        "member_id": "mem_1",
        "payment_id": "pay_1",
        "attempt": attempt,
        "invoice_id": f"inv_{NUMBER}",
        "invoice_number": NUMBER,
        "entity": "MP",
        "amount_minor": 11_900,
        "currency": "EUR",
        "provider": "stripe",
    }
    return PaymentRequested.model_validate({**usual, **changes})


def payment_failed(attempt: int = 1, **changes: Any) -> PaymentFailed:
    """The attempt came to nothing."""
    usual = payment_requested(attempt).model_dump(exclude={"entity", "provider"})
    return PaymentFailed.model_validate({**usual, "code": "insufficient_funds", "soft": True, **changes})


def payment_returned(name: str = "ret_1", amount: int = 11_900, **changes: Any) -> PaymentReturned:
    """A debit that the payer's bank took back."""
    usual = {
        "return_id": name,
        "receipt_id": "rcp_1",
        "source": "bank",
        "kind": "return",
        "entity": "MP",
        "amount_minor": amount,
        "currency": "EUR",
        "code": "AM04",
        "returned_on": date(2026, 10, 20),
    }
    return PaymentReturned.model_validate({**usual, **changes})
