"""Who pays, as far as fees depend on them, and what a month has brought of each."""

from datetime import date
from typing import Any

from pydantic import Field

from common.documents import Document, id_from
from common.events.members import MemberChanged
from functions.charging.schedules import Kind


class Payer(Document):
    """What fees depend on of a member; the id is the member's, `revision` the newest that was told.

    A member who was charged before we were told of them has revision 0, and charges `waiting` for them.
    """

    collection = "payers"

    country: str = ""
    business: bool = False
    segment: str = ""
    revision: int = 0
    merged_into: str = ""
    """Who took their place."""
    waiting: bool = False

    @property
    def known(self) -> bool:
        """Whether we were told of them."""
        return self.revision > 0


def payer_after(known: Payer | None, told: MemberChanged) -> Payer | None:
    """The payer as a member's change makes them; None where something newer, or the same, is known already."""
    if known is not None and known.revision >= told.revision:
        return None
    fields: dict[str, Any] = {
        "country": told.buyer.address.country,
        "business": told.buyer.business,
        "segment": told.segment,
        "revision": told.revision,
        "merged_into": told.merged_into,
        "waiting": False,
    }
    return known.but(**fields) if known else Payer(id=told.member_id, **fields)


class MemberMonth(Document):
    """What a calendar month has brought of one member, with one entity, in one currency.

    Kept only where a fee goes by turnover or a credit was given: one document a member, so that none is hot.
    """

    collection = "member_months"
    indexed = ("member_id",)

    member_id: str
    entity: str
    currency: str
    month: str
    turnover_minor: dict[Kind, int] = Field(default_factory=dict)
    """Prices of the sales whose fees go by turnover, by kind; what was taken back is gone."""
    credited_minor: int = 0

    @classmethod
    def empty(cls, member_id: str, entity: str, currency: str, day: date) -> "MemberMonth":
        """The month of a day before anything has happened."""
        month = day.isoformat()[:7]
        month_id = id_from("mon", member_id, entity, currency, month)
        return cls(id=month_id, member_id=member_id, entity=entity, currency=currency, month=month)

    def turnover(self, kind: Kind) -> int:
        """What was sold so far; never below nothing, as while two accounts become one a part may be with the other."""
        return max(0, self.turnover_minor.get(kind, 0))

    def with_turnover(self, kind: Kind, by_minor: int) -> "MemberMonth":
        """The month with more turnover, or less."""
        return self.but(turnover_minor={**self.turnover_minor, kind: self.turnover_minor.get(kind, 0) + by_minor})

    def with_credit(self, by_minor: int) -> "MemberMonth":
        """The month with more credit given."""
        return self.but(credited_minor=self.credited_minor + by_minor)

    def of(self, member_id: str) -> "MemberMonth":
        """The same month of another member, still empty."""
        return MemberMonth.empty(member_id, self.entity, self.currency, date.fromisoformat(f"{self.month}-01"))

    def joined(self, other: "MemberMonth") -> "MemberMonth":
        """The month with that of an account that was closed for this one."""
        joined = self.with_credit(other.credited_minor)
        for kind, turnover in other.turnover_minor.items():
            joined = joined.with_turnover(kind, turnover)
        return joined

    def emptied(self) -> "MemberMonth":
        """The month after another member took it over."""
        return self.but(turnover_minor={}, credited_minor=0)
