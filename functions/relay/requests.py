"""What callers send to the relay and are told."""

from typing import Annotated

from pydantic import Field

from common.functions.routes import Input, Output

Reason = Annotated[str, Field(min_length=3, max_length=500)]


class Replay(Input):
    """Which parked message to replay, and why."""

    parked_id: str
    reason: Reason
    all_like_this: bool = False


class Discard(Input):
    """Which parked message to give up, and why."""

    parked_id: str
    reason: Reason


class Moved(Output):
    """The parked messages concerned."""

    parked_ids: list[str]


class OneParked(Input):
    """A parked message by id."""

    parked_id: str


class ParkedList(Input):
    """A page of parked messages in one state."""

    state: str = "parked"
    limit: int = 50
    page_token: str = ""


class ParkedView(Output):
    """A parked message: which function refused what, and why."""

    id: str
    function: str
    name: str
    code: str
    detail: str
    parked_at: str
    state: str
    facts: list[dict[str, object]]
    allowed: list[str]


class ParkedPage(Output):
    """Some parked messages, and where the next ones begin."""

    items: list[ParkedView]
    next_page_token: str
