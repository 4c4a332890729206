"""What a charge would cost, and why one costs what it costs: answered from what was noted, and reckoned again."""

from typing import Any

import pytest
from pydantic import ValidationError

from common.documents import id_from
from common.failures import Rejected
from functions.charging.handlers import corrections, intake, questions
from functions.charging.requests.charges import ById, GiveCredit, Groups, Search
from functions.charging.requests.corrections import Reverse
from functions.charging.requests.questions import Explanation, Preview, Previewed
from functions.charging.schedules import FeeRule, Version, shipped
from tests.kit import Platform
from tests.unit.charging.given import ADA, draft, fees_in, member, schedule, take, take_raw, tiers, told

CASE = {"currency": "EUR", "kind": "commission", "occurred_on": "2026-10-01", "basis_minor": 10_000}


@pytest.fixture
def platform() -> Platform:
    made = Platform("charging")
    made.tell(member(), member("m-biz", segment="business"))
    return made


def preview(platform: Platform, *cases: dict[str, Any], **more: Any) -> Previewed:
    given = Preview.model_validate({"cases": [CASE | case for case in cases]} | more)
    return questions.preview_charges(given, platform.runtime.world)


def explain(platform: Platform, charge_id: str = "c-1") -> Explanation:
    return questions.explain_charge(ById(charge_id=charge_id), platform.runtime.world)


def test_a_preview_costs_what_the_charge_then_costs_and_records_nothing(platform: Platform) -> None:
    before = len(platform.engine.select("commits", {}, limit=1000))
    (item,) = preview(platform, {"member": "m-biz"}).items
    assert len(platform.engine.select("commits", {}, limit=1000)) == before
    charge = take_raw(platform, 10_000, member="m-biz", occurred_on="2026-10-01")["charge"]
    assert item.why is not None
    assert (item.amount_minor, item.why.rule) == (charge["amount_minor"], charge["rule"]) == (850, item.why.rule)


def test_a_preview_needs_no_member(platform: Platform) -> None:
    cases = [{"country": "CH", "segment": "private"}, {"country": "DE", "segment": "business"}]
    assert [item.amount_minor for item in preview(platform, *cases).items] == [1100, 850]


def test_a_draft_is_tried_before_anybody_is_charged_by_it(platform: Platform) -> None:
    drafted = draft(platform, {"kind": "commission", "basis_points": 2500}, gross=True)
    (item,) = preview(platform, {"member": "m-1"}, schedule_id=drafted["schedule_id"]).items
    assert item.why is not None
    assert (item.amount_minor, item.gross, item.why.version) == (2500, True, 0)
    assert item.why.rule.startswith("fees draft; commission")
    assert preview(platform, {"member": "m-1"}).items[0].amount_minor == 1050


def test_a_shipped_version_can_be_tried_for_another_day(platform: Platform) -> None:
    assert preview(platform, {"member": "m-1"}, schedule_id=shipped()[0].schedule_id).items[0].amount_minor == 1000


def test_a_preview_counts_the_months_turnover_or_the_one_it_is_told(platform: Platform) -> None:
    rule = tiers("graduated", (10_000, 1000), (None, 500), by="turnover")
    fees_in(platform, "JPY", rule.model_dump(mode="json"))
    take_raw(platform, 10_000, currency="JPY", occurred_on="2026-10-01")
    cases: list[dict[str, Any]] = [
        {"currency": "JPY", "member": "m-1"},
        {"currency": "JPY", "member": "m-1", "turnover_minor": 0},
    ]
    assert [item.amount_minor for item in preview(platform, *cases).items] == [500, 1000]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ({"member": "nobody"}, "unknown_member"),
        ({"member": "m-1", "kind": "other"}, "no_fee_rule"),
        ({"member": "m-1", "currency": "JPY"}, "no_fee_schedule"),
        ({"member": "m-1", "entity": "XX"}, "unknown_entity"),
        ({"member": "m-1", "occurred_on": "2028-01-01"}, "in_the_future"),
    ],
)
def test_a_case_that_can_not_be_rated_says_why_and_stops_no_other(
    platform: Platform, case: dict[str, Any], code: str
) -> None:
    items = preview(platform, case, {"member": "m-1"}).items
    assert [(item.code, item.amount_minor) for item in items] == [(code, 0), ("", 1050)]


def test_a_preview_by_fees_of_another_currency_is_refused(platform: Platform) -> None:
    given = {"member": "m-1", "currency": "CHF"}
    assert preview(platform, given, schedule_id=shipped()[0].schedule_id).items[0].code == "other_fees"


def test_a_preview_by_an_unknown_schedule_is_not_found(platform: Platform) -> None:
    with pytest.raises(Rejected, match="not_found"):
        preview(platform, {"member": "m-1"}, schedule_id="fee_" + "0" * 26)


@pytest.mark.parametrize("case", [{}, {"member": "m-1", "country": "DE"}, {"member": "m-1", "turnover_minor": -1}])
def test_a_case_is_about_somebody(case: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Preview.model_validate({"cases": [CASE | case]})


@pytest.mark.parametrize("count", [0, 101])
def test_a_preview_holds_one_to_a_hundred_cases(count: int) -> None:
    with pytest.raises(ValidationError):
        Preview.model_validate({"cases": [CASE | {"member": "m-1"}] * count})


def test_a_rated_charge_explains_itself_as_data(platform: Platform) -> None:
    take_raw(platform, 3333, category="toys")
    found = explain(platform)
    assert found.why is not None
    assert found.why.scope is not None
    assert (found.why.schedule, found.why.version, str(found.why.valid_from)) == (
        "marketplace-fees-eur",
        2,
        "2026-01-01",
    )
    assert (found.why.digest, found.why.schedule_id) == (shipped()[1].digest, shipped()[1].schedule_id)
    assert (found.why.scope.kind, found.why.scope.category) == ("commission", "")
    assert (found.basis_minor, found.category, found.why.country, found.why.segment) == (3333, "toys", "DE", "private")
    assert [step.model_dump() for step in found.why.steps] == [
        {"does": "share", "amount_minor": 350, "on_minor": 3333, "basis_points": 1050, "exact": "3.49965"},
        {"does": "limits", "amount_minor": 350, "minimum_minor": 50, "cap_minor": 20_000, "applied": ""},
    ]
    assert (found.amount_minor, found.reproduced) == (350, True)
    assert (found.taken_by, found.decided_by, found.decided_at) == ("machine:test", "machine:test", found.taken_at)


def test_the_sentence_on_the_invoice_is_the_explanations(platform: Platform) -> None:
    take_raw(platform, 3333)
    found = explain(platform)
    assert found.why is not None
    assert [event.rule for event in told(platform)] == [found.why.rule]


def test_a_given_amount_says_that_nothing_was_looked_up(platform: Platform) -> None:
    take(platform)
    found = explain(platform)
    assert found.why is not None
    assert (found.why.schedule, found.reproduced) == ("", None)
    assert [step.model_dump() for step in found.why.steps] == [
        {"does": "given", "amount_minor": 1250, "by": "marketplace", "gross": False}
    ]


def test_every_line_of_a_reversal_explains_itself_by_its_own_id(platform: Platform) -> None:
    charge_id = take(platform)["charge"]["charge_id"]
    given = Reverse.model_validate({"charge_id": "c-1", "reason": "a complaint", "amount_minor": 200})
    platform.do(corrections.reverse_charge, given, actor=ADA)
    (line,) = [event for event in told(platform) if event.reverses]
    found = explain(platform, line.charge_id)
    assert (found.reverses, found.amount_minor, found.reason) == (charge_id, -200, "a complaint")
    assert (found.decided_by, found.why and found.why.rule) == (ADA, line.rule.removesuffix(": a complaint"))
    (part,) = explain(platform).taken_back
    assert (part.reversal_id, part.amount_minor, part.taken_by) == (line.charge_id, -200, ADA)


def test_a_credit_explains_who_gave_it_and_why(platform: Platform) -> None:
    named = {"credit": "g-1", "member": "m-1", "currency": "EUR", "amount_minor": 100, "description": "Credit"}
    given = GiveCredit.model_validate({**named, "reason": "sorry", "occurred_on": "2026-10-01"})
    platform.do(intake.give_credit, given, actor=ADA)
    found = explain(platform, "g-1")
    assert (found.amount_minor, found.reason, found.taken_by) == (-100, "sorry", ADA)


def test_a_parked_charge_explains_why_it_is_parked(platform: Platform) -> None:
    take_raw(platform, 100, kind="other")
    found = explain(platform)
    assert (found.state, found.why, found.code) == ("parked", None, "no_fee_rule")
    assert "no fee for other" in found.detail


def test_nothing_is_explained_that_nobody_charged(platform: Platform) -> None:
    with pytest.raises(Rejected, match="not_found"):
        explain(platform, "c-9")


def test_fees_that_were_changed_behind_our_back_are_found_out(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_raw(platform, 3333)
    tampered = Version(
        shipped()[1].schedule_id, shipped()[1].digest, schedule(FeeRule(kind="commission", flat_minor=350))
    )
    monkeypatch.setattr(questions, "shipped", lambda: (tampered,))
    assert explain(platform).reproduced is False


def test_parked_charges_are_searched_by_their_reason(platform: Platform) -> None:
    take_raw(platform, 100, kind="other")
    take(platform, charge="c-2", member="nobody")
    world = platform.runtime.world
    assert [one.charge for one in questions.search_charges(Search(code="unknown_member"), world).items] == ["c-2"]
    groups = questions.list_parked(Groups(), world).items
    assert [(group.code, group.charges) for group in groups] == [("no_fee_rule", 1), ("unknown_member", 1)]
    assert groups[1].examples[0].member_id == id_from("mem", "nobody")
