"""A charge, its states, and what it comes to; a credit is a charge the other way round."""

from datetime import date, datetime
from typing import Final, Literal

from common.dates import day_in
from common.documents import Document, id_from
from common.events.charging import ChargeAccepted
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency
from common.parties import SELLERS
from common.values import Exact
from functions.charging import explaining
from functions.charging.explaining import Rating
from functions.charging.model.fees import EARLIEST, OLDEST
from functions.charging.model.payers import Payer
from functions.charging.proration import Period
from functions.charging.rating import prorated, rate
from functions.charging.schedules import Case, Kind, Version

ChargeState = Literal["accepted", "parked", "reversed"]
ParkedCode = Literal["no_fee_schedule", "no_fee_rule", "no_basis", "unknown_member", "needs_approval"]

CHARGES: Final[Machine[ChargeState]] = Machine(
    "charge",
    {
        "accepted": {"reverse": "reversed", "reverse_part": "accepted"},
        "parked": {"rate": "accepted", "approve": "accepted", "reverse": "reversed"},
        "reversed": {},
    },
)
LONGEST: Final = 140
"""Characters of a description."""


class Given(Exact):
    """A charge as the marketplace sent it: the fee itself (`amount_minor`) or the price it is taken from."""

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
    """The tax point."""
    amount_minor: int | None = None
    gross: bool = False
    """Whether that amount includes VAT."""
    basis_minor: int | None = None
    period_from: date | None = None
    period_to: date | None = None
    active_from: date | None = None
    active_to: date | None = None
    credit: bool = False
    """The amount is given to the member, for a reason."""
    reason: str = ""

    @property
    def charge_id(self) -> str:
        """Our id of the charge."""
        return id_from("chg", self.charge)

    @property
    def member_id(self) -> str:
        """Our id of the member."""
        return id_from("mem", self.member)

    @property
    def period(self) -> Period | None:
        """The period of a subscription, and the days of it that are charged: all, where none are named."""
        if self.period_from is None or self.period_to is None:
            return None
        return Period(
            period_from=self.period_from,
            period_to=self.period_to,
            active_from=self.active_from or self.period_from,
            active_to=self.active_to or self.period_to,
        )

    def case(self, payer: Payer, turnover_minor: int = 0) -> Case:
        """What its fee depends on."""
        return Case(
            entity=self.entity,
            currency=self.currency,
            kind=self.kind,
            category=self.category,
            country=payer.country,
            segment=payer.segment,
            basis_minor=self.basis_minor or 0,
            on=self.occurred_on,
            turnover_minor=turnover_minor,
        )


class Charge(Document):
    """A charge: what was given, what it came to, and why."""

    collection = "charges"
    indexed = ("member_id", "state", "parked_code")

    member_id: str
    given: Given
    state: ChargeState
    amount_minor: int = 0
    """In minor units, net unless `gross`; 0 while parked, negative for a credit."""
    gross: bool = False
    rating: Rating | None = None
    """Why it is that amount; None while parked."""
    turnover_minor: int = 0
    """The part of its price that counts as turnover of the month: none, where its fees don't go by turnover."""
    parked_code: ParkedCode | Literal[""] = ""
    parked_detail: str = ""
    taken_at: datetime
    taken_by: str
    rated_at: datetime | None = None
    rated_by: str = ""
    """Who had it rated: whoever sent it, where it was never parked."""
    reversals: int = 0
    """How often a part of it was taken back."""
    reversed_minor: int = 0
    """What was taken back of it, without sign."""
    reversed_basis_points: int = 0
    """What was taken back in shares."""
    reversed_at: datetime | None = None
    reversed_because: str = ""

    @property
    def rule(self) -> str:
        """Why it is that amount, as a sentence; empty while parked."""
        return self.rating.sentence(self.given.currency) if self.rating else ""

    @property
    def left_minor(self) -> int:
        """What may still be taken back, without sign."""
        return abs(self.amount_minor) - self.reversed_minor

    @property
    def allowed(self) -> list[str]:
        """What may be done with it now."""
        verbs = CHARGES.allows(self.state)
        if self.state == "parked":
            never = "rate" if self.parked_code == "needs_approval" else "approve"
            return [verb for verb in verbs if verb != never]
        return verbs if self.amount_minor else [verb for verb in verbs if verb != "reverse_part"]

    def accepted(self) -> ChargeAccepted:
        """The event that tells the member owes it."""
        given, period = self.given, self.given.period
        return ChargeAccepted(
            member_id=self.member_id,
            charge_id=self.id,
            entity=given.entity,
            currency=given.currency,
            amount_minor=self.amount_minor,
            gross=self.gross,
            kind=given.kind,
            description=given.description,
            occurred_on=given.occurred_on,
            rule=self.rule,
            service_from=period.active_from if period else None,
            service_to=period.active_to if period else None,
        )


def must_be_same(known: Charge, given: Given) -> None:
    """Rejected `charge_id_reused` (409) where the same id came with other content."""
    if known.given != given:
        differing = [name for name, value in given if getattr(known.given, name) != value]
        raise Rejected("charge_id_reused", f"charge {given.charge} came with other {', '.join(differing)}", status=409)


def must_be_billable(given: Given, now: datetime) -> None:
    """Rejected `unknown_entity`, `too_old` or `in_the_future`: what nobody could ever bill is refused, not parked."""
    seller = SELLERS.get(given.entity)
    if seller is None:
        raise Rejected("unknown_entity", f"{given.entity} is no legal entity of ours")
    today = day_in(seller.time_zone, now)
    if given.occurred_on < today - OLDEST:
        raise Rejected("too_old", f"it occurred on {given.occurred_on}, more than {OLDEST.days} days ago")
    if given.occurred_on > today + EARLIEST:
        raise Rejected("in_the_future", f"it is said to occur on {given.occurred_on}")


def taken(given: Given, member_id: str, now: datetime, by: str) -> Charge:
    """A charge that was taken and not rated yet."""
    return Charge(id=given.charge_id, member_id=member_id, given=given, state="parked", taken_at=now, taken_by=by)


def parked(charge: Charge, refusal: Rejected) -> Charge:
    """A charge that can't be rated, with the reason; kept until it can be."""
    return charge.but(parked_code=refusal.code, parked_detail=refusal.detail)


def rated(charge: Charge, rating: Rating, now: datetime, by: str, *, turnover_minor: int = 0) -> Charge:
    """The charge with its fee; Rejected `wrong_state` (409) where it has one, or was taken back."""
    sign = -1 if charge.given.credit else 1
    return charge.but(
        state=CHARGES.move(charge.state, "rate"),
        amount_minor=sign * rating.amount_minor,
        gross=rating.gross,
        rating=rating,
        turnover_minor=turnover_minor,
        parked_code="",
        parked_detail="",
        rated_at=now,
        rated_by=by,
    )


def approved(credit: Charge, now: datetime, by: str) -> Charge:
    """A credit above the limit after a second person agreed; Rejected `wrong_state` (409), `four_eyes` (403)."""
    if "approve" not in credit.allowed:
        raise Rejected("wrong_state", f"charge can't approve while {credit.parked_code or credit.state}", status=409)
    if by == credit.taken_by:
        raise Rejected("four_eyes", "who gave a credit can't approve it", status=403)
    return rated(credit, given_rating(credit.given), now, by)


def rating_of(given: Given, payer: Payer, version: Version | None, turnover_minor: int = 0) -> Rating:
    """What a charge comes to: as given, or by this version of the fees.

    Rejected `no_fee_schedule` where there is none, `no_fee_rule` or `no_basis` where it does not fit.
    """
    if given.amount_minor is not None:
        return given_rating(given)
    if version is None:
        says = f"{given.entity} has no fees in {given.currency} on {given.occurred_on}"
        raise Rejected("no_fee_schedule", says)
    return rate(given.case(payer, turnover_minor), version, given.period)


def given_rating(given: Given) -> Rating:
    """An amount that came with the charge; of a period's fee, the charged days' part."""
    amount, period = given.amount_minor or 0, given.period
    by: Literal["credit", "marketplace"] = "credit" if given.credit else "marketplace"
    step = explaining.Given(amount_minor=amount, by=by, gross=given.gross)
    if period is None or period.whole:
        return Rating(gross=given.gross, steps=(step,))
    return Rating(gross=given.gross, steps=(step, prorated(period, amount)))
