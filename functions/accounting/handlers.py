"""Posting journals, closing days into batches, and recording what SAP says."""

from collections.abc import Iterable, Sequence

from common.events.base import Task
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import (
    CreditNoteApplied,
    PaymentMatched,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
)
from common.events.payments import (
    BankEntryBooked,
    PaymentReceived,
    PaymentReturned,
    PayoutArrived,
    PayoutSettled,
    RefundFailed,
    RefundPaid,
)
from common.failures import Rejected
from common.functions.declared import Tick
from common.parties import SELLERS
from common.transaction import Transaction
from functions.accounting import postings
from functions.accounting.model import (
    BATCH,
    PAGE,
    Closing,
    DayKey,
    Journal,
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
    journal_of,
    opened,
    posted,
    resent,
    with_page,
)
from functions.accounting.requests import BatchShown, Resending


def post_invoices(events: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """A journal for each invoice."""
    _post(map(postings.invoice, events), transaction)


def post_credit_notes(events: Sequence[CreditNoteIssued], transaction: Transaction) -> None:
    """A journal for each credit note."""
    _post(map(postings.credit_note, events), transaction)


def post_payments(events: Sequence[PaymentReceived], transaction: Transaction) -> None:
    """A journal for all money that came."""
    _post(map(postings.payment, events), transaction)


def post_matches(events: Sequence[PaymentMatched], transaction: Transaction) -> None:
    """A journal for each match."""
    _post(map(postings.match, events), transaction)


def post_unmatches(events: Sequence[PaymentUnmatched], transaction: Transaction) -> None:
    """A counter-journal for each match that was taken back."""
    _post(map(postings.unmatch, events), transaction)


def post_refunds_owed(events: Sequence[CreditNoteApplied], transaction: Transaction) -> None:
    """A journal for each credit note of which something is to be paid back."""
    _post(map(postings.refund_owed, events), transaction)


def post_returns(events: Sequence[PaymentReturned], transaction: Transaction) -> None:
    """A journal for all money that was taken back."""
    _post(map(postings.returned, events), transaction)


def post_refunds_requested(events: Sequence[RefundRequested], transaction: Transaction) -> None:
    """A journal for unapplied money that is to be paid back."""
    _post(map(postings.refund_requested, events), transaction)


def post_refunds_withdrawn(events: Sequence[RefundWithdrawn], transaction: Transaction) -> None:
    """A counter-journal for what is not owed back any more."""
    _post(map(postings.refund_withdrawn, events), transaction)


def post_refunds_paid(events: Sequence[RefundPaid], transaction: Transaction) -> None:
    """A journal for what was paid back."""
    _post(map(postings.refund_paid, events), transaction)


def post_refunds_failed(events: Sequence[RefundFailed], transaction: Transaction) -> None:
    """A counter-journal for refunds that came back."""
    _post(map(postings.refund_failed, events), transaction)


def post_payouts(events: Sequence[PayoutSettled], transaction: Transaction) -> None:
    """A journal for each payout of a provider, with its fees."""
    _post(map(postings.payout, events), transaction)


def post_bank_entries(events: Sequence[BankEntryBooked], transaction: Transaction) -> None:
    """A journal for what was booked on the bank account for nobody."""
    _post(map(postings.bank_entry, events), transaction)


def post_arrivals(events: Sequence[PayoutArrived], transaction: Transaction) -> None:
    """A journal for each payout that reached the bank."""
    _post(map(postings.payout_arrived, events), transaction)


def _post(entries: Iterable[postings.Entry], transaction: Transaction) -> None:
    """Creates without reading: a journal's id comes from its cause, so a second one can't be committed.

    What moves no money (an invoice over nothing) leaves no journal, for a journal has lines.
    """
    for entry in entries:
        if entry.postings:
            journal = journal_of(entry, transaction.now)
            transaction.put(journal)
            transaction.emit(posted(journal))


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
