"""Telling of money that goes back: to the member what was paid back, to our own people what is disputed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from common.events.payments import DisputeOpened, RefundPaid
from common.parties import SELLERS
from common.transaction import Transaction
from functions.notifications.handlers.intending import addressees, draft, intend
from functions.notifications.knowledge import Addressee
from functions.notifications.model import Notification, Words, item_key, notification_id

OURS: Final = "MP"
"""Who is told where a payment was for several invoices, and nobody knows of which legal entity."""


def tell_of_refunds(events: Sequence[RefundPaid], transaction: Transaction) -> None:
    """A member is told what was paid back to them."""
    told = [event for event in events if event.member_id]
    to = addressees([event.member_id for event in told], transaction)
    intend([_refund(event, to[event.member_id], transaction.now) for event in told], transaction)


def tell_of_disputes(events: Sequence[DisputeOpened], transaction: Transaction) -> None:
    """Our own people are told of a dispute while it can be answered; the member, who began it, is not."""
    intend([_dispute(event, transaction.now) for event in events], transaction)


def _refund(event: RefundPaid, to: Addressee, now: datetime) -> Notification:
    words = {
        "number": event.credit_note_number or event.invoice_number or event.refund_id,
        "invoice_number": event.invoice_number,
        "amount_minor": event.amount_minor,
        "currency": event.currency,
        "entity": event.entity,
        "due_on": event.paid_on.isoformat(),
        "payment_method": "transfer" if event.source == "bank" else "card",
    }
    return draft("refund_paid", [event.refund_id, str(event.sequence)], to, now, words, member_id=event.member_id)


def _dispute(event: DisputeOpened, now: datetime) -> Notification:
    entity = event.invoice_number.partition("-")[0]
    entity = entity if entity in SELLERS else OURS
    words = Words(
        name="",
        number=event.invoice_number or event.dispute_id,
        amount_minor=event.amount_minor,
        currency=event.currency,
        entity=entity,
        due_on=event.evidence_due_at.date().isoformat() if event.evidence_due_at else "",
        payment_number=event.dispute_id,
        reason=event.reason,
    )
    return Notification(
        id=notification_id("dispute_opened", event.dispute_id),
        member_id=event.member_id,
        template="dispute_opened",
        to=SELLERS[entity].email,
        language="en",
        words=words,
        item_key=item_key(event.invoice_number) if event.invoice_number else "",
        created_at=now,
    )
