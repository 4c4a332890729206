"""What could not be done and is kept with its reason until somebody replays it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from common.documents import Document, id_from
from common.machine import Machine
from common.parties import personal

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
