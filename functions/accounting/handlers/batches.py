"""Closing days into batches, and recording what SAP says."""

from collections.abc import Sequence

from common.events.base import Task
from common.failures import Rejected
from common.functions.declared import Tick
from common.parties import SELLERS
from common.transaction import Transaction
from functions.accounting.model.batches import (
    BATCH,
    PAGE,
    Closing,
    DayKey,
    ReleaseBatch,
    SapAnswer,
    SapBatch,
    SendBatch,
    SummariseBatch,
    accepted,
    answered,
    ask_again_in,
    batch_id,
    day_over,
    emptied,
    opened,
    resent,
    with_page,
)
from functions.accounting.model.journals import Journal
from functions.accounting.requests import BatchShown, Resending


def close_day(tick: Tick, days: Sequence[DayKey], transaction: Transaction) -> None:
    """Opens a batch for every day, entity and currency that is over, has journals and has none yet."""
    known = transaction.find_all(SapBatch, [batch_id(*day) for day in days])
    closings = transaction.find_all(Closing, list(SELLERS))
    for seller, closing in zip(SELLERS.values(), closings, strict=True):
        through = day_over(tick.slot, seller)
        if closing is None:
            transaction.put(Closing(id=seller.entity, closed_through=through))
        elif closing.closed_through < through:
            transaction.put(closing.but(closed_through=through))
    for day, batch in zip(days, known, strict=True):
        if batch is None:
            transaction.put(opened(*day))
            transaction.later(SummariseBatch(batch_id=batch_id(*day), page=0))


def summarise_batches(tasks: Sequence[SummariseBatch], transaction: Transaction) -> None:
    """Adds one page of journals to each batch, then goes on or lets the complete ones go."""
    batches = transaction.find_all(SapBatch, [task.batch_id for task in tasks])
    due = [
        batch
        for task, batch in zip(tasks, batches, strict=True)
        if batch and batch.state == "collecting" and batch.pages == task.page
    ]
    pages = [transaction.select(Journal, limit=PAGE, after=batch.after, batch_day=batch.day) for batch in due]
    for batch, page in zip(due, pages, strict=True):
        after = with_page(batch, page)
        transaction.put(after)
        transaction.later(_next_step(after))


def _next_step(batch: SapBatch) -> Task:
    if batch.state == "collecting":
        return SummariseBatch(batch_id=batch.id, page=batch.pages)
    return ReleaseBatch(batch_id=batch.id)


def release_batches(tasks: Sequence[ReleaseBatch], counts: Sequence[int], transaction: Transaction) -> None:
    """Sends each batch that holds exactly the journals there are; counts the others anew."""
    batches = transaction.find_all(SapBatch, [task.batch_id for task in tasks])
    for batch, journals in zip(batches, counts, strict=True):
        if batch is None or batch.state != "prepared":
            continue
        if journals == batch.journals:
            transaction.put(batch.but(state=BATCH.move(batch.state, "send")))
            transaction.later(SendBatch(batch_id=batch.id))
        else:
            transaction.put(emptied(batch))
            transaction.later(SummariseBatch(batch_id=batch.id, page=0))


def record_answers(tasks: Sequence[SendBatch], answers: Sequence[SapAnswer], transaction: Transaction) -> None:
    """Records what SAP said; where it said nothing, asks again later."""
    batches = transaction.find_all(SapBatch, [task.batch_id for task in tasks])
    for task, batch, answer in zip(tasks, batches, answers, strict=True):
        if batch is None or answer.kind == "not_asked" or batch.state not in {"sent", "unknown"}:
            continue
        after = answered(batch, answer, transaction.now)
        transaction.put(after)
        if after.state == "accepted":
            transaction.emit(accepted(after))
        elif after.state == "unknown":
            transaction.later(task, transaction.now + ask_again_in(after))


def resend(given: Resending, transaction: Transaction) -> BatchShown:
    """Sends a rejected batch again as a new attempt; Rejected `not_found` or `wrong_state` otherwise."""
    batch = transaction.find(SapBatch, given.batch_id)
    if batch is None:
        raise Rejected("not_found", "there is no such batch", status=404)
    after = resent(batch, given.reason)
    transaction.put(after)
    transaction.later(ReleaseBatch(batch_id=after.id))
    return BatchShown.of(after)
