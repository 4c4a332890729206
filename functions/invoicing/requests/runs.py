"""What callers send and are told of billing runs."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from common.functions.routes import Input, Output
from functions.invoicing.drafts import gross_by_currency
from functions.invoicing.model.runs import RUN, GroupTotal, PageState, Run, RunState, Skipped
from functions.invoicing.numbering import invoice_number
from functions.invoicing.requests.fields import Entity, Limit, Reason


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
