"""Telling members what became of the ways their invoices are paid by: mandates, cards and accounts."""

from collections.abc import Sequence
from datetime import datetime

from common.events.mandates import MandateChanged
from common.events.payments import PaymentMethodSetUp
from common.transaction import Transaction
from functions.notifications.handlers.intending import addressees, draft, intend
from functions.notifications.knowledge import Addressee, KnownMandate, mandate_news, remembered
from functions.notifications.model import Notification, Template


def tell_of_mandates(events: Sequence[MandateChanged], transaction: Transaction) -> None:
    """A member is told of a mandate that begins, has another account, rests or ends; not of steps in between."""
    ids = list(dict.fromkeys(event.mandate_id for event in events))
    before = dict(zip(ids, transaction.find_all(KnownMandate, ids), strict=True))
    to = addressees([event.member_id for event in events], transaction)
    known, wanted = dict(before), []
    for event in sorted(events, key=lambda event: event.revision):
        one = known[event.mandate_id]
        if one is not None and one.revision >= event.revision:
            continue
        if (template := mandate_news(one, event)) and event.member_id:
            wanted.append(_mandate(template, event, to[event.member_id], transaction.now))
        known[event.mandate_id] = remembered(one, event)
    intend(wanted, transaction)
    for mandate_id, after in known.items():
        if after is not None and after != before[mandate_id]:
            transaction.put(after)


def tell_of_methods(events: Sequence[PaymentMethodSetUp], transaction: Transaction) -> None:
    """A member is told by what their later invoices are collected."""
    to = addressees([event.member_id for event in events], transaction)
    intend([_method(event, to[event.member_id], transaction.now) for event in events if event.member_id], transaction)


def _mandate(template: Template, event: MandateChanged, to: Addressee, now: datetime) -> Notification:
    words = {
        "number": event.reference,
        "amount_minor": 0,
        "currency": "EUR",
        "entity": event.entity,
        "mandate": event.reference,
        "creditor_id": event.creditor_id,
        "creditor": event.creditor_name,
        "account": event.account_ending,
        "due_on": event.signed_on.isoformat() if event.signed_on else "",
        "reason": event.reason,
    }
    return draft(template, [event.mandate_id, str(event.revision)], to, now, words, member_id=event.member_id)


def _method(event: PaymentMethodSetUp, to: Addressee, now: datetime) -> Notification:
    words = {
        "number": event.label or event.method,
        "amount_minor": 0,
        "currency": "EUR",
        "payment_method": event.method,
        "account": event.label,
        "due_on": event.expires_on.isoformat() if event.expires_on else "",
    }
    return draft("method_set_up", [event.checkout_id], to, now, words, member_id=event.member_id)
