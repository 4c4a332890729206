"""What people do with a billing run: start it, release it, go on, pause, cancel, run again what was left behind."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common.dates import day_in
from common.documents import id_from
from common.failures import Rejected
from common.transaction import Transaction
from functions.invoicing.drafts import gross_by_currency
from functions.invoicing.handlers.runs_issuing import leave_slot, release_slice
from functions.invoicing.model.invoices import seller_of
from functions.invoicing.model.run_policies import RunPolicy, policy_in_force
from functions.invoicing.model.runs import RUN, UNDER_WAY, Run, RunSlot
from functions.invoicing.requests.runs import ChangeRun, RunAnswer, StartRun
from functions.invoicing.tasks import AdvanceRun, FreezePage


def start_run(given: StartRun, transaction: Transaction) -> RunAnswer:
    """Start a billing run; it freezes by itself, after its grace window, and then waits for its release."""
    zone = seller_of(given.entity).time_zone
    issued_on = given.issued_on or day_in(zone, transaction.now)
    if given.cut_off > issued_on:
        raise Rejected("cut_off_after_issue", f"charges of {given.cut_off} can't be billed on {issued_on}")
    ready = end_of(given.cut_off, zone) + timedelta(hours=given.grace_hours)
    waits = given.grace_hours > 0 and ready > transaction.now
    slot = transaction.find(RunSlot, given.entity) or RunSlot(id=given.entity)
    run = new_run(
        slot,
        transaction,
        cut_off=given.cut_off,
        issued_on=issued_on,
        state="waiting" if waits else "freezing",
        freezes_at=ready if waits else None,
        days=tuple(sorted(set(given.billing_days))),
        canary=given.canary,
        closing=given.closing,
    )
    begin(slot, run, transaction)
    return RunAnswer.of(run)


def rerun(given: ChangeRun, transaction: Transaction) -> RunAnswer:
    """Run again for exactly the bills that a run left behind: skipped and repaired since, or held."""
    origin = found_run(given.run_id, transaction)
    origin.must_be_left_behind()
    slot = transaction.find(RunSlot, origin.entity) or RunSlot(id=origin.entity)
    run = new_run(
        slot,
        transaction,
        cut_off=origin.cut_off,
        issued_on=day_in(seller_of(origin.entity).time_zone, transaction.now),
        days=origin.days,
        closing=origin.closing,
        follows=origin.id,
    )
    transaction.put(origin.but(followed_by=run.id))
    begin(slot, run, transaction)
    return RunAnswer.of(run)


def release_run(given: ChangeRun, transaction: Transaction) -> RunAnswer:
    """Release a frozen run: reserve the numbers of its first slice, or of its canary, and issue it."""
    run = found_run(given.run_id, transaction)
    run.must_be("release")
    run.must_have_four_eyes(transaction.actor, gross_by_currency(run.totals))
    return RunAnswer.of(release_slice(run, "try" if run.canary else "release", transaction))


def continue_run(given: ChangeRun, transaction: Transaction) -> RunAnswer:
    """Go on after the canary: the other invoices are issued, slice by slice."""
    return _moved(given, "continue", transaction)


def pause_run(given: ChangeRun, transaction: Transaction) -> RunAnswer:
    """Pause: what has its number is issued, and no further slice is begun."""
    return _moved(given, "pause", transaction)


def resume_run(given: ChangeRun, transaction: Transaction) -> RunAnswer:
    """Go on after a pause."""
    return _moved(given, "resume", transaction)


def cancel_run(given: ChangeRun, transaction: Transaction) -> RunAnswer:
    """Cancel what has no number yet; those bills stay as they are. What has its number is still issued."""
    run = found_run(given.run_id, transaction)
    run.must_be("cancel")
    started = run.state in UNDER_WAY
    if not started:
        leave_slot(run, transaction)
    run = run.but(state=RUN.move(run.state, "cancel"), trouble=given.reason)
    transaction.put(run)
    if started:
        transaction.later(AdvanceRun(run_id=run.id))
    return RunAnswer.of(run)


def new_run(slot: RunSlot, transaction: Transaction, **facts: Any) -> Run:
    """A run that takes the slot next, with the policy that is in force now. A read."""
    policy = policy_in_force(slot.id, transaction.find(RunPolicy, slot.id))
    return Run(
        id=id_from("run", slot.id, str(slot.version)),
        entity=slot.id,
        started_at=transaction.now,
        started_by=transaction.actor,
        policy=policy,
        **facts,
    )


def begin(slot: RunSlot, run: Run, transaction: Transaction) -> None:
    """Takes the slot and asks for the first page; Rejected `run_in_progress` while another run has it."""
    transaction.put(slot.taken_by(run.id))
    transaction.put(run)
    transaction.later(FreezePage(run_id=run.id, page=0, cursor=""), run.freezes_at)


def end_of(day: date, zone: str) -> datetime:
    """The instant at which a day ends in a time zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def found_run(run_id: str, transaction: Transaction) -> Run:
    """The run; Rejected `not_found` (404)."""
    run = transaction.find(Run, run_id)
    if run is None:
        raise Rejected("not_found", "there is no such billing run", status=404)
    return run


def _moved(given: ChangeRun, verb: str, transaction: Transaction) -> RunAnswer:
    run = found_run(given.run_id, transaction)
    run.must_be(verb)
    run = run.but(state=RUN.move(run.state, verb), trouble="")
    transaction.put(run)
    if run.state == "issuing":
        transaction.later(AdvanceRun(run_id=run.id))
    return RunAnswer.of(run)
