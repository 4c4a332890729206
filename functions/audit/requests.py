"""What callers ask of audit and are told."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from common.functions.routes import Input, Output
from functions.audit.findings import Finding, FindingState


class OneTrail(Input):
    """A document by collection and id; `at` (ISO instant) asks for its state then."""

    collection: str
    document_id: str
    at: str = ""


class OneMember(Input):
    """A member by id."""

    member_id: str
    limit: int = 200


class StepView(Output):
    """One version of a document and the commit that wrote it."""

    version: int
    commit: str
    hash: str
    at: str
    actor: str
    function: str
    reason: str
    because: str
    body: dict[str, Any]


class TrailView(Output):
    """A document's whole trail, and what is wrong with its chain (nothing, when it is whole)."""

    reference: str
    steps: list[StepView]
    faults: list[str]
    as_of: dict[str, Any] | None


class Happening(Output):
    """One event about a member."""

    at: str
    name: str
    actor: str
    commit: str
    because: str
    event: dict[str, Any]


class TimelineView(Output):
    """What happened to a member, newest first."""

    member_id: str
    happenings: list[Happening]


class FindingList(Input):
    """A page of findings; of one member or in one state, where they are given."""

    state: FindingState | None = None
    member_id: str = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    page_token: str = ""


class Resolve(Input):
    """Which finding somebody has looked into, and what came of it."""

    finding_id: str
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class FindingView(Output):
    """An invariant that is or was broken for a member, with its numbers in the catalogue and the evidence.

    While one of a member's findings is open they are not billed, collected from or reminded.
    """

    id: str
    member_id: str
    rule: str
    numbers: list[int]
    says: str
    evidence: list[str]
    state: FindingState
    found_at: datetime
    changed_at: datetime
    resolved_by: str
    reason: str
    allowed: list[str]

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """As the document has it."""
        return cls(allowed=finding.allowed, **finding.model_dump(include=set(cls.model_fields)))


class FindingPage(Output):
    """Some findings, and where the next ones begin."""

    items: list[FindingView]
    next_page_token: str
