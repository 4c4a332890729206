"""Builders for the tests of `charging`; a test names only what matters."""

from datetime import date
from typing import Any

from common.documents import id_from
from common.events.charging import ChargeAccepted
from common.events.members import MemberChanged
from common.parties import Address, Buyer
from functions.charging.explaining import Rating
from functions.charging.handlers import fees, intake
from functions.charging.model.fees import FeeCalendar
from functions.charging.rating import rate
from functions.charging.requests.charges import TakeCharge
from functions.charging.requests.fees import ActivateFees, DraftFees
from functions.charging.schedules import Case, FeeRule, Schedule, Version, shipped
from tests.kit import Platform

ANNA = id_from("mem", "m-1")
TODAY = date(2026, 10, 1)
ADA, BOB = "staff:ada@marketplace.example", "staff:bob@marketplace.example"


def member(
    external_id: str = "m-1", *, country: str = "DE", segment: str = "private", revision: int = 1, **more: Any
) -> MemberChanged:
    """A member as `members` tells of them."""
    member_id = id_from("mem", external_id)
    address = Address(street="Weg 1", city="Ort", postcode="1", country=country)
    buyer = Buyer(
        member_id=member_id, name="Anna", business=segment == "business", address=address, email="a@b.example"
    )
    return MemberChanged(member_id=member_id, revision=revision, buyer=buyer, segment=segment, **more)


def body(**changes: Any) -> dict[str, Any]:
    """A charge as the marketplace sends it; None leaves a field out."""
    given = {
        "charge": "c-1",
        "member": "m-1",
        "currency": "EUR",
        "kind": "commission",
        "description": "Sale of a bicycle",
        "occurred_on": "2026-09-30",
        "amount_minor": 1250,
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def take(platform: Platform, **changes: Any) -> dict[str, Any]:
    """Takes a charge of 12.50 EUR."""
    answer: dict[str, Any] = platform.do(intake.take_charge, TakeCharge.model_validate(body(**changes)))
    return answer


def take_raw(platform: Platform, basis_minor: int | None, **changes: Any) -> dict[str, Any]:
    """Takes a charge that we rate."""
    return take(platform, amount_minor=None, basis_minor=basis_minor, **changes)


def told(platform: Platform) -> list[ChargeAccepted]:
    """Every charge that was told."""
    return platform.events(ChargeAccepted)  # type: ignore[return-value]


def case(**changes: Any) -> Case:
    """A commission on 100.00 EUR of a private member in Germany."""
    fields = {
        "entity": "MP", "currency": "EUR", "kind": "commission", "category": "", "country": "DE",
        "segment": "private", "basis_minor": 10_000, "on": TODAY,
    }  # fmt: skip
    return Case.model_validate(fields | changes)


def schedule(*rules: FeeRule, version: int = 1, valid_from: date = date(2026, 1, 1), **more: Any) -> Schedule:
    """Fees of these rules."""
    named = {"name": "fees", "entity": "MP", "currency": "EUR"} | more
    return Schedule(version=version, valid_from=valid_from, rules=rules, **named)


def percentage(basis_points: int = 1000, **fields: Any) -> FeeRule:
    """A commission of so many hundredths of a percent."""
    return FeeRule.model_validate({"kind": "commission", "basis_points": basis_points} | fields)


def tiers(form: str, *bands: tuple[int | None, int], **fields: Any) -> FeeRule:
    """A commission by tiers: (end, basis points) each."""
    told = [{"up_to_minor": end, "basis_points": points} for end, points in bands]
    return FeeRule.model_validate({"kind": "commission", form: told} | fields)


def fee(asked: Case | None = None, by: Schedule | None = None) -> Rating:
    """What a case costs by a schedule, or by what came with the program."""
    asked = asked or case()
    if by is not None:
        return rate(asked, Version.shipped(by))
    listed = FeeCalendar.empty(asked.entity, asked.currency).on(asked.on)
    assert listed is not None
    return rate(asked, next(one for one in shipped() if one.schedule_id == listed.schedule_id))


def draft(platform: Platform, *rules: dict[str, Any], actor: str = ADA, **changes: Any) -> dict[str, Any]:
    """Drafts fees in euro."""
    named = {"draft": "d-1", "name": "fees", "entity": "MP", "currency": "EUR", "rules": list(rules)} | changes
    answer: dict[str, Any] = platform.do(fees.draft_fees, DraftFees.model_validate(named), actor=actor)
    return answer


def activate(platform: Platform, drafted: dict[str, Any], valid_from: str, *, actor: str = BOB) -> dict[str, Any]:
    """Activates what somebody else drafted."""
    named = {"schedule_id": drafted["schedule_id"], "digest": drafted["digest"]}
    given = ActivateFees.model_validate({**named, "valid_from": valid_from, "reason": "agreed"})
    answer: dict[str, Any] = platform.do(fees.activate_fees, given, actor=actor)
    platform.settle()
    return answer


def fees_in(platform: Platform, currency: str, *rules: dict[str, Any], since: str = "2026-09-01") -> dict[str, Any]:
    """Fees for a currency that had none, from a day in the past on."""
    drafted = draft(platform, *rules, draft=f"in-{currency}", name=f"fees-{currency.lower()}", currency=currency)
    return activate(platform, drafted, since)
