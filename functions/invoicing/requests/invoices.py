"""What callers send and are told of invoices."""

from datetime import date
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from common.events.invoicing import Line, Preceding, VatTotal
from common.functions.routes import Input, Limit, Output
from common.parties import Buyer, Seller
from functions.invoicing.crediting import Sheet
from functions.invoicing.model.credit_notes import INVOICE, InvoiceCredits, InvoiceState, NoteRef, invoice_state
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.credit_notes import CreditNoteAnswer
from functions.invoicing.requests.expanding import DocumentForm, ExpandInvoice, ExpandList
from functions.invoicing.requests.fields import without_token
from functions.invoicing.requests.summaries import InvoiceSummary


class ShowInvoice(Input):
    """One invoice."""

    invoice_id: str


class ShowWholeInvoice(ShowInvoice):
    """One invoice, and what further calls would tell of it."""

    expand: ExpandInvoice = ""
    """`credit_notes`: also each credit note as a whole; `documents`: every form in the archive, with its address."""

    @property
    def parts(self) -> set[str]:
        """What is to be told with it."""
        return {part for part in self.expand.split(",") if part}


class ListInvoices(Input):
    """Invoices by number, member, billing run, legal entity and currency: all that is given has to fit.

    `state` and the days are looked at invoice by invoice, so they need a member or a run beside them; a page may then
    hold fewer than `limit` and not be the last.
    """

    number: str = ""
    member_id: str = ""
    run_id: str = ""
    entity: str = ""
    currency: str = ""
    state: InvoiceState | Literal[""] = ""
    issued_from: date | None = None
    """The first day of issue."""
    issued_to: date | None = None
    """The last day of issue."""
    due_from: date | None = None
    """The first due date; whether it is paid, the open item says (`/v1/items`)."""
    due_to: date | None = None
    """The last due date."""
    expand: ExpandList = ""
    """`state`: also what credit notes have taken back of each."""
    limit: Limit = 50
    page_token: str = ""

    @model_validator(mode="after")
    def _is_narrow(self) -> Self:
        if self.sifts and not (self.number or self.member_id or self.run_id):
            raise PydanticCustomError("too_broad", "state and days need member_id or run_id beside them")
        return self

    @property
    def equals(self) -> dict[str, str]:
        """What has to fit and is indexed, by the names of the invoice's own fields."""
        names = ("number", "member_id", "run_id", "entity", "currency")
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def sifts(self) -> bool:
        """Whether anything has to be looked at invoice by invoice."""
        return bool(self.state) or any((self.issued_from, self.issued_to, self.due_from, self.due_to))

    @property
    def wants_state(self) -> bool:
        """Whether the accounts of the credit notes have to be read."""
        return bool(self.state) or self.expand == "state"

    def takes(self, one: InvoiceSummary) -> bool:
        """Whether an invoice fits what is not indexed."""
        return (
            (not self.state or one.state == self.state)
            and (self.issued_from or date.min) <= one.issued_on <= (self.issued_to or date.max)
            and (self.due_from or date.min) <= one.due_on <= (self.due_to or date.max)
        )


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
    """Its last credit note; empty where there is none."""
    credit_notes: tuple[NoteRef, ...]
    credited_minor: int
    left_by_line: tuple[int, ...]
    """What no credit note has taken, as each line is priced."""
    preceding: Preceding | None
    """What it stands in the place of, if anything."""
    replaced_by: str
    """The invoice that stands in its place, if one does."""
    allowed: list[str]
    whole_credit_notes: tuple[CreditNoteAnswer, ...] | None = None
    """Told with `expand=credit_notes`."""
    documents: tuple[DocumentForm, ...] | None = None
    """Told with `expand=documents`; empty while nothing is in the archive."""

    @classmethod
    def of(cls, invoice: Invoice, account: InvoiceCredits | None) -> "InvoiceAnswer":
        """The answer about an invoice and its credit notes; the buyer's payment token stays inside."""
        state = invoice_state(account)
        own = {
            "state": state,
            "credit_note_id": account.latest if account else "",
            "credit_notes": account.notes if account else (),
            "credited_minor": account.total_minor if account else 0,
            "left_by_line": Sheet(invoice, account).left.prices,
            "replaced_by": account.replaced_by if account else "",
            "allowed": INVOICE.allows(state),
            "buyer": without_token(invoice.buyer),
        }
        return cls.model_validate(dict(invoice) | own)
