"""What stands in a mail: looked at once more just before it is sent, for what is still so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from common.dates import noon_utc
from common.world import World
from functions.notifications.knowledge import Addressee, KnownItem
from functions.notifications.model import (
    FAILED,
    LADDER,
    MOST_TOGETHER,
    ON_ITS_WAY,
    REMINDERS,
    STALE,
    TOO_EARLY,
    Answer,
    Digest,
    Notification,
    SendNotification,
    is_stale,
    pay_by,
)

AS_ISSUED: Final = frozenset({"invoice", "credit_note", "dispute_opened"})
"""What goes to the address it was made out to."""
SETTLED: Final = "the invoice was settled meanwhile"


@dataclass(slots=True)
class Mailing:
    """One mail to be: what stands in it, what does not any more, what has to wait, each with its reason."""

    ready: list[Notification] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    held: list[tuple[str, str]] = field(default_factory=list)
    again_at: datetime | None = None

    def wait(self, notification: Notification, reason: str, until: datetime) -> None:
        """Puts one off; all are looked at again when the first one may be."""
        self.held.append((notification.id, reason))
        self.again_at = min(self.again_at or until, until)


def gathered(tasks: Sequence[SendNotification], world: World) -> list[Mailing | None]:
    """The mail of each task, in the words that are right now; None where its notification is not there yet."""
    leads = world.read.find_all(Notification, [task.notification_id for task in tasks])
    waiting = _waiting([one for one in leads if one is not None], world)
    every = [one for found in waiting.values() for one in found if one.state == "pending"]
    items = _items(every, world)
    people = _people(every, world)
    begun: set[str] = set()
    mails: list[Mailing | None] = []
    for lead in leads:
        if lead is None or lead.digest in begun:
            mails.append(None if lead is None else Mailing())
            continue
        begun |= {lead.digest} if lead.digest else set()
        mails.append(_mailing(waiting[lead.digest or lead.id], items, people, world.now))
    return mails


def with_gathered(mailing: Mailing | None, answer: Answer) -> Answer:
    """The answer with what else there is to say of what was gathered."""
    if mailing is None:
        return answer
    also = {
        "told": tuple(mailing.ready),
        "dropped": tuple(mailing.dropped),
        "held": tuple(mailing.held),
        "again_at": mailing.again_at,
    }
    return answer.model_copy(update=also)


def _waiting(leads: Sequence[Notification], world: World) -> dict[str, list[Notification]]:
    """By digest, or by the one that has a mail of its own: everything that may stand in the mail."""
    ids = list(dict.fromkeys(lead.digest for lead in leads if lead.digest))
    digests = [digest for digest in world.read.find_all(Digest, ids) if digest is not None]
    wanted = list(dict.fromkeys(one for digest in digests for one in digest.waiting[:MOST_TOGETHER]))
    found = {one.id: one for one in world.read.find_all(Notification, wanted) if one is not None}
    alone = {lead.id: [lead] for lead in leads if not lead.digest}
    empty: dict[str, list[Notification]] = {digest_id: [] for digest_id in ids}
    together = {digest.id: [found[one] for one in digest.waiting if one in found] for digest in digests}
    return empty | together | alone


def _mailing(
    waiting: Sequence[Notification], items: Mapping[str, KnownItem], people: Mapping[str, Addressee], now: datetime
) -> Mailing:
    mail = Mailing()
    reminded: set[str] = set()
    for one in sorted(waiting, key=lambda one: (one.words.number, _rung(one), one.id)):
        if one.state != "pending":
            continue
        item = items.get(one.item_key) or KnownItem(id=one.item_key or "none")
        if one.not_before is not None and one.not_before > now:
            mail.wait(one, "it is sent a little later", one.not_before)
        elif (
            reason := _needless(one, item) or _doubt(one, item, now) or (TOO_EARLY if one.item_key in reminded else "")
        ):
            mail.dropped.append((one.id, reason))
        elif one.template in REMINDERS and (item.in_flight or item.on_its_way):
            mail.wait(one, ON_ITS_WAY, noon_utc(now.date() + timedelta(days=1)))
        else:
            mail.ready.append(_now(one, item, people.get(one.member_id), now))
            reminded |= {one.item_key} if one.template in REMINDERS else set()
    return mail


def _rung(one: Notification) -> int:
    """Of two levels that wait together the lower is told, and the other when the day it gives has come."""
    return LADDER.index(one.template) if one.template in REMINDERS else 0


def _needless(one: Notification, item: KnownItem) -> str:
    """Why something is not to be told any more; empty where it is."""
    news = item.open_minor is not None and item.item_version > one.item_version
    if one.template in REMINDERS | FAILED | {"debit_announced", "part_payment"} and news and not item.open_minor:
        return SETTLED
    if one.template in FAILED and item.attempt > one.attempt:
        return "another attempt is being made"
    if one.template in FAILED and item.on_its_way:
        return "the member has paid meanwhile, and the money is on its way"
    if one.template == "payment_returned" and item.settled_at is not None and item.settled_at > one.created_at:
        return SETTLED
    if one.template == "receipt" and news and item.open_minor:
        return "the invoice is open again"
    return ""


def _doubt(one: Notification, item: KnownItem, now: datetime) -> str:
    """Why a reminder is asked for anew instead; empty for one that may have been sent already, and for all else."""
    if one.template not in REMINDERS or one.asked is None or one.tries:
        return ""
    if item.in_flight or item.on_its_way:
        return ON_ITS_WAY
    told = LADDER.index(item.reminded) if item.reminded else -1
    if _rung(one) > told + 1 or (item.reminded_until is not None and now.date() < item.reminded_until):
        return TOO_EARLY
    return STALE if is_stale(one.asked.confirmed_at, now) else ""


def _now(one: Notification, item: KnownItem, person: Addressee | None, now: datetime) -> Notification:
    """The notification with what is owed by now, to where its member is reached by now."""
    update: dict[str, object] = {}
    news = item.open_minor is not None and item.item_version > one.item_version
    if one.template in REMINDERS:
        update["due_on"] = pay_by(one, now.date())
    if news and item.open_minor and one.template in REMINDERS:
        update["amount_minor"] = item.open_minor
    if news and item.open_minor and one.template in FAILED:
        update["amount_minor"] = min(item.open_minor, one.words.amount_minor)
    if news and item.open_minor and one.template == "part_payment":
        update["open_minor"] = item.open_minor
    if person is not None:
        update |= {"country": person.country, "name": person.name}
    said = one.but(words=one.words.model_copy(update=update))
    return said.but(to=person.email, language=person.language) if person is not None else said


def _items(every: Iterable[Notification], world: World) -> dict[str, KnownItem]:
    keys = list(dict.fromkeys(one.item_key for one in every if one.item_key and one.template not in AS_ISSUED))
    return {item.id: item for item in world.read.find_all(KnownItem, keys) if item is not None}


def _people(every: Iterable[Notification], world: World) -> dict[str, Addressee]:
    """Who the members are now; of a closed account, the one that goes on."""
    ids = list(dict.fromkeys(one.member_id for one in every if one.member_id and one.template not in AS_ISSUED))
    found = {one.member_id: one for one in world.read.find_all(Addressee, ids) if one is not None}
    others = list(dict.fromkeys(one.merged_into for one in found.values() if one.merged_into))
    goes_on = {one.member_id: one for one in world.read.find_all(Addressee, others) if one is not None}
    return {member_id: goes_on.get(one.merged_into, one) for member_id, one in found.items()}
