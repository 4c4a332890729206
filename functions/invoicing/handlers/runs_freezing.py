"""Freezing a run's manifest: page by page, each step bounded, then the guard looks at the whole."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from common.parking import frozen_among
from common.transaction import Transaction
from functions.invoicing.drafts import that_fit_a_page
from functions.invoicing.freezing import frozen_page
from functions.invoicing.guard import groups_out_of_line
from functions.invoicing.handlers.exchange_rates import rates_for
from functions.invoicing.handlers.runs_issuing import leave_slot
from functions.invoicing.model.bills import Bill, InvoicingFreeze, Recipient
from functions.invoicing.model.invoices import seller_of
from functions.invoicing.model.manifests import Page
from functions.invoicing.model.runs import RUN, Run, RunHistory, RunSlot, history_id
from functions.invoicing.tasks import AdvanceRun, FreezePage

PAGE_BILLS: Final = 100
NOBODY_KNOWS: Final = 0
"""The billing day on a bill that no run has seen yet."""

Due = tuple[Bill, Recipient | None]
"""A bill, and to whom it goes."""


class Found(NamedTuple):
    """The bills of the next page, and the task that goes on after them; None when these were the last."""

    bills: list[Bill]
    onward: FreezePage | None
    approved: Mapping[str, int] = {}
    whole: bool = True
    """Something was found, even if it is not billed."""
    day: int = 0
    """Which of the run's billing days these bills are of."""


def freeze_page(task: FreezePage, transaction: Transaction) -> None:
    """Freezes the bills that follow the last page, and asks for the next page while there are more."""
    run = transaction.get(Run, task.run_id)
    if run.state not in {"waiting", "freezing"} or run.pages != task.page:
        return
    if run.state == "waiting":
        run = run.but(state=RUN.move(run.state, "begin"))
    found = (_left_behind if run.follows else _of_days if run.days else _open)(run, task, transaction)
    due, others = _due(run, found.bills, transaction.find_all(Recipient, [bill.member_id for bill in found.bills]))
    due, onward = _canary(run, task, found, due)
    waiting = frozen_among(InvoicingFreeze, [bill.member_id for bill, _ in due], transaction)
    currencies = {bill.currency for bill, _ in due}
    rates = rates_for(seller_of(run.entity), currencies, run.issued_on, transaction)
    history = None if onward else _history(run, transaction)
    for document in others:
        transaction.put(document)
    if found.whole:
        page = frozen_page(run, due, waiting, found.approved, rates)
        run = run.with_page(page)
        transaction.put(page)
    if onward:
        transaction.later(onward)
        transaction.put(run)
    else:
        _finish(run, history, transaction)


def _canary(run: Run, task: FreezePage, found: Found, due: list[Due]) -> tuple[list[Due], FreezePage | None]:
    """The first page that has anything is the canary's, and so small; what else was found comes after it."""
    if not run.canary or run.invoices or len(due) <= run.canary:
        return due, found.onward
    return due[: run.canary], _next(run, task, due[run.canary - 1][0].id, found.day)


def _history(run: Run, transaction: Transaction) -> RunHistory | None:
    """What the run is compared with; with it all that its last step may need is read."""
    transaction.get(RunSlot, run.entity)
    return transaction.find(RunHistory, history_id(run.entity, run.days))


def _finish(run: Run, history: RunHistory | None, transaction: Transaction) -> None:
    """The manifest is whole: the guard compares it, and a run that releases itself goes on."""
    if run.scheduled and not run.invoices:
        leave_slot(run, transaction)
        transaction.put(run.but(state=RUN.move(run.state, "cancel"), trouble="nothing_to_issue"))
        return
    earlier = [] if history is None or run.follows else [one.figures for one in history.runs]
    holds = groups_out_of_line(run.figures, earlier, run.policy.limits)
    transaction.put(
        run.but(
            state=RUN.move(run.state, "hold" if holds else "freeze"),
            holds=holds,
            compared_with=len(earlier),
            frozen_at=transaction.now,
        )
    )
    if run.scheduled and run.policy.releases_itself and not holds:
        transaction.later(AdvanceRun(run_id=run.id))


def _open(run: Run, task: FreezePage, transaction: Transaction) -> Found:
    """The entity's open bills, in order of id."""
    found = transaction.select(Bill, entity=run.entity, open=True, limit=task.most, after=task.cursor)
    bills = that_fit_a_page(found)
    more = bills and (len(bills) < len(found) or len(found) == task.most)
    return Found(bills, _next(run, task, bills[-1].id, 0, _most(bills, found)) if more else None, whole=bool(bills))


def _of_days(run: Run, task: FreezePage, transaction: Transaction) -> Found:
    """The same of the members of some billing days, one day after the other; first bills whose day nobody knows."""
    days = (NOBODY_KNOWS, *run.days)
    for place in range(task.day, len(days)):
        after = task.cursor if place == task.day else ""
        wanted = {"entity": run.entity, "open": True, "billing_day": days[place]}
        found = transaction.select(Bill, limit=task.most, after=after, **wanted)
        if bills := that_fit_a_page(found):
            if len(bills) < len(found) or len(found) == task.most:
                return Found(bills, _next(run, task, bills[-1].id, place, _most(bills, found)), day=place)
            return Found(bills, _next(run, task, "", place + 1) if place + 1 < len(days) else None, day=place)
    return Found([], None, whole=False)


def _left_behind(run: Run, task: FreezePage, transaction: Transaction) -> Found:
    """What another run left behind, page by page of its manifest; the cursor is its page and the last bill of that."""
    page_id, _, last = task.cursor.partition("/")
    pages = (
        [transaction.get(Page, page_id)]
        if last
        else transaction.select(Page, run_id=run.follows, left=True, limit=1, after=page_id)
    )
    if not pages:
        return Found([], None, whole=False)
    wanted = [bill_id for bill_id in pages[0].left_behind if bill_id > last]
    found = [bill for bill in transaction.find_all(Bill, wanted) if bill is not None]
    bills = that_fit_a_page(found)
    rest = bills[-1].id if len(bills) < len(found) else ""
    return Found(bills, _next(run, task, f"{pages[0].id}/{rest}"), pages[0].approved)


def _most(fit: Sequence[Bill], found: Sequence[Bill]) -> int:
    """How many bills the next page looks at: a few more than fitted this one; what does not fit is read in vain."""
    return min(PAGE_BILLS, len(fit) + len(fit) // 8 + 2 if len(fit) < len(found) else 2 * len(fit))


def _next(run: Run, task: FreezePage, cursor: str, day: int = 0, most: int = PAGE_BILLS) -> FreezePage:
    return FreezePage(run_id=run.id, page=task.page + 1, cursor=cursor, day=day, most=most)


def _due(run: Run, bills: Sequence[Bill], recipients: Sequence[Recipient | None]) -> tuple[list[Due], list[Bill]]:
    """Those of the bills that are this run's; and the others, which now know their billing day."""
    both = list(zip(bills, recipients, strict=True))
    if not run.days or run.follows:
        return both, []
    days = {one.id: one.billing_day or run.policy.billing_day for one in recipients if one is not None}
    others = [
        bill.but(billing_day=days[bill.member_id])
        for bill in bills
        if bill.billing_day == NOBODY_KNOWS and days.get(bill.member_id, run.days[0]) not in run.days
    ]
    apart = {bill.id for bill in others}
    return [(bill, one) for bill, one in both if bill.id not in apart], others
