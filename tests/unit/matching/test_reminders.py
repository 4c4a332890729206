"""A reminder is passed on only for what is owed and not being collected, over what is open by then."""

from datetime import date, timedelta
from typing import Any

from common.events.dunning import ReminderDoubted, ReminderDue
from common.events.matching import ReminderOwed
from functions.matching.model import Item
from tests.kit import Platform
from tests.unit import told

NUMBER = told.NUMBER


def owed(platform: Platform) -> list[Any]:
    return [*platform.events(ReminderOwed)]


def overdue_platform() -> tuple[Platform, Item]:
    """An invoice by transfer whose due date is over."""
    platform = Platform("matching")
    platform.tell(told.invoice_issued(who=told.buyer(payment_method="transfer")))
    platform.advance_to(platform.clock.now() + timedelta(days=40))
    (item,) = platform.all(Item)
    assert item.overdue
    return platform, item


def due(item: Item, **changes: Any) -> ReminderDue:
    facts = {"item_id": item.id, "member_id": item.member_id, "item_version": item.overdue_version}
    return told.reminder_due(item.number, **(facts | changes))


def test_what_is_owed_is_passed_on_over_what_is_open_by_now() -> None:
    platform, item = overdue_platform()
    platform.tell(due(item, open_minor=1))
    (passed,) = owed(platform)
    assert passed.open_minor == item.open_minor
    assert passed.round == 0


def test_what_is_settled_ends_here() -> None:
    platform, item = overdue_platform()
    platform.tell(told.payment_received(amount=item.open_minor, invoice_number=item.number))
    platform.tell(due(item))
    assert owed(platform) == []


def test_what_is_being_collected_is_looked_at_the_next_day_and_its_days_to_pay_count_anew() -> None:
    platform, item = overdue_platform()
    platform.tell(told.payment_requested(2, invoice_number=item.number, member_id=item.member_id))
    today = platform.clock.now().date()
    platform.tell(due(item, days_to_pay=10, pay_by=today + timedelta(days=10)))
    assert owed(platform) == []
    platform.tell(told.payment_failed(2, invoice_number=item.number, member_id=item.member_id))
    platform.advance_to(platform.clock.now() + timedelta(days=2))
    (passed,) = owed(platform)
    assert passed.round == 1
    assert passed.pay_by == today + timedelta(days=11)


def test_a_reminder_of_an_earlier_round_of_being_overdue_is_dropped() -> None:
    platform, item = overdue_platform()
    platform.tell(due(item, item_version=item.overdue_version - 1))
    assert owed(platform) == []


def test_a_doubted_one_is_asked_for_anew_on_its_day_and_the_same_doubt_twice_asks_once() -> None:
    platform, item = overdue_platform()
    tomorrow = platform.clock.now().date() + timedelta(days=1)
    facts = due(item).model_dump()
    doubt = ReminderDoubted(**facts, why="money is on its way", again_on=tomorrow)
    platform.tell(doubt)
    assert owed(platform) == []
    platform.advance_to(platform.clock.now() + timedelta(days=2))
    (passed,) = owed(platform)
    assert passed.round == 1
    assert passed.pay_by >= date(2026, 10, 26)
