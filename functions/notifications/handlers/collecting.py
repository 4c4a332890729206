"""Telling members of collections: what is to be debited, what did not work and how to put it right, what came back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from common.events.mandates import DebitAnnounced
from common.events.payments import PaymentActionRequired, PaymentFailed, PaymentReturned
from common.transaction import Transaction
from functions.notifications.handlers.intending import addressees, draft, intend
from functions.notifications.knowledge import Addressee, KnownItem, begun
from functions.notifications.model import Notification, Template, item_key, notification_id

WHYS: Final[Mapping[str, Template]] = {
    "authenticate": "payment_authenticate",
    "new_method": "payment_new_method",
    "new_mandate": "payment_new_mandate",
}
STOPPED: Final = "stop"
"""The class of failures after which nothing more is tried and nobody else is asked."""


def tell_of_failures(events: Sequence[PaymentFailed], transaction: Transaction) -> None:
    """A failed collection is told with the day of the next attempt, or as one that is not tried again.

    Where the member is needed for it, `payment.action_required` is told beside it, and says more.
    """
    told = [event for event in events if event.member_id and (event.retry_at or event.reason_class == STOPPED)]
    to = addressees([event.member_id for event in told], transaction)
    intend([_failure(event, to[event.member_id], transaction.now) for event in told], transaction)


def tell_of_questions(events: Sequence[PaymentActionRequired], transaction: Transaction) -> None:
    """A member who has to confirm a payment, or to give another card, account or mandate, is told so, and where."""
    to = addressees([event.member_id for event in events], transaction)
    intend([_question(event, to[event.member_id], transaction.now) for event in events if event.member_id], transaction)


def tell_of_returns(events: Sequence[PaymentReturned], transaction: Transaction) -> None:
    """A member whose bank took a debit back is told that it is open again; who disputes a payment knows it."""
    told = [event for event in events if event.kind == "return" and event.member_id and event.invoice_number]
    to = addressees([event.member_id for event in told], transaction)
    ids = [notification_id("invoice", event.invoice_number) for event in told]
    invoices = [one.words.invoice_id if one else "" for one in transaction.find_all(Notification, ids)]
    wanted = [
        _return(event, invoice_id, to[event.member_id], transaction.now)
        for event, invoice_id in zip(told, invoices, strict=True)
    ]
    intend(wanted, transaction)


def tell_of_debits(events: Sequence[DebitAnnounced], transaction: Transaction) -> None:
    """Each debit is told before it is made: amount, day, mandate and creditor (SDD Core rulebook, 4.3.1, PT-03)."""
    to = addressees([event.member_id for event in events], transaction)
    keys = list(dict.fromkeys(item_key(event.invoice_number) for event in events))
    before = dict(zip(keys, transaction.find_all(KnownItem, keys), strict=True))
    intend([_debit(event, to[event.member_id], transaction.now) for event in events if event.member_id], transaction)
    for key, attempt in _latest(events).items():
        known = before[key] or KnownItem(id=key)
        if attempt > 1 and (after := begun(known, attempt)) is not known:
            transaction.put(after)


def _latest(events: Sequence[DebitAnnounced]) -> dict[str, int]:
    latest: dict[str, int] = {}
    for event in events:
        key = item_key(event.invoice_number)
        latest[key] = max(latest.get(key, 0), event.attempt)
    return latest


def _failure(event: PaymentFailed, to: Addressee, now: datetime) -> Notification:
    template: Template = "payment_retry" if event.retry_at else "payment_failed"
    on = event.retry_at.date() if event.retry_at else None
    return _of_attempt(template, event, to, now, on)


def _question(event: PaymentActionRequired, to: Addressee, now: datetime) -> Notification:
    return _of_attempt(WHYS[event.why], event, to, now, event.act_by)


def _of_attempt(
    template: Template, event: PaymentFailed | PaymentActionRequired, to: Addressee, now: datetime, on: date | None
) -> Notification:
    words = _about(event) | {"due_on": on.isoformat() if on else ""}
    subject = (event.invoice_number, str(event.attempt), now.date().isoformat())
    more = {"item_key": item_key(event.invoice_number), "attempt": event.attempt}
    return draft(template, subject, to, now, words, member_id=event.member_id, **more)


def _about(event: PaymentFailed | PaymentActionRequired) -> dict[str, Any]:
    return {
        "number": event.invoice_number,
        "invoice_id": event.invoice_id,
        "amount_minor": event.amount_minor,
        "currency": event.currency,
        "entity": getattr(event, "entity", "") or event.invoice_number.partition("-")[0],
    }


def _return(event: PaymentReturned, invoice_id: str, to: Addressee, now: datetime) -> Notification:
    words = {
        "number": event.invoice_number,
        "invoice_id": invoice_id,
        "amount_minor": event.amount_minor,
        "currency": event.currency,
        "entity": event.entity,
        "due_on": event.returned_on.isoformat(),
        "fee_minor": event.fee_minor,
        "reason": event.code,
    }
    more = {"item_key": item_key(event.invoice_number)}
    return draft("payment_returned", [event.return_id], to, now, words, member_id=event.member_id, **more)


def _debit(event: DebitAnnounced, to: Addressee, now: datetime) -> Notification:
    words = {
        "number": event.invoice_number,
        "invoice_id": event.invoice_id,
        "amount_minor": event.amount_minor,
        "currency": event.currency,
        "entity": event.entity,
        "due_on": event.collect_on.isoformat(),
        "mandate": event.mandate_reference,
        "creditor_id": event.creditor_id,
        "creditor": event.creditor_name,
        "account": event.account_ending,
    }
    more = {"item_key": item_key(event.invoice_number), "attempt": event.attempt}
    subject = (event.debit_id, event.collect_on.isoformat())
    return draft("debit_announced", subject, to, now, words, member_id=event.member_id, **more)
