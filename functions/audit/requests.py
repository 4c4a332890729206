"""What callers ask of audit and are told."""

from typing import Any

from common.functions.routes import Input, Output


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
