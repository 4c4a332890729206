"""What has been heard of members, open items and mandates, so that nothing is told that is not so any more."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from common.documents import Document
from common.events.mandates import MandateChanged
from common.events.matching import OfItem, OverdueItemChanged
from common.events.members import MemberChanged
from common.events.payments import PaymentExpected
from common.parties import personal
from common.values import Exact

MandateNews = Literal["", "mandate_given", "mandate_changed", "mandate_suspended", "mandate_ended"]
MOST_COMING: Final = 10


class Addressee(Document):
    """How a member is addressed now. Its id is the member's."""

    collection = "addressees"
    indexed = ("member_id",)

    member_id: str
    revision: int
    name: Annotated[str, personal()]
    email: Annotated[str, personal("")]
    language: str
    country: str
    merged_into: str = ""
    """Whose mails go there instead, since the account was closed for that one."""


class Coming(Exact):
    """Money a member has sent by themselves, by the newest news of it."""

    source_id: str
    revision: int
    on_its_way: bool


class KnownItem(Document):
    """What was last heard of an open item. Its id is the item's."""

    collection = "known_items"

    item_version: int = 0
    open_minor: int | None = None
    """None where nobody has said it yet."""
    settled_at: datetime | None = None
    """When we heard that nothing is open."""
    flight_version: int = 0
    in_flight: bool = False
    attempt: int = 0
    """The last attempt to collect it that was announced."""
    coming: tuple[Coming, ...] = Field(default=(), max_length=MOST_COMING)
    reminded: str = ""
    """The last level of a reminder that went out, or could not; empty again once nothing is owed."""
    reminded_until: date | None = None
    """The day by which the last reminder that went out asks for the money."""

    @property
    def on_its_way(self) -> bool:
        """Whether the member has sent money for it that is not here yet."""
        return any(one.on_its_way for one in self.coming)


class KnownMandate(Document):
    """A mandate as its member was last told of it. Its id is the mandate's."""

    collection = "known_mandates"
    indexed = ("member_id",)

    member_id: str
    revision: int
    stood: str
    """Its state then, by the words of whoever keeps it."""
    account_ending: Annotated[str, personal("")]


def addressed(known: Addressee | None, told: MemberChanged) -> Addressee | None:
    """The member as they are addressed after news of them; None where it is older."""
    member_id, buyer = told.member_id or told.buyer.member_id, told.buyer
    if known is not None and known.revision >= told.revision:
        return None
    facts: dict[str, Any] = {
        "revision": told.revision,
        "name": buyer.name,
        "email": buyer.email,
        "language": buyer.language,
        "country": buyer.address.country,
        "merged_into": told.merged_into,
    }
    return known.but(**facts) if known else Addressee(id=member_id, member_id=member_id, **facts)


def followed(known: KnownItem, told: OfItem, now: datetime) -> KnownItem:
    """The item after news of it; older news changes nothing."""
    after = known
    if told.item_version > known.item_version:
        settled_at = None if told.open_minor else now
        after = after.but(item_version=told.item_version, open_minor=told.open_minor, settled_at=settled_at)
        after = after if told.open_minor else after.but(reminded="")
    if isinstance(told, OverdueItemChanged) and told.item_version > known.flight_version:
        after = after.but(flight_version=told.item_version, in_flight=told.in_flight)
    return after


def reminded(known: KnownItem, level: str, until: date | None) -> KnownItem:
    """The item after a reminder went out; None where it could not be sent at all."""
    return known.but(reminded=level, reminded_until=until or known.reminded_until)


def begun(known: KnownItem, attempt: int) -> KnownItem:
    """The item after an attempt was announced."""
    return known.but(attempt=attempt) if attempt > known.attempt else known


def expected(known: KnownItem, told: PaymentExpected) -> KnownItem:
    """The item after news of money on its way."""
    before = next((one for one in known.coming if one.source_id == told.source_id), None)
    if before is not None and before.revision >= told.revision:
        return known
    news = Coming(source_id=told.source_id, revision=told.revision, on_its_way=told.state == "on_its_way")
    others = tuple(one for one in known.coming if one.source_id != told.source_id)
    return known.but(coming=(*others, news)[-MOST_COMING:])


def mandate_news(known: KnownMandate | None, told: MandateChanged) -> MandateNews:
    """What a member has to know of a change of their mandate; nothing of steps that mean nothing to them."""
    before = known.stood if known is not None else "requested"
    if told.state in {"cancelled", "expired"}:
        return "mandate_ended" if before in {"signed", "active", "suspended"} else ""
    if told.state == "suspended":
        return "mandate_suspended" if before != "suspended" else ""
    if told.state in {"signed", "active"} and before in {"requested", "suspended"}:
        return "mandate_given"
    moved = known is not None and known.account_ending != told.account_ending
    return "mandate_changed" if moved and told.state in {"signed", "active"} else ""


def remembered(known: KnownMandate | None, told: MandateChanged) -> KnownMandate:
    """The mandate as it is told now."""
    facts: dict[str, Any] = {"revision": told.revision, "stood": told.state, "account_ending": told.account_ending}
    return known.but(**facts) if known else KnownMandate(id=told.mandate_id, member_id=told.member_id, **facts)
