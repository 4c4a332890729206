"""Issued means frozen: what was wrong is taken back by a credit note."""

from common.dates import day_in
from common.failures import Rejected
from common.transaction import Transaction
from functions.invoicing.issuing import credit_note_of, credited
from functions.invoicing.model.credit_notes import INVOICE, CreditNote, credit_note_id, invoice_state
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.numbering import credit_number, credit_series
from functions.invoicing.requests.credit_notes import CreditInvoice, CreditNoteAnswer
from functions.invoicing.tasks import RenderCreditNote


def credit_invoice(given: CreditInvoice, transaction: Transaction) -> CreditNoteAnswer:
    """Credit a whole invoice, once."""
    invoice = transaction.find(Invoice, given.invoice_id)
    if invoice is None:
        raise Rejected("not_found", "there is no such invoice", status=404)
    INVOICE.move(invoice_state(transaction.find(CreditNote, credit_note_id(invoice.id))), "credit")
    today = day_in(invoice.seller.time_zone, transaction.now)
    place = transaction.next_numbers(credit_series(invoice.entity, today.year), 1)
    note = credit_note_of(invoice, credit_number(invoice.entity, today.year, place), today, given.reason)
    transaction.put(note)
    transaction.emit(credited(note))
    transaction.later(RenderCreditNote(credit_note_id=note.id))
    return CreditNoteAnswer.of(note)
