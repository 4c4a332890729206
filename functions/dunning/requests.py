"""What callers send to `dunning` and what they are told."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from common.functions.routes import Input, Limit, Output
from functions.dunning.ladder import Level
from functions.dunning.model import Case, CaseState

Id = Annotated[str, Field(max_length=100)]

"""How many at once; more than 100 are 100."""


class ByCase(Input):
    """One case."""

    case_id: Id


class Close(Input):
    """Close a case although something is owed, and why."""

    case_id: Id
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Search(Input):
    """Cases of a member, in a state, or all."""

    member_id: Id = ""
    state: CaseState | None = None
    limit: Limit = 50
    page_token: Id = ""


class NextStep(Output):
    """The level that comes next, and the day it is planned for."""

    level: Level
    planned_on: date


class CaseAnswer(Output):
    """A case; `allowed` says what may be done with it, `next_step` what comes by itself."""

    case_id: str
    member_id: str
    item_id: str
    invoice_id: str
    invoice_number: str
    reference: str
    entity: str
    currency: str
    total_minor: int
    open_minor: int
    due_on: date
    email: str
    language: str
    buyer_name: str
    state: CaseState
    reached: str
    in_flight: bool
    waits_because: str
    """Why the step that is due was not taken yet; empty where nothing is in its way."""
    closed_because: str
    next_step: NextStep | None
    allowed: list[str]

    @classmethod
    def of(cls, case: Case) -> Self:
        """As the document has it."""
        following = None
        if case.next_step is not None and case.next_on is not None:
            following = NextStep(level=case.next_step, planned_on=case.next_on)
        return cls(
            case_id=case.id,
            next_step=following,
            allowed=case.allowed,
            **case.model_dump(include=set(cls.model_fields)),
        )


class CasePage(Output):
    """Some cases, in order of id; an empty token is the end."""

    items: list[CaseAnswer]
    next_page_token: str = ""
