"""What matches book: unapplied customer money against receivables, and money to be paid back."""

from datetime import date

from common.events.accounting import Posting
from common.events.matching import (
    CreditNoteApplied,
    PaymentMatched,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
    WriteOffDecided,
    WriteOffWithdrawn,
)
from functions.accounting.posting.charts import Chart
from functions.accounting.posting.entries import Entry, journal_id, transfer

Matching = (
    PaymentMatched | PaymentUnmatched | CreditNoteApplied | RefundRequested | RefundWithdrawn
    | WriteOffDecided | WriteOffWithdrawn
)  # fmt: skip


def match(event: PaymentMatched, chart: Chart) -> Entry:
    """Unapplied customer money against the receivable it pays."""
    return _clearing(
        event,
        causes=("match", event.match_id),
        document=event.invoice_number,
        effective_on=event.matched_on,
        postings=transfer(chart, "unapplied", "receivables", event.amount_minor),
        settles_with=journal_id("payment", event.receipt_id),
    )


def unmatch(event: PaymentUnmatched, chart: Chart) -> Entry:
    """The reverse of what it takes back of a match; a match can be cut several times."""
    return _clearing(
        event,
        causes=("unmatch", event.unmatch_id),
        document=event.invoice_number,
        effective_on=event.unmatched_on,
        postings=transfer(chart, "unapplied", "receivables", -event.amount_minor),
        reverses=journal_id("match", event.match_id),
        settles_with=journal_id("payment", event.receipt_id),
    )


def refund_owed(event: CreditNoteApplied, chart: Chart) -> Entry:
    """Unapplied customer money that is to be paid back, as a liability of its own; no lines where nothing is."""
    return _clearing(
        event,
        causes=("refund_owed", event.credit_note_id),
        document=event.credit_note_number,
        effective_on=event.applied_on,
        postings=transfer(chart, "unapplied", "refunds", event.refund_minor),
    )


def refund_requested(event: RefundRequested, chart: Chart) -> Entry:
    """Unapplied money that is to be paid back; no lines for a credit note's, which `refund_owed` posts."""
    return _clearing(
        event,
        causes=("refund_requested", event.refund_id),
        document=event.refund_id,
        effective_on=event.requested_on,
        postings=transfer(chart, "unapplied", "refunds", 0 if event.credit_note_id else event.amount_minor),
        settles_with=journal_id("payment", event.receipt_id),
    )


def refund_withdrawn(event: RefundWithdrawn, chart: Chart) -> Entry:
    """The reverse of what was owed back, for the bank has taken it already.

    It names no journal it reverses: a credit note's refunds were set aside together, by the journal of the note.
    """
    return _clearing(
        event,
        causes=("refund_withdrawn", event.refund_id, event.return_id),
        document=event.return_id,
        effective_on=event.withdrawn_on,
        postings=transfer(chart, "refunds", "unapplied", event.amount_minor),
        settles_with=journal_id("payment", event.receipt_id),
    )


def write_off(event: WriteOffDecided, chart: Chart) -> Entry:
    """What is not claimed any more is an expense, with its VAT: relief for bad debt is claimed by people (art. 90)."""
    return _clearing(
        event,
        causes=("write_off", event.write_off_id),
        document=event.write_off_id,
        effective_on=event.decided_on,
        postings=transfer(chart, "write_offs", "receivables", event.amount_minor),
    )


def write_off_withdrawn(event: WriteOffWithdrawn, chart: Chart) -> Entry:
    """The reverse of a write-off."""
    return _clearing(
        event,
        causes=("write_off_withdrawn", event.write_off_id),
        document=event.write_off_id,
        effective_on=event.withdrawn_on,
        postings=transfer(chart, "receivables", "write_offs", event.amount_minor),
        reverses=journal_id("write_off", event.write_off_id),
    )


def _clearing(
    event: Matching,
    *,
    causes: tuple[str, ...],
    document: str,
    effective_on: date,
    postings: tuple[Posting, ...],
    reverses: str = "",
    settles_with: str = "",
) -> Entry:
    """What moves between the accounts of one member, without money that comes or goes."""
    return Entry(
        event=event.name,
        causes=causes,
        document_type="AB",
        document=document,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=effective_on,
        postings=postings,
        reverses=reverses,
        settles_with=settles_with,
    )
