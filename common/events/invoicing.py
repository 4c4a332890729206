"""What `invoicing` tells. Its events are fat: who listens never has to call back."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from common.events.base import Event
from common.parties import Buyer


class Line(BaseModel):
    """One line: a charge, net, and the VAT category it falls in."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    charge_id: str
    kind: str
    description: str
    occurred_on: date
    amount_minor: int
    rule: str
    category: str
    """EN 16931: S standard, AE reverse charge, O outside scope."""
    rate_basis_points: int
    quoted_minor: int | None = None
    """The price with VAT as the member was told it, where prices include VAT; then `amount_minor` follows from it."""


class VatTotal(BaseModel):
    """VAT of one category and rate on its base, rounded half up once (EN 16931, BR-CO-17)."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    category: str
    country: str
    """Where the VAT is owed; empty outside scope."""
    rate_basis_points: int
    base_minor: int
    vat_minor: int
    scheme: Literal["domestic", "reverse_charge", "oss", "outside_scope"]
    note: str = ""
    """What the law wants said on the invoice, for instance `Reverse charge`."""
    quoted_minor: int | None = None
    """What members were told with VAT, in all: base and VAT add up to exactly this (`vat_minor` is what is left)."""


class Exchange(BaseModel):
    """The VAT of a document in the currency of the seller's tax office (BT-6, BT-111; art. 91, Directive 2006/112)."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    currency: str
    rate: str
    """Units of that currency for one of the document's, a decimal."""
    on: date
    source: str
    vat_minor: int


class InvoiceIssued(Event, name="invoice.issued"):
    """An invoice exists, frozen and numbered."""

    invoice_id: str
    number: str
    reference: str
    """ISO 11649 creditor reference, `RF…`, made from the number."""
    entity: str
    run_id: str = ""
    buyer: Buyer
    currency: str
    issued_on: date
    due_on: date
    lines: tuple[Line, ...]
    vat: tuple[VatTotal, ...]
    net_minor: int
    vat_minor: int
    total_minor: int
    exchange: Exchange | None = None


class CreditNoteIssued(Event, name="credit_note.issued"):
    """A credit note takes back an invoice; amounts are positive."""

    credit_note_id: str
    number: str
    invoice_id: str
    invoice_number: str
    entity: str
    buyer: Buyer
    currency: str
    issued_on: date
    lines: tuple[Line, ...]
    vat: tuple[VatTotal, ...]
    net_minor: int
    vat_minor: int
    total_minor: int
    exchange: Exchange | None = None
    reason: str


class DocumentArchived(Event, name="document.archived"):
    """The PDF of an invoice or credit note is in the archive, once and for good."""

    document_id: str
    """The invoice's or credit note's id."""
    number: str
    file: str
    sha256: str
    size_bytes: int


class RunCompleted(Event, name="billing_run.completed"):
    """A billing run issued everything on its manifest."""

    run_id: str
    entity: str
    invoices: int
    first_number: str
    last_number: str
    totals_minor: dict[str, int]
    """Gross total by currency."""
