"""Billing runs: their states, their slices and blocks of numbers, how far they got."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal

from common.documents import Document, id_from
from common.failures import Rejected
from common.machine import Machine
from common.values import Value
from functions.invoicing.model.manifests import (
    HOLD,
    Decision,
    Figure,
    GroupTotal,
    HoldState,
    Page,
    add_figures,
    add_up,
)
from functions.invoicing.model.run_policies import Policy, limit_in

RunState = Literal[
    "waiting", "freezing", "held", "frozen", "canary", "issuing", "paused", "stopping", "completed", "cancelled"
]

RUN: Machine[RunState] = Machine(
    "billing run",
    {
        "waiting": {"begin": "freezing", "cancel": "cancelled"},
        "freezing": {"freeze": "frozen", "hold": "held", "cancel": "cancelled"},
        "held": {"clear": "frozen", "cancel": "cancelled"},
        "frozen": {"release": "issuing", "try": "canary", "cancel": "cancelled"},
        "canary": {"continue": "issuing", "cancel": "stopping"},
        "issuing": {"pause": "paused", "complete": "completed", "cancel": "stopping"},
        "paused": {"resume": "issuing", "cancel": "stopping"},
        "stopping": {"stop": "cancelled"},
        "completed": {},
        "cancelled": {},
    },
)

BY_STAFF: Final = ("release", "continue", "pause", "resume", "cancel")
"""What people do with a run; the rest of its table it does itself."""
UNDER_WAY: Final = frozenset({"canary", "issuing", "paused", "stopping"})
"""States in which invoices are being issued, or may be."""
FINAL: Final = frozenset({"completed", "cancelled"})
EARLIER_RUNS: Final = 3
"""A run is compared with the mean of so many before it."""


class Block(Value):
    """Numbers a run reserved for one slice of its pages; every one of them is issued."""

    pages: int
    """The pages of the run up to this one are released with it."""
    first: int
    invoices: int
    released_at: datetime
    released_by: str

    @property
    def last(self) -> int:
        """Its last number."""
        return self.first + self.invoices - 1


class GroupHold(Value):
    """A group that is unlike the runs before: it holds the whole run until a person says that it is right."""

    id: str
    figure: Figure
    usual_minor: int
    """The mean of the runs before, net."""
    state: HoldState = "held"
    decision: Decision | None = None

    def released(self, decision: Decision) -> "GroupHold":
        """The hold after somebody looked; Rejected `wrong_state` (409) where somebody did before."""
        return self.model_copy(update={"state": HOLD.move(self.state, "release"), "decision": decision})


class Run(Document):
    """A billing run of one legal entity: what it froze, and how far it got."""

    collection = "billing_runs"
    indexed = ("entity",)

    entity: str
    cut_off: date
    """Charges up to this day are billed."""
    issued_on: date
    started_at: datetime
    started_by: str = ""
    policy: Policy = Policy()
    days: tuple[int, ...] = ()
    """Only members with these billing days; empty: all."""
    follows: str = ""
    """The run whose bills that were left behind this one is for."""
    followed_by: str = ""
    closing: bool = False
    """Nothing is carried forward."""
    scheduled: bool = False
    canary: int = 0
    """The first page has at most so many bills and is issued alone; 0: no canary."""
    freezes_at: datetime | None = None
    """When its grace window ends."""
    state: RunState = "freezing"
    pages: int = 0
    counts: tuple[int, ...] = ()
    """Invoices on each page."""
    invoices: int = 0
    skipped: int = 0
    held: int = 0
    """Bills put aside and not decided on yet."""
    left: int = 0
    """Bills a follow-up run would take: to be repaired, or held and not dropped."""
    totals: tuple[GroupTotal, ...] = ()
    figures: tuple[Figure, ...] = ()
    holds: tuple[GroupHold, ...] = ()
    compared_with: int = 0
    """How many runs before it was compared with."""
    released: int = 0
    """So many pages have their numbers."""
    blocks: tuple[Block, ...] = ()
    trouble: str = ""
    """Why it does not go on by itself."""
    frozen_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def numbered(self) -> int:
        """How many invoices have their numbers: so many are issued, whatever happens."""
        return sum(block.invoices for block in self.blocks)

    @property
    def pages_out(self) -> int:
        """How many of the released pages have invoices."""
        return sum(1 for count in self.counts[: self.released] if count)

    @property
    def wholly_released(self) -> bool:
        """Nothing is left to be numbered."""
        return self.numbered == self.invoices

    @property
    def allowed(self) -> list[str]:
        """What people may do with it now."""
        verbs = [verb for verb in RUN.allows(self.state) if verb in BY_STAFF]
        if self.state in FINAL:
            return ["rerun"] if self.left and not self.followed_by else []
        if self.state == "frozen" and not self.invoices:
            return ["cancel"]
        if self.released and self.wholly_released:
            return [verb for verb in verbs if verb == "continue"]
        return verbs

    def with_page(self, page: Page) -> "Run":
        """The run with one more page on its manifest."""
        return self.but(
            pages=self.pages + 1,
            counts=(*self.counts, len(page.drafts)),
            invoices=self.invoices + len(page.drafts),
            skipped=self.skipped + len(page.skipped),
            held=self.held + sum(1 for one in page.held if one.state == "held"),
            left=self.left + len(page.left_behind),
            totals=add_up((*self.totals, *page.totals)),
            figures=add_figures((*self.figures, *page.figures)),
        )

    def must_be(self, verb: str) -> None:
        """Rejected `wrong_state` (409) unless people may do this now; otherwise with the reason as its code."""
        RUN.move(self.state, verb)
        if verb == "release" and not self.invoices:
            raise Rejected("nothing_to_issue", "the run has no invoices; cancel it", status=409)
        if verb not in self.allowed:
            raise Rejected("wrong_state", f"every invoice of {self.id} has its number", status=409)

    def must_be_left_behind(self) -> None:
        """Rejected with the reason (409) unless a follow-up run has something to do."""
        if self.state not in FINAL:
            raise Rejected("wrong_state", f"billing run can't be run again while {self.state}", status=409)
        if self.followed_by:
            raise Rejected("already_followed", f"{self.followed_by} follows {self.id}: run that again", status=409)
        if not self.left:
            raise Rejected("nothing_left_behind", "no bill was left out that could be repaired", status=409)

    def must_add_up(self, tally: "Tally") -> None:
        """Rejected `run_does_not_add_up` unless what was issued is what was frozen, number by number."""
        if tally.invoices != self.numbered or (self.wholly_released and tally.totals != self.totals):
            raise Rejected("run_does_not_add_up", f"{self.id} issued {tally.invoices} of {self.numbered} invoices")

    def must_have_four_eyes(self, actor: str, amounts: dict[str, int]) -> None:
        """Rejected `four_eyes` (403) where a person lets pass, above the limit, what they started themselves."""
        over = [c for c, minor in amounts.items() if _over(minor, limit_in(self.policy.four_eyes_minor, c))]
        if over and actor == self.started_by and actor.startswith("staff:"):
            raise Rejected("four_eyes", f"{actor} started this run; somebody else releases so much", status=403)


def _over(minor: int, limit: int | None) -> bool:
    return limit is not None and minor > limit


class RunSlot(Document):
    """Which run a legal entity is busy with: one at a time. Its id is the entity's code."""

    collection = "run_slots"

    run_id: str = ""
    billed_until: date | None = None
    """The last day whose members a scheduled run has taken."""

    def taken_by(self, run_id: str) -> "RunSlot":
        """The slot with a new run; Rejected `run_in_progress` (409) while another one has it."""
        if self.run_id:
            raise Rejected("run_in_progress", f"{self.id} is busy with {self.run_id}", status=409)
        return self.but(run_id=run_id)


class Earlier(Value):
    """What one completed run billed."""

    run_id: str
    cut_off: date
    figures: tuple[Figure, ...]


class RunHistory(Document):
    """The last completed runs of one entity over the same billing days, for the next one to be compared with."""

    collection = "run_histories"

    runs: tuple[Earlier, ...] = ()

    def with_run(self, run: Run) -> "RunHistory":
        """With one more run; the oldest of more than three is forgotten."""
        earlier = [one for one in self.runs if one.run_id != run.id]
        this = Earlier(run_id=run.id, cut_off=run.cut_off, figures=run.figures)
        return self.but(runs=(*earlier, this)[-EARLIER_RUNS:])


def history_id(entity: str, days: Sequence[int]) -> str:
    """The id of the history a run is compared with."""
    return id_from("history", entity, *(str(day) for day in days))


class Tally(Value):
    """What is issued of a run; invoices and totals are counted once every page is."""

    pages: int
    invoices: int = 0
    totals: tuple[GroupTotal, ...] = ()
    unarchived: int = 0
    """Of a canary, how many invoices have no archived document yet."""
