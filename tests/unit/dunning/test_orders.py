"""Whatever matching tells of an item, in whatever order it comes and however often, the case ends the same."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from common.dates import noon_utc
from common.events.base import Event
from common.events.dunning import CaseClosed, ReminderDue
from common.events.invoicing import InvoiceIssued
from common.events.matching import ItemOverdue, OverdueItemChanged
from functions.dunning.model import Case
from functions.matching.handlers import by_hand
from functions.matching.model import Item, Receipt
from functions.matching.requests import Unmatch
from tests.kit import Platform
from tests.unit import told

DUE = noon_utc(date(2026, 10, 16))
FOLLOWED = (ItemOverdue, OverdueItemChanged)

CARD = told.invoice_issued(who=told.buyer(payment_method="card"))
PART = told.payment_received("rcp_1", 4_000, invoice_number=told.NUMBER, source="stripe", attempt=2)
REST = told.payment_received("rcp_2", 7_900, text=told.NUMBER)
NOTE = told.credit_note_issued("MPC-2026-000002", told.vat(2_000, 380))


def overdue() -> Platform:
    """An invoice whose first collection failed and whose due date is over."""
    platform = Platform("matching")
    platform.tell(CARD)
    platform.tell(told.payment_failed(1))
    platform.advance_to(DUE + timedelta(hours=1))
    return platform


def take_back(platform: Platform, name: str) -> None:
    match_id = next(r.allocations[0].match_id for r in platform.all(Receipt) if r.id == name)
    platform.do(by_hand.unmatch, Unmatch(receipt_id=name, match_id=match_id, reason="wrong"), actor="staff:eva")
    platform.settle()


def paid_and_taken_back() -> Platform:
    """Collected in part, paid, taken back, overdue again."""
    platform = overdue()
    platform.tell(told.payment_requested(2))
    platform.tell(PART)
    platform.tell(REST)
    take_back(platform, "rcp_2")
    return platform


def credited_and_paid() -> Platform:
    """A credit note for a part, a transfer, and what the provider still collected."""
    platform = overdue()
    platform.tell(told.payment_requested(2))
    platform.tell(NOTE)
    platform.tell(REST)
    platform.tell(PART)
    return platform


def credited_while_in_flight() -> Platform:
    """A credit note for a part while a provider collects."""
    platform = overdue()
    platform.tell(told.payment_requested(2))
    platform.tell(NOTE)
    return platform


def told_by(platform: Platform) -> list[Event]:
    """What dunning hears, in the order of the item's commits."""
    news = [event for kind in FOLLOWED for event in platform.events(kind)]
    return sorted(news, key=lambda event: int(getattr(event, "item_version", 0)))


def heard(news: Sequence[Event]) -> Platform:
    """Dunning after these messages, each on its own, one after the other."""
    platform = Platform("dunning", start=DUE + timedelta(hours=2))
    for event in news:
        platform.do(lambda fact, unit: unit.emit(fact), event)
    platform.settle()
    return platform


def case_after(news: Sequence[Event]) -> Case:
    """The case, apart from how often it was written."""
    (case,) = heard(news).all(Case)
    assert isinstance(case, Case)
    return case.model_copy(update={"version": 0, "head": ""})


@pytest.mark.parametrize("history", [paid_and_taken_back, credited_and_paid, credited_while_in_flight])
def test_a_case_ends_the_same_in_every_order_and_says_what_the_item_says(history: Callable[[], Platform]) -> None:
    platform = history()
    (item,) = platform.all(Item)
    news = told_by(platform)
    expected = case_after(news)
    assert (expected.open_minor, expected.in_flight) == (item.open_minor, item.in_flight)
    assert (expected.item_version, expected.opened_version) == (item.version, item.overdue_version)
    assert (expected.state == "closed") == (item.open_minor == 0)
    for order in permutations(news):
        assert case_after(order) == expected


@pytest.mark.parametrize("history", [paid_and_taken_back, credited_and_paid, credited_while_in_flight])
def test_news_that_comes_twice_and_late_changes_nothing(history: Callable[[], Platform]) -> None:
    news = told_by(history())
    for repeated in news:
        assert case_after([*news, repeated]) == case_after(news)
        assert case_after([repeated, *reversed(news)]) == case_after(news)


def test_swapped_deliveries_never_remind_of_an_old_amount() -> None:
    news = told_by(paid_and_taken_back())
    for order in permutations(news):
        platform = heard(order)
        platform.advance_to(DUE + timedelta(days=4))
        amounts = [event.open_minor for event in platform.events(ReminderDue) if isinstance(event, ReminderDue)]
        assert amounts == [7_900]


def test_an_item_that_never_was_overdue_costs_dunning_nothing() -> None:
    platform = Platform("matching", "dunning")
    invoices: list[InvoiceIssued] = [told.invoice_issued(f"MP-2026-{n:07}") for n in range(20)]
    platform.tell(*invoices)
    money = [told.payment_received(f"rcp_{n}", text=invoice.number) for n, invoice in enumerate(invoices)]
    platform.tell(*money)
    platform.advance_to(datetime(2026, 12, 1, tzinfo=UTC))
    assert platform.engine.counts.read_from.get("dunning_cases", 0) == 0
    assert platform.events(OverdueItemChanged) == platform.events(CaseClosed) == []
