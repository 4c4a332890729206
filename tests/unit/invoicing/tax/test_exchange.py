"""VAT in the currency of the tax office: which rate, how it is written, and when there is none."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from common.money import EXPONENTS
from functions.invoicing.tax.exchange import ExchangeRates, committed, converted, days_back, written

FRIDAY = date(2026, 10, 2)


def test_the_rate_is_that_of_the_day() -> None:
    found = committed().exchange(1_000, "PLN", "EUR", date(2026, 10, 30))
    assert (found.rate, found.on, found.vat_minor) == ("0.2270766157", date(2026, 10, 30), 227)
    assert found.source == "European Central Bank, euro reference rate"


@pytest.mark.parametrize("days", [0, 1, 2])
def test_on_days_without_a_rate_the_last_one_before_is_taken(days: int) -> None:
    assert committed().exchange(1_000, "PLN", "EUR", FRIDAY + timedelta(days=days)).on == FRIDAY


def test_a_rate_of_a_week_ago_is_taken_and_an_older_one_is_not() -> None:
    last = date(2026, 10, 30)
    assert committed().exchange(1, "SEK", "EUR", last + timedelta(days=7)).on == last
    with pytest.raises(Rejected, match="no_exchange_rate"):
        committed().exchange(1, "SEK", "EUR", last + timedelta(days=8))


def test_a_currency_nobody_has_a_rate_of_is_refused() -> None:
    with pytest.raises(Rejected, match="no_exchange_rate"):
        committed().exchange(1, "KWD", "EUR", FRIDAY)


def test_two_other_currencies_are_exchanged_through_the_euro_of_one_day() -> None:
    rates = ExchangeRates(
        {("ECB", FRIDAY): {"PLN": "4.0", "SEK": "10.0"}, ("ECB", FRIDAY + timedelta(1)): {"PLN": "9"}}
    )
    found = rates.exchange(400, "PLN", "SEK", FRIDAY + timedelta(2))
    assert (found.rate, found.vat_minor, found.on) == ("2.5", 1_000, FRIDAY)


def test_switzerland_takes_its_own_rate_in_francs_for_one_unit() -> None:
    rates = ExchangeRates({("BAZG", FRIDAY): {"EUR": "0.93215"}})
    found = rates.exchange(10_000, "EUR", "CHF", FRIDAY)
    assert (found.rate, found.vat_minor) == ("0.93215", 9_322)
    with pytest.raises(Rejected, match="BAZG"):
        committed().exchange(10_000, "EUR", "CHF", FRIDAY)


def test_currencies_without_or_with_three_decimals_are_counted_in_their_units() -> None:
    assert converted(1_000, "0.005", "JPY", "EUR") == 500
    assert converted(500, "200", "EUR", "JPY") == 1_000
    assert converted(1_000, "2.5", "KWD", "EUR") == 250


def test_half_a_unit_is_rounded_up_away_from_zero() -> None:
    assert (converted(5, "0.5", "PLN", "EUR"), converted(-5, "0.5", "PLN", "EUR")) == (3, -3)


def test_what_was_known_is_not_changed_by_what_comes_later() -> None:
    rates = ExchangeRates({("ECB", FRIDAY): {"PLN": "4"}}) | {("ECB", FRIDAY): {"PLN": "5", "SEK": "11"}}
    assert rates.of_day("ECB", FRIDAY) == {"PLN": "4", "SEK": "11"}


def test_the_rates_shipped_are_for_bank_days_and_all_currencies_we_bill_in_that_the_bank_quotes() -> None:
    quoted = EXPONENTS.keys() - {"EUR", "BHD", "KWD"}
    days = [day for day in (date(2026, 7, 1) + timedelta(n) for n in range(122)) if committed().of_day("ECB", day)]
    assert len(days) > 80
    assert all(day.weekday() < 5 and committed().of_day("ECB", day).keys() == quoted for day in days)


@given(st.integers(-(10**11), 10**11), st.fractions(Fraction(1, 500), 500), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_vat_is_the_amount_at_the_rate_as_it_is_written(amount: int, rate: Fraction, into: str) -> None:
    text = written(rate)
    assert abs(Fraction(text) - rate) <= Fraction(1, 2 * 10**10)
    exact = Fraction(text) * amount * Fraction(10) ** (EXPONENTS[into] - 2)
    assert 2 * abs(converted(amount, text, "PLN", into) - exact) <= 1


@given(st.dates())
def test_the_days_looked_at_end_with_the_week(day: date) -> None:
    days = days_back(day)
    assert days[0] == day
    assert len(days) == 8 or days[-1] == date.min
