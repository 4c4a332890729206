"""Posting a journal for each money event."""

from collections.abc import Iterable, Sequence

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
from common.transaction import Transaction
from functions.accounting import postings
from functions.accounting.model.journals import journal_of, posted


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
