"""Versions of fee schedules: drafted by one, activated for a day by another, frozen from then on."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final, Literal

from common.documents import Document, id_from
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency
from common.values import Value
from functions.charging.schedules import Prices, Schedule, Version, only_fills_gaps, shipped_for, starts_a_month

FeeState = Literal["draft", "active", "withdrawn", "discarded"]
FeeStatus = Literal["draft", "scheduled", "in_force", "superseded", "withdrawn", "discarded"]

FEE_SCHEDULES: Final[Machine[FeeState]] = Machine(
    "fee schedule",
    {
        "draft": {"activate": "active", "discard": "discarded"},
        "active": {"withdraw": "withdrawn"},
        "withdrawn": {},
        "discarded": {},
    },
)
OLDEST: Final = timedelta(days=400)
"""A charge may be this old, and so may the first day of fees that were missing."""
EARLIEST: Final = timedelta(days=1)
"""A charge may be so far ahead of our calendar: clocks and time zones differ."""
MOST_DRAFTERS: Final = 20


class FeeSchedule(Document):
    """One version of an entity's fees in a currency, from its draft on; once active, it says the same for ever."""

    collection = "fee_schedules"
    indexed = ("state", "entity", "currency")

    state: FeeState = "draft"
    entity: str
    currency: Currency
    prices: Prices
    digest: str
    drafted_by: tuple[str, ...]
    """Everyone who wrote at it: none of them may activate it."""
    drafted_at: datetime
    number: int = 0
    """Which version it is; given when it is activated."""
    valid_from: date | None = None
    activated_by: str = ""
    activated_at: datetime | None = None
    activated_because: str = ""
    ended_by: str = ""
    ended_because: str = ""
    """Why it was discarded or withdrawn."""

    def as_version(self, on: date) -> Version:
        """What charges are rated by; a draft as if it were in force on that day."""
        stated = self.prices.model_dump(exclude_defaults=True)
        schedule = Schedule(**stated, version=self.number, valid_from=self.valid_from or on)
        return Version(self.id, self.digest, schedule)


class Listed(Value):
    """Where a version stands in its entity's calendar of fees."""

    valid_from: date
    number: int
    schedule_id: str

    @property
    def key(self) -> tuple[date, int]:
        """Of those that have begun, the one with the highest key is in force."""
        return (self.valid_from, self.number)


class FeeCalendar(Document):
    """Which of an entity's versions in a currency staff made active, and from when: read by all, seldom written."""

    collection = "fee_calendars"

    entity: str
    currency: Currency
    listed: tuple[Listed, ...] = ()
    last_number: int = 0
    """Of all there ever were: no number is given twice."""

    @classmethod
    def empty(cls, entity: str, currency: str) -> "FeeCalendar":
        """The calendar before staff activated anything: it has what came with the program."""
        return cls(id=calendar_id(entity, currency), entity=entity, currency=currency)

    @property
    def all(self) -> list[Listed]:
        """Every version with its first day, those that came with the program included, in order."""
        came = [
            Listed(valid_from=one.schedule.valid_from, number=one.schedule.version, schedule_id=one.schedule_id)
            for one in shipped_for(self.entity, self.currency)
        ]
        return sorted([*came, *self.listed], key=lambda one: one.key)

    def on(self, day: date) -> Listed | None:
        """The version in force on a day."""
        return max((one for one in self.all if one.valid_from <= day), key=lambda one: one.key, default=None)

    def last_day(self, schedule_id: str) -> date | None:
        """The last day on which a version is in force; None while no later one is known."""
        mine = next((one for one in self.all if one.schedule_id == schedule_id), None)
        later = [one.valid_from for one in self.all if mine is not None and one.key > mine.key]
        return min(later) - timedelta(days=1) if later else None

    def next_number(self) -> int:
        """The number of the next version."""
        return max([self.last_number, *(one.number for one in self.all)]) + 1


def calendar_id(entity: str, currency: str) -> str:
    """The id of an entity's calendar of fees in a currency."""
    return id_from("fcal", entity, currency)


def drafted(schedule_id: str, prices: Prices, by: str, now: datetime) -> FeeSchedule:
    """A new draft."""
    return FeeSchedule(
        id=schedule_id,
        entity=prices.entity,
        currency=prices.currency,
        prices=prices,
        digest=prices.digest,
        drafted_by=(by,),
        drafted_at=now,
    )


def redrafted(draft: FeeSchedule, prices: Prices, by: str) -> FeeSchedule:
    """A draft with other fees; Rejected `wrong_state` (409) where it is no draft any more, `other_fees` (422)."""
    if draft.state != "draft":
        raise Rejected("wrong_state", f"fee schedule can't be changed while {draft.state}", status=409)
    if (prices.entity, prices.currency) != (draft.entity, draft.currency):
        raise Rejected("other_fees", f"this draft is for {draft.entity} in {draft.currency}")
    drafters = tuple(dict.fromkeys((*draft.drafted_by, by)))
    if len(drafters) > MOST_DRAFTERS:
        raise Rejected("too_many_drafters", f"{MOST_DRAFTERS} people wrote at it: draft it anew")
    return draft.but(prices=prices, digest=prices.digest, drafted_by=drafters)


def activated(
    draft: FeeSchedule, calendar: FeeCalendar, before: Prices | None, valid_from: date, today: date
) -> tuple[FeeSchedule, FeeCalendar]:
    """A draft that becomes the next version from a day on, and the calendar with it; `before` is in force that day.

    No day has two prices: fees change on a day for which nobody was charged yet. Only fees that were missing may be
    added from an earlier day on. Rejected `wrong_state` (409), `turnover_within_a_month`, `changes_the_past` (422).
    """
    state = FEE_SCHEDULES.move(draft.state, "activate")
    if not starts_a_month(draft.prices, valid_from):
        says = "fees by the month's turnover begin on the first of a month"
        raise Rejected("turnover_within_a_month", says)
    _must_not_change_the_past(draft.prices, before, valid_from, today)
    number = calendar.next_number()
    active = draft.but(state=state, number=number, valid_from=valid_from)
    entry = Listed(valid_from=valid_from, number=number, schedule_id=draft.id)
    return active, calendar.but(listed=(*calendar.listed, entry), last_number=number)


def withdrawn(
    schedule: FeeSchedule, calendar: FeeCalendar, by: str, reason: str, today: date
) -> tuple[FeeSchedule, FeeCalendar]:
    """A version that has not begun yet taken out of the calendar, or a draft discarded.

    Rejected `wrong_state` (409) or `in_force` (409): what charges may have been rated by stays.
    """
    verb = "discard" if schedule.state == "draft" else "withdraw"
    state = FEE_SCHEDULES.move(schedule.state, verb)
    if schedule.valid_from is not None and schedule.valid_from <= today + EARLIEST:
        raise Rejected("in_force", "charges may have been rated by it: activate another version instead", status=409)
    left = tuple(one for one in calendar.listed if one.schedule_id != schedule.id)
    return schedule.but(state=state, ended_by=by, ended_because=reason), calendar.but(listed=left)


def must_be_seen(draft: FeeSchedule, digest: str, by: str) -> None:
    """Four eyes: who activates a version did not write it, and has seen what it says.

    Rejected `four_eyes` (403) or `changed_meanwhile` (409).
    """
    if by in draft.drafted_by:
        raise Rejected("four_eyes", "who wrote a fee schedule can't activate it", status=403)
    if digest != draft.digest:
        raise Rejected("changed_meanwhile", "this is not what the draft says now: look at it again", status=409)


def status_of(schedule: FeeSchedule, calendar: FeeCalendar, today: date) -> FeeStatus:
    """What it is on a day: an active version is scheduled, then in force, then superseded."""
    if schedule.state != "active":
        return schedule.state
    return listed_status(schedule.id, calendar, today)


def listed_status(schedule_id: str, calendar: FeeCalendar, today: date) -> FeeStatus:
    """What a version of the calendar is on a day."""
    mine = next(one for one in calendar.all if one.schedule_id == schedule_id)
    last_day = calendar.last_day(schedule_id)
    if last_day is not None and last_day < max(today, mine.valid_from):
        return "superseded"
    return "scheduled" if mine.valid_from > today else "in_force"


def shipped_version(schedule_id: str, among: Iterable[Version]) -> Version | None:
    """The version of that id that came with the program."""
    return next((one for one in among if one.schedule_id == schedule_id), None)


def _must_not_change_the_past(after: Prices, before: Prices | None, valid_from: date, today: date) -> None:
    if valid_from > today + EARLIEST:
        return
    if valid_from < today - OLDEST:
        raise Rejected("changes_the_past", f"nothing is charged more than {OLDEST.days} days back")
    if not only_fills_gaps(before, after):
        first = today + EARLIEST + timedelta(days=1)
        says = f"fees change from {first} on; before, a version may only add what had no fee"
        raise Rejected("changes_the_past", says)
