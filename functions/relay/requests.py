"""What callers send to the relay and are told."""

from typing import Annotated

from pydantic import Field

from common.functions.routes import Input, Limit, Output, PageToken
from common.parking import ParkedState

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
    """A page of parked messages in one state; of one function or code, where they are given."""

    state: ParkedState = "parked"
    function: str = ""
    code: str = ""
    limit: Limit = 50
    page_token: PageToken = ""


class CausesAsked(Input):
    """Why messages are in one state."""

    state: ParkedState = "parked"


class ParkedView(Output):
    """A parked message: which function refused or could not take what, and why.

    `subscription` and `attempts` say where it was given up. What nobody could read is `raw`, in base64, or in the
    archived `raw_file`; a list leaves `raw` out and tells its size alone.
    """

    id: str
    function: str
    name: str
    code: str
    detail: str
    parked_at: str
    state: str
    facts: list[dict[str, object]]
    allowed: list[str]
    subscription: str = ""
    attempts: int = 0
    raw: str = ""
    raw_bytes: int = 0
    raw_file: str = ""


class Cause(Output):
    """What keeps messages from one function: how many, since when, and one of them to look at."""

    function: str
    code: str
    count: int
    since: str
    example_id: str
    detail: str


class Causes(Output):
    """Every cause, the commonest first; `complete` is false where so many are parked that some may be missing."""

    items: list[Cause]
    complete: bool


class ParkedPage(Output):
    """Some parked messages, and where the next ones begin."""

    items: list[ParkedView]
    next_page_token: str
