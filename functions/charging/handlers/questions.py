"""Answering: charges, what is parked and why, what a case would cost, and why a line is what it is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, get_args

from common.failures import Rejected
from common.transaction import Reader
from common.world import World
from functions.charging.explaining import Rating
from functions.charging.handlers.corrections import existing
from functions.charging.handlers.knowledge import Knowledge, by_turnover, known_for, versions_of
from functions.charging.model.charges import Charge, Given, ParkedCode, must_be_billable, rating_of
from functions.charging.model.fees import FeeSchedule, shipped_version
from functions.charging.model.payers import Payer
from functions.charging.model.reversals import MOST, Reversal
from functions.charging.requests.charges import (
    ById,
    ChargeAnswer,
    Groups,
    Page,
    ParkedGroup,
    ParkedGroups,
    Search,
    charge_id_of,
    member_id_of,
)
from functions.charging.requests.questions import (
    Explanation,
    PartTakenBack,
    Preview,
    PreviewCase,
    Previewed,
    PreviewItem,
    Why,
)
from functions.charging.schedules import Version, shipped

EXAMPLES: Final = 3


def show_charge(given: ById, world: World) -> ChargeAnswer:
    """A charge by our id or the marketplace's."""
    return ChargeAnswer.of(existing(world.read.find(Charge, charge_id_of(given.charge_id))))


def search_charges(given: Search, world: World) -> Page:
    """Charges of a member, in a state, parked for a reason, or all."""
    equals = {"state": given.state, "parked_code": given.code}
    equals["member_id"] = member_id_of(given.member) if given.member else ""
    named = {name: value for name, value in equals.items() if value}
    found = world.read.select(Charge, limit=given.limit, after=given.page_token, **named)
    more = found[-1].id if len(found) == given.limit else ""
    return Page(items=[ChargeAnswer.of(charge) for charge in found], next_page_token=more)


def list_parked(_: Groups, world: World) -> ParkedGroups:
    """Parked charges grouped by their reason, with how many and a few of each."""
    return ParkedGroups(items=[group for code in get_args(ParkedCode) if (group := _group(code, world)).charges])


def preview_charges(given: Preview, world: World) -> Previewed:
    """What cases would cost, with the explanation; nothing is recorded."""
    named = _named_version(given.schedule_id, world.read, world.now) if given.schedule_id else None
    known = known_for([case.given for case in given.cases], world.read)
    return Previewed(items=[_previewed(case, named, known, world) for case in given.cases])


def explain_charge(given: ById, world: World) -> Explanation:
    """Why a charge, a credit, or a part of one that was taken back is what it is."""
    asked = charge_id_of(given.charge_id)
    charge = world.read.find(Charge, asked)
    if charge is not None:
        return _explained(charge, world.read)
    reversal = world.read.find(Reversal, asked)
    if reversal is None:
        raise Rejected("not_found", "there is no such charge", status=404)
    return _explained_reversal(reversal, existing(world.read.find(Charge, reversal.charge_id)))


def _group(code: str, world: World) -> ParkedGroup:
    few = world.read.select(Charge, limit=EXAMPLES, parked_code=code)
    count = len(few) if len(few) < EXAMPLES else world.read.count(Charge, parked_code=code)
    return ParkedGroup(code=code, charges=count, examples=[ChargeAnswer.of(charge) for charge in few])


def _named_version(schedule_id: str, read: Reader, now: datetime) -> Version:
    """A version, or a draft as if it were in force."""
    came = shipped_version(schedule_id, shipped())
    if came is not None:
        return came
    found = read.find(FeeSchedule, schedule_id)
    if found is None:
        raise Rejected("not_found", "there is no such fee schedule", status=404)
    return found.as_version(now.astimezone(UTC).date())


def _previewed(case: PreviewCase, named: Version | None, known: Knowledge, world: World) -> PreviewItem:
    given = case.given
    try:
        must_be_billable(given, world.now)
        rating = _rating(case, given, named, known)
    except Rejected as refusal:
        return PreviewItem(code=refusal.code, detail=refusal.detail)
    return PreviewItem(amount_minor=rating.amount_minor, gross=rating.gross, why=_why(rating, given))


def _rating(case: PreviewCase, given: Given, named: Version | None, known: Knowledge) -> Rating:
    """Rejected `unknown_member`, `other_fees`, or where it can't be rated."""
    payer = known.payer(given.member_id) if case.member else Payer(id="", country=case.country, segment=case.segment)
    if payer is None:
        raise Rejected("unknown_member", f"member {case.member} is not registered")
    version = named or known.version(given)
    if named and (named.schedule.entity, named.schedule.currency) != (given.entity, given.currency):
        raise Rejected("other_fees", f"{named.schedule.title} is for {named.schedule.entity} in another currency")
    turnover = case.turnover_minor
    if turnover is None:
        turnover = known.month(payer, given).turnover(given.kind) if by_turnover(given, version) else 0
    return rating_of(given, payer, version, turnover)


def _why(rating: Rating, given: Given) -> Why:
    return Why(**{**dict(rating), "rule": rating.sentence(given.currency)})


def _explained(charge: Charge, read: Reader) -> Explanation:
    parts = read.select(Reversal, limit=MOST, charge_id=charge.id) if charge.reversals else []
    return Explanation(
        charge_id=charge.id,
        reverses="",
        amount_minor=charge.amount_minor,
        state=charge.state,
        why=_why(charge.rating, charge.given) if charge.rating else None,
        code=charge.parked_code,
        detail=charge.parked_detail,
        reason=charge.given.reason,
        taken_at=charge.taken_at,
        taken_by=charge.taken_by,
        decided_at=charge.rated_at,
        decided_by=charge.rated_by,
        reproduced=_reproduced(charge, read),
        taken_back=_parts(parts, charge),
        **_about(charge),
    )


def _explained_reversal(reversal: Reversal, charge: Charge) -> Explanation:
    about = _about(charge) | {"member_id": reversal.member_id, "gross": reversal.rating.gross}
    return Explanation(
        charge_id=reversal.id,
        reverses=charge.id,
        amount_minor=reversal.amount_minor,
        state="reversed",
        why=_why(reversal.rating, charge.given),
        code="",
        detail="",
        reason=reversal.asked.reason,
        taken_at=reversal.taken_at,
        taken_by=reversal.taken_by,
        decided_at=reversal.taken_at,
        decided_by=reversal.taken_by,
        reproduced=None,
        taken_back=[],
        **about,
    )


def _about(charge: Charge) -> dict[str, Any]:
    """What an explanation repeats of a charge."""
    names = set(Explanation.model_fields) & set(Given.model_fields) - {"amount_minor", "reason"}
    return charge.given.model_dump(include=names) | {"member_id": charge.member_id, "gross": charge.gross}


def _parts(parts: Sequence[Reversal], charge: Charge) -> list[PartTakenBack]:
    return [
        PartTakenBack(
            reversal_id=part.id,
            amount_minor=part.amount_minor,
            reason=part.asked.reason,
            rule=part.rating.sentence(charge.given.currency),
            taken_at=part.taken_at,
            taken_by=part.taken_by,
        )
        for part in sorted(parts, key=lambda part: part.taken_at)
    ]


def _reproduced(charge: Charge, read: Reader) -> bool | None:
    """Rates the charge once more, by the version it names and the inputs it notes."""
    rating = charge.rating
    if rating is None or not rating.schedule_id:
        return None
    came = shipped_version(rating.schedule_id, shipped())
    version = came or versions_of([rating.schedule_id], read).get(rating.schedule_id)
    if version is None or version.schedule.digest != rating.digest:
        return False
    payer = Payer(id=charge.member_id, country=rating.country, segment=rating.segment)
    try:
        return rating_of(charge.given, payer, version, rating.turnover_minor) == rating
    except Rejected:
        return False
