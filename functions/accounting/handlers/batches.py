"""Closing days into batches, sealing them, and recording what SAP says."""

from collections.abc import Sequence

from common.events.base import Task
from common.failures import Rejected
from common.functions.declared import Tick
from common.parties import SELLERS
from common.transaction import Transaction
from functions.accounting.handlers.answers import record_answers
from functions.accounting.handlers.sealing import Days, key_of, put_reversed, unsealed
from functions.accounting.model.batches import (
    BATCH,
    PAGE,
    Closing,
    DayCount,
    ReleaseBatch,
    SapBatch,
    SapPage,
    SendBatch,
    SummariseBatch,
    day_over,
    emptied,
    page_id,
    resent,
    reversing,
    with_page,
)
from functions.accounting.model.debtors import SapDebtors
from functions.accounting.model.journals import Journal
from functions.accounting.requests import BatchShown, Resending, Reversing
from functions.accounting.sap.rules import rules_of
from functions.accounting.sap.split import sealed

__all__ = ["close_day", "record_answers", "release_batches", "resend", "reverse", "summarise_batches"]


def close_day(tick: Tick, days: Sequence[DayCount], transaction: Transaction) -> None:
    """Opens a batch for every day, entity and currency that is over and has journals that no batch holds."""
    known = Days((day[:3] for day in days), transaction)
    closings = transaction.find_all(Closing, list(SELLERS))
    for entity, closing in zip(SELLERS.values(), closings, strict=True):
        through = day_over(tick.slot, entity)
        if closing is None:
            transaction.put(Closing(id=entity.entity, closed_through=through))
        elif closing.closed_through < through:
            transaction.put(closing.but(closed_through=through))
    for on, code, currency, journals in days:
        if known.sealed((on, code, currency)) < journals:
            known.open_next((on, code, currency))


def summarise_batches(tasks: Sequence[SummariseBatch], transaction: Transaction) -> None:
    """Adds one page of journals to each batch, then goes on or lets the complete ones go."""
    batches = transaction.find_all(SapBatch, [task.batch_id for task in tasks])
    due = [
        batch
        for task, batch in zip(tasks, batches, strict=True)
        if batch and batch.state == "collecting" and batch.pages == task.page
    ]
    pages = [transaction.select(Journal, limit=PAGE, after=batch.after, batch_day=batch.day) for batch in due]
    taken = [unsealed(batch, page, transaction) for batch, page in zip(due, pages, strict=True)]
    kept = transaction.find_all(SapPage, [page_id(batch.id, batch.pages) for batch in due])
    debtors = {one.id: one.debtors for one in transaction.find_all(SapDebtors, list(SELLERS)) if one}
    for batch, page, mine, before in zip(due, pages, taken, kept, strict=True):
        known = debtors.get(batch.entity, {})
        after = with_page(batch, page, mine, known, rules_of(batch.entity).receivables)
        content = SapPage(
            id=page_id(batch.id, batch.pages), batch_id=batch.id, page=batch.pages, journals=tuple(j.id for j in mine)
        )
        transaction.put(content.but(version=before.version) if before else content)
        transaction.put(after)
        transaction.later(_next_step(after))


def _next_step(batch: SapBatch) -> Task:
    if batch.state == "collecting":
        return SummariseBatch(batch_id=batch.id, page=batch.pages)
    return ReleaseBatch(batch_id=batch.id)


def release_batches(tasks: Sequence[ReleaseBatch], counts: Sequence[int], transaction: Transaction) -> None:
    """Seals and sends each batch that holds exactly the journals no other one holds; counts the others anew."""
    batches = transaction.find_all(SapBatch, [task.batch_id for task in tasks])
    days = Days.of(batches, transaction)
    for batch, journals in zip(batches, counts, strict=True):
        if batch is None or batch.state != "prepared":
            continue
        if batch.full or journals == days.sealed(key_of(batch)) + batch.journals:
            _release(batch, days, transaction)
        else:
            days.put(emptied(batch))
            transaction.later(SummariseBatch(batch_id=batch.id, page=0))


def _release(batch: SapBatch, days: Days, transaction: Transaction) -> None:
    if not batch.journals:
        days.put(batch.but(state=BATCH.move(batch.state, "drop")))
        return
    days.put(sealed(batch, transaction.now))
    if batch.full:
        days.open_next(key_of(batch))
    transaction.later(SendBatch(batch_id=batch.id))


def resend(given: Resending, transaction: Transaction) -> BatchShown:
    """Sends what SAP refused of a batch as a new attempt; Rejected `not_found` or `wrong_state` otherwise."""
    after = resent(_found(given.batch_id, transaction), given.reason)
    transaction.put(after)
    transaction.later(SendBatch(batch_id=after.id))
    return BatchShown.of(after)


def reverse(given: Reversing, transaction: Transaction) -> BatchShown:
    """Has SAP's documents of a batch mirrored; its journals are then posted anew, by a batch that supplements it.

    Rejected `not_found`, or `wrong_state` where SAP has not answered or it is reversed already.
    """
    batch = _found(given.batch_id, transaction)
    days = Days.of([batch], transaction)
    after = reversing(batch, given.reason)
    if after.state == "reversed":
        put_reversed(after, days)
    else:
        days.put(after)
        transaction.later(SendBatch(batch_id=after.id))
    return BatchShown.of(after)


def _found(wanted: str, transaction: Transaction) -> SapBatch:
    batch = transaction.find(SapBatch, wanted)
    if batch is None:
        raise Rejected("not_found", "there is no such batch", status=404)
    return batch
