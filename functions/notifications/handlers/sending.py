"""Recording what became of each try to send, and having what is left sent later."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from common.dates import day_in
from common.events.dunning import ReminderDoubted
from common.events.notifications import NotificationSent, NotificationSuppressed
from common.failures import TryLater
from common.parties import SELLERS
from common.transaction import Transaction
from functions.notifications.handlers.intending import send
from functions.notifications.knowledge import KnownItem, reminded
from functions.notifications.model import (
    DOUBTS,
    PATIENCE,
    REMINDERS,
    STALE,
    Answer,
    Asked,
    Digest,
    Notification,
    SendNotification,
    answered,
    as_said,
    put_off,
    suppressed,
)

NEXT_LOOK: Final = timedelta(days=1)
"""What could be neither sent nor dropped is looked at again."""
Known = dict[str, Notification]


def record_answers(tasks: Sequence[SendNotification], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what became of each try; a failed one is tried again after a while."""
    found = transaction.find_all(Notification, [task.notification_id for task in tasks])
    if any(one is None for one in found):
        raise TryLater("the notification is not there yet")
    digests, known = _waiting([one for one in found if one is not None], answers, transaction)
    reminders = [one.id for one in known.values() if one.template in REMINDERS and one.state == "pending"]
    keys = list(dict.fromkeys(known[one].item_key for one in reminders))
    items = {
        key: item or KnownItem(id=key) for key, item in zip(keys, transaction.find_all(KnownItem, keys), strict=True)
    }
    for task, answer in zip(tasks, answers, strict=True):
        one = known[task.notification_id]
        if one.digest:
            digests[one.digest] = _record_digest(one, digests[one.digest], answer, known, transaction)
        elif one.state == "pending":
            known[one.id] = _record(one, answer, transaction)
    for one in (known[name] for name in reminders):
        if one.state != "pending" and one.reason not in DOUBTS:
            until = date.fromisoformat(one.words.due_on) if one.state == "sent" and one.words.due_on else None
            items[one.item_key] = reminded(items[one.item_key], one.template, until)
            transaction.put(items[one.item_key])


def _waiting(
    found: Sequence[Notification], answers: Sequence[Answer], transaction: Transaction
) -> tuple[dict[str, Digest], Known]:
    """The digests of these notifications, everything that waits in them, and what the answers speak of beside it:

    what waited when the mail was written, and was recorded since by another delivery.
    """
    ids = list(dict.fromkeys(one.digest for one in found if one.digest))
    digests = {one.id: one for one in transaction.find_all(Digest, ids) if one is not None}
    if len(digests) < len(ids):
        raise TryLater("what it waits with is not there yet")
    known = {one.id: one for one in found}
    others = [one for digest in digests.values() for one in digest.waiting]
    others += [one for answer in answers for one in answer.names]
    others = [one for one in dict.fromkeys(others) if one not in known]
    known |= {one.id: one for one in transaction.find_all(Notification, others) if one is not None}
    return digests, known


def _record(notification: Notification, answer: Answer, transaction: Transaction, mail: str = "") -> Notification:
    if answer.outcome == "waits":
        return _wait(notification, answer, transaction)
    if answer.outcome == "suppressed":
        return suppress(notification, answer.reason, transaction)
    after = answered(notification, answer, transaction.now)
    after = after.but(mail=mail) if after.state == "sent" else after
    transaction.put(after)
    if after.state == "sent":
        transaction.emit(
            NotificationSent(
                member_id=after.member_id,
                notification_id=after.id,
                template=after.template,
                channel="email",
                subject=after.words.number,
                sha256=after.sha256,
            )
        )
    elif after.state == "pending" and not after.digest:
        send(after.id, after.member_id, transaction, transaction.now + PATIENCE[notification.tries])
    return after


def _wait(notification: Notification, answer: Answer, transaction: Transaction) -> Notification:
    after = put_off(notification, answer.reason)
    transaction.put(after)
    send(after.id, after.member_id, transaction, answer.again_at or transaction.now + NEXT_LOOK)
    return after


def _record_digest(
    lead: Notification, digest: Digest, answer: Answer, known: Known, transaction: Transaction
) -> Digest:
    """The digest after a try to send what waits in it; what is left has its task again."""
    for one in answer.told or (lead,):
        if answer.outcome in {"sent", "failed"} and known[one.id].state == "pending":
            said = as_said(known[one.id], one)
            known[one.id] = _record(said, answer, transaction, answer.told[0].id if len(answer.told) > 1 else "")
    for notification_id, reason in answer.dropped:
        if known[notification_id].state == "pending":
            known[notification_id] = suppress(known[notification_id], reason, transaction)
    for notification_id, reason in answer.held:
        if known[notification_id].state == "pending" and known[notification_id].reason != reason:
            known[notification_id] = put_off(known[notification_id], reason)
            transaction.put(known[notification_id])
    left = tuple(one for one in digest.waiting if one in known and known[one].state == "pending")
    at = _next(lead, left, answer, known, transaction.now) if left else None
    if left and at is not None:
        send(left[0], digest.member_id, transaction, at)
    if (left, at) == (digest.waiting, digest.next_at):
        return digest
    after = digest.but(waiting=left, next_at=at)
    transaction.put(after)
    return after


def _next(lead: Notification, left: tuple[str, ...], answer: Answer, known: Known, now: datetime) -> datetime:
    """When what is left is looked at again."""
    if answer.outcome == "failed":
        return now + PATIENCE[min(max(known[lead.id].tries, 1), len(PATIENCE)) - 1]
    if answer.again_at is None and left == (lead.id,):
        return now + NEXT_LOOK
    return answer.again_at or now


def suppress(notification: Notification, reason: str, transaction: Transaction) -> Notification:
    """Puts down that a notification is not sent, and why, and tells it."""
    after = suppressed(notification, reason)
    transaction.put(after)
    transaction.emit(
        NotificationSuppressed(
            member_id=notification.member_id,
            notification_id=notification.id,
            template=notification.template,
            subject=notification.words.number,
            reason=reason,
        )
    )
    if notification.asked is not None and reason in DOUBTS:
        transaction.emit(_doubted(notification, notification.asked, reason, transaction.now))
    return after


def _doubted(notification: Notification, asked: Asked, why: str, now: datetime) -> ReminderDoubted:
    """That a reminder was not sent: stale news are asked for at once, money on its way gets a day."""
    words = notification.words
    today = day_in(SELLERS[words.entity].time_zone, now)
    return ReminderDoubted(
        **asked.model_dump(exclude={"confirmed_at"}),
        member_id=notification.member_id,
        invoice_id=words.invoice_id,
        invoice_number=words.number,
        reference=words.reference,
        entity=words.entity,
        level=notification.template,  # type: ignore[arg-type]  # a reminder's template is its level
        open_minor=words.amount_minor,
        item_version=notification.item_version,
        currency=words.currency,
        email=notification.to,
        language=notification.language,
        buyer_name=words.name,
        why=why,
        again_on=today if why == STALE else today + timedelta(days=1),
    )
