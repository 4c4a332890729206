"""The PDF as software and screen readers see it: Factur-X, PDF/A-3, tagged; and carried totals that are right."""

import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

import facturx
import pikepdf
import pytest
from defusedxml import ElementTree
from pypdf import PdfReader

from common.parties import Buyer
from functions.invoicing import einvoice
from functions.invoicing.documents import pdf_of
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.paper.facturx import NotAsExpected, embedded, marked
from tests.unit.invoicing.given import buyer
from tests.unit.invoicing.given_documents import (
    belgian_business,
    credit_note,
    german_business,
    greek_business,
    invoice,
    italian_consumer,
    swiss_business,
)

DOCUMENTS: dict[str, Invoice | CreditNote] = {
    "German business": invoice(german_business()),
    "Belgian business": invoice(belgian_business(), entity="MB"),
    "Swiss business": invoice(swiss_business(), entity="MS"),
    "Italian consumer": invoice(italian_consumer(), gross=True),
    "Greek business": invoice(greek_business()),
    "credit note": credit_note(),
}
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
every_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


def made(document: Invoice | CreditNote) -> bytes:
    return pdf_of(document, einvoice.cii(document))


def opened(document: Invoice | CreditNote) -> pikepdf.Pdf:
    return pikepdf.Pdf.open(io.BytesIO(made(document)))


def metadata(document: Invoice | CreditNote) -> Element:
    with opened(document) as file:
        return ElementTree.fromstring(file.Root.Metadata.read_bytes())


@every_document
def test_another_program_reads_the_xml_back_out_of_the_pdf(document: Invoice | CreditNote) -> None:
    name, xml = facturx.get_xml_from_pdf(made(document), check_xsd=False, check_schematron=False)
    assert name == "factur-x.xml"
    assert xml == einvoice.cii(document) == embedded(made(document))
    assert facturx.get_level(facturx.facturx.etree.fromstring(xml)) == "en16931"


@every_document
def test_the_metadata_say_factur_x_en_16931(document: Invoice | CreditNote) -> None:
    found = metadata(document)
    told = {name: found.find(f".//{FX}{name}").text for name in FACTS}  # type: ignore[union-attr]
    assert told == FACTS
    described = {node.text for node in found.iter(f"{SCHEMA}namespaceURI")}
    assert FX.strip("{}") in described
    assert [node.text for node in found.iter(f"{SCHEMA}prefix")].count("fx") == 1


FACTS = {
    "DocumentType": "INVOICE",
    "DocumentFileName": "factur-x.xml",
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}


@every_document
def test_the_metadata_say_pdf_a_3b_and_pdf_ua_1(document: Invoice | CreditNote) -> None:
    found = metadata(document)
    marks = {f"{PDFA}part": "3", f"{PDFA}conformance": "B", f"{PDFUA}part": "1"}
    assert {name: found.find(f".//{name}").text for name in marks} == marks  # type: ignore[union-attr]


@every_document
def test_the_xml_is_an_alternative_of_the_whole_document(document: Invoice | CreditNote) -> None:
    with opened(document) as file:
        spec = file.Root.AF[0]
        assert (str(spec.AFRelationship), str(spec.UF)) == ("/Alternative", "factur-x.xml")
        assert str(spec.EF.F.Subtype) == "/text/xml"
        assert len(file.Root.AF) == 1


@every_document
def test_a_screen_reader_finds_structure_language_title_and_alternative_texts(document: Invoice | CreditNote) -> None:
    with opened(document) as file:
        root = file.Root
        assert bool(root.MarkInfo.Marked)
        assert str(root.Lang) == document.buyer.language
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert document.number in str(file.docinfo.Title)
        kinds = [str(node.S) for node in nodes(root.StructTreeRoot)]
        assert {"/H1", "/H2", "/Table", "/THead", "/TH", "/TR", "/TD"} <= set(kinds)
        assert kinds.count("/H1") == 1
        figures = [node for node in nodes(root.StructTreeRoot) if str(node.S) == "/Figure"]
        assert all(str(figure.Alt) for figure in figures)
        assert len(figures) == (0 if isinstance(document, CreditNote) else 1)


def nodes(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    kids: Any = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from nodes(kid)


def test_marking_changes_nothing_but_the_metadata() -> None:
    content = made(DOCUMENTS["Swiss business"])
    with pikepdf.Pdf.open(io.BytesIO(content)) as file:
        assert file.check_pdf_syntax() == []
        assert len(file.pages) == 2
    table = int(content[content.rindex(b"startxref") + 9 :].split()[0])
    assert content[table:].startswith(b"xref\n")
    entries = content[table:].split(b"\r\n")[1:-1]
    places = [int(entry[:10]) for entry in entries if entry.endswith(b"n")]
    assert all(re.match(rb"\d+ 0 obj", content[place : place + 12]) for place in places)


@pytest.mark.parametrize("other", [b"", b"%PDF-1.7\n", b"%PDF-1.7\nstartxref\n12\n%%EOF"])
def test_what_typst_did_not_make_is_not_marked(other: bytes) -> None:
    with pytest.raises(NotAsExpected):
        marked(other)


def test_what_is_marked_is_not_marked_again() -> None:
    once = made(invoice())
    assert once.count(b"<fx:ConformanceLevel>") == 1
    with pytest.raises(NotAsExpected):
        marked(once + b"trailing")


def test_a_pdf_without_xml_has_none_inside() -> None:
    empty = io.BytesIO()
    pikepdf.new().save(empty)
    with pytest.raises(NotAsExpected):
        embedded(empty.getvalue())


# -- many pages ------------------------------------------------------------------------------------


def pages(someone: Buyer, lines: int, **facts: Any) -> list[str]:
    document = invoice(someone, lines, **facts)
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf_of(document, b"<x/>"))).pages]


def amounts(page: str, word: str) -> list[int]:
    found = re.findall(rf"{word}\s+EUR\s([\d,]+\.\d\d)", page)
    return [int(re.sub(r"\D", "", amount)) for amount in found]


@pytest.mark.parametrize("lines", [1, 12, 13, 14, 15, 18, 40, 300])
def test_carried_totals_are_what_the_lines_so_far_add_up_to(lines: int) -> None:
    nets = [1_000 + n for n in range(lines)]
    so_far = 0
    told = pages(buyer(), lines)
    for index, page in enumerate(told):
        before = so_far
        so_far += len(re.findall("Listing fee", page))
        ends_among_lines, starts_among_lines = 0 < so_far < lines, 0 < before < lines
        assert amounts(page, "Subtotal") == ([sum(nets[:so_far])] if ends_among_lines else []), f"page {index + 1}"
        assert amounts(page, "Carried forward") == ([sum(nets[:before])] if starts_among_lines else [])
        assert f"Page {index + 1} of {len(told)}" in page
    assert so_far == lines


def test_the_heads_of_columns_stand_on_every_page_with_lines() -> None:
    told = pages(buyer(), 60, description="Commission on a sale")
    for page in told:
        assert ("SERVICE" in page) == ("Commission on a sale" in page)
    assert len(told) > 2


def test_descriptions_of_different_length_carry_right_totals_too() -> None:
    told = pages(buyer(), 30, description="word " * 39)
    carried = [amount for page in told for amount in amounts(page, "Carried forward")]
    subtotals = [amount for page in told for amount in amounts(page, "Subtotal")]
    assert carried == subtotals == sorted(carried)
    assert len(carried) >= 2


def test_a_document_of_another_day_has_other_bytes() -> None:
    document = invoice()
    later = document.model_copy(update={"issued_on": date(2026, 10, 2)})
    assert pdf_of(document, b"<x/>") != pdf_of(later, b"<x/>")
