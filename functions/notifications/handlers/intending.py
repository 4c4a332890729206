"""Putting down what somebody is to be told: once for each subject, and together with what else is due."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from common.events.matching import OfItem
from common.failures import TryLater
from common.transaction import Transaction
from functions.notifications.knowledge import Addressee, KnownItem, followed
from functions.notifications.model import (
    GROUPS,
    OVERDUE,
    TOGETHER,
    Digest,
    Notification,
    SendNotification,
    Template,
    Words,
    digest_id,
    item_key,
    notification_id,
)


def draft(
    template: Template,
    subject: Sequence[str],
    to: Addressee,
    now: datetime,
    words: dict[str, Any],
    *,
    member_id: str = "",
    **more: Any,
) -> Notification:
    """What a member is to be told about a subject, as they are addressed now."""
    filled = Words.model_validate({"name": to.name, "country": to.country, **words})
    member_id = member_id or to.member_id
    group = GROUPS.get(template, "")
    return Notification(
        id=notification_id(template, *subject),
        member_id=member_id,
        template=template,
        to=to.email,
        language=to.language,
        words=filled,
        created_at=now,
        digest=digest_id(member_id, filled.entity, group) if group else "",
        **{"item_key": "", **more},
    )


def intend(wanted: Iterable[Notification], transaction: Transaction) -> None:
    """Puts down what is not known yet, and has it sent: alone, or with what waits for the same member already."""
    drafts = {one.id: one for one in wanted}
    known = {one.id for one in transaction.find_all(Notification, list(drafts)) if one is not None}
    fresh = [one for one in drafts.values() if one.id not in known]
    ids = list(dict.fromkeys(one.digest for one in fresh if one.digest))
    found = dict(zip(ids, transaction.find_all(Digest, ids), strict=True))
    digests: dict[str, Digest] = {}
    for one in fresh:
        transaction.put(one)
        if one.digest:
            before = digests.get(one.digest) or found[one.digest] or Digest(id=one.digest, member_id=one.member_id)
            digests[one.digest] = _with(one, before, transaction)
        else:
            send(one.id, one.member_id, transaction, one.not_before)
    for digest in digests.values():
        transaction.put(digest)


def _with(one: Notification, digest: Digest, transaction: Transaction) -> Digest:
    """The digest in which one more waits; the first has it sent, and so does one that finds the task overdue."""
    after = digest.but(waiting=(*digest.waiting, one.id))
    if digest.waiting and digest.next_at is not None and transaction.now < digest.next_at + OVERDUE:
        return after
    at = max(one.not_before or transaction.now, transaction.now + TOGETHER[GROUPS[one.template]])
    send(after.waiting[0], one.member_id, transaction, at)
    return after.but(next_at=at)


def send(notification: str, member_id: str, transaction: Transaction, at: datetime | None = None) -> None:
    """Has a notification sent at a moment, now where none is given."""
    transaction.later(SendNotification(member_id=member_id, notification_id=notification), at)


def addressees(member_ids: Iterable[str], transaction: Transaction) -> dict[str, Addressee]:
    """How these members are addressed; of a closed account, as the one that goes on. A read.

    TryLater for one nobody has told us of yet.
    """
    ids = list(dict.fromkeys(one for one in member_ids if one))
    found = {one.member_id: one for one in transaction.find_all(Addressee, ids) if one is not None}
    if missing := [one for one in ids if one not in found]:
        raise TryLater(f"member {missing[0]} has not been told yet")
    others = list(dict.fromkeys(one.merged_into for one in found.values() if one.merged_into))
    goes_on = {one.member_id: one for one in transaction.find_all(Addressee, others) if one is not None}
    return {member_id: goes_on.get(one.merged_into, one) for member_id, one in found.items()}


def heard(news: Sequence[OfItem], transaction: Transaction) -> list[KnownItem]:
    """The items that are known otherwise after news of them, to be put down once all is read. A read."""
    ids = list(dict.fromkeys(item_key(one.invoice_number) for one in news))
    before = dict(zip(ids, transaction.find_all(KnownItem, ids), strict=True))
    after = {key: known or KnownItem(id=key) for key, known in before.items()}
    for one in news:
        key = item_key(one.invoice_number)
        after[key] = followed(after[key], one, transaction.now)
    return [known for key, known in after.items() if known != before[key]]
