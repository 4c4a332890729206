"""Months are closed in their order, take nothing then, and are opened again by two people."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from common.events.accounting import JournalPosted, PeriodChanged
from common.failures import Rejected
from functions.accounting import queries
from functions.accounting.handlers import periods, posting
from functions.accounting.model.batches import Closing, SapBatch, opened
from functions.accounting.model.journals import Journal
from functions.accounting.model.periods import Period
from functions.accounting.requests import ChangePeriod, PeriodsAsked
from tests.kit import Platform
from tests.unit import told

NOVEMBER = datetime(2026, 11, 2, 8, tzinfo=UTC)
OCTOBER = "MP-2026-10"


def close(platform: Platform, period: str = OCTOBER, actor: str = "staff:a") -> Any:
    return platform.do(periods.close_period, ChangePeriod(period_id=period, reason="all is in"), actor=actor)


def reopen(platform: Platform, actor: str, period: str = OCTOBER) -> Any:
    return platform.do(periods.reopen_period, ChangePeriod(period_id=period, reason="a mistake"), actor=actor)


def batches_done(platform: Platform, through: date) -> None:
    platform.do(lambda _, unit: unit.put(Closing(id="MP", closed_through=through)), None)


@pytest.fixture
def platform() -> Platform:
    return Platform("accounting", start=NOVEMBER)


def test_a_month_is_closed_only_when_it_is_over(platform: Platform) -> None:
    with pytest.raises(Rejected, match="not_over"):
        close(platform, "MP-2026-11")
    assert close(platform)["state"] == "closing"


@pytest.mark.parametrize(
    "period", ["", "MP", "MP-2026-13", "XX-2026-10", "MP-2026-10\n", "MP-٢٠٢٦-10", "MP-0000-01", "mp-2026-10"]
)
def test_a_period_nobody_has_is_not_found(platform: Platform, period: str) -> None:
    with pytest.raises(Rejected, match="not_found"):
        close(platform, period)


def test_a_month_is_complete_when_every_batch_is_taken(platform: Platform) -> None:
    batch = opened(date(2026, 10, 31), "MP", "EUR")
    platform.do(lambda _, unit: unit.put(batch), None)
    batches_done(platform, date(2026, 10, 31))
    assert close(platform)["state"] == "closing"
    platform.bus.fire("accounting-complete-periods")
    assert platform.read.find(Period, OCTOBER).state == "closing"  # type: ignore[union-attr]
    platform.do(_accept, batch.id)
    platform.advance_to(datetime(2026, 11, 3, 8, tzinfo=UTC))
    platform.bus.fire("accounting-complete-periods")
    assert platform.read.find(Period, OCTOBER).state == "closed"  # type: ignore[union-attr]
    assert [e.state for e in sorted(platform.events(PeriodChanged), key=lambda e: e.revision)] == [  # type: ignore[attr-defined]
        "closing", "closed"
    ]  # fmt: skip


def _accept(batch_id: str, unit: Any) -> None:
    unit.put(unit.get(SapBatch, batch_id).model_copy(update={"state": "accepted"}))


def test_a_month_is_not_complete_before_its_last_day_is_in_batches(platform: Platform) -> None:
    batches_done(platform, date(2026, 10, 30))
    assert close(platform)["state"] == "closing"


def test_months_are_closed_one_after_the_other(platform: Platform) -> None:
    platform.advance_to(datetime(2026, 12, 2, 8, tzinfo=UTC))
    batches_done(platform, date(2026, 12, 1))
    close(platform, "MP-2026-10")
    with pytest.raises(Rejected, match="wrong_state"):
        close(platform, "MP-2026-10")
    with pytest.raises(Rejected, match="not_in_order"):
        close(platform, "MP-2026-09")
    close(platform, "MP-2026-11")
    assert {p.id: p.state for p in platform.all(Period)} == {"MP-2026-10": "closed", "MP-2026-11": "closed"}


def test_a_month_after_an_open_one_is_not_closed(platform: Platform) -> None:
    platform.advance_to(datetime(2027, 1, 2, 8, tzinfo=UTC))
    batches_done(platform, date(2027, 1, 1))
    close(platform, "MP-2026-10")
    with pytest.raises(Rejected, match="not_in_order"):
        close(platform, "MP-2026-12")


def test_who_asks_for_a_month_to_be_opened_again_can_not_agree_to_it(platform: Platform) -> None:
    batches_done(platform, date(2026, 11, 1))
    close(platform)
    assert reopen(platform, "staff:a")["state"] == "reopening"
    with pytest.raises(Rejected, match="four_eyes"):
        reopen(platform, "staff:a")
    assert reopen(platform, "staff:b")["state"] == "open"


def test_a_month_that_is_asked_for_stays_locked_and_can_stay_closed(platform: Platform) -> None:
    batches_done(platform, date(2026, 11, 1))
    close(platform)
    reopen(platform, "staff:a")
    assert platform.read.find(Period, OCTOBER).locked  # type: ignore[union-attr]
    kept = platform.do(periods.keep_period, ChangePeriod(period_id=OCTOBER, reason="no need"), actor="staff:a")
    assert kept["state"] == "closed"


def test_only_the_latest_closed_month_is_opened_again(platform: Platform) -> None:
    platform.advance_to(datetime(2026, 12, 2, 8, tzinfo=UTC))
    batches_done(platform, date(2026, 12, 1))
    close(platform, "MP-2026-10")
    close(platform, "MP-2026-11")
    with pytest.raises(Rejected, match="not_in_order"):
        reopen(platform, "staff:a")


def test_a_late_item_goes_to_the_present_month_with_its_own_day_kept(platform: Platform) -> None:
    batches_done(platform, date(2026, 11, 1))
    close(platform)
    platform.tell(told.invoice_issued(issued_on=date(2026, 10, 31)))
    (journal,) = platform.all(Journal)
    assert (journal.posted_on, journal.effective_on) == (date(2026, 11, 2), date(2026, 10, 31))
    (event,) = platform.events(JournalPosted)
    assert event.effective_on == date(2026, 10, 31)  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", ["closing", "closed", "reopening"])
def test_a_commit_that_began_before_its_month_was_closed_posts_in_the_next_one(state: str) -> None:
    platform = Platform("accounting", start=datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC))
    locked = Period(id=OCTOBER, entity="MP", month="2026-10").model_copy(update={"state": state})
    platform.do(lambda _, unit: unit.put(locked), None)
    platform.tell(told.invoice_issued())
    (journal,) = platform.all(Journal)
    assert (journal.posted_on, journal.batch_day) == (date(2026, 11, 1), "2026-11-01|MP|EUR")


def test_closing_and_posting_at_once_can_not_both_happen_unseen() -> None:
    """The posting read the month as open; it is closed before the posting commits: the posting is tried again."""
    platform = Platform("accounting", start=datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC))
    tries: list[date] = []

    def post(event: Any, unit: Any) -> None:
        posting.post_invoices([event], unit)
        tries.append(next(d.posted_on for d in unit.written.values() if isinstance(d, Journal)))
        if len(tries) == 1:
            locked = Period(id=OCTOBER, entity="MP", month="2026-10").model_copy(update={"state": "closing"})
            platform.do(lambda _, inner: inner.put(locked), None)

    platform.do(post, told.invoice_issued())
    assert tries == [date(2026, 10, 31), date(2026, 11, 1)]
    assert [journal.posted_on for journal in platform.all(Journal)] == [date(2026, 11, 1)]


def test_the_months_of_an_entity_are_shown_with_what_may_be_done(platform: Platform) -> None:
    close(platform)
    shown = queries.list_periods(PeriodsAsked(), platform.runtime.world).items
    assert [(p.id, p.state, p.allowed) for p in shown] == [
        ("MP-2026-11", "open", ["close"]),
        ("MP-2026-10", "closing", ["keep"]),
    ]
    first = queries.list_periods(PeriodsAsked(limit=1), platform.runtime.world)
    rest = queries.list_periods(PeriodsAsked(page_token=first.next_page_token), platform.runtime.world)
    assert ([*first.items, *rest.items], rest.next_page_token) == (shown, "")
    with pytest.raises(Rejected, match="unknown_entity"):
        queries.list_periods(PeriodsAsked(entity="ZZ"), platform.runtime.world)


def test_the_very_first_month_can_be_closed_again_after_it_was_opened(platform: Platform) -> None:
    batches_done(platform, date(2026, 10, 31))
    assert close(platform)["state"] == "closed"
    reopen(platform, "staff:a")
    assert reopen(platform, "staff:b")["state"] == "open"
    assert close(platform)["state"] == "closed"


def test_a_month_before_the_first_that_was_closed_stays_as_it_is(platform: Platform) -> None:
    close(platform)
    with pytest.raises(Rejected, match="not_in_order"):
        close(platform, "MP-2026-09")
