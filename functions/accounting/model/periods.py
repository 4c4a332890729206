"""Periods: the months of each legal entity's books, which are closed one after the other and then take nothing."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from common.documents import Document
from common.events.accounting import PeriodChanged
from common.failures import Rejected
from common.machine import Machine
from common.parties import SELLERS
from functions.accounting.model.journals import seller
from functions.accounting.posting.deferring import month_after, month_of

PeriodState = Literal["open", "closing", "closed", "reopening"]

PERIOD: Machine[PeriodState] = Machine(
    "Period",
    {
        "open": {"close": "closing"},
        "closing": {"complete": "closed", "keep_open": "open"},
        "closed": {"ask_to_reopen": "reopening"},
        "reopening": {"reopen": "open", "keep_closed": "closed"},
    },
)
LOCKED: Final = frozenset({"closing", "closed", "reopening"})
"""In which nothing is posted any more."""
CALLS: Final = {
    "close": "close",
    "keep_open": "keep",
    "ask_to_reopen": "reopen",
    "reopen": "reopen",
    "keep_closed": "keep",
}
"""By which call staff make each move."""
NAMED: Final = re.compile(r"(?P<entity>[A-Z]{2,4})-(?P<month>[0-9]{4}-(0[1-9]|1[0-2]))", re.ASCII)


def period_id(entity: str, month: str) -> str:
    """`MP-2026-10`"""
    return f"{entity}-{month}"


class Period(Document):
    """A month of a legal entity's books. There is none until it is closed for the first time: until then it is open."""

    collection = "periods"
    indexed = ("entity",)

    entity: str
    month: str
    """`2026-10`"""
    state: PeriodState = "open"
    revision: int = 0
    """How often it changed."""
    reason: str = ""
    by: str = ""
    """Who changed it last; who asks to open it again can't agree to it."""
    changed_on: date | None = None

    @property
    def locked(self) -> bool:
        """Whether nothing may be posted in it."""
        return self.state in LOCKED

    @property
    def allowed(self) -> list[str]:
        """What may be done with it now."""
        return [CALLS[verb] for verb in PERIOD.allows(self.state) if verb in CALLS]


def opened(entity: str, month: str) -> Period:
    """A month nobody has closed yet."""
    return Period(id=period_id(entity, month), entity=entity, month=month)


def named(period: str) -> Period:
    """The open month an id names; Rejected `not_found` (404) where it names none."""
    found = NAMED.fullmatch(period)
    if found is None or found["entity"] not in SELLERS or found["month"] < "1970-02":
        raise Rejected("not_found", f"there is no period {period!r}: ask for one like MP-2026-10", status=404)
    return opened(found["entity"], found["month"])


def before(period: Period) -> str:
    """The id of the month before."""
    first = date.fromisoformat(f"{period.month}-01")
    return period_id(period.entity, month_of(date.fromordinal(first.toordinal() - 1)))


def after(period: Period) -> str:
    """The id of the month after."""
    return period_id(period.entity, month_after(period.month))


def months_between(first: str, last: str) -> list[str]:
    """Every month from the first to the last, both included."""
    found = [first]
    while found[-1] < last:
        found.append(month_after(found[-1]))
    return found


def last_day(period: Period) -> date:
    """The last day of the month."""
    return date.fromordinal(date.fromisoformat(f"{month_after(period.month)}-01").toordinal() - 1)


def closed(period: Period, previous: Period | None, *, first: bool, on: date) -> Period:
    """The month in which nothing is posted any more: its batches may still be on their way.

    Rejected `not_over` before its last day is over, `not_in_order` (409) while the month before is open; the first
    month an entity ever closes has none before it.
    """
    state = PERIOD.move(period.state, "close")
    if on <= last_day(period):
        raise Rejected("not_over", f"{period.month} is not over: {seller(period.entity).name} has {on.isoformat()}")
    if not first and (previous is None or previous.state != "closed"):
        raise Rejected("not_in_order", f"the month before {period.month} is closed first", status=409)
    return period.but(state=state)


def completed(period: Period, closed_through: date | None, unsettled: Sequence[str]) -> Period:
    """The month, closed for good once every day of it is in batches that SAP took; itself until then."""
    if closed_through is None or closed_through < last_day(period) or unsettled:
        return period
    return period.but(state=PERIOD.move(period.state, "complete"))


def asked_to_reopen(period: Period, following: Period | None) -> Period:
    """The month that somebody wants open again; Rejected `not_in_order` (409) where a later one is closed."""
    state = PERIOD.move(period.state, "ask_to_reopen")
    _must_be_latest(following)
    return period.but(state=state)


def reopened(period: Period, following: Period | None, by: str) -> Period:
    """The month that is open again; Rejected `four_eyes` (403) for whoever asked, `not_in_order` (409)."""
    state = PERIOD.move(period.state, "reopen")
    if by == period.by:
        raise Rejected("four_eyes", "who asked for a period to be opened again can't agree to it", status=403)
    _must_be_latest(following)
    return period.but(state=state)


def _must_be_latest(following: Period | None) -> None:
    if following is not None and following.locked:
        raise Rejected("not_in_order", f"{following.month} is {following.state}: the latest opens first", status=409)


def kept_closed(period: Period) -> Period:
    """The month that stays closed although somebody asked."""
    return period.but(state=PERIOD.move(period.state, "keep_closed"))


def kept_open(period: Period) -> Period:
    """The month whose closing is given up before it was complete."""
    return period.but(state=PERIOD.move(period.state, "keep_open"))


def signed(period: Period, by: str, reason: str, on: date) -> Period:
    """The month as changed by somebody, for a reason."""
    return period.but(by=by, reason=reason, changed_on=on, revision=period.revision + 1)


def told(period: Period) -> PeriodChanged:
    """The event of its change."""
    assert period.changed_on is not None  # noqa: S101 - it was signed
    return PeriodChanged(
        period_id=period.id,
        revision=period.revision,
        entity=period.entity,
        month=period.month,
        state=period.state,
        reason=period.reason,
        by=period.by,
        changed_on=period.changed_on,
    )
