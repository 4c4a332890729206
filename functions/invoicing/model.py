"""What `invoicing` owns: bills, recipients, billing runs, invoices, credit notes; and their states."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from common.documents import Document, id_from
from common.events.charging import ChargeAccepted
from common.events.invoicing import Line, VatTotal
from common.failures import Rejected
from common.machine import Machine
from common.money import share
from common.parking import Freeze
from common.parties import SELLERS, Buyer, Seller

MOST_LINES: Final = 2_000
"""On one bill, hence on one invoice."""
LARGEST_BILL: Final = 600_000
"""Bytes: its invoice still fits a document of 1 MiB, and so does a page of a manifest."""


def seller_of(entity: str) -> Seller:
    """A legal entity as it sells now; Rejected `unknown_entity`."""
    if entity not in SELLERS:
        raise Rejected("unknown_entity", f"there is no legal entity {entity}")
    return SELLERS[entity]


# -- bills ------------------------------------------------------------------------------------


class BillLine(BaseModel):
    """A charge that waits to be billed, net of VAT; negative for a reversal or a credit."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    charge_id: str
    kind: str
    description: str
    occurred_on: date
    amount_minor: int
    rule: str
    reverses: str = ""
    """The charge this takes back."""

    @property
    def place(self) -> tuple[date, str, bool]:
        """Where it stands on an invoice: by day, a reversal after its charge, whatever arrived first."""
        return self.occurred_on, self.reverses or self.charge_id, bool(self.reverses)

    @classmethod
    def of(cls, charge: ChargeAccepted) -> Self:
        """The line of a charge."""
        return cls.model_validate(charge.model_dump(include=set(cls.model_fields)))


class Bill(Document):
    """What one member owes one legal entity in one currency and has not been invoiced yet."""

    collection = "bills"
    indexed = ("entity", "open", "member_id")

    entity: str
    member_id: str
    currency: str
    lines: tuple[BillLine, ...] = ()
    open: bool = False
    """It has lines."""

    @classmethod
    def for_charge(cls, charge: ChargeAccepted) -> Self:
        """The empty bill a charge belongs on."""
        return cls(id=bill_id(charge), entity=charge.entity, member_id=charge.member_id, currency=charge.currency)

    def with_charges(self, charges: Iterable[ChargeAccepted]) -> "Bill":
        """The bill with new charges; one it knows is left out. Rejected `bill_full` where no more fit."""
        known = {line.charge_id for line in self.lines}
        fresh = {charge.charge_id: BillLine.of(charge) for charge in charges if charge.charge_id not in known}
        bill = self._of((*self.lines, *fresh.values()))
        if len(bill.lines) > MOST_LINES or (fresh and bill.size > LARGEST_BILL):
            raise Rejected("bill_full", f"the bill of {self.member_id} has {len(self.lines)} lines")
        return bill

    def without(self, charge_ids: Iterable[str]) -> "Bill":
        """The bill without what was invoiced; Rejected `bill_changed` where one of it is not there."""
        invoiced = set(charge_ids)
        left = tuple(line for line in self.lines if line.charge_id not in invoiced)
        if len(self.lines) - len(left) != len(invoiced):
            raise Rejected("bill_changed", f"{self.id} lacks lines that were frozen")
        return self._of(left)

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return len(self.model_dump_json().encode())

    def _of(self, lines: tuple[BillLine, ...]) -> "Bill":
        return self.but(lines=lines, open=bool(lines))


def bill_id(charge: ChargeAccepted) -> str:
    """The bill a charge belongs on."""
    return id_from("bill", charge.entity, charge.member_id, charge.currency)


class Recipient(Document):
    """Whom a member's invoices are made out to, as `members` told last. Its id is the member's."""

    collection = "recipients"

    revision: int
    buyer: Buyer


class InvoicingFreeze(Freeze):
    """Members whose bills no run takes: an invariant is broken for them."""

    collection = "invoicing_freezes"


# -- invoices and credit notes ----------------------------------------------------------------


class Amounts(BaseModel):
    """Lines, VAT and totals that add up to the last minor unit: no other can be made (EN 16931, BR-CO-10 to 17)."""

    currency: str
    lines: tuple[Line, ...]
    vat: tuple[VatTotal, ...]
    net_minor: int
    vat_minor: int
    total_minor: int

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        bases: dict[tuple[str, int], int] = {}
        for line in self.lines:
            group = (line.category, line.rate_basis_points)
            bases[group] = bases.get(group, 0) + line.amount_minor
        if bases != {(vat.category, vat.rate_basis_points): vat.base_minor for vat in self.vat}:
            raise ValueError("the bases of VAT are not the sums of their lines")
        if any(vat.vat_minor != share(vat.base_minor, vat.rate_basis_points) for vat in self.vat):
            raise ValueError("VAT is not its rate of its base")
        if self.net_minor != sum(bases.values()) or self.vat_minor != sum(vat.vat_minor for vat in self.vat):
            raise ValueError("a total is not the sum of its parts")
        if self.total_minor != self.net_minor + self.vat_minor:
            raise ValueError("the total is not net and VAT")
        return self


class Draft(Amounts):
    """An invoice before it has a number, as a billing run froze it."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    bill_id: str
    buyer: Buyer
    due_on: date
    evidence: tuple[str, ...]
    """On what grounds its VAT was decided."""


class Invoice(Amounts, Document):
    """An issued invoice: frozen, both parties as they were. What happens to it later stands elsewhere."""

    collection = "invoices"
    indexed = ("member_id", "run_id")

    number: str
    reference: str
    entity: str
    member_id: str
    run_id: str
    seller: Seller
    buyer: Buyer
    issued_on: date
    due_on: date
    evidence: tuple[str, ...]


class CreditNote(Amounts, Document):
    """Takes back a whole invoice; amounts are positive, as on the invoice. Its id comes from the invoice's."""

    collection = "credit_notes"
    indexed = ("member_id",)

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


def invoice_id(number: str) -> str:
    """The id of the invoice with that number."""
    return id_from("inv", number)


def credit_note_id(invoice: str) -> str:
    """The id of an invoice's credit note: there is at most one."""
    return id_from("crn", invoice)


InvoiceState = Literal["issued", "credited"]

INVOICE: Machine[InvoiceState] = Machine("invoice", {"issued": {"credit": "credited"}, "credited": {}})
"""Not stored, as an invoice is frozen: it is credited when its credit note is there."""


def invoice_state(credit_note: CreditNote | None) -> InvoiceState:
    """The state of an invoice, by its credit note."""
    return "credited" if credit_note else "issued"


class Filed(BaseModel):
    """A rendered document that is in the archive bucket, content-addressed."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    document_id: str
    """The invoice's or credit note's id."""
    member_id: str
    number: str
    file: str
    sha256: str
    size_bytes: int


class Unrendered(BaseModel):
    """A document that can't be rendered, and why."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    fault: str


class ArchiveEntry(Filed, Document):
    """Where the PDF of an invoice or credit note is kept, and the hash of its bytes."""

    collection = "archive_entries"

    archived_at: datetime


def archive_id(document_id: str) -> str:
    """The id of a document's archive entry."""
    return id_from("doc", document_id)


# -- billing runs -----------------------------------------------------------------------------

RunState = Literal["freezing", "frozen", "issuing", "completed", "cancelled"]
PageState = Literal["frozen", "issued"]

RUN: Machine[RunState] = Machine(
    "billing run",
    {
        "freezing": {"freeze": "frozen", "cancel": "cancelled"},
        "frozen": {"release": "issuing", "cancel": "cancelled"},
        "issuing": {"complete": "completed"},
        "completed": {},
        "cancelled": {},
    },
)
PAGE: Machine[PageState] = Machine("manifest page", {"frozen": {"issue": "issued"}, "issued": {}})


class GroupTotal(BaseModel):
    """What a part of a run adds up to in one currency, country, scheme and rate."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    currency: str
    country: str
    scheme: str
    rate_basis_points: int
    invoices: int
    base_minor: int
    vat_minor: int


def add_up(totals: Iterable[GroupTotal]) -> tuple[GroupTotal, ...]:
    """Totals of parts as the totals of the whole, in a fixed order."""
    groups: dict[tuple[str, str, str, int], list[GroupTotal]] = {}
    for total in totals:
        groups.setdefault((total.currency, total.country, total.scheme, total.rate_basis_points), []).append(total)
    return tuple(_sum(groups[group]) for group in sorted(groups))


def _sum(parts: Sequence[GroupTotal]) -> GroupTotal:
    summed = ("invoices", "base_minor", "vat_minor")
    return parts[0].model_copy(update={name: sum(getattr(part, name) for part in parts) for name in summed})


class Skipped(BaseModel):
    """A bill that a run leaves open, and why."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    bill_id: str
    member_id: str
    reason: str
    """`frozen`, `no_recipient`, `member_erased`, `nothing_up_to_cut_off`, `carried_forward`, `no_vat_rate`."""


class Page(Document):
    """One page of a run's frozen manifest: the drafts with their place in the run, and the bills left out."""

    collection = "manifest_pages"
    indexed = ("run_id", "state")

    run_id: str
    entity: str
    issued_on: date
    offset: int
    """How many drafts stand on the pages before."""
    drafts: tuple[Draft, ...]
    skipped: tuple[Skipped, ...]
    totals: tuple[GroupTotal, ...]
    state: PageState = "frozen"


class Run(Document):
    """A billing run of one legal entity: what it froze, and how far it got."""

    collection = "billing_runs"
    indexed = ("entity",)

    entity: str
    cut_off: date
    """Charges up to this day are billed."""
    issued_on: date
    started_at: datetime
    state: RunState = "freezing"
    pages: int = 0
    invoices: int = 0
    skipped: int = 0
    totals: tuple[GroupTotal, ...] = ()
    first: int = 0
    """The first number of its block; 0 before its release."""
    completed_at: datetime | None = None

    @property
    def last(self) -> int:
        """The last number of its block."""
        return self.first + self.invoices - 1

    def with_page(self, page: "Page") -> "Run":
        """The run with one more page on its manifest."""
        return self.but(
            pages=self.pages + 1,
            invoices=self.invoices + len(page.drafts),
            skipped=self.skipped + len(page.skipped),
            totals=add_up((*self.totals, *page.totals)),
        )

    def must_add_up(self, tally: "Tally") -> None:
        """Rejected `run_does_not_add_up` unless what was issued is what was frozen, number by number."""
        if tally.invoices != self.invoices or tally.totals != self.totals:
            raise Rejected("run_does_not_add_up", f"{self.id} issued {tally.invoices} of {self.invoices} invoices")


class RunSlot(Document):
    """Which run a legal entity is busy with: one at a time. Its id is the entity's code."""

    collection = "run_slots"

    run_id: str = ""

    def taken_by(self, run_id: str) -> "RunSlot":
        """The slot with a new run; Rejected `run_in_progress` (409) while another one has it."""
        if self.run_id:
            raise Rejected("run_in_progress", f"{self.id} is busy with {self.run_id}", status=409)
        return self.but(run_id=run_id)


class Tally(BaseModel):
    """What is issued of a run; invoices and totals are counted once every page is."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    pages: int
    invoices: int = 0
    totals: tuple[GroupTotal, ...] = ()


def page_id(run_id: str, page: int) -> str:
    """The id of a run's page, counted from 0."""
    return id_from("page", f"{run_id}-{page:05d}")
