"""From a returned debit to a reminder, through matching and dunning as they are deployed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.dates import noon_utc
from common.documents import id_from
from common.events.dunning import ReminderDue
from functions.dunning.model import Case, case_id_of
from tests.kit import Platform
from tests.unit.told import (
    NUMBER,
    buyer,
    invoice_issued,
    payment_failed,
    payment_received,
    payment_requested,
    payment_returned,
)

DUE, RETURNED = date(2026, 10, 15), date(2026, 11, 20)


@pytest.fixture
def platform() -> Platform:
    made = Platform("matching", "dunning", start=datetime(2026, 10, 1, 8, tzinfo=UTC))
    made.tell(invoice_issued(who=buyer(payment_method="direct_debit")))
    return made


def reminders(platform: Platform) -> list[Any]:
    return sorted(platform.events(ReminderDue), key=lambda told: getattr(told, "pay_by"))  # noqa: B009 - by its kind


def collected(amount: int = 11_900) -> Any:
    return payment_received(amount=amount, source="sepa", invoice_number=NUMBER, attempt=1, provider_id="e2e-1")


def test_a_returned_debit_opens_the_invoice_and_its_case_and_is_reminded_of_in_time(platform: Platform) -> None:
    platform.tell(payment_requested(provider="sepa"))
    platform.tell(collected())
    platform.advance_to(noon_utc(RETURNED))
    assert reminders(platform) == []
    platform.tell(payment_returned(source="sepa", returned_on=RETURNED))
    platform.settle()
    case = platform.read.find(Case, case_id_of(id_from("item", NUMBER)))
    assert case is not None
    assert (case.state, case.open_minor) == ("watching", 11_900)
    platform.advance_to(noon_utc(RETURNED + timedelta(days=2)))
    assert reminders(platform) == []
    platform.advance_to(noon_utc(RETURNED + timedelta(days=3)))
    assert [(told.level, told.open_minor) for told in reminders(platform)] == [("reminder", 11_900)]


def test_nobody_is_reminded_while_a_further_attempt_is_planned(platform: Platform) -> None:
    platform.tell(payment_requested())
    retry_at = noon_utc(DUE + timedelta(days=20))
    platform.tell(payment_failed(reason_class="soft", retry_at=retry_at))
    platform.advance_to(retry_at)
    assert reminders(platform) == []
    platform.tell(payment_requested(2))
    platform.tell(payment_failed(2, reason_class="stop"))
    platform.advance_to(retry_at + timedelta(days=4))
    assert [told.level for told in reminders(platform)] == ["reminder"]


def test_a_part_that_came_meanwhile_is_off_what_is_reminded_of(platform: Platform) -> None:
    platform.tell(payment_failed(reason_class="stop"))
    platform.advance_to(noon_utc(DUE + timedelta(days=2)))
    platform.tell(payment_received("rcp_2", 5_000, reference="RF18539007547034", invoice_number=NUMBER))
    platform.advance_to(noon_utc(DUE + timedelta(days=5)))
    assert [told.open_minor for told in reminders(platform)] == [6_900]
