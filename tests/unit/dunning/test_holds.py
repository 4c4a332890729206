"""Nobody is reminded while money is on its way or may be there, a question is open, or a payment is disputed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import noon_utc
from common.documents import id_from
from common.events.dunning import ReminderDue
from common.events.matching import PaymentSuggested, Suggestion
from common.events.payments import (
    DisputeClosed,
    DisputeOpened,
    PaymentActionRequired,
    PaymentExpected,
    Purpose,
)
from functions.dunning.handlers import show_case
from functions.dunning.holds import MOST_HELD, Hold, Holds
from functions.dunning.model import Case, case_id_of
from functions.dunning.requests import ByCase
from tests.kit import Platform
from tests.unit.told import NUMBER, item_overdue, overdue_item_changed

START = datetime(2026, 10, 16, 12, tzinfo=UTC)
REMINDER = date(2026, 10, 19)
ITEM = id_from("item", NUMBER)


@pytest.fixture
def platform() -> Platform:
    made = Platform("dunning", start=START)
    made.tell(item_overdue())
    return made


def until(platform: Platform, day: date) -> None:
    platform.advance_to(noon_utc(day))


def levels(platform: Platform) -> list[str]:
    told: list[Any] = platform.events(ReminderDue)
    return [one.level for one in told]


def why(platform: Platform) -> str:
    return show_case(ByCase(case_id=case_id_of(ITEM)), platform.runtime.world).waits_because


def expected(revision: int, state: str, at: datetime = START) -> PaymentExpected:
    return PaymentExpected.model_validate(
        {
            "member_id": "mem_1",
            "source_id": "chk_1",
            "revision": revision,
            "state": state,
            "entity": "MP",
            "currency": "EUR",
            "amount_minor": 11_900,
            "method": "direct_debit",
            "provider": "stripe",
            "purposes": (Purpose(invoice_number=NUMBER, amount_minor=11_900),),
            "expected_at": at,
        }
    )


def suggested(revision: int, *, stands: bool) -> PaymentSuggested:
    suggestion = Suggestion(
        item_id=ITEM, invoice_number=NUMBER, amount_minor=11_900, score_basis_points=6_000, stands=stands
    )
    return PaymentSuggested(
        member_id="mem_1",
        receipt_id="rcp_1",
        revision=revision,
        entity="MP",
        currency="EUR",
        suggestions=(suggestion,),
        suggested_on=START.date(),
    )


def asked(attempt: int, act_by: date) -> PaymentActionRequired:
    return PaymentActionRequired(
        member_id="mem_1",
        payment_id="pay_1",
        attempt=attempt,
        invoice_id=f"inv_{NUMBER}",
        invoice_number=NUMBER,
        entity="MP",
        amount_minor=11_900,
        currency="EUR",
        method="card",
        provider="stripe",
        why="authenticate",
        code="authentication_required",
        act_by=act_by,
    )


def disputed(**more: Any) -> dict[str, Any]:
    return {"member_id": "mem_1", "dispute_id": "dsp_1", "receipt_id": "rcp_1", "provider": "stripe",
            "invoice_number": NUMBER, "amount_minor": 11_900, "currency": "EUR", **more}  # fmt: skip


def test_money_the_member_has_sent_holds_the_reminder_back_until_it_fails(platform: Platform) -> None:
    platform.tell(expected(3, "on_its_way"))
    until(platform, REMINDER + timedelta(days=2))
    assert levels(platform) == []
    assert why(platform) == "a payment by direct debit is on its way since 2026-10-16"
    platform.tell(expected(4, "failed"))
    until(platform, REMINDER + timedelta(days=3))
    assert levels(platform) == ["reminder"]
    assert why(platform) == ""


def test_old_news_of_money_does_not_hold_anything_back_again(platform: Platform) -> None:
    platform.tell(expected(4, "failed"))
    platform.tell(expected(3, "on_its_way"))
    until(platform, REMINDER)
    assert levels(platform) == ["reminder"]


def test_money_that_may_pay_it_holds_the_reminder_back_until_somebody_has_decided(platform: Platform) -> None:
    platform.tell(suggested(1, stands=True))
    until(platform, REMINDER + timedelta(days=4))
    assert levels(platform) == []
    assert "money that came may pay it" in why(platform)
    platform.tell(suggested(2, stands=False))
    until(platform, REMINDER + timedelta(days=5))
    assert levels(platform) == ["reminder"]


def test_a_suggestion_nobody_looks_at_holds_nothing_back_for_ever(platform: Platform) -> None:
    platform.tell(suggested(1, stands=True))
    until(platform, START.date() + timedelta(days=14))
    assert levels(platform) == []
    until(platform, START.date() + timedelta(days=15))
    assert levels(platform) == ["reminder"]


def test_who_was_asked_to_act_by_a_day_is_not_reminded_before_it_is_over(platform: Platform) -> None:
    platform.tell(asked(1, date(2026, 10, 22)))
    until(platform, date(2026, 10, 22))
    assert levels(platform) == []
    assert why(platform) == "the member was asked to act by 2026-10-22"
    until(platform, date(2026, 10, 23))
    assert levels(platform) == ["reminder"]


def test_a_later_attempt_has_its_own_day(platform: Platform) -> None:
    platform.tell(asked(2, date(2026, 10, 28)))
    platform.tell(asked(1, date(2026, 10, 22)))
    until(platform, date(2026, 10, 28))
    assert levels(platform) == []


def test_a_disputed_payment_holds_the_reminder_back_until_the_dispute_is_over(platform: Platform) -> None:
    platform.tell(DisputeOpened.model_validate(disputed(reason="fraudulent")))
    until(platform, REMINDER + timedelta(days=30))
    assert levels(platform) == []
    platform.tell(DisputeClosed.model_validate(disputed(outcome="lost")))
    until(platform, REMINDER + timedelta(days=31))
    assert levels(platform) == ["reminder"]


def test_the_end_of_a_dispute_that_is_heard_of_first_holds_nothing_back(platform: Platform) -> None:
    platform.tell(DisputeClosed.model_validate(disputed(outcome="won")))
    platform.tell(DisputeOpened.model_validate(disputed(reason="fraudulent")))
    until(platform, REMINDER)
    assert levels(platform) == ["reminder"]


def test_the_news_may_come_before_the_case() -> None:
    fresh = Platform("dunning", start=START)
    fresh.tell(asked(1, date(2026, 10, 30)))
    fresh.tell(item_overdue())
    until(fresh, date(2026, 10, 30))
    assert levels(fresh) == []


def test_several_reasons_hold_until_the_last_is_over(platform: Platform) -> None:
    platform.tell(asked(1, date(2026, 10, 20)), expected(1, "on_its_way"))
    until(platform, date(2026, 10, 25))
    assert levels(platform) == []
    platform.tell(expected(2, "failed"))
    until(platform, date(2026, 10, 26))
    assert levels(platform) == ["reminder"]


def test_a_reminder_names_what_is_open_by_then_and_of_which_version(platform: Platform) -> None:
    platform.tell(asked(1, date(2026, 10, 22)))
    platform.tell(overdue_item_changed(5_000, item_version=4))
    until(platform, date(2026, 10, 23))
    told: list[Any] = platform.events(ReminderDue)
    assert [(one.open_minor, one.item_version) for one in told] == [(5_000, 4)]


def test_a_returned_debit_opens_the_case_again_from_its_first_step(platform: Platform) -> None:
    until(platform, REMINDER)
    platform.tell(overdue_item_changed(0, item_version=3))
    closed = platform.read.find(Case, case_id_of(ITEM))
    assert closed is not None
    assert closed.state == "closed"
    platform.tell(item_overdue(item_version=5))
    again = platform.read.find(Case, case_id_of(ITEM))
    assert again is not None
    assert (again.state, again.next_step, again.reached) == ("watching", "reminder", "")


@pytest.mark.parametrize("seed", range(4))
def test_disorder_changes_nothing(platform: Platform, seed: int) -> None:
    platform.bus.disorder = True
    platform.engine.random.seed(seed)
    platform.tell(expected(3, "on_its_way"), asked(1, date(2026, 10, 20)), suggested(1, stands=True))
    platform.tell(expected(4, "failed"), suggested(2, stands=False))
    until(platform, date(2026, 10, 20))
    assert levels(platform) == []
    until(platform, date(2026, 10, 21))
    assert levels(platform) == ["reminder"]


@given(
    news=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5), st.booleans(), st.integers(0, 60)), max_size=120),
    order=st.randoms(use_true_random=False),
)
def test_what_holds_is_the_newest_of_each_source_however_it_comes(
    news: list[tuple[int, int, bool, int]], order: Any
) -> None:
    told: dict[tuple[int, int], tuple[bool, int]] = {}
    holds = [
        Hold(
            source_id=f"s{source % 7}",
            kind="expected",
            revision=revision,
            until=START.date() + timedelta(days=told.setdefault((source % 7, revision), (over, days))[1]),
            over=told[source % 7, revision][0],
            why="x",
        )
        for source, revision, over, days in news
    ]
    order.shuffle(holds)
    known = Holds(id="item_1")
    for hold in holds:
        known = known.told(hold)
    newest: dict[str, Hold] = {}
    for hold in sorted(holds, key=lambda hold: hold.revision):
        newest[hold.source_id] = hold
    standing = [hold for hold in newest.values() if not hold.over]
    found = known.on(START.date())
    assert (found is None) == (not standing)
    if found is not None:
        assert found.until == max(hold.until for hold in standing)


def test_so_many_sources_that_some_are_forgotten_leave_the_longest() -> None:
    known = Holds(id="item_1")
    for n in range(MOST_HELD + 10):
        until_day = START.date() + timedelta(days=n)
        known = known.told(Hold(source_id=f"s{n}", kind="expected", revision=1, until=until_day, why=str(n)))
    assert len(known.holds) == MOST_HELD
    found = known.on(START.date())
    assert found is not None
    assert found.why == str(MOST_HELD + 9)
