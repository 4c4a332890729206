"""Thanking for what was paid: an invoice in full, a part of one, a payment a member made on our page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from common.events.matching import ItemSettled, PaymentMatched
from common.events.payments import PaymentReceived
from common.failures import TryLater
from common.transaction import Transaction
from functions.notifications.handlers.intending import addressees, draft, heard, intend
from functions.notifications.handlers.sending import suppress
from functions.notifications.knowledge import Addressee
from functions.notifications.model import (
    FAILED,
    REMINDERS,
    Notification,
    digest_id,
    item_key,
    notification_id,
    thanks_at,
    told_as_settled,
)

OVER: Final = REMINDERS | FAILED | {"debit_announced", "part_payment"}
"""What nobody has to be told any more once nothing is open."""
MOST_TOLD: Final = 200
"""Of one invoice; what is beyond is looked at when it is sent."""


def tell_of_receipts(events: Sequence[ItemSettled], transaction: Transaction) -> None:
    """A paid invoice is thanked for once a day; what waits asks for no money any more, no reminder is sent."""
    newest = {one.invoice_number: one for one in sorted(events, key=lambda one: one.item_version)}
    told = {n: transaction.select(Notification, item_key=item_key(n), limit=MOST_TOLD) for n in newest}
    invoices = transaction.find_all(Notification, [notification_id("invoice", number) for number in newest])
    items = heard(events, transaction)
    if any(invoice is None for invoice in invoices):
        raise TryLater("the invoice has not been told yet")
    paid = [(event, one) for event, one in zip(newest.values(), invoices, strict=True) if event.by == "payment" and one]
    intend([_thanks(event, invoice, transaction) for event, invoice in paid], transaction)
    for known in told.values():
        _end(known, transaction)
    for item in items:
        transaction.put(item)


def tell_of_parts(events: Sequence[PaymentMatched], transaction: Transaction) -> None:
    """Who has paid a part of an invoice is told what was put on it, and what is left."""
    parts = [event for event in events if event.open_minor > 0]
    to = addressees([event.member_id for event in parts], transaction)
    items = heard(parts, transaction)
    intend([_part(event, to[event.member_id], transaction.now) for event in parts if event.member_id], transaction)
    for item in items:
        transaction.put(item)


def tell_of_payments(events: Sequence[PaymentReceived], transaction: Transaction) -> None:
    """Who paid on our page gets a receipt for that payment, whatever it was for."""
    paid = [event for event in events if event.checkout_id and event.member_id]
    to = addressees([event.member_id for event in paid], transaction)
    intend([_payment(event, to[event.member_id], transaction.now) for event in paid], transaction)


def _thanks(event: ItemSettled, invoice: Notification, transaction: Transaction) -> Notification:
    return Notification(
        id=notification_id("receipt", event.invoice_number, event.settled_on.isoformat()),
        member_id=event.member_id,
        template="receipt",
        to=invoice.to,
        language=invoice.language,
        words=invoice.words,
        item_key=invoice.item_key,
        created_at=transaction.now,
        digest=digest_id(event.member_id, invoice.words.entity, "receipts"),
        not_before=thanks_at(invoice, transaction.now),
        item_version=event.item_version,
    )


def _end(known: Sequence[Notification], transaction: Transaction) -> None:
    """What waits to be sent asks for no money."""
    for waiting in known:
        if waiting.state != "pending":
            continue
        if waiting.template in OVER:
            suppress(waiting, "the invoice was settled meanwhile", transaction)
        elif waiting.template == "invoice":
            transaction.put(told_as_settled(waiting))


def _part(event: PaymentMatched, to: Addressee, now: datetime) -> Notification:
    words = {
        "number": event.invoice_number,
        "amount_minor": event.amount_minor,
        "open_minor": event.open_minor,
        "currency": event.currency,
        "entity": event.entity,
        "invoice_id": event.invoice_id,
    }
    more = {"item_key": item_key(event.invoice_number), "item_version": event.item_version}
    return draft("part_payment", [event.match_id], to, now, words, member_id=event.member_id, **more)


def _payment(event: PaymentReceived, to: Addressee, now: datetime) -> Notification:
    numbers = (event.invoice_number,) if event.invoice_number else tuple(one.invoice_number for one in event.purposes)
    words = {
        "number": numbers[0] if numbers else "",
        "numbers": numbers,
        "amount_minor": event.amount_minor,
        "currency": event.currency,
        "entity": event.entity,
        "due_on": event.received_on.isoformat(),
        "payment_number": event.provider_id,
    }
    return draft("payment_received", [event.receipt_id], to, now, words, member_id=event.member_id)
