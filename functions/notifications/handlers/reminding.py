"""Reminding members of what is late: each level of each case once, on its day, when nobody objects just before."""

from collections.abc import Sequence
from datetime import datetime

from common.dates import day_in
from common.events.dunning import OfReminder, ReminderDoubted
from common.events.payments import ReminderConfirmed
from common.parties import SELLERS
from common.transaction import Transaction
from functions.notifications.handlers.intending import intend
from functions.notifications.model import (
    STALE,
    Asked,
    Notification,
    Words,
    digest_id,
    is_stale,
    item_key,
    notification_id,
)


def tell_of_reminders(events: Sequence[ReminderConfirmed], transaction: Transaction) -> None:
    """Each level of each case is told once a round; what was confirmed too long ago is asked for anew."""
    now = transaction.now
    intend([_reminder(event, now) for event in events if not is_stale(event.confirmed_at, now)], transaction)
    for event in events:
        if is_stale(event.confirmed_at, now):
            facts = {name: getattr(event, name) for name in OfReminder.model_fields}
            today = day_in(SELLERS[event.entity].time_zone, now)
            transaction.emit(ReminderDoubted(**facts, why=STALE, again_on=today))


def _reminder(event: ReminderConfirmed, now: datetime) -> Notification:
    words = Words(
        name=event.buyer_name,
        number=event.invoice_number,
        amount_minor=event.open_minor,
        currency=event.currency,
        entity=event.entity,
        reference=event.reference,
        due_on=event.pay_by.isoformat(),
        invoice_id=event.invoice_id,
    )
    rounds = (str(event.round),) if event.round else ()
    return Notification(
        id=notification_id(event.level, event.case_id, event.pay_by.isoformat(), *rounds),
        member_id=event.member_id,
        template=event.level,
        to=event.email,
        language=event.language,
        words=words,
        item_key=item_key(event.invoice_number),
        created_at=now,
        digest=digest_id(event.member_id, event.entity, "reminders"),
        item_version=event.item_version,
        asked=Asked(
            case_id=event.case_id,
            item_id=event.item_id,
            due_on=event.due_on,
            pay_by=event.pay_by,
            days_to_pay=event.days_to_pay,
            round=event.round,
            confirmed_at=event.confirmed_at,
        ),
    )
