"""Money on its way is shown with the days on which it can be here, whoever collects it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.console.flight import coming


def payment(
    state: str, method: str = "card", sent_at: str = "2026-10-02T08:00:00+00:00", **more: Any
) -> dict[str, Any]:
    attempt = {"number": 1, "state": state, "sent_at": sent_at, "method": method, "amount_minor": 1190}
    return {"payment_id": "pay_1", "invoice_number": "MP-2026-0000001", "currency": "EUR", "method": method,
            "next_at": None, "settled": False, "open_minor": 1190, "attempts": [attempt], **more}  # fmt: skip


def test_a_card_is_here_at_once_and_a_debit_within_seven_bank_days() -> None:
    [card] = coming([payment("sent")], [], [])
    [debit] = coming([payment("processing", "direct_debit")], [], [])
    assert (card["earliest"], card["latest"]) == ("2026-10-02", "2026-10-05")
    assert (debit["earliest"], debit["latest"]) == ("2026-10-06", "2026-10-13")


def test_a_debit_of_our_own_has_its_day_and_five_bank_days_in_which_it_may_come_back() -> None:
    own = {"payment_id": "pay_1", "attempt": 1, "state": "sealed", "collect_on": "2026-12-23"}
    [found] = coming([payment("sent", "direct_debit")], [], [own])
    assert (found["earliest"], found["latest"]) == ("2026-12-23", "2026-12-31")


def test_what_is_planned_is_shown_for_what_is_still_owed() -> None:
    planned = payment("failed", next_at="2026-10-08T06:00:00+00:00", open_minor=500)
    [found] = coming([planned], [], [])
    assert (found["state"], found["amount_minor"], found["earliest"]) == ("planned", 500, "2026-10-08")


@pytest.mark.parametrize("one", [payment("succeeded"), payment("failed"), payment("failed", attempts=[])])
def test_what_is_over_is_not_on_its_way(one: dict[str, Any]) -> None:
    assert coming([one], [], []) == []


def test_what_a_member_pays_by_themselves_is_there_while_it_is_processed() -> None:
    checkout = {"state": "processing", "decided_at": None, "begun_at": "2026-10-02T08:00:00+00:00", "currency": "EUR",
                "purposes": [{"invoice_number": "A"}, {"invoice_number": "B"}], "amount_minor": 7,
                "method": "direct_debit"}  # fmt: skip
    [found] = coming([], [checkout, {**checkout, "state": "sent"}], [])
    assert (found["about"], found["amount_minor"]) == ("A, B", 7)


@given(day=st.dates(date(2026, 1, 1), date(2027, 12, 31)), method=st.sampled_from(["card", "direct_debit", "ideal"]))
def test_the_latest_day_is_never_before_the_earliest(day: date, method: str) -> None:
    [found] = coming([payment("sent", method, f"{day.isoformat()}T08:00:00+00:00")], [], [])
    assert day.isoformat() <= found["earliest"] <= found["latest"]
