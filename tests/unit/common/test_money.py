"""No cent is lost or made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.money import LARGEST, Money, decimal_text, share, split

amounts = st.integers(-LARGEST, LARGEST)
weights = st.lists(st.integers(0, 10_000), min_size=1, max_size=20).filter(lambda parts: sum(parts) > 0)


@given(amounts, weights)
def test_parts_add_up_to_the_whole(amount_minor: int, parts: list[int]) -> None:
    assert sum(split(amount_minor, parts)) == amount_minor


@given(amounts, weights)
def test_no_part_is_more_than_one_unit_off_its_share(amount_minor: int, parts: list[int]) -> None:
    whole = sum(parts)
    for part, weight in zip(split(amount_minor, parts), parts, strict=True):
        assert abs(part * whole - amount_minor * weight) < whole


@given(amounts, st.integers(0, 10_000))
def test_a_share_is_rounded_half_up_and_symmetric(amount_minor: int, rate: int) -> None:
    assert share(-amount_minor, rate) == -share(amount_minor, rate)
    assert abs(share(amount_minor, rate) * 10_000 - amount_minor * rate) <= 5_000


@pytest.mark.parametrize(
    ("amount", "rate", "expected"), [(250, 1900, 48), (50, 1900, 10), (1, 5000, 1), (-1, 5000, -1)]
)
def test_known_shares(amount: int, rate: int, expected: int) -> None:
    assert share(amount, rate) == expected


@pytest.mark.parametrize("bad", [1.0, "1", True, None, LARGEST + 1])
def test_an_amount_is_a_whole_number(bad: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount_minor": bad, "currency": "EUR"})


@pytest.mark.parametrize("currency", ["eur", "XXX", "", "EURO"])
def test_a_currency_is_known(currency: str) -> None:
    with pytest.raises(ValidationError):
        Money(amount_minor=1, currency=currency)


def test_currencies_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        Money(amount_minor=1, currency="EUR") + Money(amount_minor=1, currency="SEK")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(1250, "EUR", "12.50"), (-5, "EUR", "-0.05"), (7, "JPY", "7"), (-1, "KWD", "-0.001"), (0, "EUR", "0.00")],
)
def test_amounts_are_written_with_their_currencys_places(amount: int, currency: str, text: str) -> None:
    assert decimal_text(amount, currency) == text


def test_weights_that_cannot_be_split_by_are_refused() -> None:
    for bad in ([], [0], [-1, 2]):
        with pytest.raises(ValueError, match="weights"):
            split(10, bad)
