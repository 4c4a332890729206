"""Standard rates: on the day before each change, and on the day of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from functions.invoicing.tax.rates import rate_on, rates, source
from functions.invoicing.tax.territories import member_states

CHANGES = [
    ("CH", date(2018, 1, 1), 800, 770),
    ("CH", date(2024, 1, 1), 770, 810),
    ("DE", date(2020, 7, 1), 1_900, 1_600),
    ("DE", date(2021, 1, 1), 1_600, 1_900),
    ("EE", date(2024, 1, 1), 2_000, 2_200),
    ("EE", date(2025, 7, 1), 2_200, 2_400),
    ("FI", date(2024, 9, 1), 2_400, 2_550),
    ("GR", date(2016, 6, 1), 2_300, 2_400),
    ("IE", date(2020, 9, 1), 2_300, 2_100),
    ("IE", date(2021, 3, 1), 2_100, 2_300),
    ("LU", date(2023, 1, 1), 1_700, 1_600),
    ("LU", date(2024, 1, 1), 1_600, 1_700),
    ("PT-20", date(2021, 7, 1), 1_800, 1_600),
    ("RO", date(2017, 1, 1), 2_000, 1_900),
    ("RO", date(2025, 8, 1), 1_900, 2_100),
    ("SK", date(2025, 1, 1), 2_000, 2_300),
]
"""As they were in reality: where, from which day, before and after."""
UNCHANGED = {
    "AT": 2_000, "BE": 2_100, "BG": 2_000, "CY": 1_900, "CZ": 2_100, "DK": 2_500, "ES": 2_100, "FR": 2_000, "HR": 2_500,
    "HU": 2_700, "IT": 2_200, "LT": 2_100, "LV": 2_100, "MT": 1_800, "NL": 2_100, "PL": 2_300, "PT": 2_300,
    "PT-30": 2_200, "SE": 2_500, "SI": 2_200,
}  # fmt: skip
"""Since 2016 without a change."""


@pytest.mark.parametrize(("place", "changed_on", "before", "after"), CHANGES)
def test_a_rate_changes_at_midnight_of_its_day(place: str, changed_on: date, before: int, after: int) -> None:
    eve = changed_on - timedelta(days=1)
    assert rate_on(place, eve).basis_points == before
    assert rate_on(place, eve).valid_until == eve
    assert rate_on(place, changed_on).basis_points == after
    assert rate_on(place, changed_on).valid_from == changed_on


def test_these_are_all_the_changes_there_were() -> None:
    told = {(place, day) for place, day, _, _ in CHANGES}
    assert told == {(place, rate.valid_from) for place, known in rates().items() for rate in known[1:]}


@pytest.mark.parametrize(("place", "rate"), UNCHANGED.items())
def test_the_other_rates_have_held_since_the_table_begins(place: str, rate: int) -> None:
    assert rate_on(place, date(2016, 1, 1)) == rate_on(place, date(2026, 11, 1))
    assert rate_on(place, date(2026, 11, 1)).basis_points == rate


def test_every_place_is_checked_here_and_every_member_state_has_a_rate_the_directive_allows() -> None:
    assert {*UNCHANGED, *(place for place, _, _, _ in CHANGES)} == rates().keys()
    assert member_states() <= rates().keys()
    assert all(1_500 <= rate.basis_points <= 2_700 for state in member_states() for rate in rates()[state])


def test_a_day_before_the_table_begins_is_refused_and_so_is_a_place_it_does_not_know() -> None:
    with pytest.raises(Rejected, match="no_vat_rate"):
        rate_on("FR", date(2015, 12, 31))
    with pytest.raises(Rejected, match="no_vat_rate"):
        rate_on("GB", date(2026, 1, 1))


@given(st.sampled_from(sorted(rates())), st.dates(date(2016, 1, 1), date(2040, 1, 1)))
def test_each_day_lies_within_the_days_its_rate_holds(place: str, day: date) -> None:
    rate = rate_on(place, day)
    assert rate.valid_from <= day
    assert rate.valid_until is None or day <= rate.valid_until


def test_the_table_names_its_source() -> None:
    assert "Taxes in Europe" in source()
