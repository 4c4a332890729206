"""What `invoicing` asks of the world: the archive takes its documents, the store counts its runs."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from common.failures import TryLater
from common.world import World
from functions.invoicing.documents import NotRendered, paper_of_credit_note, paper_of_invoice, pdf
from functions.invoicing.drafts import totals_of
from functions.invoicing.model.archive import Filed, Unrendered
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.runs import Page, Run, Tally, add_up
from functions.invoicing.tasks import CompleteRun, RenderCreditNote, RenderInvoice

PAGES_AT_ONCE: Final = 20


def file_invoices(tasks: Sequence[RenderInvoice], world: World) -> list[Filed | Unrendered]:
    """Renders invoices and files them; the same invoice always gives the same file."""
    found = world.read.find_all(Invoice, [task.invoice_id for task in tasks])
    return [_file(invoice, "invoices", world) for invoice in found]


def file_credit_notes(tasks: Sequence[RenderCreditNote], world: World) -> list[Filed | Unrendered]:
    """The same for credit notes."""
    found = world.read.find_all(CreditNote, [task.credit_note_id for task in tasks])
    return [_file(note, "credit-notes", world) for note in found]


def tally(tasks: Sequence[CompleteRun], world: World) -> list[Tally]:
    """What is issued of each run; it is added up only when every page is."""
    return [_tally(task.run_id, world) for task in tasks]


def _file(document: Invoice | CreditNote | None, folder: str, world: World) -> Filed | Unrendered:
    if document is None:
        raise TryLater("the document is not there yet")
    paper = paper_of_invoice(document) if isinstance(document, Invoice) else paper_of_credit_note(document)
    try:
        content = pdf(paper, document.issued_on)
    except NotRendered as fault:
        return Unrendered(fault=str(fault))
    digest = hashlib.sha256(content).hexdigest()
    name = f"{folder}/{document.number}.pdf"
    world.put_file(name, content, "application/pdf")
    return Filed(
        document_id=document.id,
        member_id=document.member_id,
        number=document.number,
        file=name,
        sha256=digest,
        size_bytes=len(content),
    )


def _tally(run_id: str, world: World) -> Tally:
    run = world.read.find(Run, run_id)
    pages = world.read.count(Page, run_id=run_id, state="issued")
    if run is None or pages < run.pages:
        return Tally(pages=pages)
    totals = add_up(total for page in _issued_pages(run_id, world) for total in totals_of(page.drafts))
    return Tally(pages=pages, invoices=world.read.count(Invoice, run_id=run_id), totals=totals)


def _issued_pages(run_id: str, world: World) -> Iterator[Page]:
    after = ""
    while found := world.read.select(Page, run_id=run_id, state="issued", limit=PAGES_AT_ONCE, after=after):
        yield from found
        after = found[-1].id
