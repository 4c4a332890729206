"""Issuing a run slice by slice: numbers are reserved for a slice when it is released, and all of them are issued.

A run that is paused or cancelled has no number that is not issued: so no gap can come of it.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate
from typing import Final

from common.events.invoicing import RunCompleted
from common.transaction import Transaction
from functions.invoicing.drafts import gross_by_currency
from functions.invoicing.freezing import totals_of
from functions.invoicing.issuing import invoices_of, issued
from functions.invoicing.model.bills import BillAsStored
from functions.invoicing.model.invoices import Draft, seller_of
from functions.invoicing.model.manifests import IssuedPage, Page, page_id
from functions.invoicing.model.runs import RUN, UNDER_WAY, Block, Run, RunHistory, RunSlot, Tally, history_id
from functions.invoicing.numbering import invoice_series
from functions.invoicing.requests.runs import numbers_of
from functions.invoicing.tasks import AdvanceRun, IssuePage, RenderInvoice

PACE: Final = timedelta(milliseconds=10)
"""Between two pages: tasks of one instant travel in one message, and a page is as much as one commit should hold."""
POLL: Final = timedelta(seconds=5)


def release_slice(run: Run, verb: str, transaction: Transaction) -> Run:
    """Reserves the numbers of the next pages and asks for their issue; `try` releases the canary alone."""
    until = _end_of_slice(run, 1 if verb == "try" else run.policy.slice_pages)
    counts = run.counts[run.released : until]
    first = transaction.next_numbers(invoice_series(run.entity, run.issued_on.year), sum(counts))
    block = Block(
        pages=until,
        first=first,
        invoices=sum(counts),
        released_at=transaction.now,
        released_by=transaction.actor,
    )
    state = RUN.move(run.state, verb) if verb else run.state
    after = run.but(state=state, released=until, blocks=(*run.blocks, block), trouble="")
    transaction.put(after)
    for place, (page, number) in enumerate(_numbered(run.released, counts, first)):
        task = IssuePage(page_id=page_id(run.id, page), first=number)
        transaction.later(task, transaction.now + place * PACE)
    transaction.later(AdvanceRun(run_id=run.id), transaction.now + POLL)
    return after


def _end_of_slice(run: Run, pages: int) -> int:
    """The page before which a slice of so many pages with invoices ends."""
    for page in range(run.released, run.pages):
        pages -= 1 if run.counts[page] else 0
        if not pages:
            return page + 1
    return run.pages


def _numbered(page: int, counts: tuple[int, ...], first: int) -> Iterator[tuple[int, int]]:
    """The pages of a slice that have invoices, each with its first number."""
    starts = accumulate(counts, initial=first)
    return ((page + place, start) for place, (count, start) in enumerate(zip(counts, starts, strict=False)) if count)


def issue_page(task: IssuePage, transaction: Transaction) -> None:
    """Issues a page's invoices and takes exactly their lines off the bills: two writes an invoice."""
    if transaction.find(IssuedPage, task.page_id) is not None:
        return
    page = transaction.get(Page, task.page_id)
    by_bill: dict[str, list[Draft]] = {}
    for draft in page.drafts:
        by_bill.setdefault(draft.bill_id, []).append(draft)
    transaction.find_all(BillAsStored, list(by_bill))
    for bill_id, drafts in by_bill.items():
        transaction.put(transaction.get(BillAsStored, bill_id).billed(drafts_lines(drafts), _total(drafts)))
    invoices = invoices_of(page, task.first, seller_of(page.entity))
    for invoice in invoices:
        transaction.put(invoice)
        transaction.emit(issued(invoice))
        transaction.later(RenderInvoice(invoice_id=invoice.id))
    totals = totals_of(invoices)
    transaction.put(IssuedPage(id=page.id, run_id=page.run_id, first=task.first, invoices=len(invoices), totals=totals))


def drafts_lines(drafts: list[Draft]) -> Iterator[str]:
    """The charges on these drafts."""
    return (line.charge_id for draft in drafts for line in draft.lines)


def _total(drafts: list[Draft]) -> int:
    return sum(draft.total_minor for draft in drafts)


def advance_run(task: AdvanceRun, tally: Tally, transaction: Transaction) -> None:
    """Looks how far a run is: releases its next slice, goes on after a canary, or closes it; else looks again."""
    run = transaction.get(Run, task.run_id)
    if run.state == "frozen" and run.scheduled and run.policy.releases_itself:
        release_slice(run, "try" if run.canary else "release", transaction)
    elif run.state not in UNDER_WAY:
        return
    elif tally.pages < run.pages_out:
        transaction.later(task, transaction.now + POLL)
    else:
        run.must_add_up(tally)
        _onward(run, task, tally, transaction)


def _onward(run: Run, task: AdvanceRun, tally: Tally, transaction: Transaction) -> None:
    """What follows when every number that was reserved is issued."""
    if run.state == "canary":
        _after_canary(run, task, tally, transaction)
    elif run.state == "stopping":
        _close(run, "stop", tally, transaction)
    elif run.state == "issuing" and run.wholly_released:
        _close(run, "complete", tally, transaction)
    elif run.state == "issuing":
        release_slice(run, "", transaction)


def _after_canary(run: Run, task: AdvanceRun, tally: Tally, transaction: Transaction) -> None:
    """A canary goes on by itself after its time if its documents are archived; without a time it waits for a person."""
    if not run.policy.canary_minutes:
        return
    due = run.blocks[0].released_at + timedelta(minutes=run.policy.canary_minutes)
    if transaction.now < due:
        transaction.later(task, due)
    elif not tally.unarchived:
        transaction.put(run.but(state=RUN.move(run.state, "continue"), trouble=""))
        transaction.later(task)
    elif run.trouble != "canary_not_archived":
        transaction.put(run.but(trouble="canary_not_archived"))


def _close(run: Run, verb: str, tally: Tally, transaction: Transaction) -> None:
    history_of = history_id(run.entity, run.days)
    history = transaction.find(RunHistory, history_of) or RunHistory(id=history_of)
    leave_slot(run, transaction)
    transaction.put(run.but(state=RUN.move(run.state, verb), completed_at=transaction.now))
    if verb == "complete" and not run.follows:
        transaction.put(history.with_run(run))
    transaction.emit(_completed(run, tally))


def leave_slot(run: Run, transaction: Transaction) -> None:
    """Another run of the legal entity may start."""
    transaction.put(transaction.get(RunSlot, run.entity).but(run_id=""))


def _completed(run: Run, tally: Tally) -> RunCompleted:
    return RunCompleted(
        run_id=run.id,
        entity=run.entity,
        invoices=run.numbered,
        totals_minor=gross_by_currency(tally.totals),
        **numbers_of(run),
    )
