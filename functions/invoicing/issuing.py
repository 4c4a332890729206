"""What a frozen draft becomes: a numbered invoice, and perhaps its credit note; and how both are told."""

from datetime import date

from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.parties import Seller
from functions.invoicing.model.credit_notes import CreditNote, credit_note_id
from functions.invoicing.model.invoices import Draft, Invoice, invoice_id
from functions.invoicing.model.runs import Page
from functions.invoicing.numbering import invoice_number, place_of, reference


def invoices_of(page: Page, first: int, seller: Seller) -> list[Invoice]:
    """The invoices of a page whose run's numbers start at `first`, always the same ones."""
    return [
        _invoice(draft, page, seller, place_of(first, page.offset, index)) for index, draft in enumerate(page.drafts)
    ]


def issued(invoice: Invoice) -> InvoiceIssued:
    """Tells of an invoice."""
    return InvoiceIssued.model_validate(dict(invoice) | {"invoice_id": invoice.id})


def credit_note_of(invoice: Invoice, number: str, issued_on: date, reason: str) -> CreditNote:
    """The credit note that takes back the whole of an invoice."""
    own = {
        "id": credit_note_id(invoice.id),
        "version": 0,
        "number": number,
        "invoice_id": invoice.id,
        "invoice_number": invoice.number,
        "invoice_issued_on": invoice.issued_on,
        "issued_on": issued_on,
        "reason": reason,
    }
    return CreditNote.model_validate({k: v for k, v in invoice if k in CreditNote.model_fields} | own)


def credited(note: CreditNote) -> CreditNoteIssued:
    """Tells of a credit note."""
    return CreditNoteIssued.model_validate(dict(note) | {"credit_note_id": note.id})


def _invoice(draft: Draft, page: Page, seller: Seller, place: int) -> Invoice:
    number = invoice_number(page.entity, page.issued_on.year, place)
    own = {
        "id": invoice_id(number),
        "number": number,
        "reference": reference(number),
        "entity": page.entity,
        "member_id": draft.buyer.member_id,
        "run_id": page.run_id,
        "seller": seller,
        "issued_on": page.issued_on,
    }
    return Invoice.model_validate({k: v for k, v in draft if k in Invoice.model_fields} | own)
