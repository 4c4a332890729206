"""What callers send and are told of credit notes."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, model_validator

from common.events.invoicing import CreditKind, Exchange, Line, Rest, VatTotal
from common.functions.routes import Input, Limit, Output
from common.money import LARGEST
from common.parties import Buyer, Seller
from common.values import Exact
from functions.invoicing.model.bills import MOST_LINES
from functions.invoicing.model.credit_notes import NOTE, CreditNote, InvoiceCredits, NoteState
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.expanding import DocumentForm, ExpandCreditNote
from functions.invoicing.requests.fields import Reason, without_token
from functions.invoicing.requests.summaries import CreditNoteSummary, InvoiceSummary


class LineToCredit(Exact):
    """A line of the invoice, by its number from 1 or its charge: what is left of it, or so much of its price."""

    line: Annotated[StrictInt, Field(ge=1, le=MOST_LINES)] | None = None
    charge_id: Annotated[str, Field(max_length=100)] = ""
    amount_minor: Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)] | None = None
    """As the line is priced: with VAT where `quoted_minor` is, else net; negative for a reversal's line."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.line is None) == (not self.charge_id):
            raise ValueError("name the line by its number or by its charge")
        return self


class CreditInvoice(Input):
    """Takes an invoice back: all that is left of it, some `lines`, or `amount_minor` spread over what is left."""

    invoice_id: str
    reason: Reason
    lines: Annotated[tuple[LineToCredit, ...], Field(max_length=MOST_LINES)] = ()
    amount_minor: Annotated[StrictInt, Field(gt=0, le=LARGEST)] | None = None
    basis: Literal["gross", "net"] = "gross"
    """Whether `amount_minor` includes VAT."""
    rest: Rest = "credit"
    """What is to become of money that had paid for it."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.lines and self.amount_minor is not None:
            raise ValueError("credit some lines or an amount, not both")
        return self

    @property
    def kind(self) -> CreditKind:
        """Which kind of credit note is asked for."""
        if self.lines:
            return "lines"
        return "full" if self.amount_minor is None else "amount"


class ReissueInvoice(Input):
    """Takes back what is left of an invoice and claims it anew, to the member as they are now."""

    invoice_id: str
    reason: Reason


class CancelCreditNote(Input):
    """Claims anew what a credit note had wrongly taken back."""

    credit_note_id: str
    reason: Reason


class ShowCreditNote(Input):
    """One credit note."""

    credit_note_id: str


class ShowWholeCreditNote(ShowCreditNote):
    """One credit note, and what a further call would tell of it."""

    expand: ExpandCreditNote = ""
    """`documents`: also every form in the archive, with its short-lived address."""


class ListCreditNotes(Input):
    """Credit notes by number, invoice, member, legal entity and currency: all that is given has to fit."""

    number: str = ""
    invoice_id: str = ""
    member_id: str = ""
    entity: str = ""
    currency: str = ""
    limit: Limit = 50
    page_token: str = ""

    @property
    def equals(self) -> dict[str, str]:
        """What has to fit, by the names of the credit note's own fields."""
        names = ("number", "invoice_id", "member_id", "entity", "currency")
        return {name: value for name in names if (value := getattr(self, name))}


class CreditNoteList(Output):
    """Credit notes in order of id, of one invoice in the order they were issued."""

    items: list[CreditNoteSummary]
    next_page_token: str


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
    exchange: Exchange | None = None
    reason: str
    kind: CreditKind
    rest: Rest
    sequence: int
    places: tuple[int, ...]
    """For each line the number of the invoice's line it takes back; empty where they are the same."""
    state: NoteState
    claimed_by: str
    """The invoice that claims anew what it took back, if one does."""
    allowed: list[str]
    documents: tuple[DocumentForm, ...] | None = None
    """Told with `expand=documents`; empty while nothing is in the archive."""

    @classmethod
    def of(cls, note: CreditNote, account: InvoiceCredits) -> "CreditNoteAnswer":
        """The answer about a credit note; the buyer's payment token stays inside."""
        known = account.note(note.id)
        own = {
            "buyer": without_token(note.buyer),
            "state": known.state,
            "claimed_by": known.claimed_by,
            "allowed": NOTE.allows(known.state),
        }
        return cls.model_validate(dict(note) | own)


class ClaimedAnew(Output):
    """The invoice that stands in the place of another document, and the credit note that made room for it."""

    credit_note_id: str
    credit_note_number: str
    invoice: InvoiceSummary

    @classmethod
    def of(cls, note: CreditNote, invoice: Invoice) -> "ClaimedAnew":
        """The answer about a new claim."""
        shown = InvoiceSummary.of(invoice)
        return cls(credit_note_id=note.id, credit_note_number=note.number, invoice=shown)
