"""What callers of `invoicing` send and are told."""

from datetime import date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from common.events.invoicing import Line, VatTotal
from common.functions.routes import Input, Output
from common.parties import Buyer, Seller
from functions.invoicing.drafts import gross_by_currency
from functions.invoicing.model import (
    RUN,
    CreditNote,
    GroupTotal,
    Invoice,
    InvoiceState,
    PageState,
    Run,
    RunState,
    Skipped,
)
from functions.invoicing.numbering import invoice_number

LONGEST_LIST: Final = 100

Limit = Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, LONGEST_LIST))]
Reason = Annotated[str, Field(min_length=1, max_length=200)]
Entity = Annotated[str, Field(pattern="^[A-Z]{2,4}$", examples=["MP"])]

# -- billing runs -----------------------------------------------------------------------------


class StartRun(Input):
    """Bills charges up to `cut_off`, with today (in the legal entity's zone) as date where none is given."""

    entity: Entity
    cut_off: date
    issued_on: date | None = None
    reason: Annotated[str, Field(max_length=200)] = ""


class ChangeRun(Input):
    """Releases or cancels a run."""

    run_id: str
    reason: Reason


class ShowRun(Input):
    """One run."""

    run_id: str


class ShowPage(Input):
    """One page of a run's manifest, counted from 0."""

    run_id: str
    page: Annotated[int, Field(ge=0)]


class ListRuns(Input):
    """Runs, of one legal entity where it is given."""

    entity: Annotated[str, Field(max_length=4)] = ""
    limit: Limit = 50
    page_token: str = ""


class RunAnswer(Output):
    """A run: its preview once it is frozen, its numbers once it is released."""

    id: str
    entity: str
    cut_off: date
    issued_on: date
    started_at: datetime
    state: RunState
    pages: int
    invoices: int
    skipped: int
    totals: tuple[GroupTotal, ...]
    gross_minor: dict[str, int]
    """By currency."""
    first_number: str = ""
    last_number: str = ""
    completed_at: datetime | None = None
    allowed: list[str]

    @classmethod
    def of(cls, run: Run, **more: int) -> "RunAnswer":
        """The answer about a run."""
        derived = {"gross_minor": gross_by_currency(run.totals), "allowed": buttons(run.state)}
        return cls.model_validate(dict(run) | numbers_of(run) | derived | more)


class RunProgress(RunAnswer):
    """A run and how far it got."""

    issued_pages: int


class RunList(Output):
    """Runs, the latest first."""

    items: list[RunAnswer]
    next_page_token: str


class PageAnswer(Output):
    """One page of a manifest: what it adds up to, and which bills were left out and why."""

    run_id: str
    offset: int
    state: PageState
    totals: tuple[GroupTotal, ...]
    skipped: tuple[Skipped, ...]
    members: list[str]
    """Who gets an invoice, in the order of their numbers."""


def buttons(state: RunState) -> list[str]:
    """What staff may do with a run; the rest of its table it does itself."""
    return [verb for verb in RUN.allows(state) if verb in {"release", "cancel"}]


def numbers_of(run: Run) -> dict[str, str]:
    """The first and last number of a released run."""
    if not run.first:
        return {}
    places = {"first_number": run.first, "last_number": run.last}
    return {name: invoice_number(run.entity, run.issued_on.year, place) for name, place in places.items()}


# -- invoices ---------------------------------------------------------------------------------


class ShowInvoice(Input):
    """One invoice."""

    invoice_id: str


class CreditInvoice(Input):
    """Takes back a whole invoice."""

    invoice_id: str
    reason: Reason


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


class ShowCreditNote(Input):
    """One credit note."""

    credit_note_id: str


class CreditNoteAnswer(Output):
    """A credit note as it was issued; amounts are positive."""

    id: str
    number: str
    entity: str
    member_id: str
    invoice_id: str
    invoice_number: str
    invoice_issued_on: date
    seller: Seller
    buyer: Buyer
    currency: str
    issued_on: date
    lines: tuple[Line, ...]
    vat: tuple[VatTotal, ...]
    net_minor: int
    vat_minor: int
    total_minor: int
    reason: str

    @classmethod
    def of(cls, note: CreditNote) -> "CreditNoteAnswer":
        """The answer about a credit note; the buyer's payment token stays inside."""
        return cls.model_validate(dict(note) | {"buyer": without_token(note.buyer)})


def without_token(buyer: Buyer) -> Buyer:
    """The buyer as they may be shown."""
    return buyer.model_copy(update={"payment_token": ""})
