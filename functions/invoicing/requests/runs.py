"""What callers send and are told of billing runs."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field

from common.functions.routes import Input, Limit, Output
from functions.invoicing.drafts import gross_by_currency
from functions.invoicing.model.manifests import Decision, Figure, GroupTotal, Held, HoldState, Page, Skipped, before
from functions.invoicing.model.run_policies import Policy
from functions.invoicing.model.runs import Block, GroupHold, Run, RunState
from functions.invoicing.numbering import invoice_number
from functions.invoicing.requests.fields import Entity, Reason

LONGEST_GRACE: Final = 168


class StartRun(Input):
    """Bills charges up to `cut_off`, with today (in the legal entity's zone) as date where none is given."""

    entity: Entity
    cut_off: date
    issued_on: date | None = None
    billing_days: Annotated[tuple[Annotated[int, Field(ge=1, le=31)], ...], Field(max_length=31)] = ()
    """Only members who are billed on these days of the month; empty: all."""
    canary: Annotated[int, Field(ge=0, le=100)] = 0
    """Issue at most so many bills first, and wait; 0: no canary."""
    grace_hours: Annotated[int, Field(ge=0, le=LONGEST_GRACE)] = 0
    """Wait so long after the end of the cut-off day for charges that come late; 0: freeze at once."""
    closing: bool = False
    """Carry nothing forward, however small."""
    reason: Annotated[str, Field(max_length=200)] = ""


class ChangeRun(Input):
    """Releases, continues, pauses, resumes or cancels a run, or runs again what it left behind."""

    run_id: str
    reason: Reason


class DecideHold(Input):
    """Releases or drops what a run holds."""

    run_id: str
    hold_id: Annotated[str, Field(max_length=200)]
    """A group (`country-FR-EUR`), or a bill (`00000.bill_…`), as the list of holds tells it."""
    reason: Reason

    @property
    def is_of_bill(self) -> bool:
        """Whether one bill is meant, and not a group."""
        return "." in self.hold_id and self.hold_id.partition(".")[0].isdecimal()

    @property
    def page(self) -> int:
        """The page the bill is on."""
        return int(self.hold_id.partition(".")[0][:9])

    @property
    def bill_id(self) -> str:
        """The bill."""
        return self.hold_id.partition(".")[2]


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


class ListLeft(Input):
    """What a run left out or holds; only for one reason where it is given."""

    run_id: str
    reason: Annotated[str, Field(max_length=60)] = ""
    page_token: Annotated[str, Field(pattern=r"^\d{0,6}$")] = ""


class RunAnswer(Output):
    """A run: its preview once it is frozen, its numbers once it is released."""

    id: str
    entity: str
    cut_off: date
    issued_on: date
    started_at: datetime
    started_by: str
    days: tuple[int, ...]
    follows: str
    followed_by: str
    closing: bool
    scheduled: bool
    canary: int
    freezes_at: datetime | None
    state: RunState
    pages: int
    invoices: int
    skipped: int
    held: int
    totals: tuple[GroupTotal, ...]
    gross_minor: dict[str, int]
    """By currency."""
    numbered: int
    """Invoices that have their numbers; they are issued, whatever happens to the run."""
    trouble: str
    """Why it stands still, or was cancelled."""
    first_number: str = ""
    last_number: str = ""
    frozen_at: datetime | None
    completed_at: datetime | None = None
    allowed: list[str]

    @classmethod
    def of(cls, run: Run, **more: Any) -> Self:
        """The answer about a run."""
        derived = {"gross_minor": gross_by_currency(run.totals), "allowed": run.allowed, "numbered": run.numbered}
        return cls.model_validate(dict(run) | numbers_of(run) | derived | more)


class RunProgress(RunAnswer):
    """A run, what it bills by country, kind and segment, what holds it, and how far it got."""

    figures: tuple[Figure, ...]
    holds: tuple[GroupHold, ...]
    """Groups that are unlike the runs before: it can't be released before somebody let them pass."""
    compared_with: int
    """How many runs before it was compared with."""
    blocks: tuple[Block, ...]
    """Its slices, each with its block of numbers."""
    policy: Policy
    issued_pages: int
    issued_invoices: int
    frozen_percent: int
    """While it freezes: of the entity's open bills, by number."""
    invoices_a_minute: int
    """Since the last slice was released."""
    expected_end: datetime | None
    """When the present phase will be over at this speed; None where nothing can be said."""


class RunList(Output):
    """Runs, the latest first."""

    items: list[RunAnswer]
    next_page_token: str


class PageAnswer(Output):
    """One page of a manifest: what it adds up to, and which bills were left out and why."""

    run_id: str
    offset: int
    state: Literal["frozen", "issued"]
    totals: tuple[GroupTotal, ...]
    figures: tuple[Figure, ...]
    skipped: tuple[Skipped, ...]
    members: list[str]
    """Who gets an invoice, in the order of their numbers."""

    @classmethod
    def of(cls, page: Page, run: Run, *, issued: bool) -> Self:
        """The answer about a page of a run."""
        derived = {
            "offset": before(run.counts, page.number),
            "state": "issued" if issued else "frozen",
            "members": [draft.buyer.member_id for draft in page.drafts],
        }
        return cls.model_validate(dict(page) | derived)


class HeldBill(Output):
    """One member's bill that a run holds."""

    id: str
    """By which it is released or dropped."""
    bill_id: str
    member_id: str
    reason: str
    currency: str
    total_minor: int
    limit_minor: int
    state: HoldState
    decision: Decision | None
    allowed: list[str]

    @classmethod
    def of(cls, held: Held, page: Page, run: Run) -> Self:
        """The answer about a hold."""
        open_ = held.state == "held" and not run.followed_by
        own = {"id": f"{page.number:05d}.{held.bill_id}", "allowed": ["release", "drop"] if open_ else []}
        return cls.model_validate(dict(held) | own)


class LeftList(Output):
    """What a run left out, and what it holds, a page of its manifest after the other."""

    skipped: list[Skipped]
    held: list[HeldBill]
    next_page_token: str
    """Pass it on to get more; empty at the end. A page may be empty and not be the last."""


def numbers_of(run: Run) -> dict[str, str]:
    """The first and last number of a released run."""
    if not run.blocks:
        return {}
    places = {"first_number": run.blocks[0].first, "last_number": run.blocks[-1].last}
    return {name: invoice_number(run.entity, run.issued_on.year, place) for name, place in places.items()}


def held_of(pages: Iterable[tuple[Page, Run]]) -> list[HeldBill]:
    """Every hold on these pages, also those that were decided."""
    return [HeldBill.of(one, page, run) for page, run in pages for one in (*page.held, *page.taken_up)]
