"""What may be asked of `invoicing`; nothing here writes."""

from collections.abc import Iterator
from typing import Final, TypeVar

from common.documents import Document
from common.failures import Rejected
from common.world import World
from functions.invoicing.model.archive import ArchiveEntry, archive_id
from functions.invoicing.model.credit_notes import INVOICE, CreditNote, credit_note_id, invoice_state
from functions.invoicing.model.invoices import Invoice, invoice_id
from functions.invoicing.model.runs import Page, Run, page_id
from functions.invoicing.requests.credit_notes import CreditNoteAnswer, ShowCreditNote
from functions.invoicing.requests.invoices import InvoiceAnswer, InvoiceList, InvoiceSummary, ListInvoices, ShowInvoice
from functions.invoicing.requests.runs import ListRuns, PageAnswer, RunAnswer, RunList, RunProgress, ShowPage, ShowRun

D = TypeVar("D", bound=Document)
STEP: Final = 300
"""How many runs are read at once."""


def show_run(asked: ShowRun, world: World) -> RunAnswer:
    """A billing run: its preview, its totals, its progress."""
    run = _found(world.read.find(Run, asked.run_id), "billing run")
    return RunProgress.of(run, issued_pages=world.read.count(Page, run_id=run.id, state="issued"))


def show_page(asked: ShowPage, world: World) -> PageAnswer:
    """A page of a run's manifest, with the bills it leaves out and why."""
    page = _found(world.read.find(Page, page_id(asked.run_id, asked.page)), "page")
    return PageAnswer.model_validate(dict(page) | {"members": [draft.buyer.member_id for draft in page.drafts]})


def list_runs(asked: ListRuns, world: World) -> RunList:
    """Billing runs, the latest first. Their ids don't sort by time; they are few, so that all are read."""
    wanted = {"entity": asked.entity} if asked.entity else {}
    found = sorted(_every_run(world, wanted), key=lambda run: (run.started_at, run.id), reverse=True)
    ids = [run.id for run in found]
    start = ids.index(asked.page_token) + 1 if asked.page_token in ids else 0
    page = found[start : start + asked.limit]
    more = page[-1].id if found[start + asked.limit :] else ""
    return RunList(items=[RunAnswer.of(run) for run in page], next_page_token=more)


def _every_run(world: World, wanted: dict[str, str]) -> Iterator[Run]:
    after = ""
    while page := world.read.select(Run, limit=STEP, after=after, **wanted):
        yield from page
        after = page[-1].id


def show_invoice(asked: ShowInvoice, world: World) -> InvoiceAnswer:
    """An invoice as it was issued, and whether it was credited."""
    invoice = _found(world.read.find(Invoice, asked.invoice_id), "invoice")
    note = world.read.find(CreditNote, credit_note_id(invoice.id))
    state = invoice_state(note)
    return InvoiceAnswer.of(invoice, state, note.id if note else "", INVOICE.allows(state))


def list_invoices(asked: ListInvoices, world: World) -> InvoiceList:
    """Invoices by number, member or run."""
    wanted = {name: value for name in ("member_id", "run_id") if (value := getattr(asked, name))}
    if asked.number:
        one = world.read.find(Invoice, invoice_id(asked.number))
        found = [one] if one and all(getattr(one, name) == value for name, value in wanted.items()) else []
    else:
        found = world.read.select(Invoice, limit=asked.limit, after=asked.page_token, **wanted)
    items = [InvoiceSummary.of(invoice) for invoice in found]
    return InvoiceList(items=items, next_page_token="" if asked.number else _token(found, asked.limit))


def show_credit_note(asked: ShowCreditNote, world: World) -> CreditNoteAnswer:
    """A credit note as it was issued."""
    return CreditNoteAnswer.of(_found(world.read.find(CreditNote, asked.credit_note_id), "credit note"))


def invoice_pdf(asked: ShowInvoice, world: World) -> bytes:
    """An invoice's document from the archive."""
    return _archived(asked.invoice_id, world)


def credit_note_pdf(asked: ShowCreditNote, world: World) -> bytes:
    """A credit note's document from the archive."""
    return _archived(asked.credit_note_id, world)


def _archived(document_id: str, world: World) -> bytes:
    entry = _found(world.read.find(ArchiveEntry, archive_id(document_id)), "document yet")
    content = world.get_file(entry.file)
    if content is None:
        raise RuntimeError(f"{entry.file} is gone from the archive")
    return content


def _found(document: D | None, what: str) -> D:
    if document is None:
        raise Rejected("not_found", f"there is no such {what}", status=404)
    return document


def _token(found: list[D], limit: int) -> str:
    return found[-1].id if len(found) == limit else ""
