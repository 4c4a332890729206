"""What could not be done and is kept with its reason until somebody replays it."""

from datetime import datetime
from typing import Any, Literal

from common.documents import Document
from common.machine import Machine

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
    """A message a function refused: which, why, and the facts themselves."""

    collection = "parked"
    indexed = ("state",)

    function: str
    name: str
    key: str
    facts: tuple[dict[str, Any], ...]
    ids: tuple[str, ...]
    code: str
    detail: str
    parked_at: datetime
    state: ParkedState = "parked"
