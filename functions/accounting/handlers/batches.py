"""Closing days into batches, sealing them, and recording what SAP says."""

from collections.abc import Sequence

from common.events.base import Task
from common.failures import Rejected
from common.functions.declared import Tick
from common.parties import SELLERS
from common.transaction import Transaction
from functions.accounting.handlers.answers import put_reversed, record_answers
from functions.accounting.handlers.sealing import unsealed
from functions.accounting.model.batches import (
    BATCH,
    COUNTING,
    PAGE,
    Closing,
    DayCount,
    ReleaseBatch,
    SapBatch,
    SapPage,
    SendBatch,
    SummariseBatch,
    batch_id,
    chain_ids,
    day_over,
    emptied,
    opened,
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
    firsts = transaction.find_all(SapBatch, [batch_id(*day[:3]) for day in days])
    closings = transaction.find_all(Closing, list(SELLERS))
    chains = [_chain(first, transaction) for first in firsts]
    for entity, closing in zip(SELLERS.values(), closings, strict=True):
        through = day_over(tick.slot, entity)
        if closing is None:
            transaction.put(Closing(id=entity.entity, closed_through=through))
        elif closing.closed_through < through:
            transaction.put(closing.but(closed_through=through))
    for day, chain in zip(days, chains, strict=True):
        _open_next(day, chain, transaction)


def _chain(first: SapBatch | None, transaction: Transaction) -> list[SapBatch]:
    """A day's batches so far, its first one first."""
    if first is None:
        return []
    return [first, *filter(None, transaction.find_all(SapBatch, chain_ids(first)) if first.supplements else [])]


def _open_next(day: DayCount, chain: Sequence[SapBatch], transaction: Transaction) -> None:
    """The day's first batch, or one that supplements those that are sealed where journals came after."""
    on, entity, currency, journals = day
    held = sum(batch.journals for batch in chain if batch.sealed)
    if any(batch.state in COUNTING for batch in chain) or held >= journals:
        return
    if chain:
        transaction.put(chain[0].but(supplements=len(chain)))
    batch = opened(on, entity, currency, len(chain))
    transaction.put(batch)
    transaction.later(SummariseBatch(batch_id=batch.id, page=0))


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
    firsts = transaction.find_all(SapBatch, [_first_id(batch) for batch in batches if batch])
    chains = {first.id: _chain(first, transaction) for first in firsts if first}
    for batch, journals in zip(batches, counts, strict=True):
        if batch is None or batch.state != "prepared":
            continue
        chain = chains[_first_id(batch)]
        held = sum(one.journals for one in chain if one.sealed)
        if batch.full or journals == held + batch.journals:
            _release(batch, chain, transaction)
        else:
            transaction.put(emptied(batch))
            transaction.later(SummariseBatch(batch_id=batch.id, page=0))


def _first_id(batch: SapBatch) -> str:
    return batch_id(batch.posted_on, batch.entity, batch.currency)


def _release(batch: SapBatch, chain: Sequence[SapBatch], transaction: Transaction) -> None:
    if not batch.journals:
        transaction.put(batch.but(state=BATCH.move(batch.state, "drop")))
        return
    ready = sealed(batch, transaction.now)
    first = ready if batch.number == 0 else chain[0]
    if batch.full:
        later = opened(batch.posted_on, batch.entity, batch.currency, first.supplements + 1)
        first = first.but(supplements=later.number)
        transaction.put(later)
        transaction.later(SummariseBatch(batch_id=later.id, page=0))
    if batch.number:
        transaction.put(ready)
    if batch.number == 0 or batch.full:
        transaction.put(first)
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
    first = transaction.get(SapBatch, _first_id(batch))
    after = reversing(batch, given.reason)
    if after.state == "reversed":
        put_reversed(after, first, transaction)
    else:
        transaction.put(after)
        transaction.later(SendBatch(batch_id=after.id))
    return BatchShown.of(after)


def _found(wanted: str, transaction: Transaction) -> SapBatch:
    batch = transaction.find(SapBatch, wanted)
    if batch is None:
        raise Rejected("not_found", "there is no such batch", status=404)
    return batch
