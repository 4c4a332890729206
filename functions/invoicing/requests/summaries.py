"""Invoices and credit notes as lists tell them."""

from datetime import date

from common.events.invoicing import CreditKind
from common.functions.routes import Output
from functions.invoicing.model.credit_notes import CreditNote, InvoiceCredits, InvoiceState, invoice_state
from functions.invoicing.model.invoices import Invoice


class InvoiceSummary(Output):
    """An invoice in a list."""

    id: str
    number: str
    entity: str
    member_id: str
    run_id: str
    buyer_name: str
    currency: str
    total_minor: int
    issued_on: date
    due_on: date
    state: InvoiceState | None = None
    """Told where it was asked for, by `state` or by `expand=state`: it stands in another document."""
    credited_minor: int | None = None
    """What credit notes have taken back, with VAT; told with `state`."""

    @classmethod
    def of(cls, invoice: Invoice) -> "InvoiceSummary":
        """The summary of an invoice."""
        return cls.model_validate(dict(invoice) | {"buyer_name": invoice.buyer.name})

    def with_state(self, account: InvoiceCredits | None) -> "InvoiceSummary":
        """The same with what became of it, by the account of its credit notes."""
        told = {"state": invoice_state(account), "credited_minor": account.total_minor if account else 0}
        return type(self).model_validate(dict(self) | told)


class CreditNoteSummary(Output):
    """A credit note in a list."""

    id: str
    number: str
    entity: str
    member_id: str
    invoice_id: str
    invoice_number: str
    currency: str
    total_minor: int
    issued_on: date
    kind: CreditKind

    @classmethod
    def of(cls, note: CreditNote) -> "CreditNoteSummary":
        """The summary of a credit note."""
        return cls.model_validate(dict(note))
