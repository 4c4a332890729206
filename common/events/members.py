"""What `members` tells."""

from common.events.base import Event
from common.parties import Buyer


class MemberChanged(Event, name="member.changed"):
    """A member was registered or changed; `revision` grows by one each time, so that the newest is known."""

    revision: int
    buyer: Buyer
    segment: str


class MemberErased(Event, name="member.erased"):
    """A member's personal data is to be forgotten by everyone who keeps a copy and whom no law obliges to keep it."""

    revision: int
    reason: str
    """Why, without personal data: an article, a ticket's number."""
