"""Versions of fees: drafted by one, activated by another, frozen, in force from a day on; no day has two prices."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from common.failures import Rejected
from functions.charging.handlers import fees, intake, parked, questions
from functions.charging.model.charges import Charge
from functions.charging.model.fees import FEE_SCHEDULES, FeeCalendar, FeeSchedule
from functions.charging.requests.charges import Batch, ById, Groups, RateParked
from functions.charging.requests.fees import (
    ActivateFees,
    ChangeDraft,
    CompareFees,
    DraftFees,
    EndFees,
    FeesById,
    SearchFees,
)
from functions.charging.schedules import FeeRule, only_fills_gaps, shipped
from tests.kit import Platform
from tests.unit.charging.given import (
    ADA,
    BOB,
    activate,
    body,
    draft,
    fees_in,
    member,
    percentage,
    schedule,
    take_raw,
    tiers,
    told,
)  # fmt: skip

FLAT = {"kind": "commission", "flat_minor": 111}
CAROL = "staff:carol@marketplace.example"


@pytest.fixture
def platform() -> Platform:
    made = Platform("charging")
    made.tell(member())
    return made


def show(platform: Platform, schedule_id: str) -> dict[str, Any]:
    return fees.show_fees(FeesById(schedule_id=schedule_id), platform.runtime.world).model_dump(mode="json")


def end(platform: Platform, drafted: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = platform.do(
        fees.end_fees, EndFees(schedule_id=drafted["schedule_id"], reason="wrong"), actor=ADA
    )
    return answer


def change(platform: Platform, drafted: dict[str, Any], *rules: dict[str, Any], actor: str = CAROL) -> dict[str, Any]:
    named = {"schedule_id": drafted["schedule_id"], "name": "fees", "entity": "MP", "currency": "EUR"}
    given = ChangeDraft.model_validate({**named, "rules": list(rules), "reason": "a typo"})
    answer: dict[str, Any] = platform.do(fees.change_draft, given, actor=actor)
    return answer


def test_an_activated_version_applies_from_its_day_on(platform: Platform) -> None:
    answer = activate(platform, draft(platform, FLAT), "2026-10-03")
    assert (answer["state"], answer["status"], answer["version"]) == ("active", "scheduled", 3)
    assert (answer["activated_by"], answer["drafted_by"], answer["reason"]) == (BOB, [ADA], "agreed")
    platform.advance_to(datetime(2026, 10, 4, 8, tzinfo=UTC))
    assert take_raw(platform, 10_000, occurred_on="2026-10-02")["charge"]["amount_minor"] == 1050
    charge = take_raw(platform, 10_000, charge="c-2", occurred_on="2026-10-03")["charge"]
    assert (charge["amount_minor"], charge["rule"][:41]) == (111, "fees version 3, valid from 2026-10-03; co")
    assert show(platform, answer["schedule_id"])["status"] == "in_force"


def test_a_version_that_came_with_the_program_ends_where_the_next_begins(platform: Platform) -> None:
    activate(platform, draft(platform, FLAT), "2026-11-01")
    came = {(one.schedule.currency, one.schedule.version): one.schedule_id for one in shipped()}
    last = show(platform, came["EUR", 2])
    assert (last["valid_to"], last["status"], last["allowed"]) == ("2026-10-31", "in_force", [])
    assert show(platform, came["EUR", 1])["status"] == "superseded"
    platform.advance_to(datetime(2026, 11, 2, tzinfo=UTC))
    assert show(platform, came["EUR", 2])["status"] == "superseded"


def test_who_drafted_or_changed_a_version_can_not_activate_it(platform: Platform) -> None:
    drafted = draft(platform, FLAT)
    changed = change(platform, drafted, {**FLAT, "flat_minor": 112})
    for actor in (ADA, CAROL):
        with pytest.raises(Rejected) as refusal:
            activate(platform, changed, "2026-11-01", actor=actor)
        assert (refusal.value.code, refusal.value.status) == ("four_eyes", 403)
    assert activate(platform, changed, "2026-11-01")["rules"][0]["flat_minor"] == 112


def test_what_was_changed_since_it_was_looked_at_is_not_activated(platform: Platform) -> None:
    drafted = draft(platform, FLAT)
    change(platform, drafted, {**FLAT, "flat_minor": 9})
    with pytest.raises(Rejected) as refusal:
        activate(platform, drafted, "2026-11-01")
    assert (refusal.value.code, refusal.value.status) == ("changed_meanwhile", 409)


def test_an_active_version_is_frozen(platform: Platform) -> None:
    active = activate(platform, draft(platform, FLAT), "2026-11-01")
    with pytest.raises(Rejected, match="wrong_state"):
        change(platform, active, FLAT)
    with pytest.raises(Rejected, match="wrong_state"):
        activate(platform, active, "2026-12-01")
    came = show(platform, shipped()[0].schedule_id)
    with pytest.raises(Rejected, match="wrong_state"):
        activate(platform, came, "2026-12-01")


@pytest.mark.parametrize("valid_from", ["2026-10-02", "2026-10-01", "2026-01-01", "2020-01-01"])
def test_a_day_for_which_somebody_may_have_been_charged_keeps_its_price(platform: Platform, valid_from: str) -> None:
    with pytest.raises(Rejected, match="changes_the_past"):
        activate(platform, draft(platform, FLAT), valid_from)
    assert platform.all(FeeCalendar) == []


def in_force() -> list[dict[str, Any]]:
    rules = shipped()[1].schedule.rules
    return [rule.model_dump(mode="json", exclude_defaults=True) for rule in rules]


def test_what_had_no_fee_may_get_one_from_an_earlier_day_on(platform: Platform) -> None:
    take_raw(platform, 1000, kind="other", occurred_on="2026-09-15")
    take_raw(platform, 1000, charge="c-2", kind="other", occurred_on="2026-08-31")
    drafted = draft(platform, *in_force(), {"kind": "other", "flat_minor": 77})
    activate(platform, drafted, "2026-09-01")
    assert {charge.given.charge: charge.amount_minor for charge in platform.all(Charge)} == {"c-1": 77, "c-2": 0}
    assert [event.amount_minor for event in told(platform)] == [77]


def test_a_later_version_stays_in_force_when_an_earlier_day_is_filled(platform: Platform) -> None:
    first = activate(platform, draft(platform, FLAT), "2026-10-05")
    filling = draft(platform, *in_force(), {"kind": "other", "flat_minor": 77}, draft="d-2")
    activate(platform, filling, "2026-09-01")
    platform.advance_to(datetime(2026, 10, 6, tzinfo=UTC))
    assert take_raw(platform, 1000, occurred_on="2026-10-06")["charge"]["amount_minor"] == 111
    assert show(platform, first["schedule_id"])["status"] == "in_force"
    assert show(platform, filling["schedule_id"])["valid_to"] == "2026-10-04"


def test_only_what_overlaps_nothing_fills_a_gap() -> None:
    before = schedule(percentage(100, segment="business"))
    kept = before.rules[0]
    assert only_fills_gaps(before, schedule(kept, percentage(5, segment="private")))
    assert not only_fills_gaps(before, schedule(kept, percentage(5, category="books")))
    assert not only_fills_gaps(before, schedule(kept, percentage(5)))
    assert not only_fills_gaps(before, schedule(percentage(101, segment="business")))
    assert not only_fills_gaps(before, schedule(percentage(5, segment="private")))
    assert not only_fills_gaps(before, schedule(kept, gross=True))


def test_fees_by_turnover_begin_with_a_month(platform: Platform) -> None:
    rule = tiers("graduated", (None, 500), by="turnover").model_dump(mode="json")
    drafted = draft(platform, rule)
    with pytest.raises(Rejected, match="turnover_within_a_month"):
        activate(platform, drafted, "2026-11-02")
    assert activate(platform, drafted, "2026-11-01")["status"] == "scheduled"


def test_a_version_that_has_not_begun_can_be_withdrawn_and_its_number_is_not_given_again(platform: Platform) -> None:
    active = activate(platform, draft(platform, FLAT), "2026-11-01")
    assert end(platform, active)["status"] == "withdrawn"
    assert show(platform, shipped()[1].schedule_id)["valid_to"] is None
    assert activate(platform, draft(platform, FLAT, draft="d-2"), "2026-11-01")["version"] == 4


def test_a_version_that_may_have_been_charged_by_is_not_withdrawn(platform: Platform) -> None:
    active = activate(platform, draft(platform, FLAT), "2026-10-03")
    platform.advance_to(datetime(2026, 10, 2, 8, tzinfo=UTC))
    with pytest.raises(Rejected, match="in_force"):
        end(platform, active)


def test_a_discarded_draft_is_over(platform: Platform) -> None:
    drafted = draft(platform, FLAT)
    assert end(platform, drafted)["status"] == "discarded"
    with pytest.raises(Rejected, match="wrong_state"):
        activate(platform, drafted, "2026-11-01")


def test_a_draft_sent_again_is_the_same_and_with_other_fees_is_refused(platform: Platform) -> None:
    assert draft(platform, FLAT) == draft(platform, FLAT)
    assert len(platform.all(FeeSchedule)) == 1
    with pytest.raises(Rejected, match="draft_id_reused"):
        draft(platform, {**FLAT, "flat_minor": 1})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"entity": "XX", "rules": [FLAT]}, "unknown_entity"),
        ({"rules": [FLAT, FLAT]}, "invalid"),
        ({"rules": [{**FLAT, "category": f"{'x' * 30}-{n}"} for n in range(300)]}, ""),
    ],
)
def test_fees_are_checked_as_a_whole(platform: Platform, changes: dict[str, Any], code: str) -> None:
    if not code:
        assert len(draft(platform, **changes)["rules"]) == 300
        return
    with pytest.raises(Rejected) as refusal:
        draft(platform, **changes)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "changes", [{"rules": []}, {"rules": [{"kind": "commission"}]}, {"name": "A"}, {"gross": 1}, {"currency": "XXX"}]
)
def test_a_faulty_draft_is_refused(changes: dict[str, Any]) -> None:
    named = {"draft": "d", "name": "fees", "entity": "MP", "currency": "EUR", "rules": [FLAT]}
    DraftFees.model_validate(named)
    with pytest.raises(ValidationError):
        DraftFees.model_validate(named | changes)


def test_a_draft_can_not_become_one_of_another_currency(platform: Platform) -> None:
    drafted = draft(platform, FLAT, currency="CHF")
    with pytest.raises(Rejected, match="other_fees"):
        change(platform, drafted, FLAT)


def drafted_rule(drafted: dict[str, Any]) -> FeeRule:
    return FeeRule.model_validate(drafted["rules"][0])


def test_versions_are_compared_scope_by_scope(platform: Platform) -> None:
    rules = in_force()
    changed = [{**rules[0], "flat_minor": 36}, *rules[2:], {"kind": "other", "flat_minor": 5}]
    drafted = draft(platform, *changed)
    diff = fees.compare_fees(CompareFees(schedule_id=drafted["schedule_id"]), platform.runtime.world)
    assert diff.before == shipped()[1].schedule_id
    assert [
        (one.scope, one.before and one.before.flat_minor, one.after and one.after.flat_minor) for one in diff.changed
    ] == [("listing (category any, segment any, country any)", 35, 36)]
    assert [one.scope for one in diff.removed] == ["listing (category any, segment business, country any)"]
    assert [one.scope for one in diff.added] == ["other (category any, segment any, country any)"]
    assert diff.same == len(rules) - 2
    back = fees.compare_fees(
        CompareFees(schedule_id=shipped()[1].schedule_id, against=drafted["schedule_id"]), platform.runtime.world
    )
    assert ([one.scope for one in back.added], len(back.removed)) == ([diff.removed[0].scope], 1)


def test_the_first_fees_in_a_currency_are_all_new(platform: Platform) -> None:
    drafted = draft(platform, FLAT, currency="JPY")
    diff = fees.compare_fees(CompareFees(schedule_id=drafted["schedule_id"]), platform.runtime.world)
    assert (diff.before, diff.gross_before, len(diff.added), diff.same) == ("", None, 1, 0)


def test_all_versions_are_listed_by_entity_currency_and_state(platform: Platform) -> None:
    drafted = draft(platform, FLAT)
    world = platform.runtime.world
    assert len(fees.search_fees(SearchFees(), world).items) == len(shipped()) + 1
    assert [one.version for one in fees.search_fees(SearchFees(currency="EUR"), world).items] == [1, 2, 0]
    assert [one.schedule_id for one in fees.search_fees(SearchFees(state="draft"), world).items] == [
        drafted["schedule_id"]
    ]
    assert fees.search_fees(SearchFees(entity="XX"), world).items == []


def activate_unseen(platform: Platform, schedule_id: str) -> None:
    activate(platform, {"schedule_id": schedule_id, "digest": "0" * 64}, "2027-01-01")


@pytest.mark.parametrize("asked", [show, activate_unseen])
def test_a_version_nobody_wrote_is_not_found(platform: Platform, asked: Any) -> None:
    with pytest.raises(Rejected) as refusal:
        asked(platform, "fee_" + "0" * 26)
    assert (refusal.value.code, refusal.value.status) == ("not_found", 404)


def test_a_digest_and_a_day_are_needed() -> None:
    with pytest.raises(ValidationError):
        ActivateFees.model_validate({"schedule_id": "fee_" + "0" * 26, "digest": "x", "valid_from": "x", "reason": "y"})


def test_two_activations_get_two_numbers_and_the_later_first_day_wins(platform: Platform) -> None:
    for n, day in enumerate(["2026-12-01", "2026-11-01", "2026-12-01"]):
        rule = {"kind": "commission", "flat_minor": n + 1}
        activate(platform, draft(platform, rule, draft=f"d-{n}"), day)
    (calendar,) = platform.all(FeeCalendar)
    assert [one.number for one in calendar.listed] == [3, 4, 5]
    in_force_on = [calendar.on(date(2026, 10, 31) + timedelta(days=n)) for n in (0, 1, 31)]
    assert [one.number for one in in_force_on if one] == [2, 4, 5]


def test_the_reads_of_a_charge_do_not_grow_with_the_number_of_versions(platform: Platform) -> None:
    def reads(charge: str) -> int:
        before = platform.engine.counts.reads
        take_raw(platform, 1000, charge=charge, currency="JPY")
        return platform.engine.counts.reads - before

    fees_in(platform, "JPY", FLAT)
    few = reads("c-few")
    for n in range(30):
        later = {"kind": "commission", "flat_minor": n}
        activate(platform, draft(platform, later, draft=f"j-{n}", currency="JPY"), f"2027-01-{n + 1:02d}")
    assert reads("c-many") == few == 5


def test_every_charge_parked_for_a_reason_can_be_rated_at_once(platform: Platform) -> None:
    charges = [body(charge=f"p-{n}", kind="other", amount_minor=None, basis_minor=100) for n in range(250)]
    platform.do(intake.take_charges, Batch(charges=charges))
    groups = questions.list_parked(Groups(), platform.runtime.world).items
    assert [(one.code, one.charges, len(one.examples)) for one in groups] == [("no_fee_rule", 250, 3)]
    answer = platform.do(parked.rate_parked, RateParked(code="no_fee_rule", reason="again"))
    assert (answer["rated"], answer["still_parked"], answer["more"]) == (0, 100, True)
    platform.settle()
    assert told(platform) == []
    activate(platform, draft(platform, *in_force(), {"kind": "other", "flat_minor": 5}), "2026-09-01")
    assert len(told(platform)) == 250
    assert questions.list_parked(Groups(), platform.runtime.world).items == []


def test_a_rating_by_staffs_version_can_be_reproduced_later(platform: Platform) -> None:
    fees_in(platform, "JPY", tiers("graduated", (500, 1000), (None, 100)).model_dump(mode="json"))
    take_raw(platform, 1000, currency="JPY")
    activate(platform, draft(platform, FLAT, draft="other", currency="JPY"), "2027-01-01")
    told_why = questions.explain_charge(ById(charge_id="c-1"), platform.runtime.world)
    assert (told_why.reproduced, told_why.amount_minor) == (True, 55)


def test_the_states_of_a_version_are_these() -> None:
    assert {state: FEE_SCHEDULES.allows(state) for state in FEE_SCHEDULES.moves} == {
        "draft": ["activate", "discard"],
        "active": ["withdraw"],
        "withdrawn": [],
        "discarded": [],
    }


def test_fees_that_include_vat_are_told_as_such(platform: Platform) -> None:
    drafted = draft(platform, FLAT, draft="gross", currency="JPY", gross=True)
    activate(platform, drafted, "2026-09-01")
    charge = take_raw(platform, 1000, currency="JPY")["charge"]
    assert (charge["gross"], charge["rule"].endswith("flat 111 JPY, VAT included")) == (True, True)
    assert [event.gross for event in told(platform)] == [True]
