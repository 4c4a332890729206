"""What `invoicing` tells. Its events are fat: who listens never has to call back."""

from datetime import date
from typing import Literal

from common.events.base import Event
from common.parties import Buyer
from common.values import Value


class Line(Value):
    """One line: a charge, net, and the VAT category it falls in."""

    charge_id: str
    kind: str
    description: str
    occurred_on: date
    amount_minor: int
    rule: str
    category: str
    """EN 16931: S standard, AE reverse charge, E exempt, O outside scope."""
    rate_basis_points: int
    quoted_minor: int | None = None
    """The price with VAT as the member was told it, where prices include VAT; then `amount_minor` follows from it."""
    service_from: date | None = None
    """The first day it is for, where it is for some days (a subscription's)."""
    service_to: date | None = None
    """The last of those days."""

    @property
    def price_minor(self) -> int:
        """What the member was told: with VAT where prices include it, else net."""
        return self.amount_minor if self.quoted_minor is None else self.quoted_minor

    @property
    def served(self) -> tuple[date, date]:
        """The first and the last day it is for: both its tax point, where no others are told."""
        return self.service_from or self.occurred_on, self.service_to or self.occurred_on


class VatTotal(Value):
    """VAT of one category and rate on its base, rounded half up once (EN 16931, BR-CO-17)."""

    category: str
    country: str
    """Where the VAT is owed; empty outside scope."""
    rate_basis_points: int
    base_minor: int
    vat_minor: int
    scheme: Literal["domestic", "reverse_charge", "oss", "outside_scope", "exempt", "home_rate"]
    """`home_rate`: a consumer elsewhere in the Union, taxed at the seller's home below the threshold of art. 59c."""
    note: str = ""
    """What the law wants said on the invoice, for instance `Reverse charge`."""
    note_key: str = ""
    """Which legal text that is, for documents in other languages; empty where none is needed."""
    exemption_code: str = ""
    """Why no VAT is charged (BT-121), a code of the VATEX list: `VATEX-EU-AE`."""
    quoted_minor: int | None = None
    """What members were told with VAT, where prices include VAT.

    Base and VAT add up to exactly this; where only some lines are priced so, those lines' part of them does.
    """


class Exchange(Value):
    """The VAT of a document in the currency of the seller's tax office (BT-6, BT-111; art. 91, Directive 2006/112)."""

    currency: str
    rate: str
    """Units of that currency for one of the document's, a decimal."""
    on: date
    source: str
    vat_minor: int


CreditKind = Literal["full", "lines", "amount"]
"""All that is left of an invoice, some of its lines, or an amount spread over them."""
Rest = Literal["credit", "refund"]
"""What is to become of money that had paid for it: kept for the member, or paid back."""


class Preceding(Value):
    """The document an invoice stands in the place of (EN 16931, BG-3: BT-25 and BT-26)."""

    kind: Literal["invoice", "credit_note"]
    """It replaces an invoice, or claims anew what a credit note had wrongly taken back."""
    number: str
    issued_on: date
    invoice_number: str
    """The invoice itself, or the one the credit note was about."""
    credit_note_id: str
    """What takes that invoice back; money it frees pays for this one."""


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
    preceding: Preceding | None = None


class CreditNoteIssued(Event, name="credit_note.issued"):
    """A credit note takes back an invoice or a part of it; amounts are positive."""

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
    kind: CreditKind = "full"
    rest: Rest = "credit"
    """What is to become of money that had paid for it; only `matching` knows how much that is."""
    sequence: int = 1
    """Which of the invoice's credit notes it is, from 1."""


class ArchivedFile(Value):
    """One form of a document in the archive; `cii` is the XML inside the PDF, `factur-x.xml`."""

    format: Literal["pdf", "cii", "ubl", "xrechnung", "peppol"]
    file: str
    """Its name in the archive; for `cii` that of the PDF it is in."""
    media_type: str
    sha256: str
    size_bytes: int


class DocumentArchived(Event, name="document.archived"):
    """The PDF of an invoice or credit note, and its electronic forms, are in the archive, once and for good."""

    document_id: str
    """The invoice's or credit note's id."""
    number: str
    file: str
    sha256: str
    size_bytes: int
    files: tuple[ArchivedFile, ...] = ()
    """Every form of it, the PDF first; `file`, `sha256` and `size_bytes` are the PDF's."""
    keep_until: date | None = None
    """Until when the law wants it kept; erasure waits that long."""


class RunCompleted(Event, name="billing_run.completed"):
    """A billing run issued every number it reserved: its whole manifest, unless it was cancelled half-way."""

    run_id: str
    entity: str
    invoices: int
    first_number: str
    last_number: str
    totals_minor: dict[str, int]
    """Gross total by currency."""
