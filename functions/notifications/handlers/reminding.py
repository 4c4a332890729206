"""Reminding members of what is late: each level of each case once, on its day."""

from collections.abc import Sequence
from datetime import datetime

from common.events.dunning import ReminderDue
from common.transaction import Transaction
from functions.notifications.handlers.intending import intend
from functions.notifications.model import Notification, Words, digest_id, item_key, notification_id


def tell_of_reminders(events: Sequence[ReminderDue], transaction: Transaction) -> None:
    """Each level of each case is told once a round, for what is owed when it is sent."""
    intend([_reminder(event, transaction.now) for event in events], transaction)


def _reminder(event: ReminderDue, now: datetime) -> Notification:
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
    return Notification(
        id=notification_id(event.level, event.case_id, event.pay_by.isoformat()),
        member_id=event.member_id,
        template=event.level,
        to=event.email,
        language=event.language,
        words=words,
        item_key=item_key(event.invoice_number),
        created_at=now,
        digest=digest_id(event.member_id, event.entity, "reminders"),
        item_version=event.item_version,
    )
