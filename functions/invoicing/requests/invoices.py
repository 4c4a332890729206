"""What callers send and are told of invoices."""

from datetime import date

from common.events.invoicing import Line, VatTotal
from common.functions.routes import Input, Output
from common.parties import Buyer, Seller
from functions.invoicing.model.credit_notes import InvoiceState
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.fields import Limit, without_token


class ShowInvoice(Input):
    """One invoice."""

    invoice_id: str


class ListInvoices(Input):
    """Invoices by number, member or run; all where none is given."""

    number: str = ""
    member_id: str = ""
    run_id: str = ""
    limit: Limit = 50
    page_token: str = ""


class InvoiceSummary(Output):
    """An invoice in a list."""

    id: str
    number: str
    member_id: str
    buyer_name: str
    currency: str
    total_minor: int
    issued_on: date
    due_on: date

    @classmethod
    def of(cls, invoice: Invoice) -> "InvoiceSummary":
        """The summary of an invoice."""
        return cls.model_validate(dict(invoice) | {"buyer_name": invoice.buyer.name})


class InvoiceList(Output):
    """Invoices in order of id."""

    items: list[InvoiceSummary]
    next_page_token: str


class InvoiceAnswer(Output):
    """An invoice as it was issued."""

    id: str
    number: str
    reference: str
    entity: str
    member_id: str
    run_id: str
    seller: Seller
    buyer: Buyer
    currency: str
    issued_on: date
    due_on: date
    lines: tuple[Line, ...]
    vat: tuple[VatTotal, ...]
    net_minor: int
    vat_minor: int
    total_minor: int
    evidence: tuple[str, ...]
    state: InvoiceState
    credit_note_id: str
    allowed: list[str]

    @classmethod
    def of(cls, invoice: Invoice, state: InvoiceState, credit_note: str, allowed: list[str]) -> "InvoiceAnswer":
        """The answer about an invoice; the buyer's payment token stays inside."""
        own = {"state": state, "credit_note_id": credit_note, "allowed": allowed, "buyer": without_token(invoice.buyer)}
        return cls.model_validate(dict(invoice) | own)
