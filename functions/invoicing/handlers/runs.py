"""A billing run: freeze a manifest page by page, release it, issue its pages, close it."""

from datetime import timedelta
from typing import Final

from common.dates import day_in
from common.documents import id_from
from common.events.invoicing import RunCompleted
from common.failures import Rejected
from common.parking import frozen_among
from common.transaction import Transaction
from functions.invoicing.drafts import frozen_page, gross_by_currency, that_fit_a_page
from functions.invoicing.issuing import invoices_of, issued
from functions.invoicing.model.bills import Bill, InvoicingFreeze, Recipient
from functions.invoicing.model.invoices import seller_of
from functions.invoicing.model.runs import PAGE, RUN, Page, Run, RunSlot, Tally, page_id
from functions.invoicing.numbering import invoice_series
from functions.invoicing.requests.runs import ChangeRun, RunAnswer, StartRun, numbers_of
from functions.invoicing.tasks import CompleteRun, FreezePage, IssuePage, RenderInvoice

PAGE_BILLS: Final = 100
PACE: Final = timedelta(milliseconds=10)
"""Between two pages: tasks of one instant travel in one message, and a page is as much as one commit should hold."""
POLL: Final = timedelta(seconds=5)


def start_run(given: StartRun, transaction: Transaction) -> RunAnswer:
    """Start a billing run; it freezes by itself and then waits for its release."""
    seller = seller_of(given.entity)
    issued_on = given.issued_on or day_in(seller.time_zone, transaction.now)
    if given.cut_off > issued_on:
        raise Rejected("cut_off_after_issue", f"charges of {given.cut_off} can't be billed on {issued_on}")
    slot = transaction.find(RunSlot, given.entity) or RunSlot(id=given.entity)
    run = Run(
        id=id_from("run", slot.id, str(slot.version)),
        entity=given.entity,
        cut_off=given.cut_off,
        issued_on=issued_on,
        started_at=transaction.now,
    )
    transaction.put(slot.taken_by(run.id))
    transaction.put(run)
    transaction.later(FreezePage(run_id=run.id, page=0, cursor=""))
    return RunAnswer.of(run)


def freeze_page(task: FreezePage, transaction: Transaction) -> None:
    """Freezes the bills that follow the last page, and asks for the next page while there are more."""
    run = transaction.get(Run, task.run_id)
    if run.state != "freezing" or run.pages != task.page:
        return
    found = transaction.select(Bill, entity=run.entity, open=True, limit=PAGE_BILLS, after=task.cursor)
    bills = that_fit_a_page(found)
    recipients = transaction.find_all(Recipient, [bill.member_id for bill in bills])
    waiting = frozen_among(InvoicingFreeze, [bill.member_id for bill in bills], transaction)
    if bills:
        page = frozen_page(run, bills, recipients, waiting)
        run = run.with_page(page)
        transaction.put(page)
    if len(bills) == len(found) < PAGE_BILLS:
        run = run.but(state=RUN.move(run.state, "freeze"))
    else:
        transaction.later(FreezePage(run_id=run.id, page=run.pages, cursor=bills[-1].id))
    transaction.put(run)


def release_run(given: ChangeRun, transaction: Transaction) -> RunAnswer:
    """Release a frozen run: reserve its block of numbers and issue every page."""
    run = _run(given, transaction)
    state = RUN.move(run.state, "release")
    if not run.invoices:
        raise Rejected("nothing_to_issue", "the run has no invoices; cancel it", status=409)
    first = transaction.next_numbers(invoice_series(run.entity, run.issued_on.year), run.invoices)
    run = run.but(state=state, first=first)
    transaction.put(run)
    for page in range(run.pages):
        transaction.later(IssuePage(page_id=page_id(run.id, page), first=first), transaction.now + page * PACE)
    transaction.later(CompleteRun(run_id=run.id), transaction.now + POLL)
    return RunAnswer.of(run)


def issue_page(task: IssuePage, transaction: Transaction) -> None:
    """Issues a page's invoices and takes exactly their lines off the bills: two writes an invoice."""
    page = transaction.get(Page, task.page_id)
    if page.state == "issued":
        return
    transaction.find_all(Bill, [draft.bill_id for draft in page.drafts])
    invoices = invoices_of(page, task.first, seller_of(page.entity))
    for draft, invoice in zip(page.drafts, invoices, strict=True):
        bill = transaction.get(Bill, draft.bill_id)
        transaction.put(bill.without(line.charge_id for line in draft.lines))
        transaction.put(invoice)
        transaction.emit(issued(invoice))
        transaction.later(RenderInvoice(invoice_id=invoice.id))
    transaction.put(page.but(state=PAGE.move(page.state, "issue")))


def complete_run(task: CompleteRun, tally: Tally, transaction: Transaction) -> None:
    """Closes a run whose every page is issued and adds up; looks again later while one is not."""
    run = transaction.get(Run, task.run_id)
    if run.state != "issuing":
        return
    if tally.pages < run.pages:
        transaction.later(task, transaction.now + POLL)
        return
    run.must_add_up(tally)
    _leave_slot(run, transaction)
    transaction.put(run.but(state=RUN.move(run.state, "complete"), completed_at=transaction.now))
    transaction.emit(_completed(run))


def cancel_run(given: ChangeRun, transaction: Transaction) -> RunAnswer:
    """Cancel a run before its release; its bills stay as they are."""
    run = _run(given, transaction)
    run = run.but(state=RUN.move(run.state, "cancel"))
    _leave_slot(run, transaction)
    transaction.put(run)
    return RunAnswer.of(run)


def _run(given: ChangeRun, transaction: Transaction) -> Run:
    run = transaction.find(Run, given.run_id)
    if run is None:
        raise Rejected("not_found", "there is no such billing run", status=404)
    return run


def _leave_slot(run: Run, transaction: Transaction) -> None:
    transaction.put(transaction.get(RunSlot, run.entity).but(run_id=""))


def _completed(run: Run) -> RunCompleted:
    return RunCompleted(
        run_id=run.id,
        entity=run.entity,
        invoices=run.invoices,
        totals_minor=gross_by_currency(run.totals),
        **numbers_of(run),
    )
