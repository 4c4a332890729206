"""Credit notes: what takes back an invoice, in whole or in part, and how much of each invoice they have taken back."""

from datetime import date
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from common.documents import Document, id_from
from common.events.invoicing import CreditKind, Rest
from common.machine import Machine
from common.money import share
from common.parties import Buyer, Seller
from common.values import Value
from functions.invoicing.model.invoices import Amounts

MOST_NOTES: Final = 200
"""In part, on one invoice: what is known of them is one document, which each further note reads and writes."""


class CreditNote(Amounts, Document):
    """Takes back an invoice or a part of it; amounts are positive, as on the invoice.

    The VAT of all notes of an invoice adds up to the invoice's own (`functions.invoicing.crediting`). That of one
    note may therefore be two minor units beside its rate of its base (EN 16931, BR-CO-17), and two more for each line
    whose price includes VAT: such a line is taken back with the net amount it was billed with.
    """

    collection = "credit_notes"
    indexed = ("member_id", "invoice_id", "number", "entity", "currency")

    number: str
    entity: str
    member_id: str
    invoice_id: str
    invoice_number: str
    invoice_issued_on: date
    seller: Seller
    buyer: Buyer
    issued_on: date
    reason: str
    kind: CreditKind = "full"
    rest: Rest = "credit"
    sequence: int = 1
    """Which of the invoice's credit notes it is, from 1."""
    places: tuple[int, ...] = ()
    """For each line the number of the invoice's line it takes back, from 1; empty where they are the same."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        """Lines, VAT and totals add up (BR-CO-10 to 16); the VAT of each group is its share of the invoice's."""
        bases: dict[tuple[str, int], int] = {}
        priced: dict[tuple[str, int], int] = {}
        for line in self.lines:
            group = (line.category, line.rate_basis_points)
            bases[group] = bases.get(group, 0) + line.amount_minor
            priced[group] = priced.get(group, 0) + (line.quoted_minor is not None)
        if bases != {(vat.category, vat.rate_basis_points): vat.base_minor for vat in self.vat}:
            raise ValueError("the bases of VAT are not the sums of their lines")
        for vat in self.vat:
            beside = abs(vat.vat_minor - share(vat.base_minor, vat.rate_basis_points))
            if beside > 2 + 2 * priced[vat.category, vat.rate_basis_points]:
                raise ValueError("VAT is not its rate of its base")
        if self.net_minor != sum(bases.values()) or self.vat_minor != sum(vat.vat_minor for vat in self.vat):
            raise ValueError("a total is not the sum of its parts")
        if self.total_minor != self.net_minor + self.vat_minor:
            raise ValueError("the total is not net and VAT")
        return self


NoteState = Literal["issued", "cancelled"]

NOTE: Machine[NoteState] = Machine("credit note", {"issued": {"cancel": "cancelled"}, "cancelled": {}})
"""Not stored with the note, which is frozen, but with the account of its invoice."""


class NoteRef(Value):
    """One credit note of an invoice, as the invoice's account of them knows it."""

    credit_note_id: str
    number: str
    kind: CreditKind
    total_minor: int
    claimed_by: str = ""
    """The invoice that claims anew what it took back: since it was cancelled, or since its invoice was replaced."""

    @property
    def state(self) -> "NoteState":
        """Whether it still stands."""
        return "cancelled" if self.claimed_by else "issued"


class InvoiceCredits(Document):
    """What was taken back of one invoice: by line, by VAT group, in total. The invoice itself is frozen.

    Made by the first credit note and written by each further one in its own commit, so that two at once can't both
    find the same amount left.
    """

    collection = "invoice_credits"
    indexed = ("member_id",)

    invoice_id: str
    invoice_number: str
    member_id: str
    lines: tuple[int, ...]
    """Net, by line of the invoice."""
    prices: tuple[int, ...]
    """As each line was priced: with VAT where `quoted_minor` is, else net."""
    vat: tuple[int, ...]
    """By VAT group of the invoice."""
    total_minor: int
    exchanged_minor: int = 0
    """VAT in the tax currency, where that is another one."""
    complete: bool = False
    """Nothing is left."""
    notes: tuple[NoteRef, ...] = Field(default=(), max_length=MOST_NOTES + 1)
    replaced_by: str = ""
    """The invoice that stands in its place since it was reissued."""

    @property
    def latest(self) -> str:
        """The id of its last credit note."""
        return self.notes[-1].credit_note_id

    def note(self, credit_note_id: str) -> NoteRef:
        """One of its credit notes."""
        return next(note for note in self.notes if note.credit_note_id == credit_note_id)

    def claimed(self, credit_note_id: str, by: str) -> "InvoiceCredits":
        """The account when a new invoice claims what one note took back; Rejected `wrong_state` the second time."""
        NOTE.move(self.note(credit_note_id).state, "cancel")
        marked = (
            note.model_copy(update={"claimed_by": by}) if note.credit_note_id == credit_note_id else note
            for note in self.notes
        )
        return self.but(notes=tuple(marked))


def credit_note_id(invoice: str, sequence: int = 1) -> str:
    """The id of an invoice's credit note: the first, unless said otherwise."""
    return id_from("crn", invoice, *([str(sequence)] if sequence > 1 else []))


def credits_id(invoice: str) -> str:
    """The id of the account of an invoice's credit notes."""
    return id_from("icr", invoice)


InvoiceState = Literal["issued", "partly_credited", "credited"]

INVOICE: Machine[InvoiceState] = Machine(
    "invoice",
    {
        "issued": {"credit": "credited", "credit_partly": "partly_credited", "reissue": "credited"},
        "partly_credited": {"credit": "credited", "credit_partly": "partly_credited", "reissue": "credited"},
        "credited": {},
    },
)
"""Not stored, as an invoice is frozen: it follows from what its credit notes have taken back."""


def invoice_state(taken: InvoiceCredits | None) -> InvoiceState:
    """The state of an invoice, by the account of its credit notes."""
    if taken is None:
        return "issued"
    return "credited" if taken.complete else "partly_credited"
