"""What matches book: unapplied customer money against receivables, and money to be paid back."""

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


def match(event: PaymentMatched, chart: Chart) -> Entry:
    """Unapplied customer money against the receivable it pays."""
    return Entry(
        event=event.name,
        causes=("match", event.match_id),
        document_type="AB",
        document=event.invoice_number,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.matched_on,
        postings=transfer(chart, "unapplied", "receivables", event.amount_minor),
        settles_with=journal_id("payment", event.receipt_id),
    )


def unmatch(event: PaymentUnmatched, chart: Chart) -> Entry:
    """The reverse of what it takes back of a match; a match can be cut several times."""
    return Entry(
        event=event.name,
        causes=("unmatch", event.unmatch_id),
        document_type="AB",
        document=event.invoice_number,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.unmatched_on,
        postings=transfer(chart, "unapplied", "receivables", -event.amount_minor),
        reverses=journal_id("match", event.match_id),
        settles_with=journal_id("payment", event.receipt_id),
    )


def refund_owed(event: CreditNoteApplied, chart: Chart) -> Entry:
    """Unapplied customer money that is to be paid back, as a liability of its own; no lines where nothing is."""
    return Entry(
        event=event.name,
        causes=("refund_owed", event.credit_note_id),
        document_type="AB",
        document=event.credit_note_number,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.applied_on,
        postings=transfer(chart, "unapplied", "refunds", event.refund_minor),
    )


def refund_requested(event: RefundRequested, chart: Chart) -> Entry:
    """Unapplied money that is to be paid back; no lines for a credit note's, which `refund_owed` posts."""
    return Entry(
        event=event.name,
        causes=("refund_requested", event.refund_id),
        document_type="AB",
        document=event.refund_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.requested_on,
        postings=transfer(chart, "unapplied", "refunds", 0 if event.credit_note_id else event.amount_minor),
        settles_with=journal_id("payment", event.receipt_id),
    )


def refund_withdrawn(event: RefundWithdrawn, chart: Chart) -> Entry:
    """The reverse of what was owed back, for the bank has taken it already.

    It names no journal it reverses: a credit note's refunds were set aside together, by the journal of the note.
    """
    return Entry(
        event=event.name,
        causes=("refund_withdrawn", event.refund_id, event.return_id),
        document_type="AB",
        document=event.return_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.withdrawn_on,
        postings=transfer(chart, "refunds", "unapplied", event.amount_minor),
        settles_with=journal_id("payment", event.receipt_id),
    )


def write_off(event: WriteOffDecided, chart: Chart) -> Entry:
    """What is not claimed any more is an expense, with its VAT: relief for bad debt is claimed by people (art. 90)."""
    return Entry(
        event=event.name,
        causes=("write_off", event.write_off_id),
        document_type="AB",
        document=event.write_off_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.decided_on,
        postings=transfer(chart, "write_offs", "receivables", event.amount_minor),
    )


def write_off_withdrawn(event: WriteOffWithdrawn, chart: Chart) -> Entry:
    """The reverse of a write-off."""
    return Entry(
        event=event.name,
        causes=("write_off_withdrawn", event.write_off_id),
        document_type="AB",
        document=event.write_off_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.withdrawn_on,
        postings=transfer(chart, "receivables", "write_offs", event.amount_minor),
        reverses=journal_id("write_off", event.write_off_id),
    )
