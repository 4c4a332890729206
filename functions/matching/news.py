"""What there is to tell of items and of money that goes back, as the commit under way leaves them."""

from datetime import date
from typing import Any, Final

from common.documents import id_from
from common.events.invoicing import CreditNoteIssued
from common.events.matching import (
    CreditNoteApplied,
    ItemOverdue,
    ItemSettled,
    OverdueItemChanged,
    Refund,
    RefundRequested,
    SettledBy,
)
from functions.matching.model import Item, Receipt

SETTLED_BY: Final[dict[str, SettledBy]] = {
    "payment": "payment", "credit": "credit_note", "write_off": "write_off", "": "nothing",
}  # fmt: skip


def settled(item: Item, on: date) -> ItemSettled:
    """That nothing is open on an item any more."""
    return ItemSettled(**of_item(item), total_minor=item.total_minor, settled_on=on, by=SETTLED_BY[_last_kind(item)])


def applied_note(note: CreditNoteIssued, item: Item, freed: dict[str, int], on: date) -> CreditNoteApplied:
    """What became of a credit note on its item, when so much money of each receipt had paid for it."""
    paid = sum(freed.values())
    back = note.rest == "refund"
    return CreditNoteApplied(
        **of_item(item),
        credit_note_id=note.credit_note_id,
        credit_note_number=note.number,
        entity=item.entity,
        offset_minor=note.total_minor - paid,
        credit_minor=0 if back else paid,
        refund_minor=paid if back else 0,
        refunds=tuple(Refund(receipt_id=one, amount_minor=amount) for one, amount in freed.items()) if back else (),
        applied_on=on,
    )


def _last_kind(item: Item) -> str:
    return item.allocations[-1].kind if item.allocations else ""


def refund_of(note: CreditNoteIssued, receipt: Receipt, amount_minor: int, on: date) -> RefundRequested:
    """That so much of some money is to be paid back for a credit note."""
    return refund_requested(
        receipt,
        id_from("ref", note.credit_note_id, receipt.id),
        amount_minor,
        on,
        reason=f"credit note {note.number}",
        credit_note_id=note.credit_note_id,
        credit_note_number=note.number,
        invoice_number=note.invoice_number,
    )


def refund_requested(receipt: Receipt, refund_id: str, amount_minor: int, on: date, **why: str) -> RefundRequested:
    """That so much of some money is to be paid back, the way it came."""
    return RefundRequested(
        member_id=receipt.member_id,
        refund_id=refund_id,
        receipt_id=receipt.id,
        source=receipt.source,
        provider_id=receipt.provider_id,
        entity=receipt.entity,
        amount_minor=amount_minor,
        currency=receipt.currency,
        payer_name=receipt.payer_name,
        payer_iban=receipt.payer_iban,
        requested_on=on,
        **why,
    )


def overdue(item: Item) -> ItemOverdue:
    """That an item is owed beyond its due date."""
    return ItemOverdue(
        **of_item(item),
        reference=item.reference,
        entity=item.entity,
        total_minor=item.total_minor,
        due_on=item.due_on,
        email=item.email,
        language=item.language,
        buyer_name=item.buyer_name,
    )


def overdue_changed(item: Item) -> OverdueItemChanged:
    """What has become of an item that was told as overdue."""
    return OverdueItemChanged(**of_item(item), overdue_version=item.overdue_version, in_flight=item.in_flight)


def of_item(item: Item) -> dict[str, Any]:
    """What every event of an item says of it, as the commit under way leaves it."""
    return {
        "member_id": item.member_id,
        "item_id": item.id,
        "item_version": item.version + 1,
        "invoice_id": item.invoice_id,
        "invoice_number": item.number,
        "currency": item.currency,
        "open_minor": item.open_minor,
    }
