"""What `members` tells."""

from common.events.base import Event
from common.parties import Buyer


class MemberChanged(Event, name="member.changed"):
    """A member was registered or changed; `revision` grows by one each time, so that the newest is known."""

    revision: int
    buyer: Buyer
    segment: str
    currency: str = "EUR"
    """What they are billed in where a charge does not say."""
    billing_day: int = 1
    """The day of the month, 1 to 28, on which they are billed."""
    dunning_profile: str = "standard"
    """Which procedure reminds them."""
    merged_into: str = ""
    """Who took their place, where this account was closed: never one that was itself merged into another."""


class MemberMerged(Event, name="member.merged"):
    """An account was closed because its holder has another one: what is not yet invoiced is that one's from now on.

    Told again with another `into` where that one is merged in its turn. `member.changed` of the same revision says so,
    too, so that nobody depends on the order of both.
    """

    revision: int
    into: str
    """The member who goes on."""
    reason: str
    """Why, without personal data."""


class MemberErased(Event, name="member.erased"):
    """A member's personal data is to be forgotten by everyone who keeps a copy and whom no law obliges to keep it."""

    revision: int
    reason: str
    """Why, without personal data: an article, a ticket's number."""
