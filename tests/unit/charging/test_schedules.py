"""Fees follow the schedule of their day, the most specific rule, its minimum and cap, and say so."""

from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.failures import Rejected
from functions.charging.model.fees import FeeCalendar
from functions.charging.schedules import FeeRule, shipped
from tests.unit.charging.given import case, fee, percentage, schedule

PUBLISHED: Final = {
    "marketplace-fees-eur 1": "7372cbd8708401f1",
    "marketplace-fees-eur 2": "d7949bb4ae6c4c1a",
    "marketplace-fees-pln 1": "b460c3bc1015d73f",
    "marketplace-fees-sek 1": "07076b5e968f7387",
}
"""The beginning of the digest of each."""


@pytest.mark.parametrize(
    ("basis_minor", "amount_minor"),
    [(1, 50), (476, 50), (477, 50), (481, 51), (10_000, 1050), (10_005, 1051), (190_476, 20_000), (10**9, 20_000)],
)
def test_a_percentage_has_a_minimum_and_a_cap_and_is_rounded_half_up(basis_minor: int, amount_minor: int) -> None:
    assert fee(case(basis_minor=basis_minor)).amount_minor == amount_minor


def test_a_flat_fee_does_not_depend_on_the_price() -> None:
    assert {fee(case(kind="listing", basis_minor=basis)).amount_minor for basis in (1, 10**9)} == {35}


@pytest.mark.parametrize(
    ("on", "amount_minor"), [(date(2025, 1, 1), 1000), (date(2025, 12, 31), 1000), (date(2026, 1, 1), 1050)]
)
def test_the_schedule_of_the_day_it_occurred_applies(on: date, amount_minor: int) -> None:
    assert fee(case(on=on)).amount_minor == amount_minor


@pytest.mark.parametrize(
    ("changes", "basis_points"),
    [
        ({}, 1),
        ({"country": "IT"}, 2),
        ({"country": "IT", "segment": "business"}, 3),
        ({"country": "IT", "segment": "business", "category": "books"}, 4),
        ({"category": "books", "country": "FR"}, 4),
        ({"category": "books", "country": "AT"}, 5),
        ({"category": "cars"}, 1),
    ],
)
def test_category_counts_before_segment_and_segment_before_country(changes: dict[str, Any], basis_points: int) -> None:
    rules = [
        percentage(5, category="books", country="AT"),
        percentage(1),
        percentage(2, country="IT"),
        percentage(3, segment="business"),
        percentage(4, category="books"),
    ]
    assert fee(case(basis_minor=10_000, **changes), schedule(*rules)).amount_minor == basis_points


def test_what_has_no_rule_says_for_what() -> None:
    with pytest.raises(Rejected, match="has no fee for other, category none, segment private, country DE") as refusal:
        fee(case(kind="other"))
    assert refusal.value.code == "no_fee_rule"


@pytest.mark.parametrize(("currency", "on"), [("JPY", date(2026, 10, 1)), ("EUR", date(2024, 12, 31))])
def test_a_day_before_the_first_version_and_another_currency_have_no_fees(currency: str, on: date) -> None:
    assert FeeCalendar.empty("MP", currency).on(on) is None


def test_a_fee_explains_itself_with_version_inputs_and_rounding() -> None:
    assert fee(case(basis_minor=3333)).sentence("EUR") == (
        "marketplace-fees-eur version 2, valid from 2026-01-01; commission (category any, segment any, country any): "
        "10.5 % of 33.33 EUR = 3.49965, rounded half up 3.50 EUR; minimum 0.50 EUR, cap 200.00 EUR = 3.50 EUR"
    )


@pytest.mark.parametrize(
    ("basis_minor", "end"), [(10, "minimum applied = 0.50 EUR"), (10**9, "cap applied = 200.00 EUR")]
)
def test_a_fee_says_when_a_limit_decided(basis_minor: int, end: str) -> None:
    assert fee(case(basis_minor=basis_minor)).sentence("EUR").endswith(end)


def test_a_flat_fee_and_a_rule_without_cap_explain_themselves() -> None:
    assert (
        fee(case(kind="listing"))
        .sentence("EUR")
        .endswith("listing (category any, segment any, country any): flat 0.35 EUR")
    )
    assert "minimum 0.00 EUR, no cap" in fee(case(), schedule(percentage())).sentence("EUR")


def test_currencies_without_decimals_are_rated_exactly() -> None:
    yen = fee(case(currency="JPY", basis_minor=1234), schedule(percentage(125), currency="JPY"))
    assert yen.amount_minor == 15
    assert "1.25 % of 1234 JPY = 15.425, rounded half up 15 JPY" in yen.sentence("JPY")


@given(
    st.integers(1, 10**13 - 1), st.sampled_from(["", "books", "vehicles", "electronics"]), st.sampled_from(["DE", "CH"])
)
def test_a_higher_price_never_costs_a_lower_fee(basis_minor: int, category: str, country: str) -> None:
    one = fee(case(basis_minor=basis_minor, category=category, country=country)).amount_minor
    more = fee(case(basis_minor=basis_minor + 1, category=category, country=country)).amount_minor
    assert 0 < one <= more


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"flat_minor": 1, "basis_points": 1},
        {"flat_minor": -1},
        {"flat_minor": 1.0},
        {"basis_points": 10_001},
        {"basis_points": 1, "minimum_minor": 2, "cap_minor": 1},
        {"flat_minor": 1, "surprise": 1},
    ],
)
def test_a_rule_that_contradicts_itself_can_not_be_loaded(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FeeRule(kind="listing", **fields)


def test_a_schedule_says_each_thing_once() -> None:
    with pytest.raises(ValidationError, match="two rules"):
        schedule(percentage(1), percentage(2))


def test_every_version_of_a_schedule_has_its_own_number_and_day() -> None:
    numbers = [(one.schedule.entity, one.schedule.currency, one.schedule.version) for one in shipped()]
    days = [(one.schedule.entity, one.schedule.currency, one.schedule.valid_from) for one in shipped()]
    assert len(set(numbers)) == len(set(days)) == len(shipped())


def test_a_version_that_came_with_the_program_never_changes() -> None:
    found = {f"{one.schedule.name} {one.schedule.version}": one.digest[:16] for one in shipped()}
    assert found == PUBLISHED, "a published version is frozen: add another one, with its own first day"
