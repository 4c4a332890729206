"""What `members` tells."""

from common.events.base import Event
from common.parties import Buyer


class MemberChanged(Event, name="member.changed"):
    """A member was registered or changed; `revision` grows by one each time, so that the newest is known."""

    revision: int
    buyer: Buyer
    segment: str
