"""Taking a charge back, whole or in parts: all parts together are never more than the charge."""

from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from common.documents import Document, id_from
from common.events.charging import ChargeAccepted
from common.failures import Rejected
from common.values import Exact
from functions.charging.explaining import Rating, TakenBack
from functions.charging.model.charges import CHARGES, LONGEST, Charge
from functions.charging.proration import upto

MOST: Final = 100
"""Parts a charge may be taken back in."""
WHOLE: Final = 10_000

How = Literal["rest", "amount", "share", "unused"]


class Asked(Exact):
    """What of a charge is to be taken back: an amount, a share of it, its unused days, or (nothing named) the rest."""

    reversal: str = ""
    """The marketplace's own id of the reversal: with it, the same one is known again."""
    reason: str
    amount_minor: int | None = None
    share_basis_points: int | None = None
    unused_from: date | None = None

    @property
    def how(self) -> How:
        """Which of them it is."""
        if self.amount_minor is not None:
            return "amount"
        return "share" if self.share_basis_points is not None else "unused" if self.unused_from else "rest"


class Reversal(Document):
    """A part of a charge that was taken back; its id is that of its line on an invoice."""

    collection = "reversals"
    indexed = ("charge_id", "member_id")

    charge_id: str
    member_id: str
    asked: Asked
    amount_minor: int
    """With the sign of its line: negative, or positive where a credit is taken back."""
    rating: Rating
    taken_at: datetime
    taken_by: str


class TakingBack(NamedTuple):
    """What becomes of a charge: itself afterwards, what it leaves, what is told, and the turnover that is gone."""

    charge: Charge
    reversal: Reversal | None
    told: ChargeAccepted | None
    turnover_minor: int


def reversal_id(charge_id: str, asked: Asked, charge: Charge | None = None) -> str:
    """The id of a reversal: from the marketplace's own, or by its place among those of the charge."""
    if asked.reversal:
        return id_from("chg", charge_id, "reversal", "named", asked.reversal)
    number = charge.reversals if charge else 0
    return id_from("chg", charge_id, "reversal", *([str(number)] if number else []))


def must_be_same(known: Reversal, asked: Asked) -> None:
    """Rejected `reversal_id_reused` (409) where the same id came with something else to take back."""
    if known.asked != asked:
        raise Rejected("reversal_id_reused", f"reversal {asked.reversal} came with other content", status=409)


def taking_back(charge: Charge, member_id: str, asked: Asked, now: datetime, by: str) -> TakingBack:
    """Takes back what is asked of a charge; `member_id` is who pays for it now.

    Nothing is told where nothing was owed. Rejected `wrong_state` (409), `more_than_charged`, `not_a_period`,
    `not_in_the_period`, `nothing_to_take_back`, `too_many_reversals` (422).
    """
    if charge.state == "parked" or not charge.amount_minor:
        return _whole_of_nothing(charge, asked, now)
    part = _part(charge, asked)
    whole = part == charge.left_minor
    state = CHARGES.move(charge.state, "reverse" if whole else "reverse_part")
    _must_fit(charge, part)
    reversal = _reversal(charge, member_id, asked, part, now, by)
    before, after = charge.reversed_minor, charge.reversed_minor + part
    changed = charge.but(
        state=state,
        reversals=charge.reversals + 1,
        reversed_minor=after,
        reversed_basis_points=charge.reversed_basis_points + (asked.share_basis_points or 0),
        reversed_at=now,
        reversed_because=asked.reason,
    )
    return TakingBack(changed, reversal, _told(charge, reversal), _turnover(charge, before, after))


def _whole_of_nothing(charge: Charge, asked: Asked, now: datetime) -> TakingBack:
    """What was never owed is taken back as a whole, or not at all."""
    if asked.how != "rest":
        raise Rejected("nothing_to_take_back", "nothing is owed for it, so there is no part of it")
    state = CHARGES.move(charge.state, "reverse")
    changed = charge.but(state=state, parked_code="", parked_detail="", reversed_at=now, reversed_because=asked.reason)
    return TakingBack(changed, None, None, charge.turnover_minor)


def _part(charge: Charge, asked: Asked) -> int:
    """What is asked for, without sign. Shares are cumulated before they are rounded: two halves are the whole."""
    whole = abs(charge.amount_minor)
    if asked.amount_minor is not None:
        return asked.amount_minor
    if asked.share_basis_points is not None:
        before = charge.reversed_basis_points
        return upto(whole, before + asked.share_basis_points, WHOLE) - upto(whole, before, WHOLE)
    return charge.left_minor if asked.unused_from is None else _unused(charge, asked.unused_from)[0]


def _unused(charge: Charge, on: date) -> tuple[int, int, int]:
    """What the days from a day on cost, how many they are, and of how many."""
    period = charge.given.period
    if period is None:
        raise Rejected("not_a_period", "only a charge for a period has unused days")
    if not period.active_from <= on <= period.active_to:
        raise Rejected("not_in_the_period", f"it is charged from {period.active_from} to {period.active_to}")
    rest = period.rest(on)
    return rest.part(_fee_of_period(charge)), rest.days, rest.of_days


def _fee_of_period(charge: Charge) -> int:
    """The fee of the whole period: what it was before the days were counted."""
    steps = charge.rating.steps if charge.rating else ()
    return next((step.whole_minor for step in steps if step.does == "prorated"), abs(charge.amount_minor))


def _must_fit(charge: Charge, part: int) -> None:
    if part <= 0:
        raise Rejected("nothing_to_take_back", "this comes to nothing")
    if part > charge.left_minor:
        raise Rejected("more_than_charged", f"{part} is more than the {charge.left_minor} that are left of it")
    if charge.reversals >= MOST:
        raise Rejected("too_many_reversals", f"it was taken back in {MOST} parts already")


def _reversal(charge: Charge, member_id: str, asked: Asked, part: int, now: datetime, by: str) -> Reversal:
    amount = -part if charge.amount_minor > 0 else part
    days = _unused(charge, asked.unused_from)[1:] if asked.unused_from else (0, 0)
    step = TakenBack(
        amount_minor=amount,
        how=asked.how,
        charge=charge.given.charge,
        of_minor=charge.amount_minor,
        already_minor=charge.reversed_minor,
        basis_points=asked.share_basis_points or 0,
        days=days[0],
        of_days=days[1],
    )
    return Reversal(
        id=reversal_id(charge.id, asked, charge),
        charge_id=charge.id,
        member_id=member_id,
        asked=asked,
        amount_minor=amount,
        rating=Rating(gross=charge.gross, steps=(step,)),
        taken_at=now,
        taken_by=by,
    )


def _told(charge: Charge, reversal: Reversal) -> ChargeAccepted:
    told, unused_from = charge.accepted(), reversal.asked.unused_from
    changes = {
        "member_id": reversal.member_id,
        "charge_id": reversal.id,
        "amount_minor": reversal.amount_minor,
        "description": f"Reversal: {charge.given.description}"[:LONGEST],
        "rule": f"{reversal.rating.sentence(charge.given.currency)}: {reversal.asked.reason}",
        "reverses": charge.id,
        "service_from": unused_from or told.service_from,
    }
    return told.model_copy(update=changes)


def _turnover(charge: Charge, before: int, after: int) -> int:
    """The price that goes with the part taken back: in proportion, and all of it with the last part."""
    whole = abs(charge.amount_minor)
    return charge.turnover_minor * after // whole - charge.turnover_minor * before // whole
