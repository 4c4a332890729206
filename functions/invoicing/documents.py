"""The forms an invoice or credit note goes out in: a PDF for people, with the XML for software inside and beside it.

The same document always gives the same bytes.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from functions.invoicing import einvoice
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.paper.content import paper_of
from functions.invoicing.paper.typesetting import NotRendered, pdf, pictures

__all__ = ["CII", "Form", "Format", "NotRendered", "forms_of", "pages_of", "pdf_of"]

Format = Literal["pdf", "cii", "ubl", "xrechnung", "peppol"]
PDF: Final = "application/pdf"
XML: Final = "application/xml"
CII: Final = "factur-x.xml"
"""What the XML inside the PDF is called."""


class Form(NamedTuple):
    """One form of a document: `suffix` is how its file's name ends after the number."""

    format: Format
    suffix: str
    media_type: str
    content: bytes


def pdf_of(document: Invoice | CreditNote, xml: bytes) -> bytes:
    """The document as PDF/A-3b with its CII inside (Factur-X); NotRendered where it can't be set."""
    return pdf(paper_of(document), document.issued_on, xml)


def pages_of(document: Invoice | CreditNote) -> list[bytes]:
    """The document's pages as PNG."""
    return pictures(paper_of(document), document.issued_on)


def forms_of(document: Invoice | CreditNote) -> Iterator[Form]:
    """What is kept of a document: the PDF first, then the CII that is inside it, then UBL for who has use for it.

    A business gets UBL, a German one that gave its reference (BT-10) XRechnung, and whom Peppol's network reaches the
    form it takes. Who buys for themselves gets the PDF alone, as its XML is all that the law can ask for.
    """
    xml = einvoice.cii(document)
    yield Form("pdf", ".pdf", PDF, pdf_of(document, xml))
    yield Form("cii", ".cii.xml", XML, xml)
    written = einvoice.syntaxes(document)
    for name in _ubl_forms(document):
        if write := written.get(f"{name}.xml"):
            yield Form(name, f".{name}.xml", XML, write())


def _ubl_forms(document: Invoice | CreditNote) -> list[Format]:
    buyer = document.buyer
    if not buyer.business:
        return ["peppol"] if buyer.endpoint else []
    return ["ubl", "xrechnung", "peppol"] if _wants_xrechnung(document) else ["ubl", "peppol"]


def _wants_xrechnung(document: Invoice | CreditNote) -> bool:
    return document.buyer.address.country == "DE" and bool(document.buyer.reference)
