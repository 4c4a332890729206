"""What may be asked of `invoicing`; nothing here writes."""

from typing import TypeVar

from common.documents import Document
from common.failures import Rejected
from common.world import World
from functions.invoicing.explaining_credits import ExplainedCreditNote, explained
from functions.invoicing.handlers.downloads import forms_of
from functions.invoicing.model.credit_notes import CreditNote, InvoiceCredits, credit_note_id, credits_id
from functions.invoicing.model.invoices import Invoice, invoice_id
from functions.invoicing.requests.credit_notes import (
    CreditNoteAnswer,
    CreditNoteList,
    ListCreditNotes,
    ShowCreditNote,
    ShowWholeCreditNote,
)
from functions.invoicing.requests.fields import LOOKED_AT
from functions.invoicing.requests.invoices import InvoiceAnswer, InvoiceList, ListInvoices, ShowWholeInvoice
from functions.invoicing.requests.summaries import CreditNoteSummary, InvoiceSummary

D = TypeVar("D", bound=Document)


def show_invoice(asked: ShowWholeInvoice, world: World) -> InvoiceAnswer:
    """An invoice as it was issued, and whether it was credited."""
    invoice = _found(world.read.find(Invoice, asked.invoice_id), "invoice")
    account = world.read.find(InvoiceCredits, credits_id(invoice.id))
    more: dict[str, object] = {}
    if "credit_notes" in asked.parts:
        notes = _notes_of(account, world)
        more["whole_credit_notes"] = tuple(CreditNoteAnswer.of(note, account) for note in notes if account)
    if "documents" in asked.parts:
        more["documents"] = forms_of(invoice.id, world)
    return InvoiceAnswer.of(invoice, account).model_copy(update=more)


def list_invoices(asked: ListInvoices, world: World) -> InvoiceList:
    """Invoices by number, member, billing run, legal entity and currency."""
    if asked.number:
        one = world.read.find(Invoice, invoice_id(asked.number))
        found = [one] if one and all(getattr(one, name) == value for name, value in asked.equals.items()) else []
        return InvoiceList(items=_sifted(asked, found, world), next_page_token="")
    looked_at = LOOKED_AT if asked.sifts else asked.limit
    found = world.read.select(Invoice, limit=looked_at, after=asked.page_token, **asked.equals)
    fitting = _sifted(asked, found, world)
    items = fitting[: asked.limit]
    whole = len(items) == len(fitting)
    return InvoiceList(items=items, next_page_token=_token(found, looked_at) if whole else items[-1].id)


def _sifted(asked: ListInvoices, found: list[Invoice], world: World) -> list[InvoiceSummary]:
    """Those that fit what is not indexed, with their states where they are wanted."""
    told = [InvoiceSummary.of(invoice) for invoice in found]
    if asked.wants_state:
        accounts = world.read.find_all(InvoiceCredits, [credits_id(one.id) for one in told])
        told = [one.with_state(account) for one, account in zip(told, accounts, strict=True)]
    return [one for one in told if asked.takes(one)]


def show_credit_note(asked: ShowWholeCreditNote, world: World) -> CreditNoteAnswer:
    """A credit note as it was issued."""
    note = _found(world.read.find(CreditNote, asked.credit_note_id), "credit note")
    account = _found(world.read.find(InvoiceCredits, credits_id(note.invoice_id)), "account")
    more = {"documents": forms_of(note.id, world)} if asked.expand else {}
    return CreditNoteAnswer.of(note, account).model_copy(update=more)


def list_credit_notes(asked: ListCreditNotes, world: World) -> CreditNoteList:
    """Credit notes by number, invoice, member, legal entity and currency."""
    if set(asked.equals) == {"invoice_id"}:
        return _in_order(asked, world)
    notes = world.read.select(CreditNote, limit=asked.limit, after=asked.page_token, **asked.equals)
    items = [CreditNoteSummary.of(note) for note in notes]
    return CreditNoteList(items=items, next_page_token=_token(notes, asked.limit))


def _in_order(asked: ListCreditNotes, world: World) -> CreditNoteList:
    """Those of one invoice, as they were issued: its account of them knows their order."""
    notes = _notes_of(world.read.find(InvoiceCredits, credits_id(asked.invoice_id)), world)
    begin = next((place for place, note in enumerate(notes, 1) if note.id == asked.page_token), 0)
    page = notes[begin : begin + asked.limit]
    more = begin + len(page) < len(notes)
    return CreditNoteList(
        items=[CreditNoteSummary.of(note) for note in page], next_page_token=page[-1].id if more else ""
    )


def _notes_of(account: InvoiceCredits | None, world: World) -> list[CreditNote]:
    ids = [note.credit_note_id for note in account.notes] if account else []
    return [note for note in world.read.find_all(CreditNote, ids) if note is not None]


def explain_credit_note(asked: ShowCreditNote, world: World) -> ExplainedCreditNote:
    """Why each amount of a credit note is what it is."""
    note = _found(world.read.find(CreditNote, asked.credit_note_id), "credit note")
    invoice = _found(world.read.find(Invoice, note.invoice_id), "invoice")
    ids = [credit_note_id(invoice.id, sequence) for sequence in range(1, note.sequence)]
    earlier = [one for one in world.read.find_all(CreditNote, ids) if one is not None]
    return explained(note, invoice, earlier)


def _found(document: D | None, what: str) -> D:
    if document is None:
        raise Rejected("not_found", f"there is no such {what}", status=404)
    return document


def _token(found: list[D], limit: int) -> str:
    return found[-1].id if len(found) == limit else ""
