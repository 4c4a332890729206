"""Documents as files, in every form there is: as they lie in the archive, else made now. Nothing here writes."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from common.failures import Rejected
from common.world import World
from functions.invoicing import einvoice
from functions.invoicing.documents import pdf_of
from functions.invoicing.handlers import downloads
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.runs import Run
from functions.invoicing.requests.credit_notes import ShowCreditNote
from functions.invoicing.requests.downloads import ShowCreditNoteXml, ShowInvoiceXml
from functions.invoicing.requests.invoices import ShowInvoice

PAGE: Final = 100


class File(NamedTuple):
    """One form of a document: `MP-2026-0000001.cii.xml`."""

    name: str
    content: bytes
    archived: bool
    """Whether it lay in the archive; else it was made now."""


def invoices_of(world: World, run_id: str = "") -> Iterator[Invoice]:
    """The invoices of a run, of all runs where none is named; Rejected `not_found` (404) where there is none such."""
    if run_id and world.read.find(Run, run_id) is None:
        raise Rejected("not_found", f"there is no billing run {run_id}", status=404)
    wanted, after = ({"run_id": run_id} if run_id else {}), ""
    while page := world.read.select(Invoice, limit=PAGE, after=after, **wanted):
        yield from page
        after = page[-1].id


def credit_notes_of(world: World) -> Iterator[CreditNote]:
    """Every credit note."""
    after = ""
    while page := world.read.select(CreditNote, limit=PAGE, after=after):
        yield from page
        after = page[-1].id


def files_of(document: Invoice | CreditNote, world: World) -> Iterator[File]:
    """Every form of a document; without Peppol's where the buyer has no address in its network."""
    written = einvoice.syntaxes(document)
    kept = _pdf(document, world)
    yield File(f"{document.number}.pdf", kept or pdf_of(document, written["cii.xml"]()), archived=kept is not None)
    for suffix, write in written.items():
        kept = _xml(document, suffix.removesuffix(".xml"), world)
        yield File(f"{document.number}.{suffix}", kept or write(), archived=kept is not None)


def _pdf(document: Invoice | CreditNote, world: World) -> bytes | None:
    try:
        if isinstance(document, Invoice):
            return downloads.invoice_pdf(ShowInvoice(invoice_id=document.id), world)
        return downloads.credit_note_pdf(ShowCreditNote(credit_note_id=document.id), world)
    except Rejected:
        return None


def _xml(document: Invoice | CreditNote, form: str, world: World) -> bytes | None:
    asked = {"format": form}
    try:
        if isinstance(document, Invoice):
            return downloads.invoice_xml(ShowInvoiceXml.model_validate(asked | {"invoice_id": document.id}), world)
        asked |= {"credit_note_id": document.id}
        return downloads.credit_note_xml(ShowCreditNoteXml.model_validate(asked), world)
    except Rejected:
        return None
