"""What `charging` asks itself to do later: page by page, as nobody knows how many there are."""

from common.events.base import Task


class RateParked(Task, name="charging.rate_parked"):
    """Rate the parked charges of a code, or of a member, again; from after an id on."""

    code: str
    after: str = ""


class MoveCharges(Task, name="charging.move_charges"):
    """Give the charges of an account that was closed to the one that took its place."""

    into: str
