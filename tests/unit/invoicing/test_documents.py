"""Documents in the archive: each form once, with its hash, for as long as the law wants; and shown from there alone."""

import hashlib
from collections.abc import Iterator
from datetime import date

import pytest

from common.events.invoicing import DocumentArchived
from common.failures import Rejected
from common.parking import Parked
from functions.invoicing import documents, einvoice, main
from functions.invoicing.documents import Form, forms_of, pages_of
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import downloads
from functions.invoicing.model.archive import ArchiveEntry, archive_id
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.paper.facturx import embedded
from functions.invoicing.requests.credit_notes import CreditInvoice, ShowCreditNote
from functions.invoicing.requests.downloads import ShowInvoiceXml
from functions.invoicing.requests.invoices import ShowInvoice
from functions.invoicing.tasks import RenderInvoice
from tests.kit import Platform
from tests.unit.invoicing.given import billed, changed, charge, message, platform
from tests.unit.invoicing.given_documents import (
    belgian_business,
    german_business,
    greek_business,
    invoice,
    italian_consumer,
    swiss_business,
)


def test_an_issued_invoice_is_archived_with_the_hash_of_its_bytes() -> None:
    here = platform(members=2)
    billed(here)
    entries = here.all(ArchiveEntry)
    assert {entry.document_id for entry in entries} == {one.id for one in here.all(Invoice)}
    for entry in entries:
        content = here.engine.files[entry.file]
        assert content.startswith(b"%PDF")
        assert hashlib.sha256(content).hexdigest() == entry.sha256
        assert entry.file == f"invoices/{entry.number}.pdf"
        assert entry.size_bytes == len(content)
    assert len(here.events(DocumentArchived)) == 2


def test_a_credit_note_is_archived_too() -> None:
    here = platform(members=1)
    billed(here)
    note = here.do(
        credit_notes.credit_invoice, CreditInvoice(invoice_id=here.all(Invoice)[0].id, reason="charged twice")
    )
    here.settle()
    shown = downloads.credit_note_pdf(ShowCreditNote(credit_note_id=note["id"]), here.runtime.world)
    assert embedded(shown) == einvoice.cii(here.all(CreditNote)[0])


def test_a_document_is_shown_from_the_archive_and_not_found_before() -> None:
    here = platform(members=1)
    billed(here)
    found = here.all(Invoice)[0]
    assert downloads.invoice_pdf(ShowInvoice(invoice_id=found.id), here.runtime.world).startswith(b"%PDF")
    with pytest.raises(Rejected) as refused:
        downloads.invoice_pdf(ShowInvoice(invoice_id="inv_0"), here.runtime.world)
    assert refused.value.status == 404


def test_what_is_not_what_was_filed_is_never_shown() -> None:
    here = platform(members=1)
    billed(here)
    entry = here.all(ArchiveEntry)[0]
    here.engine.files[entry.file] += b"%"
    with pytest.raises(RuntimeError, match="not the one that was filed"):
        downloads.invoice_pdf(ShowInvoice(invoice_id=entry.document_id), here.runtime.world)
    del here.engine.files[entry.file]
    with pytest.raises(RuntimeError, match="gone from the archive"):
        downloads.invoice_pdf(ShowInvoice(invoice_id=entry.document_id), here.runtime.world)


def test_archiving_costs_one_write_an_invoice_and_one_record_a_slice() -> None:
    here = platform(members=60)
    billed(here)
    assert here.engine.counts.by_collection["archive_entries"] == 60
    assert len({entry.head for entry in here.all(ArchiveEntry)}) == 1


def test_a_private_persons_invoice_is_one_file_with_its_xml_inside() -> None:
    here = platform(members=1)
    billed(here)
    entry, found = here.all(ArchiveEntry)[0], here.all(Invoice)[0]
    assert [(file.format, file.file) for file in entry.files] == [("pdf", entry.file), ("cii", entry.file)]
    assert [name for name in here.engine.files if name.startswith("invoices/")] == [entry.file]
    shown = downloads.invoice_xml(ShowInvoiceXml(invoice_id=found.id), here.runtime.world)
    assert shown == einvoice.cii(found)
    assert hashlib.sha256(shown).hexdigest() == entry.files[1].sha256
    with pytest.raises(Rejected) as refused:
        downloads.invoice_xml(ShowInvoiceXml(invoice_id=found.id, format="peppol"), here.runtime.world)
    assert (refused.value.code, refused.value.status) == ("not_made", 404)


def test_a_german_business_with_a_reference_has_every_form_in_the_archive() -> None:
    here = platform()
    here.tell(changed(german_business()), charge("c1", member="mueller"))
    billed(here)
    entry = here.all(ArchiveEntry)[0]
    assert [file.format for file in entry.files] == ["pdf", "cii", "ubl", "xrechnung", "peppol"]
    for file in entry.files[2:]:
        content = here.engine.files[file.file]
        assert file.file == f"invoices/{entry.number}.{file.format}.xml"
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size_bytes)
        asked = ShowInvoiceXml.model_validate({"invoice_id": entry.document_id, "format": file.format})
        assert downloads.invoice_xml(asked, here.runtime.world) == content


@pytest.mark.parametrize(
    ("document", "formats"),
    [
        (invoice(), "pdf cii"),
        (invoice(italian_consumer(), gross=True), "pdf cii"),
        (invoice(german_business().model_copy(update={"reference": ""})), "pdf cii ubl peppol"),
        (invoice(belgian_business(), entity="MB"), "pdf cii ubl peppol"),
        (invoice(greek_business()), "pdf cii ubl peppol"),
        (invoice(swiss_business(), entity="MS"), "pdf cii ubl"),
    ],
)
def test_who_gets_which_forms(document: Invoice, formats: str) -> None:
    assert [form.format for form in forms_of(document)] == formats.split()


def test_documents_are_kept_ten_years_after_the_end_of_theirs() -> None:
    here = platform(members=1)
    billed(here)
    assert here.all(ArchiveEntry)[0].keep_until == date(2036, 12, 31)
    told = here.events(DocumentArchived)[0]
    assert isinstance(told, DocumentArchived)
    assert (told.keep_until, told.files) == (date(2036, 12, 31), here.all(ArchiveEntry)[0].files)


def test_an_entry_from_when_there_was_only_a_pdf_still_shows_it() -> None:
    here = platform(members=1)
    billed(here)
    entry = here.all(ArchiveEntry)[0].but(files=())
    assert entry.must_have("pdf").sha256 == entry.sha256
    with pytest.raises(Rejected):
        entry.must_have("cii")


def test_an_invoice_that_can_not_be_set_is_parked_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    here = platform(members=3)
    real = documents.forms_of

    def fails_for_the_second(document: Invoice | CreditNote) -> Iterator[Form]:
        if document.number.endswith("2"):
            raise documents.NotRendered("no glyph")
        return real(document)

    monkeypatch.setattr("functions.invoicing.providers.forms_of", fails_for_the_second)
    billed(here)
    assert sorted(entry.number[-1] for entry in here.all(ArchiveEntry)) == ["1", "3"]
    assert [parked.code for parked in here.all(Parked)] == ["not_rendered"]


def test_a_document_rendered_again_is_archived_and_told_once() -> None:
    here = platform(members=1)
    billed(here)
    told = message("again", RenderInvoice(invoice_id=here.all(Invoice)[0].id))
    files = dict(here.engine.files)
    here.runtime.deliver(main.render_invoices, told)
    assert here.engine.files == files
    assert len(here.events(DocumentArchived)) == 1


def crashed_after_filing(content: bytes) -> tuple[Platform, ArchiveEntry]:
    """A platform where an earlier attempt had put other bytes under the invoice's name, and died before its commit."""
    here = platform(members=1)
    here.engine.files["invoices/MP-2026-0000001.pdf"] = content
    billed(here)
    return here, here.all(ArchiveEntry)[0]


def test_what_an_older_program_had_filed_before_it_died_is_what_is_noted() -> None:
    older = documents.pdf_of(invoice(), b"<older/>")
    here, entry = crashed_after_filing(older)
    assert here.engine.files[entry.file] == older
    assert entry.sha256 == hashlib.sha256(older).hexdigest()
    asked = ShowInvoiceXml(invoice_id=entry.document_id)
    assert downloads.invoice_xml(asked, here.runtime.world) == b"<older/>"


def test_the_same_document_always_gives_the_same_bytes() -> None:
    for document in (invoice(german_business()), invoice(swiss_business(), entity="MS")):
        assert list(forms_of(document)) == list(forms_of(document))


def test_the_pages_can_be_looked_at() -> None:
    assert all(page.startswith(b"\x89PNG") for page in pages_of(invoice()))


def test_an_archive_entry_names_its_document_and_nobody() -> None:
    here = platform(members=1)
    billed(here)
    entry = here.all(ArchiveEntry)[0]
    assert entry.id == archive_id(entry.document_id)
    assert "Member" not in entry.model_dump_json()
