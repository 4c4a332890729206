"""Posting a journal for each money event."""

from collections.abc import Iterable, Sequence

from common.events.base import Event
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.failures import TryLater
from common.transaction import Transaction
from functions.accounting.handlers.periods import posting_days
from functions.accounting.model.deferrals import Deferral, deferral_id, deferral_of, less
from functions.accounting.model.journals import Journal, journal_of, posted
from functions.accounting.posting import Entry, chart_for, entry_of, journal_id
from functions.accounting.posting.deferring import taken_back
from functions.accounting.posting.sales import credit_note


def post_invoices(events: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """A journal for each invoice, and what of it is revenue of later months."""
    entries = [entry_of(event) for event in events]
    post_entries(entries, transaction)
    for event, entry in zip(events, entries, strict=True):
        if entry.deferred:
            transaction.put(deferral_of(entry, event.invoice_id))


def post_credit_notes(events: Sequence[CreditNoteIssued], transaction: Transaction) -> None:
    """A journal for each credit note; of revenue that is not released yet it takes the latest months first."""
    held = _deferrals(events, transaction)
    changed: dict[str, Deferral] = {}
    entries: list[Entry] = []
    for event in events:
        chart = chart_for(event)
        deferral = held.get(event.invoice_id)
        taken = taken_back(event.lines, deferral.unreleased) if deferral else ()
        entries.append(credit_note(event, chart, taken))
        if deferral and taken:
            held[event.invoice_id] = changed[event.invoice_id] = less(deferral, taken)
    post_entries(entries, transaction)
    for deferral in changed.values():
        transaction.put(deferral)


def post(events: Sequence[Event], transaction: Transaction) -> None:
    """A journal for each event, by its rule."""
    post_entries([entry_of(event) for event in events], transaction)


def _deferrals(events: Sequence[CreditNoteIssued], transaction: Transaction) -> dict[str, Deferral]:
    """The deferrals of the invoices these take back; TryLater while an invoice that may have one is not posted yet."""
    ids = sorted({event.invoice_id for event in events if any(line.service_to for line in event.lines)})
    if not ids:
        return {}
    for journal, invoice_id in zip(_invoices(ids, transaction), ids, strict=True):
        if journal is None:
            raise TryLater(f"invoice {invoice_id} is not posted yet")
    found = transaction.find_all(Deferral, [deferral_id(invoice_id) for invoice_id in ids])
    return {deferral.invoice_id: deferral for deferral in found if deferral is not None}


def _invoices(ids: Sequence[str], transaction: Transaction) -> list[Journal | None]:
    return transaction.find_all(Journal, [journal_id("invoice", invoice_id) for invoice_id in ids])


def post_entries(entries: Iterable[Entry], transaction: Transaction) -> None:
    """Creates without reading any journal: its id comes from its cause, so a second one can't be committed.

    What moves no money (an invoice over nothing) leaves no journal, for a journal has lines. Only the periods are
    read, once for all.
    """
    moving = [entry for entry in entries if entry.postings]
    days = posting_days((entry.entity for entry in moving), transaction)
    for entry in moving:
        journal = journal_of(entry, days[entry.entity])
        transaction.put(journal)
        transaction.emit(posted(journal))
