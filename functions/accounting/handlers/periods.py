"""Closing months in their order, opening one again with four eyes, and telling on which day a journal may stand."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from common.functions.declared import Tick
from common.parties import SELLERS
from common.transaction import Transaction
from functions.accounting.model.batches import BATCH, Closing, SapBatch
from functions.accounting.model.journals import today
from functions.accounting.model.periods import (
    Period,
    after,
    asked_to_reopen,
    before,
    closed,
    completed,
    kept_closed,
    kept_open,
    named,
    period_id,
    reopened,
    signed,
    told,
)
from functions.accounting.posting.deferring import month_after, month_of
from functions.accounting.requests import ChangePeriod, PeriodShown

SETTLED: Final = frozenset({"accepted", "reversed", "void"})
"""States of batches that keep no month open."""


def posting_days(entities: Iterable[str], transaction: Transaction) -> dict[str, date]:
    """The day each entity posts on: today, or the first day of the next open month where this one is locked.

    One read for all of them. It is what keeps a commit that began before a month was closed out of that month: the
    two can't both commit.
    """
    days = {entity: today(entity, transaction.now) for entity in sorted(set(entities))}
    looked_at = list(days)
    while looked_at:
        periods = transaction.find_all(Period, [period_id(each, month_of(days[each])) for each in looked_at])
        locked = [period.entity for period in periods if period is not None and period.locked]
        for entity in locked:
            days[entity] = date.fromisoformat(f"{month_after(month_of(days[entity]))}-01")
        looked_at = locked
    return days


def close_period(given: ChangePeriod, transaction: Transaction) -> PeriodShown:
    """Closes a month that is over: nothing is posted in it any more, and it is complete when SAP has all of it."""
    period, previous, _ = _neighbours(given.period_id, transaction)
    known = [each.month for each in _all_of(period.entity, transaction)]
    first = period.month == min(known, default=period.month)
    day = today(period.entity, transaction.now)
    after_closing = closed(period, previous, first=first, on=day)
    return _keep(_completed(after_closing, transaction), given.reason, transaction)


def reopen_period(given: ChangePeriod, transaction: Transaction) -> PeriodShown:
    """Asks for the latest closed month to be opened again; a second person's call opens it."""
    period, _, following = _neighbours(given.period_id, transaction)
    if period.state == "reopening":
        return _keep(reopened(period, following, transaction.actor), given.reason, transaction)
    return _keep(asked_to_reopen(period, following), given.reason, transaction)


def keep_period(given: ChangePeriod, transaction: Transaction) -> PeriodShown:
    """Leaves a month as it was: closed, where somebody asked to open it; open, where its closing is not complete."""
    period, _, _ = _neighbours(given.period_id, transaction)
    kept = kept_closed(period) if period.state == "reopening" else kept_open(period)
    return _keep(kept, given.reason, transaction)


def complete_periods(_: Tick, transaction: Transaction) -> None:
    """Completes every closing month of which SAP has taken all batches by now."""
    found = [period for entity in SELLERS for period in _all_of(entity, transaction) if period.state == "closing"]
    changed = [(period, _completed(period, transaction)) for period in found]
    for period, done in changed:
        if done is not period:
            _keep(done, period.reason, transaction)


def _all_of(entity: str, transaction: Transaction) -> Iterable[Period]:
    last = ""
    while page := transaction.select(Period, limit=100, after=last, entity=entity):
        yield from page
        last = page[-1].id


def _neighbours(name: str, transaction: Transaction) -> tuple[Period, Period | None, Period | None]:
    """The month as it is, and those before and after it where somebody has closed them before."""
    unknown = named(name)
    found = transaction.find_all(Period, [name, before(unknown), after(unknown)])
    return found[0] or unknown, found[1], found[2]


def _completed(period: Period, transaction: Transaction) -> Period:
    closing = transaction.find(Closing, period.entity)
    unsettled = [
        batch.id
        for state in BATCH.moves
        if state not in SETTLED
        for batch in _batches(state, transaction)
        if batch.entity == period.entity and month_of(batch.posted_on) == period.month
    ]
    return completed(period, closing.closed_through if closing else None, unsettled)


def _batches(state: str, transaction: Transaction) -> Iterable[SapBatch]:
    last = ""
    while page := transaction.select(SapBatch, limit=100, after=last, state=state):
        yield from page
        last = page[-1].id


def _keep(period: Period, reason: str, transaction: Transaction) -> PeriodShown:
    kept = signed(period, transaction.actor, reason, today(period.entity, transaction.now))
    transaction.put(kept)
    transaction.emit(told(kept))
    return PeriodShown.of(kept)
