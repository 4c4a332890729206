"""A dry run and a backtest say what would be decided, and write nothing."""

from typing import Any

import pytest

from common.failures import Rejected
from functions.matching.evidence.rules import present_rules
from functions.matching.handlers import rules
from functions.matching.requests import ByReceipt
from functions.matching.requests.decisions import Backtest, BacktestAnswer, DecisionAnswer, RulesGiven, ShowRules
from tests.kit import Platform
from tests.unit.matching.told import collected, invoice, item, money, number, receipt, reference


def given(**changes: Any) -> RulesGiven:
    """The rules in force with changes, as a caller sends them."""
    told = rules.show_rules(ShowRules(), None).model_dump(exclude={"policy_version"})  # type: ignore[arg-type]
    return RulesGiven.model_validate(told | {"version": "proposed"} | changes)


def preview(platform: Platform, name: str = "rcp_1") -> DecisionAnswer:
    return rules.preview_decision(ByReceipt(receipt_id=name), platform.runtime.world)


def backtest(platform: Platform, **changes: Any) -> BacktestAnswer:
    return rules.backtest(Backtest(rules=given(**changes)), platform.runtime.world)


def written(platform: Platform) -> int:
    return platform.engine.counts.writes


def test_the_rules_in_force_are_shown_and_can_be_sent_back(platform: Platform) -> None:
    told = rules.show_rules(ShowRules(), platform.runtime.world)
    assert told.version == present_rules().version
    assert given().model_dump(exclude={"version"}) == told.model_dump(exclude={"version", "policy_version"})


def test_a_dry_run_says_what_would_be_decided_and_writes_nothing(platform: Platform) -> None:
    platform.tell(money(payer_name="Anna Berg", text="danke"))
    assert receipt(platform).zone == "manual"
    platform.tell(invoice())
    before = written(platform)
    told = preview(platform)
    assert (told.zone, [one.number for one in told.parts]) == ("automatic", [number(1)])
    assert (written(platform), item(platform).state) == (before, "open")


def test_a_dry_run_of_money_that_waits_says_so(platform: Platform) -> None:
    platform.tell(money(text=number(9)))
    told = preview(platform)
    assert (told.waits, told.zone) == (True, "manual")
    assert "there is no invoice MP-2026-0000009" in told.evidence


def test_a_dry_run_needs_money_that_is_left(platform: Platform) -> None:
    platform.tell(invoice(), money(reference=reference(number(1))))
    with pytest.raises(Rejected, match="nothing_left"):
        preview(platform)
    with pytest.raises(Rejected, match="not_found"):
        preview(platform, "rcp_9")


def test_the_same_rules_change_nothing(platform: Platform) -> None:
    platform.tell(*[invoice(n, 5_000 + n, member=f"mem_{n}", name=f"Nora Tal{n}") for n in range(1, 9)])
    platform.tell(*[money(5_000 + n, f"rcp_{n}", payer_name=f"Nora Tal{n}", text=number(n)) for n in range(1, 9)])
    told = backtest(platform)
    assert (told.replayed, told.changed, told.proposed_disagrees) == (8, [], 0)
    assert told.zones == {"automatic > automatic": 8}


def test_a_stricter_rule_shows_what_it_would_leave_to_people(platform: Platform) -> None:
    platform.tell(*[invoice(n, 5_000 + n, member=f"mem_{n}", name=f"Nora Tal{n}") for n in range(1, 5)])
    platform.tell(*[money(5_000 + n, f"rcp_{n}", payer_name=f"Nora Tal{n}") for n in range(1, 4)])
    platform.tell(money(5_004, "rcp_4", reference=reference(number(4))))
    before = written(platform)
    told = backtest(platform, trusted=[{"mention": ["number"], "amount": ["exact"], "payer": ["sure"]}])
    assert told.zones == {"automatic > automatic": 1, "automatic > suggested": 3}
    assert {one.receipt_id for one in told.changed} == {"rcp_1", "rcp_2", "rcp_3"}
    assert all(one.present_agrees and not one.proposed_agrees for one in told.changed)
    assert all(one.proposed.rules_version == "proposed" for one in told.changed)
    assert written(platform) == before


def test_a_laxer_rule_shows_what_it_would_post_that_people_decided_otherwise(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2))
    platform.tell(money(payer_name="Anna Berg"))
    suggestion = receipt(platform).suggestion
    assert suggestion is not None
    from functions.matching.handlers import by_hand
    from functions.matching.model import item_id_of
    from functions.matching.requests import MatchByHand

    other = next(number(n) for n in (1, 2) if number(n) != suggestion.parts[0].number)
    asked = MatchByHand(receipt_id="rcp_1", item_id=item_id_of(other), amount_minor=10_000, reason="she said")
    platform.do(by_hand.match_by_hand, asked)
    platform.settle()
    told = backtest(platform, suggested_from_basis_points=9_999)
    assert told.zones == {"suggested > manual": 1}
    assert [one.stands[0].item_id for one in told.changed] == [item_id_of(other)]


def test_what_a_provider_collected_is_left_out_of_a_backtest(platform: Platform) -> None:
    platform.tell(invoice(method="card"))
    platform.tell(collected())
    assert backtest(platform).replayed == 0


def test_a_backtest_goes_on_page_by_page(platform: Platform) -> None:
    platform.tell(*[money(100 + n, f"rcp_{n:03}") for n in range(25)])
    seen, after = 0, ""
    while True:
        asked = Backtest(rules=given(), limit=10, page_token=after)
        told = rules.backtest(asked, platform.runtime.world)
        seen += told.replayed
        after = told.next_page_token
        if not after:
            break
    assert seen == 25


@pytest.mark.parametrize(
    "wrong",
    [
        {"least_probability_basis_points": 10_001},
        {"least_probability_basis_points": 0.5},
        {"most_items_in_a_sum": 40},
        {"trusted": [{"mention": [], "amount": ["exact"], "payer": ["sure"]}]},
        {"trusted": [{"mention": ["DROP TABLE"], "amount": ["exact"], "payer": ["sure"]}]},
        {"version": ""},
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        given(**wrong)
