"""Charges are taken once, rated, parked where they can't be, and taken back once."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from common.documents import id_from
from common.failures import Rejected
from common.money import LARGEST
from functions.charging.handlers import corrections, intake, parked, payers, questions
from functions.charging.model.charges import CHARGES, Charge
from functions.charging.model.payers import Payer
from functions.charging.requests.charges import Batch, ById, Rate, Search, TakeCharge
from functions.charging.requests.corrections import Reverse
from tests.kit import Platform
from tests.unit.charging.given import ANNA, body, fees_in, member, take, take_raw, told


def faults(**changes: Any) -> list[str]:
    try:
        TakeCharge.model_validate(body(**changes))
    except ValidationError as fault:
        return [error["type"] for error in fault.errors()]
    return []


@pytest.fixture
def platform() -> Platform:
    made = Platform("charging")
    made.tell(member())
    return made


def test_a_rated_charge_is_told_as_it_was_sent(platform: Platform) -> None:
    answer = take(platform)
    (event,) = told(platform)
    assert (answer["outcome"], answer["charge"]["state"]) == ("accepted", "accepted")
    assert (event.member_id, event.charge_id) == (ANNA, id_from("chg", "c-1"))
    assert (event.entity, event.currency, event.amount_minor, event.kind) == ("MP", "EUR", 1250, "commission")
    assert (event.occurred_on, event.description, event.reverses) == (date(2026, 9, 30), "Sale of a bicycle", "")
    assert event.rule == "rated by the marketplace: 12.50 EUR net"


def test_a_raw_charge_is_rated_by_the_members_country_and_segment(platform: Platform) -> None:
    platform.tell(member("m-ch", country="CH"), member("m-biz", segment="business"))
    assert take_raw(platform, 10_000)["charge"]["amount_minor"] == 1050
    assert take_raw(platform, 10_000, charge="c-2", member="m-ch")["charge"]["amount_minor"] == 1100
    assert take_raw(platform, 10_000, charge="c-3", member="m-biz")["charge"]["amount_minor"] == 850
    assert sorted(event.amount_minor for event in told(platform)) == [850, 1050, 1100]


def test_the_same_charge_sent_again_is_told_once(platform: Platform) -> None:
    first = take(platform)
    again = take(platform)
    assert again["outcome"] == "duplicate"
    assert again["charge"] == first["charge"]
    assert len(told(platform)) == 1
    assert platform.all(Charge)[0].version == 1


def test_a_duplicate_is_known_even_when_it_would_be_too_old_by_now(platform: Platform) -> None:
    take(platform)
    platform.advance_to(platform.clock.now() + timedelta(days=500))
    assert take(platform)["outcome"] == "duplicate"


@pytest.mark.parametrize(
    "change",
    [{"amount_minor": 1251}, {"description": "Other"}, {"member": "m-2"}, {"amount_minor": None, "basis_minor": 1250}],
)
def test_a_charge_id_can_not_be_used_for_something_else(platform: Platform, change: dict[str, Any]) -> None:
    platform.tell(member("m-2"))
    take(platform)
    with pytest.raises(Rejected) as refusal:
        take(platform, **change)
    assert (refusal.value.code, refusal.value.status) == ("charge_id_reused", 409)
    assert next(iter(change)) in refusal.value.detail
    assert len(told(platform)) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"entity": "XX"}, "unknown_entity"),
        ({"occurred_on": "2025-08-26"}, "too_old"),
        ({"occurred_on": "2026-10-03"}, "in_the_future"),
    ],
)
def test_what_can_not_be_billed_is_refused_and_not_kept(platform: Platform, change: dict[str, Any], code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        take(platform, **change)
    assert (refusal.value.code, refusal.value.status) == (code, 422)
    assert platform.all(Charge) == []


@pytest.mark.parametrize("day", ["2025-08-27", "2026-10-02"])
def test_the_first_and_the_last_day_are_taken(platform: Platform, day: str) -> None:
    assert take(platform, occurred_on=day)["outcome"] == "accepted"


def test_a_charge_of_a_member_nobody_told_us_of_waits_for_them(platform: Platform) -> None:
    answer = take(platform, member="late")
    assert (answer["outcome"], answer["charge"]["code"]) == ("parked", "unknown_member")
    assert told(platform) == []
    platform.tell(member("late"))
    assert [(event.member_id, event.amount_minor) for event in told(platform)] == [(id_from("mem", "late"), 1250)]
    assert take(platform, member="late")["outcome"] == "duplicate"


def test_every_charge_that_waits_for_a_member_is_rated_when_they_are_known(platform: Platform) -> None:
    waiting = [body(charge=f"w-{n}", member="late") for n in range(230)]
    platform.do(intake.take_charges, Batch(charges=waiting))
    platform.tell(member("late"), member("m-2"))
    assert len(told(platform)) == 230
    assert {charge.state for charge in platform.all(Charge)} == {"accepted"}


def test_a_member_told_of_while_their_charge_is_being_taken_is_not_missed(platform: Platform) -> None:
    attempts: list[str] = []

    def taking(given: TakeCharge, unit: Any) -> Any:
        answer = intake.take_charge(given, unit)
        if not attempts:
            platform.tell(member("late"))
        attempts.append(answer.outcome)
        return answer

    platform.do(taking, TakeCharge.model_validate(body(member="late")))
    platform.settle()
    assert attempts == ["parked", "accepted"]
    assert [event.amount_minor for event in told(platform)] == [1250]


def test_a_charge_taken_while_its_member_is_being_learned_of_is_not_missed(platform: Platform) -> None:
    attempts: list[int] = []

    def learning(event: Any, unit: Any) -> None:
        payers.learn_payers([event], unit)
        if not attempts:
            take(platform, member="late")
        attempts.append(1)

    platform.do(learning, member("late"))
    platform.settle()
    assert len(attempts) == 2
    assert [event.amount_minor for event in told(platform)] == [1250]


def test_learning_of_a_member_looks_for_no_charges_where_none_wait(platform: Platform) -> None:
    before = platform.engine.counts.reads
    platform.tell(*(member(f"n-{n}") for n in range(50)))
    assert platform.engine.counts.reads - before <= 2 * 50 + 5


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 0}, {"amount_minor": -1}, {"amount_minor": 12.5}, {"amount_minor": 12.0},
        {"amount_minor": "1250"}, {"amount_minor": True}, {"amount_minor": LARGEST + 1},
        {"basis_minor": 100}, {"amount_minor": None}, {"amount_minor": None, "basis_minor": 0},
        {"currency": "XXX"}, {"currency": "eur"}, {"kind": "gift"}, {"entity": "mp"}, {"category": "A b"},
        {"description": ""}, {"description": "   "}, {"description": "a\nb"}, {"description": "x" * 141},
        {"description": "a\u202eb"}, {"occurred_on": "yesterday"}, {"occurred_on": 1_790_000_000},
        {"occurred_on": "2026-09-31"}, {"occurred_on": "2026-09-30T00:00:00"}, {"charge": "a/b"}, {"charge": "x" * 101},
        {"charge": "chg_" + "0" * 26}, {"member": ""}, {"surprise": 1},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    assert faults() == []
    assert faults(**change) != []


def test_a_charge_without_a_schedule_is_parked_with_its_reason_and_not_told(platform: Platform) -> None:
    answer = take_raw(platform, 1000, currency="JPY")
    assert answer["outcome"] == "parked"
    assert (answer["charge"]["state"], answer["charge"]["code"]) == ("parked", "no_fee_schedule")
    assert "JPY" in answer["charge"]["detail"]
    assert answer["charge"]["allowed"] == ["rate", "reverse"]
    assert told(platform) == []


def test_a_rated_charge_needs_no_schedule(platform: Platform) -> None:
    assert take(platform, currency="JPY")["outcome"] == "accepted"


def test_a_parked_charge_stays_parked_while_nothing_fits(platform: Platform) -> None:
    take_raw(platform, 1000, kind="other")
    with pytest.raises(Rejected, match="no_fee_rule"):
        platform.do(parked.rate_charge, Rate(charge_id="c-1"))
    assert platform.all(Charge)[0].state == "parked"


def test_a_parked_charge_is_rated_and_told_as_soon_as_fees_for_it_are_activated(platform: Platform) -> None:
    take_raw(platform, 1000, currency="JPY")
    fees_in(platform, "JPY", {"kind": "commission", "flat_minor": 77})
    (charge,) = platform.all(Charge)
    assert (charge.state, charge.amount_minor, charge.parked_code) == ("accepted", 77, "")
    assert [event.amount_minor for event in told(platform)] == [77]
    with pytest.raises(Rejected, match="wrong_state"):
        platform.do(parked.rate_charge, Rate(charge_id="c-1"))


def test_a_fee_of_nothing_is_kept_with_its_rule_but_never_told(platform: Platform) -> None:
    fees_in(platform, "JPY", {"kind": "listing", "flat_minor": 0})
    answer = take_raw(platform, 1000, kind="listing", currency="JPY")
    assert (answer["outcome"], answer["charge"]["amount_minor"]) == ("accepted", 0)
    assert answer["charge"]["rule"].endswith("flat 0 JPY")
    platform.do(corrections.reverse_charge, Reverse(charge_id="c-1", reason="cancelled"))
    assert told(platform) == []


def test_staff_say_why_they_rate_a_charge_again(platform: Platform) -> None:
    take_raw(platform, 1000, kind="other")
    with pytest.raises(Rejected, match="reason_missing"):
        platform.do(parked.rate_charge, Rate(charge_id="c-1"), actor="staff:ada@marketplace.example")


def test_a_reversal_tells_the_same_amount_the_other_way_round(platform: Platform) -> None:
    charge_id = take(platform)["charge"]["charge_id"]
    answer = platform.do(corrections.reverse_charge, Reverse(charge_id=charge_id, reason="the buyer never paid"))
    events = {event.amount_minor: event for event in told(platform)}
    assert sum(events) == 0
    assert (events[-1250].reverses, events[-1250].occurred_on) == (charge_id, events[1250].occurred_on)
    assert events[-1250].charge_id not in {charge_id, ""}
    assert "the buyer never paid" in events[-1250].rule
    assert (answer["state"], answer["allowed"], answer["reversed_because"]) == ("reversed", [], "the buyer never paid")


def test_a_charge_is_reversed_once(platform: Platform) -> None:
    take(platform)
    platform.do(corrections.reverse_charge, Reverse(charge_id="c-1", reason="twice"))
    with pytest.raises(Rejected) as refusal:
        platform.do(corrections.reverse_charge, Reverse(charge_id="c-1", reason="twice"))
    assert (refusal.value.code, refusal.value.status) == ("wrong_state", 409)
    assert len(told(platform)) == 2


def test_a_reversed_charge_sent_again_stays_reversed(platform: Platform) -> None:
    take(platform)
    platform.do(corrections.reverse_charge, Reverse(charge_id="c-1", reason="cancelled"))
    answer = take(platform)
    assert (answer["outcome"], answer["charge"]["state"]) == ("duplicate", "reversed")
    assert len(told(platform)) == 2


def test_taking_back_a_parked_charge_tells_nothing(platform: Platform) -> None:
    take_raw(platform, 1000, kind="other")
    answer = platform.do(corrections.reverse_charge, Reverse(charge_id="c-1", reason="cancelled"))
    assert answer["state"] == "reversed"
    assert told(platform) == []


def test_a_long_description_still_fits_when_it_is_reversed(platform: Platform) -> None:
    take(platform, description="x" * 140)
    platform.do(corrections.reverse_charge, Reverse(charge_id="c-1", reason="cancelled"))
    assert max(len(event.description) for event in told(platform)) == 140


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "x" * 201])
def test_a_reversal_needs_a_readable_reason(reason: str) -> None:
    with pytest.raises(ValidationError):
        Reverse(charge_id="c-1", reason=reason)


@pytest.mark.parametrize("named", ["c-1", id_from("chg", "c-1")])
def test_a_charge_is_shown_by_either_id(platform: Platform, named: str) -> None:
    answer = take(platform)
    shown = questions.show_charge(ById(charge_id=named), platform.runtime.world)
    assert shown.model_dump(mode="json") == answer["charge"]


def test_a_charge_nobody_sent_is_not_found(platform: Platform) -> None:
    with pytest.raises(Rejected) as refusal:
        questions.show_charge(ById(charge_id="c-9"), platform.runtime.world)
    assert (refusal.value.code, refusal.value.status) == ("not_found", 404)
    with pytest.raises(Rejected, match="not_found"):
        platform.do(corrections.reverse_charge, Reverse(charge_id="c-9", reason="no"))


def test_charges_are_found_by_member_and_state_page_by_page(platform: Platform) -> None:
    platform.tell(member("m-2"))
    platform.do(intake.take_charges, Batch(charges=[body(charge=f"c-{n}") for n in range(5)]))
    take_raw(platform, 100, charge="parked", kind="other")
    take(platform, charge="others", member="m-2")
    world = platform.runtime.world
    first = questions.search_charges(Search(member="m-1", limit=4), world)
    rest = questions.search_charges(Search(member=ANNA, limit=4, page_token=first.next_page_token), world)
    assert {charge.charge for charge in first.items + rest.items} == {f"c-{n}" for n in range(5)} | {"parked"}
    assert rest.next_page_token == ""
    assert [charge.charge for charge in questions.search_charges(Search(state="parked"), world).items] == ["parked"]


def test_a_batch_tells_each_charge_what_became_of_it(platform: Platform) -> None:
    take(platform)
    charges = [
        body(),
        body(amount_minor=1),
        body(charge="c-2"),
        body(charge="c-2"),
        body(charge="c-3", member="nobody"),
        body(charge="c-4", amount_minor=1.5),
        body(charge="c-5", kind="other", amount_minor=None, basis_minor=100),
        {"charge": 7},
    ]
    items = platform.do(intake.take_charges, Batch(charges=charges))["items"]
    assert [(item["outcome"], item["code"]) for item in items] == [
        ("duplicate", ""),
        ("refused", "charge_id_reused"),
        ("accepted", ""),
        ("duplicate", ""),
        ("parked", "unknown_member"),
        ("refused", "invalid"),
        ("parked", "no_fee_rule"),
        ("refused", "invalid"),
    ]
    assert items[5]["errors"][0]["pointer"].startswith("/amount_minor")
    assert [item["charge_id"] != "" for item in items] == [True, False, True, True, True, False, True, False]
    assert len(told(platform)) == 2


def test_a_batch_sent_again_under_another_key_bills_nothing_twice(platform: Platform) -> None:
    batch = Batch(charges=[body(charge=f"c-{n}") for n in range(3)])
    platform.do(intake.take_charges, batch)
    items = platform.do(intake.take_charges, batch)["items"]
    assert [item["outcome"] for item in items] == ["duplicate"] * 3
    assert len(told(platform)) == 3


def test_five_hundred_charges_are_one_commit_told_in_slices(platform: Platform) -> None:
    before = platform.engine.counts.reads
    platform.do(intake.take_charges, Batch(charges=[body(charge=f"c-{n}") for n in range(500)]))
    assert platform.engine.counts.reads - before <= 502
    assert len(told(platform)) == 500
    assert [len(message.facts) for message in platform.engine.published] == [100] * 5


@pytest.mark.parametrize("size", [0, 501])
def test_a_batch_holds_one_to_five_hundred(size: int) -> None:
    with pytest.raises(ValidationError):
        Batch(charges=[body()] * size)


def test_the_newest_revision_of_a_payer_stays_in_any_order(platform: Platform) -> None:
    platform.tell(member(country="FR", revision=3))
    platform.tell(member(country="AT", revision=2))
    (payer,) = platform.all(Payer)
    assert (payer.country, payer.revision) == ("FR", 3)


def test_one_slice_may_tell_of_a_payer_several_times(platform: Platform) -> None:
    platform.tell(member(country="AT", revision=4), member(country="FR", revision=5), member(revision=2), member("m-2"))
    payers = {payer.id: payer for payer in platform.all(Payer)}
    assert (payers[ANNA].country, payers[ANNA].revision, payers[ANNA].version) == ("FR", 5, 2)
    assert len(payers) == 2


def test_a_payer_told_again_is_not_written_again(platform: Platform) -> None:
    platform.tell(member())
    assert platform.all(Payer)[0].version == 1


def test_a_redelivered_member_is_learned_once(platform: Platform) -> None:
    platform.do(lambda event, unit: unit.emit(event), member("m-2"))
    (message,) = platform.engine.published
    platform.engine.publish([message, message])
    platform.settle()
    assert [payer.version for payer in platform.all(Payer)] == [1, 1]


def test_the_states_of_a_charge_are_these() -> None:
    assert {state: CHARGES.allows(state) for state in ("accepted", "parked", "reversed")} == {
        "accepted": ["reverse", "reverse_part"],
        "parked": ["rate", "approve", "reverse"],
        "reversed": [],
    }
