"""Documents of very many lines: set in parts, and still one invoice with one structure and the same pages."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest

from functions.invoicing import einvoice
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.paper import parts
from functions.invoicing.paper.content import paper_of
from functions.invoicing.paper.facturx import embedded
from functions.invoicing.paper.typesetting import Typesetter, pdf
from tests.unit.invoicing.given_documents import TODAY, invoice, swiss_business

LINES = 130
AT_ONCE = 50


@pytest.fixture
def document() -> Invoice:
    return invoice(swiss_business(), entity="MS", lines=LINES)


@pytest.fixture
def cut(document: Invoice, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(parts.parts_of, "__defaults__", (AT_ONCE,))
    return pdf(paper_of(document), TODAY, einvoice.cii(document))


def texts(made: bytes) -> list[str]:
    import pypdf

    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]


def elements(element: Any) -> Iterator[Any]:
    for kid in element.get("/K", ()):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


def test_every_page_says_the_same_as_if_the_document_were_set_in_one_go(document: Invoice, cut: bytes) -> None:
    setter = Typesetter()
    (whole,) = parts.parts_of(paper_of(document), setter.placed, LINES)
    assert len(parts.parts_of(paper_of(document), setter.placed, AT_ONCE)) > 2
    assert texts(cut) == texts(setter.typeset(whole, TODAY, b"", format="pdf"))


def test_the_xml_is_inside_and_the_same_document_gives_the_same_bytes(document: Invoice, cut: bytes) -> None:
    xml = einvoice.cii(document)
    assert embedded(cut) == xml
    assert pdf(paper_of(document), TODAY, xml) == cut


def test_all_parts_are_in_one_structure_whose_cells_find_their_heads(cut: bytes) -> None:
    with pikepdf.Pdf.open(io.BytesIO(cut)) as made:
        tree = made.Root.StructTreeRoot
        every = list(elements(tree))
        ids = [str(one.ID) for one in every if "/ID" in one]
        wanted = {str(name) for one in every for facts in one.get("/A", ()) for name in facts.get("/Headers", ())}
        rows = [one for one in every if one.S == "/TR"]
        assert len(ids) == len(set(ids))
        assert wanted <= set(ids)
        assert [str(name) for name in list(tree.IDTree.Names)[::2]] == sorted(ids)
        assert len(rows) >= LINES
        assert sum(1 for one in every if one.S == "/H1") == 1
        assert [one.S for one in tree.K] == ["/Document"]


def test_every_page_is_found_from_the_table_of_parents(cut: bytes) -> None:
    with pikepdf.Pdf.open(io.BytesIO(cut)) as made:
        tree = made.Root.StructTreeRoot
        keys = [int(key) for key in list(tree.ParentTree.Nums)[::2]]
        pages = [int(page.obj.StructParents) for page in made.pages]
        assert keys == sorted(set(keys))
        assert set(pages) <= set(keys)
        assert len(pages) == len(set(pages))
        assert int(tree.ParentTreeNextKey) > max(keys)
