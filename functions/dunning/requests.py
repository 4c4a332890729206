"""What callers of dunning send and are told."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator

from common.functions.routes import Input, Output
from functions.dunning.model import Case, CaseState

Limit = Annotated[int, AfterValidator(lambda limit: max(1, min(limit, 100)))]


class CasesAsked(Input):
    """Which cases: of a member, in a state, of an invoice; all of them without."""

    member_id: str = ""
    state: CaseState | None = None
    invoice_number: str = ""
    limit: Limit = 50
    page_token: str = ""


class CaseAsked(Input):
    """One case."""

    case_id: str


class CaseShown(Output):
    """A dunning case: what is open, what was done, what comes next."""

    id: str
    member_id: str
    invoice_id: str
    invoice_number: str
    reference: str
    entity: str
    currency: str
    total_minor: int
    open_minor: int
    due_on: date
    overdue_on: date
    state: CaseState
    reached: str
    next_step: str
    next_step_on: date | None
    in_flight: bool
    procedure: str
    allowed: list[str]
    """Nothing yet: a case moves by payments and time alone."""

    @classmethod
    def of(cls, case: Case) -> "CaseShown":
        """What a caller is told of a case."""
        own = {"in_flight", "procedure", "allowed"}
        ladder = case.procedure
        name = "/".join(filter(None, (ladder.country, ladder.segment, ladder.version)))
        fields = case.model_dump(include=set(cls.model_fields) - own)
        return cls(**fields, in_flight=bool(case.in_flight), procedure=name, allowed=[])


class CasesShown(Output):
    """A page of cases."""

    items: list[CaseShown]
    next_page_token: str
