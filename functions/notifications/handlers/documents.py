"""Telling members of their invoices and credit notes."""

from collections.abc import Sequence
from datetime import datetime

from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import CreditNoteApplied
from common.failures import TryLater
from common.parties import Buyer
from common.transaction import Transaction
from functions.notifications.handlers.intending import draft, heard, intend
from functions.notifications.knowledge import Addressee
from functions.notifications.model import FOR_THE_PDF, Notification, item_key, notification_id, told_as_applied


def tell_of_invoices(events: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """Every invoice is mailed, a little later, so that its PDF is there."""
    intend([_of_invoice(event, transaction.now) for event in events], transaction)


def tell_of_credit_notes(events: Sequence[CreditNoteIssued], transaction: Transaction) -> None:
    """Every credit note is mailed."""
    intend([_of_credit_note(event, transaction.now) for event in events], transaction)


def tell_what_became_of_credit_notes(events: Sequence[CreditNoteApplied], transaction: Transaction) -> None:
    """A credit note's mail that is not sent yet says what was offset, what is kept and what is paid back."""
    ids = [notification_id("credit_note", event.credit_note_number) for event in events]
    told = transaction.find_all(Notification, ids)
    items = heard(events, transaction)
    for event, known in zip(events, told, strict=True):
        if known is None:
            raise TryLater("the credit note has not been told yet")
        if known.state == "pending":
            transaction.put(told_as_applied(known, event))
    for item in items:
        transaction.put(item)


def _of_invoice(event: InvoiceIssued, now: datetime) -> Notification:
    words = {
        "number": event.number,
        "amount_minor": event.total_minor,
        "currency": event.currency,
        "entity": event.entity,
        "reference": event.reference,
        "due_on": event.due_on.isoformat(),
        "invoice_id": event.invoice_id,
        "payment_method": event.buyer.payment_method,
        "owed": event.total_minor > 0,
    }
    more = {"item_key": item_key(event.number), "not_before": now + FOR_THE_PDF}
    return draft("invoice", [event.number], _of(event.buyer), now, words, member_id=event.member_id, **more)


def _of_credit_note(event: CreditNoteIssued, now: datetime) -> Notification:
    words = {
        "number": event.number,
        "amount_minor": event.total_minor,
        "currency": event.currency,
        "entity": event.entity,
        "invoice_number": event.invoice_number,
    }
    more = {"item_key": item_key(event.invoice_number), "not_before": now + FOR_THE_PDF}
    return draft("credit_note", [event.number], _of(event.buyer), now, words, member_id=event.member_id, **more)


def _of(buyer: Buyer) -> Addressee:
    """Whom a document names: that is who gets it."""
    return Addressee(
        id=buyer.member_id,
        member_id=buyer.member_id,
        revision=0,
        name=buyer.name,
        email=buyer.email,
        language=buyer.language,
        country=buyer.address.country,
    )
