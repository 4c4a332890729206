"""Runs that start by themselves: on the members' billing days, a missed day with the next one, each exactly once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from common.dates import day_in
from common.events.base import Fact
from common.parties import SELLERS
from common.transaction import Transaction
from functions.invoicing.handlers.runs import begin, new_run
from functions.invoicing.model.run_policies import Policy, RunPolicy, policy_in_force
from functions.invoicing.model.runs import RunSlot
from functions.invoicing.requests.run_policies import PolicyAnswer, SetPolicy

LONGEST: Final = 31
"""Days that one run may catch up; in a month every billing day comes round."""


def start_due_runs(_: Fact, transaction: Transaction) -> None:
    """Starts a run for each legal entity that bills by schedule, for the billing days since its last one.

    A day is due when its grace has passed. Where another run is under way the days wait for the next time.
    """
    entities = sorted(SELLERS)
    found = zip(entities, transaction.find_all(RunPolicy, entities), strict=True)
    policies = {entity: policy_in_force(entity, known) for entity, known in found}
    slots = dict(zip(entities, transaction.find_all(RunSlot, entities), strict=True))
    for entity, policy in policies.items():
        slot = slots[entity] or RunSlot(id=entity)
        if policy.scheduled and not slot.run_id:
            _start(slot, policy, transaction)


def _start(slot: RunSlot, policy: Policy, transaction: Transaction) -> None:
    zone = SELLERS[slot.id].time_zone
    days = due_days(slot.billed_until, last_due(transaction.now, policy, zone))
    if not days:
        return
    run = new_run(
        slot,
        transaction,
        cut_off=days[-1] - timedelta(days=1),
        issued_on=day_in(zone, transaction.now),
        days=tuple(sorted({number for day in days for number in billing_days_of(day)})),
        canary=policy.canary,
        scheduled=True,
    )
    begin(slot.but(billed_until=days[-1]), run, transaction)


def last_due(now: datetime, policy: Policy, zone: str) -> date:
    """The last day whose period is over and whose grace has passed."""
    return day_in(zone, now - timedelta(hours=policy.grace_hours))


def due_days(billed_until: date | None, until: date) -> list[date]:
    """The days to be billed: those after the last one, at most a month of them; today's where there was none yet."""
    first = (
        until if billed_until is None else max(billed_until + timedelta(days=1), until - timedelta(days=LONGEST - 1))
    )
    return [first + timedelta(days=n) for n in range((until - first).days + 1)]


def billing_days_of(day: date) -> Iterator[int]:
    """The billing days that fall on a day: on a month's last one also those that this month lacks."""
    yield day.day
    if (day + timedelta(days=1)).month != day.month:
        yield from range(day.day + 1, LONGEST + 1)


def set_policy(given: SetPolicy, transaction: Transaction) -> PolicyAnswer:
    """Set how a legal entity's billing runs go, from the next one on."""
    known = transaction.find(RunPolicy, given.entity)
    after = known.but(policy=given.policy) if known else RunPolicy(id=given.entity, policy=given.policy)
    transaction.put(after)
    return PolicyAnswer(entity=given.entity, policy=given.policy, version=after.version + 1)
