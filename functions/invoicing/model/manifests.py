"""A run's manifest, page by page: drafts, what is held, what is left out and why, and what it all adds up to."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, Literal, TypeVar

from common.documents import Document, id_from
from common.machine import Machine
from common.values import Value
from functions.invoicing.model.invoices import Draft

HoldState = Literal["held", "released", "dropped"]

HOLD: Machine[HoldState] = Machine(
    "hold", {"held": {"release": "released", "drop": "dropped"}, "released": {}, "dropped": {}}
)
"""What a run puts aside until a person decides: one bill, or a group that is unlike the runs before."""

FOR_A_LATER_RUN: Final = frozenset({"nothing_up_to_cut_off", "carried_forward", "below_minimum", "dropped"})
"""Reasons that are no fault: there is nothing to repair, and a follow-up run leaves these bills alone."""


class GroupTotal(Value):
    """What a part of a run adds up to in one currency, country, scheme and rate."""

    currency: str
    country: str
    scheme: str
    rate_basis_points: int
    invoices: int
    base_minor: int
    vat_minor: int


def add_up(totals: Iterable[GroupTotal]) -> tuple[GroupTotal, ...]:
    """Totals of parts as the totals of the whole, in a fixed order."""
    groups: dict[tuple[str, str, str, int], list[int]] = {}
    for total in totals:
        key = (total.currency, total.country, total.scheme, total.rate_basis_points)
        add(groups, key, total.invoices, total.base_minor, total.vat_minor)
    return group_totals(groups)


def group_totals(groups: dict[tuple[str, str, str, int], list[int]]) -> tuple[GroupTotal, ...]:
    """Sums by currency, country, scheme and rate as totals, in a fixed order."""
    return tuple(
        GroupTotal(
            currency=key[0],
            country=key[1],
            scheme=key[2],
            rate_basis_points=key[3],
            invoices=summed[0],
            base_minor=summed[1],
            vat_minor=summed[2],
        )
        for key, summed in sorted(groups.items())
    )


class Figure(Value):
    """What a run bills in one currency: in all, in one country, of one kind, in one segment."""

    by: Literal["all", "country", "kind", "segment"]
    key: str = ""
    """The buyer's country, the kind of charge, the member's segment; empty for all."""
    currency: str
    count: int
    """Invoices; of a kind, lines."""
    net_minor: int

    @property
    def name(self) -> str:
        """What it is called in an address: `country-FR-EUR`."""
        return "-".join(part for part in (self.by, self.key, self.currency) if part)


FigureKey = tuple[str, str, str]
K = TypeVar("K")


def add_figures(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Figures of parts as those of the whole, in a fixed order."""
    groups: dict[FigureKey, list[int]] = {}
    for figure in figures:
        add(groups, (figure.by, figure.key, figure.currency), figure.count, figure.net_minor)
    return figures_of(groups)


def figures_of(groups: dict[FigureKey, list[int]]) -> tuple[Figure, ...]:
    """Sums by kind of group, group and currency as figures, in a fixed order."""
    return tuple(
        Figure.model_validate({"by": by, "key": key, "currency": currency, "count": summed[0], "net_minor": summed[1]})
        for (by, key, currency), summed in sorted(groups.items())
    )


def add(groups: dict[K, list[int]], key: K, *amounts: int) -> None:
    """Adds amounts to those of a group, place by place."""
    summed = groups.get(key)
    if summed is None:
        groups[key] = list(amounts)
    else:
        for place, amount in enumerate(amounts):
            summed[place] += amount


class Skipped(Value):
    """A bill that a run leaves open, and why."""

    bill_id: str
    member_id: str
    reason: str
    """`frozen`, `no_recipient`, `member_erased`, `nothing_up_to_cut_off`, `carried_forward`, `below_minimum`,

    `dropped` (a hold), and the codes of what can't be taxed: `no_vat_rate`, `location_contradictory`, and others.
    """
    currency: str = ""
    total_minor: int = 0
    """What would have been invoiced, where that is known."""
    limit_minor: int = 0
    """The minimum it does not reach."""

    @property
    def repairable(self) -> bool:
        """Something has to be put right before this bill can be invoiced."""
        return self.reason not in FOR_A_LATER_RUN


class Decision(Value):
    """Who decided on a hold, when and why."""

    by: str
    at: datetime
    reason: str


class Held(Value):
    """One bill's drafts that a run puts aside: they are unlike what the member was billed before, or too large."""

    bill_id: str
    member_id: str
    reason: Literal["above_limit", "unlike_before"]
    currency: str
    total_minor: int
    limit_minor: int
    """What it would have passed at."""
    drafts: tuple[Draft, ...]
    state: HoldState = "held"
    decision: Decision | None = None

    def decided(self, verb: str, decision: Decision) -> "Held":
        """The hold after somebody decided; Rejected `wrong_state` (409) where somebody has."""
        return self.model_copy(update={"state": HOLD.move(self.state, verb), "decision": decision})


class Page(Document):
    """One page of a run's frozen manifest: drafts in the order of their numbers, and the bills left out."""

    collection = "manifest_pages"
    indexed = ("run_id", "left")

    run_id: str
    entity: str
    issued_on: date
    number: int
    """Its place in the run, from 0."""
    drafts: tuple[Draft, ...]
    skipped: tuple[Skipped, ...] = ()
    held: tuple[Held, ...] = ()
    taken_up: tuple[Held, ...] = ()
    """What was held and then released in time: it is among the drafts."""
    totals: tuple[GroupTotal, ...]
    figures: tuple[Figure, ...] = ()
    left: bool = False
    """It leaves bills behind that a follow-up run may take."""

    @property
    def left_behind(self) -> list[str]:
        """The bills a follow-up run is for: to be repaired, or held and not dropped; in order of id."""
        skipped = [one.bill_id for one in self.skipped if one.repairable]
        return sorted({*skipped, *(one.bill_id for one in self.held if one.state != "dropped")})

    @property
    def approved(self) -> dict[str, int]:
        """The bills whose hold was released, and the total that somebody looked at."""
        return {one.bill_id: one.total_minor for one in self.held if one.state == "released"}


class IssuedPage(Document):
    """The receipt of a page whose invoices are issued, under the page's own id: small, as they are many."""

    collection = "issued_pages"
    indexed = ("run_id",)

    run_id: str
    first: int
    """The number of its first invoice."""
    invoices: int
    totals: tuple[GroupTotal, ...]
    """Added up anew, from the invoices."""


def page_id(run_id: str, page: int) -> str:
    """The id of a run's page, counted from 0."""
    return id_from("page", f"{run_id}-{page:05d}")


def before(counts: Sequence[int], page: int) -> int:
    """How many drafts stand on the pages before this one."""
    return sum(counts[:page])
