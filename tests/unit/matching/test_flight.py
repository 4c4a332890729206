"""Money in flight keeps an item from being overdue, and only while it flies; something always looks again."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from common.dates import noon_utc
from common.events.base import Event
from common.events.matching import ItemOverdue
from functions.matching.handlers import by_hand
from functions.matching.requests import Unmatch
from tests.kit import Platform
from tests.unit.matching.told import collected, failed, invoice, item, money, receipt, requested

DUE = noon_utc(date(2026, 10, 16))


def tell_in_this_order(platform: Platform, *events: Event) -> None:
    """Each event in a message of its own; what has to wait for another comes again after it."""
    for event in events:
        platform.do(lambda told, unit: unit.emit(told), event)
    platform.settle()


def take_back(platform: Platform, name: str = "rcp_1") -> None:
    match_id = receipt(platform, name).allocations[0].match_id
    platform.do(by_hand.unmatch, Unmatch(receipt_id=name, match_id=match_id, reason="wrong"), actor="staff:eva")
    platform.settle()


def times_told(platform: Platform) -> int:
    platform.advance_to(max(DUE, platform.clock.now()) + timedelta(days=3))
    return len(platform.events(ItemOverdue))


def test_provider_money_that_is_taken_back_leaves_nothing_in_flight(platform: Platform) -> None:
    platform.tell(invoice(method="card"))
    platform.tell(collected())
    take_back(platform)
    assert not item(platform).in_flight
    assert times_told(platform) == 1


@pytest.mark.parametrize("order", permutations(range(4)))
def test_a_second_attempt_that_succeeds_ends_its_flight_in_any_order(platform: Platform, order: tuple[int]) -> None:
    platform.tell(invoice(method="card"))
    news = [requested(attempt=1), failed(attempt=1), requested(attempt=2), collected(attempt=2)]
    tell_in_this_order(platform, *(news[place] for place in order), *news)
    take_back(platform)
    assert (item(platform).open_minor, item(platform).in_flight) == (10_000, False)
    assert times_told(platform) == 1


@pytest.mark.parametrize("order", permutations(range(4)))
def test_a_second_attempt_that_fails_ends_its_flight_in_any_order(platform: Platform, order: tuple[int]) -> None:
    platform.tell(invoice(method="card"))
    news = [requested(attempt=1), failed(attempt=1), requested(attempt=2), failed(attempt=2)]
    tell_in_this_order(platform, *(news[place] for place in order), *news)
    assert not item(platform).in_flight
    assert times_told(platform) == 1


@pytest.mark.parametrize("order", permutations(range(4)))
def test_a_first_attempt_that_succeeds_late_leaves_the_second_in_flight(platform: Platform, order: tuple[int]) -> None:
    platform.tell(invoice(method="card"))
    news = [failed(attempt=1), requested(attempt=2), collected(4_000, attempt=1), requested(attempt=1)]
    tell_in_this_order(platform, *(news[place] for place in order))
    assert (item(platform).open_minor, item(platform).in_flight) == (6_000, True)
    platform.tell(failed(attempt=2))
    assert times_told(platform) == 1


def test_a_collection_that_is_still_under_way_flies_again_when_other_money_is_taken_back(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"))
    platform.tell(money(text="MP-2026-0000001"))
    assert not item(platform).in_flight
    take_back(platform)
    assert item(platform).in_flight
    assert times_told(platform) == 0
    platform.tell(failed())
    assert times_told(platform) == 1


def test_a_collection_that_ended_while_other_money_had_settled_the_item_does_not_fly_again(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"))
    platform.tell(money(text="MP-2026-0000001"))
    platform.tell(failed())
    take_back(platform)
    assert not item(platform).in_flight
    assert times_told(platform) == 1


def test_an_item_in_flight_on_its_due_day_is_overdue_as_soon_as_the_flight_ends(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"))
    platform.advance_to(DUE + timedelta(days=2, hours=5))
    assert platform.events(ItemOverdue) == []
    platform.tell(failed())
    assert len(platform.events(ItemOverdue)) == 1
    assert times_told(platform) == 1


def test_a_provider_that_collects_too_little_after_the_due_day_leaves_an_overdue_rest(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"))
    platform.advance_to(DUE + timedelta(days=2, hours=5))
    platform.tell(collected(9_000))
    [told] = platform.events(ItemOverdue)
    assert isinstance(told, ItemOverdue)
    assert told.open_minor == 1_000


def test_a_flight_that_ends_before_the_due_day_changes_nothing_about_it(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"))
    platform.tell(failed())
    platform.advance_to(DUE - timedelta(seconds=1))
    assert platform.events(ItemOverdue) == []
    assert times_told(platform) == 1
