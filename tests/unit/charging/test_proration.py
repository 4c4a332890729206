"""A period's fee is cut by days without losing or making a cent, however it is cut and changed."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.events.charging import ChargeAccepted
from common.failures import Rejected
from common.money import split
from functions.charging.handlers import corrections
from functions.charging.model.charges import Charge
from functions.charging.proration import Period
from functions.charging.requests.charges import TakeCharge
from functions.charging.requests.corrections import ChangePlan, Reverse
from tests.kit import Platform
from tests.unit.charging.given import body, fees_in, member, take, told

OCTOBER = {"period_from": "2026-10-01", "period_to": "2026-10-31"}


def period(active_from: int, active_to: int, days: int = 31) -> Period:
    first = date(2026, 10, 1)
    return Period(
        period_from=first,
        period_to=first + timedelta(days=days - 1),
        active_from=first + timedelta(days=active_from),
        active_to=first + timedelta(days=active_to),
    )


def subscribe(platform: Platform, amount_minor: int | None = 3990, **changes: Any) -> dict[str, Any]:
    named = {"kind": "subscription", "occurred_on": "2026-10-01", "description": "Shop"} | OCTOBER | changes
    return take(platform, amount_minor=amount_minor, **named)["charge"]  # type: ignore[no-any-return]


def change(platform: Platform, **changes: Any) -> dict[str, Any]:
    named = {
        "charge_id": "c-1", "charge": "c-2", "on": "2026-10-02", "category": "pro", "description": "Shop Pro",
        "amount_minor": 9990, "reason": "upgrade",
    } | changes  # fmt: skip
    answer: dict[str, Any] = platform.do(corrections.change_plan, ChangePlan.model_validate(named))
    return answer


def begun(start: datetime = datetime(2026, 11, 1, 8, tzinfo=UTC)) -> Platform:
    made = Platform("charging", start=start)
    made.tell(member())
    return made


@pytest.fixture
def platform() -> Platform:
    return begun()


@given(st.integers(0, 10**9), st.integers(1, 1100), st.data())
def test_the_parts_of_any_cut_add_up_to_the_whole_and_none_is_off_by_a_unit(
    fee_minor: int, days: int, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, days - 1)), max_size=6)) - {days})
    edges = [0, *cuts, days]
    spans = list(pairwise(edges))
    parts = [period(start, end - 1, days).part(fee_minor) for start, end in spans]
    assert sum(parts) == fee_minor
    for part, (start, end) in zip(parts, spans, strict=True):
        assert abs(part * days - fee_minor * (end - start)) < days


@given(st.integers(0, 10**9), st.integers(2, 400), st.data())
def test_two_parts_are_the_largest_remainder(fee_minor: int, days: int, data: st.DataObject) -> None:
    used = data.draw(st.integers(1, days - 1))
    parts = [period(0, used - 1, days).part(fee_minor), period(used, days - 1, days).part(fee_minor)]
    assert parts == split(fee_minor, [used, days - used])


def test_a_part_of_a_period_is_charged_by_days_and_says_so(platform: Platform) -> None:
    charge = subscribe(platform, active_from="2026-10-15")
    assert charge["amount_minor"] == 2188
    assert charge["rule"] == (
        "rated by the marketplace: 39.90 EUR net; 17 of 31 days, 2026-10-15 to 2026-10-31, of 39.90 EUR = 21.88 EUR"
    )
    assert [event.amount_minor for event in told(platform)] == [2188]


def test_a_whole_period_costs_its_fee(platform: Platform) -> None:
    charge = subscribe(platform)
    assert (charge["amount_minor"], charge["rule"]) == (3990, "rated by the marketplace: 39.90 EUR net")


def test_a_subscription_is_rated_by_its_plan_without_a_price(platform: Platform) -> None:
    fees_in(platform, "JPY", {"kind": "subscription", "category": "pro", "flat_minor": 3100})
    charge = subscribe(platform, None, category="pro", currency="JPY", active_to="2026-10-10")
    assert charge["amount_minor"] == 1000
    assert "subscription (category pro, segment any, country any): flat 3100 JPY; 10 of 31 days" in charge["rule"]


@pytest.mark.parametrize("on", range(1, 32))
def test_an_upgrade_on_any_day_leaves_each_plan_what_its_days_cost(platform: Platform, on: int) -> None:
    subscribe(platform)
    answer = change(platform, on=f"2026-10-{on:02d}")
    used = 3990 - answer["given_back_minor"]
    assert [used, answer["given_back_minor"]] == split(3990, [on - 1, 32 - on])
    assert answer["new"]["amount_minor"] == split(9990, [on - 1, 32 - on])[1]
    assert sum(event.amount_minor for event in told(platform)) == used + answer["new"]["amount_minor"]


@given(st.integers(1, 10**7), st.lists(st.integers(2, 31), unique=True, min_size=1, max_size=5))
def test_changes_to_the_same_fee_cost_nothing_however_often(fee_minor: int, days: list[int]) -> None:
    platform = begun()
    subscribe(platform, fee_minor)
    for number, day in enumerate(sorted(days), start=2):
        if period(day - 1, 30).part(fee_minor) == 0:
            continue
        named = {"charge_id": f"c-{len(platform.all(Charge))}", "charge": f"c-{len(platform.all(Charge)) + 1}"}
        change(platform, **named, on=f"2026-10-{day:02d}", amount_minor=fee_minor, reason=f"change {number}")
    assert sum(event.amount_minor for event in told(platform)) == fee_minor


def test_the_rest_of_a_cancelled_subscription_is_given_back(platform: Platform) -> None:
    charge = subscribe(platform)
    given = Reverse.model_validate({"charge_id": "c-1", "reason": "cancelled", "unused_from": "2026-10-21"})
    answer = platform.do(corrections.reverse_charge, given)
    assert (answer["state"], answer["reversed_minor"]) == ("accepted", 1416)
    (back,) = [event for event in told(platform) if event.reverses == charge["charge_id"]]
    assert back.amount_minor == -1416
    assert "takes back 11 unused of 31 days of charge c-1 over 39.90 EUR = -14.16 EUR" in back.rule


def days(event: ChargeAccepted) -> tuple[date | None, date | None]:
    return event.service_from, event.service_to


def test_the_days_a_subscription_is_charged_for_are_told_and_those_it_is_taken_back_for(platform: Platform) -> None:
    subscribe(platform, active_from="2026-10-11")
    given = {"charge_id": "c-1", "reversal": "r-1", "reason": "sorry", "amount_minor": 5}
    platform.do(corrections.reverse_charge, Reverse.model_validate(given))
    change(platform, on="2026-10-21")
    end = date(2026, 10, 31)
    assert {event.amount_minor: days(event) for event in told(platform)} == {
        2703: (date(2026, 10, 11), end),
        -5: (date(2026, 10, 11), end),
        -1416: (date(2026, 10, 21), end),
        3545: (date(2026, 10, 21), end),
    }


def test_what_is_for_no_period_tells_no_days(platform: Platform) -> None:
    take(platform, amount_minor=100)
    assert [days(event) for event in told(platform)] == [(None, None)]


def test_a_plan_that_has_no_fee_changes_nothing(platform: Platform) -> None:
    subscribe(platform)
    with pytest.raises(Rejected, match="cannot_be_rated"):
        change(platform, amount_minor=None, category="gold")
    assert [charge.state for charge in platform.all(Charge)] == ["accepted"]
    assert len(told(platform)) == 1


@pytest.mark.parametrize(
    ("first", "changes", "code"),
    [
        ({}, {"on": "2026-11-01"}, "not_in_the_period"),
        ({"active_to": "2026-10-20"}, {"on": "2026-10-21"}, "not_in_the_period"),
        ({}, {"charge": "c-1"}, "charge_id_reused"),
        ({}, {"charge_id": "c-9"}, "not_found"),
        ({"period_from": None, "period_to": None}, {}, "not_a_period"),
    ],
)
def test_a_change_that_can_not_be_is_refused(
    platform: Platform, first: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    subscribe(platform, **first)
    with pytest.raises(Rejected) as refusal:
        change(platform, **changes)
    assert refusal.value.code == code
    assert len(told(platform)) == 1


def test_a_plan_is_not_changed_before_its_day_has_come() -> None:
    platform = begun(datetime(2026, 10, 1, 8, tzinfo=UTC))
    subscribe(platform)
    with pytest.raises(Rejected, match="in_the_future"):
        change(platform, on="2026-10-31")


def test_a_plan_can_be_changed_once_for_a_day(platform: Platform) -> None:
    subscribe(platform)
    change(platform)
    with pytest.raises(Rejected) as refusal:
        change(platform, charge="c-3")
    assert refusal.value.code == "more_than_charged"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"period_to": None}, "half_a_period"),
        ({"kind": "listing"}, "period_of_no_subscription"),
        ({"active_from": "2026-09-30"}, "period_out_of_order"),
        ({"active_to": "2026-11-01"}, "period_out_of_order"),
        ({"active_from": "2026-10-20", "active_to": "2026-10-19"}, "period_out_of_order"),
        ({"period_to": "2029-10-31"}, "period_too_long"),
        ({"period_from": None, "period_to": None, "active_from": "2026-10-02"}, "half_a_period"),
    ],
)
def test_a_period_out_of_order_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as fault:
        TakeCharge.model_validate(body(**({"kind": "subscription"} | OCTOBER | changes)))
    assert {error["type"] for error in fault.value.errors()} == {code}
