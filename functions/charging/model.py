"""A charge, its states, and who pays it as far as fees depend on them."""

from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from common.dates import day_in
from common.documents import Document, id_from
from common.events.charging import ChargeAccepted
from common.events.members import MemberChanged
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency, Money
from common.parties import SELLERS
from functions.charging.schedules import Case, Rated, rate

ChargeState = Literal["accepted", "parked", "reversed"]
Kind = Literal["listing", "commission", "promotion", "subscription", "other"]

CHARGES: Final[Machine[ChargeState]] = Machine(
    "charge",
    {
        "accepted": {"reverse": "reversed"},
        "parked": {"rate": "accepted", "reverse": "reversed"},
        "reversed": {},
    },
)
OLDEST: Final = timedelta(days=400)
EARLIEST: Final = timedelta(days=1)
"""A charge may be so far ahead of our calendar: clocks and time zones differ."""
LONGEST: Final = 140
"""Characters of a description."""


class Payer(Document):
    """What fees depend on of a member; the id is the member's, `revision` the newest that was told."""

    collection = "payers"

    country: str
    business: bool
    segment: str
    revision: int


class Given(BaseModel):
    """A charge as the marketplace sent it: the fee itself (`amount_minor`) or the price it is taken from."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    charge: str
    """The marketplace's own id of the charge, which is its identity."""
    member: str
    """The marketplace's own id of the member."""
    entity: str = "MP"
    currency: Currency
    kind: Kind
    category: str = ""
    description: str
    occurred_on: date
    amount_minor: int | None = None
    basis_minor: int | None = None

    @property
    def charge_id(self) -> str:
        """Our id of the charge."""
        return id_from("chg", self.charge)

    @property
    def member_id(self) -> str:
        """Our id of the member."""
        return id_from("mem", self.member)


class Charge(Document):
    """A charge: what was given, what it came to, and why."""

    collection = "charges"
    indexed = ("member_id", "state")

    member_id: str
    given: Given
    state: ChargeState
    amount_minor: int = 0
    """Net, in minor units; 0 while parked."""
    rule: str = ""
    parked_code: str = ""
    parked_detail: str = ""
    taken_at: datetime
    reversed_at: datetime | None = None
    reversed_because: str = ""

    @property
    def allowed(self) -> list[str]:
        """What may be done with it now."""
        return CHARGES.allows(self.state)

    def accepted(self) -> ChargeAccepted:
        """The event that tells the member owes it."""
        given = self.given
        return ChargeAccepted(
            member_id=self.member_id,
            charge_id=self.id,
            entity=given.entity,
            currency=given.currency,
            amount_minor=self.amount_minor,
            kind=given.kind,
            description=given.description,
            occurred_on=given.occurred_on,
            rule=self.rule,
        )


def payer_after(known: Payer | None, told: MemberChanged) -> Payer | None:
    """The payer as a member's change makes them; None where something newer, or the same, is known already."""
    if known is not None and known.revision >= told.revision:
        return None
    fields: dict[str, Any] = {
        "country": told.buyer.address.country,
        "business": told.buyer.business,
        "segment": told.segment,
        "revision": told.revision,
    }
    return known.but(**fields) if known else Payer(id=told.member_id, **fields)


def must_be_same(known: Charge, given: Given) -> None:
    """Rejected `charge_id_reused` (409) where the same id came with other content."""
    if known.given != given:
        differing = [name for name, value in given if getattr(known.given, name) != value]
        raise Rejected("charge_id_reused", f"charge {given.charge} came with other {', '.join(differing)}", status=409)


def new_charge(given: Given, payer: Payer | None, now: datetime) -> Charge:
    """A charge taken for the first time: accepted, or parked where no fee schedule fits.

    Rejected `unknown_member`, `unknown_entity`, `too_old` or `in_the_future`.
    """
    _must_be_billable(given, now)
    if payer is None:
        raise Rejected("unknown_member", f"member {given.member} is not registered")
    charge = Charge(id=given.charge_id, member_id=payer.id, given=given, state="parked", taken_at=now)
    try:
        return rated(charge, payer)
    except Rejected as refusal:
        return charge.but(parked_code=refusal.code, parked_detail=refusal.detail)


def rated(charge: Charge, payer: Payer) -> Charge:
    """The charge with its fee; Rejected `no_fee_schedule`, `no_fee_rule` or `wrong_state`."""
    state = CHARGES.move(charge.state, "rate")
    fee = _fee(charge.given, payer)
    return charge.but(state=state, amount_minor=fee.amount_minor, rule=fee.rule, parked_code="", parked_detail="")


def reversal(charge: Charge, reason: str, now: datetime) -> tuple[Charge, ChargeAccepted | None]:
    """The charge taken back, and what tells it: nothing where nothing was owed. Rejected `wrong_state` (409)."""
    state = CHARGES.move(charge.state, "reverse")
    taken_back = charge.but(state=state, reversed_at=now, reversed_because=reason)
    if not charge.amount_minor:
        return taken_back, None
    changes = {
        "charge_id": id_from("chg", charge.id, "reversal"),
        "amount_minor": -charge.amount_minor,
        "description": f"Reversal: {charge.given.description}"[:LONGEST],
        "rule": f"takes back charge {charge.given.charge}: {reason}",
        "reverses": charge.id,
    }
    return taken_back, charge.accepted().model_copy(update=changes)


def _fee(given: Given, payer: Payer) -> Rated:
    if given.amount_minor is not None:
        amount = Money(amount_minor=given.amount_minor, currency=given.currency)
        return Rated(amount_minor=given.amount_minor, rule=f"rated by the marketplace: {amount} net")
    case = Case(
        entity=given.entity,
        currency=given.currency,
        kind=given.kind,
        category=given.category,
        country=payer.country,
        segment=payer.segment,
        basis_minor=given.basis_minor or 0,
        on=given.occurred_on,
    )
    return rate(case)


def _must_be_billable(given: Given, now: datetime) -> None:
    seller = SELLERS.get(given.entity)
    if seller is None:
        raise Rejected("unknown_entity", f"{given.entity} is no legal entity of ours")
    today = day_in(seller.time_zone, now)
    if given.occurred_on < today - OLDEST:
        raise Rejected("too_old", f"it occurred on {given.occurred_on}, more than {OLDEST.days} days ago")
    if given.occurred_on > today + EARLIEST:
        raise Rejected("in_the_future", f"it is said to occur on {given.occurred_on}")
