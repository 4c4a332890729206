"""Billing runs: their manifest, page by page, their states and their totals."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from common.documents import Document, id_from
from common.failures import Rejected
from common.machine import Machine
from functions.invoicing.model.invoices import Draft

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
