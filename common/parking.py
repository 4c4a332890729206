"""What could not be done and is kept with its reason until somebody replays it; and members who have to wait."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from common.documents import Document, id_from
from common.machine import Machine
from common.parties import personal
from common.values import Exact

if TYPE_CHECKING:
    from common.events.audit import OfFinding
    from common.transaction import Transaction

ParkedState = Literal["parked", "replayed", "discarded"]

PARKED: Machine[ParkedState] = Machine(
    "parked message",
    {
        "parked": {"replay": "replayed", "discard": "discarded", "park": "parked"},
        "replayed": {},
        "discarded": {},
    },
)


class Parked(Document):
    """A message a function refused or could not take: which, why, and the facts themselves."""

    collection = "parked"
    indexed = ("state", "function", "code")

    function: str
    name: str
    key: str
    facts: Annotated[tuple[dict[str, Any], ...], personal(())]
    ids: tuple[str, ...]
    code: str
    detail: str
    parked_at: datetime
    state: ParkedState = "parked"
    told_at: datetime | None = None
    """When the message was told, for a replay to say so again."""
    subscription: str = ""
    """Where it was given up; empty where a function refused it."""
    attempts: int = 0
    raw: Annotated[str, personal("")] = ""
    """The message as it came, in base64, where nobody could read it; never shown decoded."""
    raw_file: str = ""
    """The archived file that holds it instead, where it is too large for a document."""

    @property
    def readable(self) -> bool:
        """Whether it can be sent again as it is kept."""
        return bool(self.function and self.facts)


class Failing(Document):
    """The last known error of a message that keeps failing; noted now and then, so that who gives it up can say why."""

    collection = "failing"

    fault: str
    """The error's kind, a snake_case word."""
    detail: str
    attempt: int
    failed_at: datetime


def parked_id(function: str, key: str) -> str:
    """A message is parked once for each function, however it came to it."""
    return id_from("pk", function, key)


def failing_id(function: str, key: str) -> str:
    """Where a function's trouble with a message is noted."""
    return id_from("fl", function, key)


class Standing(Exact):
    """What was last told of one finding."""

    finding_id: str
    revision: int
    open: bool


class Freeze(Document):
    """What one area knows of the findings about a member; its id is the member's.

    An area that moves money has its own collection of these, and begins nothing new with a member who is frozen.
    """

    findings: tuple[Standing, ...] = ()

    @property
    def frozen(self) -> bool:
        """Whether an invariant is broken for this member."""
        return any(standing.open for standing in self.findings)

    def told(self, news: "OfFinding") -> Self:
        """With the newest news of a finding; older news changes nothing."""
        known = next((one for one in self.findings if one.finding_id == news.finding_id), None)
        if known is not None and known.revision >= news.revision:
            return self
        now = Standing(finding_id=news.finding_id, revision=news.revision, open=news.name == "invariant.broken")
        return self.but(findings=(*(one for one in self.findings if one is not known), now))


def freezing(kind: type[Freeze]) -> "Callable[[Sequence[OfFinding], Transaction], None]":
    """A handler of `invariant.broken` and of `finding.resolved` for an area that moves money."""

    def follow(news: "Sequence[OfFinding]", transaction: "Transaction") -> None:
        """Notes what is told of findings about members; of others nobody has to wait."""
        ids = list(dict.fromkeys(one.member_id for one in news if one.member_id))
        found = dict(zip(ids, transaction.find_all(kind, ids), strict=True))
        after = {member_id: known or kind(id=member_id) for member_id, known in found.items()}
        for one in news:
            if one.member_id:
                after[one.member_id] = after[one.member_id].told(one)
        for member_id, freeze in after.items():
            if freeze != (found[member_id] or kind(id=member_id)):
                transaction.put(freeze)

    return follow


def frozen_among(kind: type[Freeze], member_ids: Iterable[str], transaction: "Transaction") -> set[str]:
    """Those of these members who are frozen. A read."""
    found = transaction.find_all(kind, list(dict.fromkeys(member_ids)))
    return {freeze.id for freeze in found if freeze is not None and freeze.frozen}
