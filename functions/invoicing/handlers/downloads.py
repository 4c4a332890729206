"""Documents as they lie in the archive, for callers with a scope or with a signed address; nothing here writes."""

import hashlib

from common.events.invoicing import ArchivedFile
from common.failures import Rejected
from common.world import World
from functions.invoicing.links import GOOD_FOR, address, must_be_ours, secrets_of
from functions.invoicing.model.archive import ArchiveEntry, archive_id
from functions.invoicing.paper.facturx import embedded
from functions.invoicing.requests.credit_notes import ShowCreditNote
from functions.invoicing.requests.downloads import (
    AskCreditNoteLink,
    AskInvoiceLink,
    DocumentLink,
    DownloadPdf,
    DownloadXml,
    ShowCreditNoteXml,
    ShowInvoiceXml,
)
from functions.invoicing.requests.expanding import DocumentForm
from functions.invoicing.requests.invoices import ShowInvoice


def invoice_pdf(asked: ShowInvoice, world: World) -> bytes:
    """An invoice's document from the archive."""
    return _content(asked.invoice_id, "pdf", world)


def credit_note_pdf(asked: ShowCreditNote, world: World) -> bytes:
    """A credit note's document from the archive."""
    return _content(asked.credit_note_id, "pdf", world)


def invoice_xml(asked: ShowInvoiceXml, world: World) -> bytes:
    """An invoice's electronic form from the archive."""
    return _content(asked.invoice_id, asked.format, world)


def credit_note_xml(asked: ShowCreditNoteXml, world: World) -> bytes:
    """A credit note's electronic form from the archive."""
    return _content(asked.credit_note_id, asked.format, world)


def invoice_link(asked: AskInvoiceLink, world: World) -> DocumentLink:
    """A short-lived address of an invoice."""
    return _link(asked.invoice_id, asked.format, world)


def credit_note_link(asked: AskCreditNoteLink, world: World) -> DocumentLink:
    """A short-lived address of a credit note."""
    return _link(asked.credit_note_id, asked.format, world)


def download_pdf(asked: DownloadPdf, world: World) -> bytes:
    """A PDF, for whoever has its signed address."""
    return _download(asked, "pdf", world)


def download_xml(asked: DownloadXml, world: World) -> bytes:
    """An electronic form, for whoever has its signed address."""
    return _download(asked, asked.format, world)


def forms_of(document_id: str, world: World) -> tuple[DocumentForm, ...]:
    """Every form of a document with its short-lived address; none while it is not in the archive."""
    entry = world.read.find(ArchiveEntry, archive_id(document_id))
    if entry is None:
        return ()
    links = ((file.format, _address(document_id, file, world)) for file in entry.forms)
    return tuple(DocumentForm.model_validate({"format": format_} | dict(link)) for format_, link in links)


def _download(asked: DownloadPdf, format_: str, world: World) -> bytes:
    secrets = secrets_of(world.settings.link_secrets)
    must_be_ours(asked.document_id, format_, asked.expires, asked.signature, secrets=secrets, now=world.now)
    return _content(asked.document_id, format_, world)


def _link(document_id: str, format_: str, world: World) -> DocumentLink:
    return _address(document_id, _entry(document_id, world).must_have(format_), world)


def _address(document_id: str, form: ArchivedFile, world: World) -> DocumentLink:
    expires_at = (world.now + GOOD_FOR).replace(microsecond=0)
    secret = secrets_of(world.settings.link_secrets)[0]
    return DocumentLink(
        url=address(world.settings.base_url, document_id, form.format, int(expires_at.timestamp()), secret),
        expires_at=expires_at,
        media_type=form.media_type,
        sha256=form.sha256,
        size_bytes=form.size_bytes,
    )


def _content(document_id: str, format_: str, world: World) -> bytes:
    """The bytes as they were filed; RuntimeError where the archive has others, which nobody may take for ours."""
    form = _entry(document_id, world).must_have(format_)
    stored = world.get_file(form.file)
    if stored is None:
        raise RuntimeError(f"{form.file} is gone from the archive")
    content = embedded(stored) if format_ == "cii" else stored
    if hashlib.sha256(content).hexdigest() != form.sha256:
        raise RuntimeError(f"{form.file} is not the one that was filed")
    return content


def _entry(document_id: str, world: World) -> ArchiveEntry:
    entry = world.read.find(ArchiveEntry, archive_id(document_id))
    if entry is None:
        raise Rejected("not_found", "there is no such document yet", status=404)
    return entry
