"""What a run puts aside: a person lets it pass or drops it, with a reason, and the manifest says who and why."""

from common.failures import Rejected
from common.transaction import Transaction
from functions.invoicing.freezing import figures_of_drafts, totals_of
from functions.invoicing.handlers.runs import found_run
from functions.invoicing.model.bills import Recipient
from functions.invoicing.model.manifests import Decision, Held, Page, Skipped, add_figures, add_up, page_id
from functions.invoicing.model.runs import RUN, Run
from functions.invoicing.requests.runs import DecideHold, RunAnswer
from functions.invoicing.tasks import AdvanceRun

UNKNOWN = "unknown"


def release_hold(given: DecideHold, transaction: Transaction) -> RunAnswer:
    """Let pass what a run holds: a group that is unlike the runs before, or one member's bill."""
    run = found_run(given.run_id, transaction)
    decision = Decision(by=transaction.actor, at=transaction.now, reason=given.reason)
    if not given.is_of_bill:
        return _group_released(run, given, decision, transaction)
    page, held = _held(run, given, transaction)
    run.must_have_four_eyes(transaction.actor, {held.currency: held.total_minor})
    after = held.decided("release", decision)
    recipient = transaction.find(Recipient, held.member_id)
    if run.state in {"held", "frozen"}:
        page, run = _taken_up(page, after, run, recipient)
    else:
        page, run = page.but(held=_replaced(page, after)), run.but(held=run.held - 1)
    return _kept(run, page, transaction)


def drop_hold(given: DecideHold, transaction: Transaction) -> RunAnswer:
    """Leave a held bill out; it stays open for a later run."""
    run = found_run(given.run_id, transaction)
    if not given.is_of_bill:
        raise Rejected("wrong_state", "a group can't be dropped: cancel the run", status=409)
    page, held = _held(run, given, transaction)
    after = held.decided("drop", Decision(by=transaction.actor, at=transaction.now, reason=given.reason))
    left_out = Skipped(
        bill_id=held.bill_id,
        member_id=held.member_id,
        reason="dropped",
        currency=held.currency,
        total_minor=held.total_minor,
        limit_minor=held.limit_minor,
    )
    page = page.but(held=_replaced(page, after), skipped=(*page.skipped, left_out))
    run = run.but(held=run.held - 1, left=run.left - 1, skipped=run.skipped + 1)
    return _kept(run, page, transaction)


def _group_released(run: Run, given: DecideHold, decision: Decision, transaction: Transaction) -> RunAnswer:
    """The run is frozen once no group holds it any more."""
    hold = next((one for one in run.holds if one.id == given.hold_id), None)
    if hold is None:
        raise Rejected("not_found", "the run has no such hold", status=404)
    run.must_have_four_eyes(transaction.actor, {hold.figure.currency: abs(hold.figure.net_minor)})
    holds = tuple(one.released(decision) if one is hold else one for one in run.holds)
    clear = run.state == "held" and all(one.state == "released" for one in holds)
    run = run.but(holds=holds, state=RUN.move(run.state, "clear") if clear else run.state)
    transaction.put(run)
    if clear and run.scheduled and run.policy.releases_itself:
        transaction.later(AdvanceRun(run_id=run.id))
    return RunAnswer.of(run)


def _held(run: Run, given: DecideHold, transaction: Transaction) -> tuple[Page, Held]:
    """A held bill and its page; Rejected `not_found`, or `already_followed` where another run decides about it."""
    page = transaction.find(Page, page_id(run.id, given.page))
    held = next((one for one in page.held if one.bill_id == given.bill_id), None) if page else None
    if page is None or held is None:
        raise Rejected("not_found", "the run has no such hold", status=404)
    if run.followed_by:
        raise Rejected("already_followed", f"{run.followed_by} took this up: decide there", status=409)
    return page, held


def _taken_up(page: Page, held: Held, run: Run, recipient: Recipient | None) -> tuple[Page, Run]:
    """Before any number is given, a released bill joins the drafts of its page."""
    totals = totals_of(held.drafts)
    segment = (recipient and recipient.segment) or UNKNOWN
    figures = figures_of_drafts(held.drafts, [segment] * len(held.drafts))
    page = page.but(
        drafts=(*page.drafts, *held.drafts),
        held=tuple(one for one in page.held if one.bill_id != held.bill_id),
        taken_up=(*page.taken_up, held.model_copy(update={"drafts": ()})),
        totals=add_up((*page.totals, *totals)),
        figures=add_figures((*page.figures, *figures)),
    )
    counts = (*run.counts[: page.number], len(page.drafts), *run.counts[page.number + 1 :])
    run = run.but(
        counts=counts,
        invoices=sum(counts),
        held=run.held - 1,
        left=run.left - 1,
        totals=add_up((*run.totals, *totals)),
        figures=add_figures((*run.figures, *figures)),
    )
    return page, run


def _replaced(page: Page, held: Held) -> tuple[Held, ...]:
    return tuple(held if one.bill_id == held.bill_id else one for one in page.held)


def _kept(run: Run, page: Page, transaction: Transaction) -> RunAnswer:
    transaction.put(page.but(left=bool(page.left_behind)))
    transaction.put(run)
    return RunAnswer.of(run)
