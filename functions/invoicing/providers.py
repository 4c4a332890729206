"""What `invoicing` asks of the world: the archive takes its documents, the store counts its runs."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from common.events.invoicing import ArchivedFile
from common.failures import TryLater
from common.world import World
from functions.invoicing.documents import Form, NotRendered, forms_of
from functions.invoicing.model.archive import ArchiveEntry, Filed, Unrendered, archive_id, kept_until
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice, invoice_id
from functions.invoicing.model.manifests import IssuedPage, add_up
from functions.invoicing.model.runs import Run, Tally
from functions.invoicing.numbering import invoice_number
from functions.invoicing.paper.facturx import embedded
from functions.invoicing.tasks import AdvanceRun, RenderCreditNote, RenderInvoice

PAGES_AT_ONCE: Final = 200


def file_invoices(tasks: Sequence[RenderInvoice], world: World) -> list[Filed | Unrendered]:
    """Renders invoices and files them, once: what is in the archive already stays."""
    found = world.read.find_all(Invoice, [task.invoice_id for task in tasks])
    return [_file(invoice, "invoices", world) for invoice in found]


def file_credit_notes(tasks: Sequence[RenderCreditNote], world: World) -> list[Filed | Unrendered]:
    """The same for credit notes."""
    found = world.read.find_all(CreditNote, [task.credit_note_id for task in tasks])
    return [_file(note, "credit-notes", world) for note in found]


def tally(tasks: Sequence[AdvanceRun], world: World) -> list[Tally]:
    """What is issued of each run; it is added up only when every number is issued that was reserved."""
    return [_tally(task.run_id, world) for task in tasks]


def _file(document: Invoice | CreditNote | None, folder: str, world: World) -> Filed | Unrendered:
    if document is None:
        raise TryLater("the document is not there yet")
    try:
        forms = list(forms_of(document))
    except NotRendered as fault:
        return Unrendered(fault=str(fault))
    files = tuple(_archived(forms, f"{folder}/{document.number}", world))
    return Filed(
        document_id=document.id,
        member_id=document.member_id,
        number=document.number,
        file=files[0].file,
        sha256=files[0].sha256,
        size_bytes=files[0].size_bytes,
        files=files,
        keep_until=kept_until(document.issued_on),
    )


def _archived(forms: Sequence[Form], name: str, world: World) -> Iterator[ArchivedFile]:
    """Files each form and tells of what is there then. The CII is inside the PDF and no file of its own."""
    pdf = _kept(forms[0], name + forms[0].suffix, world)
    yield _noted(forms[0], name + forms[0].suffix, pdf)
    for form in forms[1:]:
        if form.format == "cii":
            inside = form.content if pdf == forms[0].content else embedded(pdf)
            yield _noted(form, name + forms[0].suffix, inside)
        else:
            yield _noted(form, name + form.suffix, _kept(form, name + form.suffix, world))


def _kept(form: Form, name: str, world: World) -> bytes:
    """What the archive holds under that name: this, or what an earlier attempt (an older program, maybe) put there."""
    if world.put_file(name, form.content, form.media_type):
        return form.content
    kept = world.get_file(name)
    if kept is None:
        raise TryLater(f"{name} is there and can't be read")
    return kept


def _noted(form: Form, file: str, content: bytes) -> ArchivedFile:
    digest = hashlib.sha256(content).hexdigest()
    return ArchivedFile(
        format=form.format, file=file, media_type=form.media_type, sha256=digest, size_bytes=len(content)
    )


def _tally(run_id: str, world: World) -> Tally:
    run = world.read.find(Run, run_id)
    pages = world.read.count(IssuedPage, run_id=run_id)
    if run is None or pages < run.pages_out:
        return Tally(pages=pages)
    closing = run.wholly_released or run.state == "stopping"
    totals = add_up(total for page in _issued_pages(run_id, world) for total in page.totals) if closing else ()
    invoices = world.read.count(Invoice, run_id=run_id)
    return Tally(pages=pages, invoices=invoices, totals=totals, unarchived=_unarchived(run, world))


def _issued_pages(run_id: str, world: World) -> Iterator[IssuedPage]:
    after = ""
    while found := world.read.select(IssuedPage, run_id=run_id, limit=PAGES_AT_ONCE, after=after):
        yield from found
        after = found[-1].id


def _unarchived(run: Run, world: World) -> int:
    """Invoices of a canary whose document is not in the archive yet."""
    if run.state != "canary":
        return 0
    block = run.blocks[0]
    numbers = [invoice_number(run.entity, run.issued_on.year, place) for place in range(block.first, block.last + 1)]
    found = world.read.find_all(ArchiveEntry, [archive_id(invoice_id(number)) for number in numbers])
    return sum(1 for entry in found if entry is None)
