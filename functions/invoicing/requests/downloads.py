"""What callers send and are told to fetch documents."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from common.functions.routes import Input, Output

XmlFormat = Literal["cii", "ubl", "xrechnung", "peppol"]
DocumentId = Annotated[str, Field(pattern="^(inv|crn)_[0-9A-Za-z]{1,64}$")]


class AskInvoiceLink(Input):
    """The address of one form of an invoice; `cii` is the XML inside its PDF."""

    invoice_id: str
    format: Literal["pdf", XmlFormat] = "pdf"


class AskCreditNoteLink(Input):
    """The same of a credit note."""

    credit_note_id: str
    format: Literal["pdf", XmlFormat] = "pdf"


class ShowInvoiceXml(Input):
    """One electronic form of an invoice."""

    invoice_id: str
    format: XmlFormat = "cii"


class ShowCreditNoteXml(Input):
    """One electronic form of a credit note."""

    credit_note_id: str
    format: XmlFormat = "cii"


class DownloadPdf(Input):
    """A signed address of a PDF, as it was given."""

    document_id: DocumentId
    expires: Annotated[int, Field(ge=0, le=10**11)]
    signature: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class DownloadXml(DownloadPdf):
    """A signed address of an electronic form, as it was given."""

    format: XmlFormat


class DocumentLink(Output):
    """Where one form of a document may be fetched, by whoever has the address, until when, and what comes."""

    url: str
    expires_at: datetime
    media_type: str
    sha256: str
    size_bytes: int
