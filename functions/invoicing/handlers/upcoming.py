"""The invoice a member will get next, made as a billing run would make it, and not kept."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from common.dates import day_in
from common.world import World
from functions.invoicing.freezing import frozen_page, minimum_of, months_before
from functions.invoicing.handlers.exchange_rates import rates_for
from functions.invoicing.handlers.runs_starting import billing_days_of, due_days, last_due
from functions.invoicing.model.bills import Bill, InvoicingFreeze, Recipient
from functions.invoicing.model.invoices import seller_of
from functions.invoicing.model.manifests import Page
from functions.invoicing.model.run_policies import Policy, RunPolicy, policy_in_force
from functions.invoicing.model.runs import Run, RunSlot
from functions.invoicing.requests.upcoming import ShowUpcoming, Upcoming, UpcomingDocument, UpcomingList

START: Final = time(5, 20, tzinfo=UTC)
"""When scheduled runs start (`start_due_runs` in `main.py`)."""


def show_upcoming(asked: ShowUpcoming, world: World) -> UpcomingList:
    """What a member's next invoices would say, with what is carried forward and why; empty where nothing is owed."""
    wanted: dict[str, Any] = {"member_id": asked.member_id} | ({"entity": asked.entity} if asked.entity else {})
    bills = [bill for bill in world.read.select(Bill, **wanted) if bill.open]
    recipient = world.read.find(Recipient, asked.member_id)
    freeze = world.read.find(InvoicingFreeze, asked.member_id)
    waiting = {asked.member_id} if freeze and freeze.frozen else set[str]()
    items = [_upcoming(bill, recipient, waiting, asked.on, world) for bill in bills]
    on = asked.on or world.now.date()
    return UpcomingList(
        member_id=asked.member_id, on=on, items=sorted(items, key=lambda one: (one.entity, one.currency))
    )


def _upcoming(
    bill: Bill, recipient: Recipient | None, waiting: set[str], asked_on: date | None, world: World
) -> Upcoming:
    seller = seller_of(bill.entity)
    on = asked_on or day_in(seller.time_zone, world.now)
    policy = policy_in_force(bill.entity, world.read.find(RunPolicy, bill.entity))
    run = Run(
        id="run", entity=bill.entity, cut_off=on, issued_on=on, started_at=world.now, started_by="", policy=policy
    )
    rates = rates_for(seller, {bill.currency}, on, world.read)
    page = frozen_page(run, [(bill, recipient)], waiting, rates=rates)
    carried = any(one.reason == "below_minimum" for one in page.skipped)
    return Upcoming(
        entity=bill.entity,
        currency=bill.currency,
        minimum_minor=minimum_of(policy, bill.currency),
        invoiced_by=_latest(bill, policy) if carried else None,
        expected_on=_expected(bill.entity, recipient, policy, world),
        **_outcome(page),
    )


def _outcome(page: Page) -> dict[str, Any]:
    """Whether it would be invoiced, over how much, and the documents."""
    if page.skipped:
        [skipped] = page.skipped
        return {
            "state": "left_out",
            "reason": skipped.reason,
            "total_minor": skipped.total_minor,
            "documents": (),
        }
    drafts = page.drafts or page.held[0].drafts
    documents = tuple(UpcomingDocument.model_validate(dict(draft)) for draft in drafts)
    total = sum(draft.total_minor for draft in drafts)
    if page.held:
        return {"state": "held", "reason": page.held[0].reason, "total_minor": total, "documents": documents}
    return {"state": "due", "reason": "", "total_minor": total, "documents": documents}


def _latest(bill: Bill, policy: Policy) -> date:
    """The first day on which it is old enough to be invoiced however small it is."""
    oldest = min(line.occurred_on for line in bill.lines)
    day = months_before(oldest, -policy.longest_months)
    while months_before(day, policy.longest_months) < oldest:
        day += timedelta(days=1)
    return day


def _expected(entity: str, recipient: Recipient | None, policy: Policy, world: World) -> date | None:
    """The day of the next scheduled run that takes the member's bills; None where runs are started by hand."""
    if not policy.scheduled:
        return None
    slot, zone = world.read.find(RunSlot, entity), seller_of(entity).time_zone
    number = (recipient and recipient.billing_day) or policy.billing_day
    billed, run_on = slot.billed_until if slot else None, world.now.date() + timedelta(days=world.now.timetz() > START)
    while True:
        days = due_days(billed, last_due(datetime.combine(run_on, START), policy, zone))
        if any(number in billing_days_of(day) for day in days):
            return run_on
        billed, run_on = (days[-1] if days else billed), run_on + timedelta(days=1)
