"""Tiers: graduated fees never jump, volume fees follow their band, a month's fees add up to those of its turnover."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.failures import Rejected
from common.money import LARGEST, share
from functions.charging.explaining import Graduated, Limited, Volume
from functions.charging.rating import graduated, slices
from functions.charging.schedules import FeeRule, Tier, falls
from tests.unit.charging.given import case, fee, percentage, schedule, tiers

RATES = st.integers(0, 10_000)


@st.composite
def bands(draw: st.DrawFn) -> list[tuple[int | None, int]]:
    ends = sorted(draw(st.sets(st.integers(1, 10**9), max_size=9)))
    return [(end, draw(RATES)) for end in [*ends, None]]


def at(rule: FeeRule, basis_minor: int, turnover_minor: int = 0) -> int:
    return fee(case(basis_minor=basis_minor, turnover_minor=turnover_minor), schedule(rule)).amount_minor


@pytest.mark.parametrize(
    ("basis_minor", "amount_minor"),
    [(1, 0), (5, 1), (10_000, 1000), (10_001, 1000), (10_007, 1001), (15_000, 1400), (50_000, 4200), (60_000, 4700)],
)
def test_graduated_tiers_take_each_slice_at_its_own_rate(basis_minor: int, amount_minor: int) -> None:
    assert at(tiers("graduated", (10_000, 1000), (50_000, 800), (None, 500)), basis_minor) == amount_minor


@pytest.mark.parametrize(
    ("basis_minor", "amount_minor"), [(10_000, 1000), (10_001, 800), (50_000, 4000), (50_001, 2500), (60_000, 3000)]
)
def test_volume_tiers_take_the_whole_amount_at_the_rate_it_reaches(basis_minor: int, amount_minor: int) -> None:
    assert at(tiers("volume", (10_000, 1000), (50_000, 800), (None, 500)), basis_minor) == amount_minor


def test_a_volume_tier_may_have_a_fixed_part() -> None:
    bands = [{"up_to_minor": 1000, "flat_minor": 50}, {"basis_points": 300, "flat_minor": 30}]
    rule = FeeRule.model_validate({"kind": "commission", "volume": bands})
    assert [at(rule, price) for price in (1, 1000, 1001, 2000)] == [50, 50, 60, 90]


@given(bands(), st.integers(1, 10**10), st.integers(0, 10**6))
def test_a_graduated_fee_never_falls_and_never_jumps(
    told: list[tuple[int | None, int]], basis_minor: int, more: int
) -> None:
    rule = tiers("graduated", *told)
    lower, higher = at(rule, basis_minor), at(rule, basis_minor + more)
    assert lower <= higher <= lower + share(more, max(points for _, points in told)) + 1


@given(bands(), st.integers(1, 10**10))
def test_one_band_for_all_is_a_percentage(told: list[tuple[int | None, int]], basis_minor: int) -> None:
    points = told[0][1]
    plain = at(percentage(points), basis_minor)
    same = [(end, points) for end, _ in told]
    assert at(tiers("graduated", *same), basis_minor) == at(tiers("volume", *same), basis_minor) == plain


@given(bands(), st.integers(0, 10**10), st.integers(0, 10**10))
def test_the_slices_of_an_amount_are_the_amount(told: list[tuple[int | None, int]], above: int, more: int) -> None:
    rule = tiers("graduated", *told)
    found = slices(above, above + more, rule.graduated)
    assert sum(one.on_minor for one in found) == more
    whole = graduated(above + more, rule.graduated) - graduated(above, rule.graduated)
    assert sum(one.on_minor * one.basis_points for one in found) == whole


@given(bands(), st.lists(st.integers(1, 10**8), min_size=1, max_size=8))
def test_a_months_graduated_fees_add_up_to_the_fee_of_its_turnover(
    told: list[tuple[int | None, int]], prices: list[int]
) -> None:
    rule, before, paid = tiers("graduated", *told, by="turnover"), 0, 0
    for price in prices:
        paid += at(rule, price, before)
        before += price
    assert paid == at(rule.model_copy(update={"by": "price"}), sum(prices))


@given(bands(), st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_volume_fee_by_turnover_has_the_rate_the_month_reaches_with_this_sale(
    told: list[tuple[int | None, int]], price: int, before: int
) -> None:
    points = next(points for end, points in told if end is None or price + before <= end)
    assert at(tiers("volume", *told, by="turnover"), price, before) == share(price, points)


def test_minimum_and_cap_hold_for_tiers_too() -> None:
    rule = tiers("graduated", (10_000, 1000), (None, 500), minimum_minor=100, cap_minor=1100)
    assert [at(rule, price) for price in (1, 1000, 11_000, 90_000)] == [100, 100, 1050, 1100]


def test_the_largest_price_is_rated_exactly() -> None:
    rule = tiers("graduated", (LARGEST - 1, 10_000), (None, 1))
    assert at(rule, LARGEST) == LARGEST - 1


def test_tiers_explain_themselves_slice_by_slice() -> None:
    rating = fee(case(basis_minor=15_005), schedule(tiers("graduated", (10_000, 1000), (None, 750), minimum_minor=50)))
    step = rating.steps[0]
    assert isinstance(step, Graduated)
    assert [(one.on_minor, one.basis_points) for one in step.slices] == [(10_000, 1000), (5005, 750)]
    assert rating.sentence("EUR") == (
        "fees version 1, valid from 2026-01-01; commission (category any, segment any, country any): "
        "graduated by price: 10 % of 100.00 EUR + 7.5 % of 50.05 EUR = 13.75375, rounded half up 13.75 EUR; "
        "minimum 0.50 EUR, no cap = 13.75 EUR"
    )


def test_what_goes_by_turnover_says_what_was_sold_before() -> None:
    asked = case(basis_minor=15_000, turnover_minor=9_000)
    told = fee(asked, schedule(tiers("graduated", (10_000, 1000), (None, 750), by="turnover"))).sentence("EUR")
    assert (
        "graduated by the month's turnover (90.00 EUR before): 10 % of 10.00 EUR + 7.5 % of 140.00 EUR = 11.5" in told
    )
    step = fee(asked, schedule(tiers("volume", (10_000, 1000), (None, 750), by="turnover"))).steps[0]
    assert isinstance(step, Volume)
    assert (step.reached_minor, step.above_minor, step.up_to_minor, step.basis_points) == (24_000, 10_000, None, 750)
    assert "volume by the month's turnover of 240.00 EUR, over 100.00 EUR: 7.5 % of 150.00 EUR" in step.says("EUR")


def test_a_fee_with_vat_says_so() -> None:
    with_vat = fee(by=schedule(percentage(), gross=True))
    assert with_vat.gross
    assert with_vat.sentence("EUR").endswith("VAT included")
    assert not fee(by=schedule(percentage(gross=False), gross=True)).gross
    assert fee(by=schedule(percentage(gross=True))).gross


def test_limits_say_which_of_them_applied() -> None:
    rating = fee(case(basis_minor=1), schedule(percentage(100, minimum_minor=9)))
    assert rating.steps[-1] == Limited(amount_minor=9, minimum_minor=9, cap_minor=None, applied="minimum")


@pytest.mark.parametrize("form", [{"basis_points": 1}, {"volume": [{"basis_points": 1}]}])
def test_a_fee_from_a_price_needs_one(form: dict[str, Any]) -> None:
    with pytest.raises(Rejected, match="no_basis"):
        fee(case(basis_minor=0), schedule(FeeRule.model_validate({"kind": "commission"} | form)))


@pytest.mark.parametrize(
    ("tiers", "code"),
    [
        ([{"basis_points": 1, "up_to_minor": 5}], "tier_without_end"),
        ([{"basis_points": 1}, {"basis_points": 2}], "tier_without_end"),
        ([{"up_to_minor": 5}, {"up_to_minor": 5}, {}], "tiers_overlap"),
        ([{"up_to_minor": 6}, {"up_to_minor": 5}, {}], "tiers_overlap"),
        ([{"up_to_minor": 0}, {}], "greater_than"),
        ([{"up_to_minor": 1.5}, {}], "int_type"),
        ([{"up_to_minor": n + 1} for n in range(10)] + [{}], "too_long"),
        ([], "one_form"),
        ([{"basis_points": 10_001}], "less_than_equal"),
    ],
)
def test_tiers_have_no_gaps_and_no_overlaps(tiers: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(ValidationError) as fault:
        FeeRule.model_validate({"kind": "commission", "volume": tiers})
    assert {error["type"] for error in fault.value.errors()} == {code}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"graduated": [{"flat_minor": 1}]}, "flat_in_graduated"),
        ({"graduated": [{}], "volume": [{}]}, "one_form"),
        ({"basis_points": 1, "by": "turnover"}, "turnover_without_tiers"),
        ({"flat_minor": 1, "minimum_minor": 1}, "flat_with_limits"),
        ({"flat_minor": 1, "country": "de"}, "string_pattern_mismatch"),
        ({"flat_minor": 1, "kind": "gift"}, "literal_error"),
        ({"flat_minor": 1, "gross": "yes"}, "bool_type"),
    ],
)
def test_a_rule_that_says_two_things_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as fault:
        FeeRule.model_validate({"kind": "commission"} | fields)
    assert {error["type"] for error in fault.value.errors()} == {code}


def test_volume_tiers_at_which_a_dearer_sale_costs_less_are_pointed_out() -> None:
    assert falls(tiers("volume", (10_000, 1000), (50_000, 800), (None, 900))) == [(10_000, 1000, 800)]
    assert falls(tiers("graduated", (10_000, 1000), (None, 1))) == []


@given(bands())
def test_exactly_the_falling_ends_are_pointed_out(told: list[tuple[int | None, int]]) -> None:
    rule = tiers("volume", *told)
    fallen = {price for price, _, _ in falls(rule)}
    for (end, lower), (_, upper) in pairwise(told):
        assert end is not None
        assert (end in fallen) == (end * lower > (end + 1) * upper)


def test_a_band_ends_with_its_last_unit() -> None:
    rule = FeeRule(kind="commission", volume=(Tier(up_to_minor=100, flat_minor=7), Tier(flat_minor=9)))
    assert [at(rule, price) for price in (99, 100, 101)] == [7, 7, 9]
