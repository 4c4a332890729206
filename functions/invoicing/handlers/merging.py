"""Two accounts of one person become one: what is not yet invoiced is billed to the one that goes on."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.events.members import MemberMerged
from common.transaction import Transaction
from functions.invoicing.model.bills import Bill, Recipient, bill_of
from functions.invoicing.model.runs import RunSlot
from functions.invoicing.tasks import MoveBills

AGAIN: Final = (timedelta(hours=1), timedelta(days=1))
"""When it is looked again, for charges that were under way."""


def follow_merges(merges: Sequence[MemberMerged], transaction: Transaction) -> None:
    """Asks for the move of each merged member's bills; the newest merge of a member says to whom."""
    newest = {merge.member_id: merge for merge in sorted(merges, key=lambda merge: merge.revision)}
    for merge in newest.values():
        transaction.later(MoveBills(member_id=merge.member_id, into=merge.into))


def move_bills(task: MoveBills, transaction: Transaction) -> None:
    """Moves the lines of a merged member's bills; those of an entity that a run is busy with, when it is not any more.

    What a run has frozen is still invoiced to the account it was frozen for. Rejected `bill_full` where lines don't
    fit: replayed after the next run, they do.
    """
    recipient = transaction.find(Recipient, task.member_id)
    into = (recipient.merged_into if recipient else "") or task.into
    bills = [bill for bill in transaction.select(Bill, member_id=task.member_id) if _is_to_move(bill, into)]
    targets = transaction.find_all(Bill, [bill_of(bill.entity, into, bill.currency) for bill in bills])
    slots = transaction.find_all(RunSlot, [bill.entity for bill in bills])
    waiting = False
    for bill, target, slot in zip(bills, targets, slots, strict=True):
        if slot and slot.run_id:
            waiting = True
        else:
            _move(bill, target, into, transaction)
    _look_again(task, transaction, waiting=waiting)


def _is_to_move(bill: Bill, into: str) -> bool:
    return bool(bill.lines) or bill.moved_to != into


def _move(bill: Bill, target: Bill | None, into: str, transaction: Transaction) -> None:
    if bill.lines:
        empty = Bill(
            id=bill_of(bill.entity, into, bill.currency), entity=bill.entity, member_id=into, currency=bill.currency
        )
        transaction.put((target or empty).with_lines_of(bill))
    transaction.put(bill.moved(into))


def _look_again(task: MoveBills, transaction: Transaction, *, waiting: bool) -> None:
    if waiting:
        transaction.later(task, transaction.now + AGAIN[0])
    elif task.looks < len(AGAIN):
        transaction.later(task.model_copy(update={"looks": task.looks + 1}), transaction.now + AGAIN[task.looks])
