"""Until when money can be taken back, by the way it came."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import is_bank_day
from functions.payments.finality import RAILS, Rail, finality, months_after

WEDNESDAY = date(2026, 12, 23)


def test_a_core_debit_can_be_returned_then_refunded_then_claimed() -> None:
    final = finality("sepa_core", WEDNESDAY)
    assert [(way.can, way.until) for way in final.ways_back] == [
        ("returned", date(2026, 12, 31)),
        ("refunded", date(2027, 2, 17)),
        ("claimed", date(2028, 1, 23)),
    ]
    assert final.final_on == date(2028, 1, 23)
    assert "EPC016-06" in final.source


def test_a_b2b_debit_is_final_after_three_bank_days() -> None:
    final = finality("sepa_b2b", WEDNESDAY)
    assert [(way.can, way.until) for way in final.ways_back] == [("returned", date(2026, 12, 29))]
    assert final.final_on == date(2026, 12, 29)


def test_a_card_payment_can_be_disputed_for_120_days() -> None:
    assert finality("card", WEDNESDAY).final_on == date(2027, 4, 22)


@pytest.mark.parametrize("rail", ["transfer", "proceeds"])
def test_a_transfer_is_final_at_once(rail: Rail) -> None:
    final = finality(rail, WEDNESDAY)
    assert (final.final_on, final.ways_back) == (WEDNESDAY, ())


def test_months_end_where_months_end() -> None:
    assert months_after(date(2027, 1, 31), 13) == date(2028, 2, 29)
    assert months_after(date(2026, 11, 30), 1) == date(2026, 12, 30)


@given(
    st.sampled_from(["card", "sepa_core", "sepa_b2b", "transfer", "proceeds"]),
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
)
def test_the_ways_back_close_in_their_order_and_the_last_makes_it_final(rail: Rail, on: date) -> None:
    final = finality(rail, on)
    closing = [way.until for way in final.ways_back]
    assert closing == sorted(closing)
    assert final.final_on == (closing[-1] if closing else on)
    assert final.final_on >= on
    assert final.why
    assert final.source


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_returns_are_counted_in_days_on_which_banks_work(on: date) -> None:
    until = finality("sepa_core", on).ways_back[0].until
    between = [on + timedelta(days=n) for n in range(1, (until - on).days + 1)]
    assert sum(map(is_bank_day, between)) == 5
    assert is_bank_day(until)


def test_every_method_has_a_rail() -> None:
    assert RAILS.keys() == {"card", "direct_debit"}
