"""Prices with VAT and without: exact to the last minor unit, whatever the rate, the sign and the mixture."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.money import share
from functions.invoicing.tax.amounts import WHOLE, group_amounts, net_within, nets_within
from functions.invoicing.tax.rates import rates

RATES = sorted({0, *(rate.basis_points for known in rates().values() for rate in known)})
rate = st.sampled_from(RATES)
price = st.integers(-(10**7), 10**7)
prices = st.lists(st.tuples(price, st.booleans()), max_size=40)


@pytest.mark.parametrize(
    ("quoted", "points", "net"),
    [(1_190, 1_900, 1_000), (1_000, 1_900, 840), (100, 1_900, 84), (-100, 1_900, -84), (107, 0, 107), (1, 2_700, 1)],
)
def test_the_net_amount_within_a_price(quoted: int, points: int, net: int) -> None:
    assert net_within(quoted, points) == net


def test_half_a_unit_is_rounded_up_away_from_zero() -> None:
    assert (net_within(5, 10_000), net_within(-5, 10_000)) == (3, -3)


@given(price, rate)
def test_the_net_amount_is_the_nearest_there_is(quoted: int, points: int) -> None:
    assert 2 * abs(net_within(quoted, points) - Fraction(quoted * WHOLE, WHOLE + points)) <= 1


@given(prices, rate)
@example([(100, True), (-99, False)], 1_900)
@example([(10, True), (-10, True)], 2_550)
def test_a_group_comes_to_its_quoted_prices_and_its_net_prices_with_vat_exactly(
    mixed: list[tuple[int, bool]], points: int
) -> None:
    net = sum(amount for amount, gross in mixed if not gross)
    quoted = sum(amount for amount, gross in mixed if gross)
    due = group_amounts(mixed, points)
    assert due.base_minor + due.vat_minor == quoted + net + share(net, points)
    assert due.base_minor == net_within(quoted, points) + net
    assert due.quoted_minor == (quoted if any(gross for _, gross in mixed) else None)


@given(prices, rate)
def test_its_vat_is_never_far_from_its_rate_of_its_base(mixed: list[tuple[int, bool]], points: int) -> None:
    due = group_amounts(mixed, points)
    exact = Fraction(due.base_minor * points, WHOLE)
    bound = Fraction(1, 2) + Fraction(WHOLE + points, 2 * WHOLE)
    assert abs(due.vat_minor - exact) <= bound < Fraction(114, 100)


@given(st.lists(price, max_size=40), rate)
def test_net_prices_alone_are_taxed_as_the_standard_says(nets: list[int], points: int) -> None:
    due = group_amounts([(net, False) for net in nets], points)
    assert (due.base_minor, due.vat_minor) == (sum(nets), share(sum(nets), points))


@given(st.lists(price, max_size=40))
def test_where_no_vat_is_due_the_price_is_the_net_amount(quoted: list[int]) -> None:
    due = group_amounts([(one, True) for one in quoted], 0)
    assert (due.base_minor, due.vat_minor) == (sum(quoted), 0)
    assert nets_within(quoted, 0) == quoted


@given(st.lists(price, max_size=40), rate)
@example([1] * 40, 2_700)
@example([-1, 1, -1], 1_900)
def test_the_nets_of_lines_add_up_to_their_base_and_none_is_a_unit_off(quoted: list[int], points: int) -> None:
    nets = nets_within(quoted, points)
    assert sum(nets) == net_within(sum(quoted), points)
    for net, one in zip(nets, quoted, strict=True):
        assert abs(net - Fraction(one * WHOLE, WHOLE + points)) < 1
        assert net * one >= 0


@given(price, rate)
def test_a_charge_and_its_reversal_leave_nothing(quoted: int, points: int) -> None:
    assert sum(nets_within([quoted, -quoted], points)) == 0
    assert group_amounts([(quoted, True), (-quoted, True)], points).vat_minor == 0
