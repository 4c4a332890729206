"""Closing days: every day that is over and has journals becomes a batch, and looking costs next to nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.events.invoicing import InvoiceIssued
from common.money import EXPONENTS
from common.parties import SELLERS
from functions.accounting.model.batches import LOOK_BACK, SapBatch
from functions.accounting.model.journals import journal_of, today
from functions.accounting.posting import entry_of
from tests.kit import Platform
from tests.unit import told

NIGHT = datetime(2026, 10, 2, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)
COMMIT_LOOKED_UP = 2
"""Whether it has been done: before the world is asked, and in the transaction."""
ENTITIES = len(SELLERS)
CLOSED_LOOKED_UP = 2 * ENTITIES
"""How far each legal entity is closed: the same."""
OF_THE_OTHERS = (ENTITIES - 1) * (1 + LOOK_BACK + 2)
"""What a night reads of the entities that sold nothing: a count a day, and twice how far they are closed."""


@pytest.fixture
def platform() -> Platform:
    """Accounting as far as the batch that waits for SAP; the night before was closed."""
    found = Platform("accounting", start=NIGHT - DAY)
    found.bus.functions = [function for function in found.bus.functions if function.name != "accounting-send-batch"]
    found.bus.fire("accounting-close-day")
    return found


def close_day(platform: Platform, at: datetime) -> int:
    """One closing; how many documents it read."""
    platform.advance_to(at)
    before = platform.engine.counts.reads
    platform.bus.fire("accounting-close-day")
    return platform.engine.counts.reads - before


def batches(platform: Platform) -> set[tuple[date, str]]:
    return {(batch.posted_on, batch.currency) for batch in platform.all(SapBatch)}


def invoice(place: int, currency: str = "EUR") -> InvoiceIssued:
    return told.invoice_issued(f"MP-2026-{place:07}", currency=currency)


def post_late(platform: Platform, place: int, currency: str, now: datetime) -> None:
    """A journal whose commit took so long that its day had been closed."""

    def work(_: Any, unit: Any) -> None:
        unit.put(journal_of(entry_of(invoice(place, currency)), today("MP", now)))

    platform.do(work, None)


def test_a_night_after_quiet_days_reads_one_count_a_day(platform: Platform) -> None:
    assert close_day(platform, NIGHT) == ENTITIES * (1 + LOOK_BACK) + COMMIT_LOOKED_UP + CLOSED_LOOKED_UP
    assert batches(platform) == set()


def test_a_night_after_a_day_in_the_entitys_currency_asks_for_no_other(platform: Platform) -> None:
    platform.tell(*(invoice(n) for n in range(20)))
    assert close_day(platform, NIGHT) <= 11 + OF_THE_OTHERS
    assert close_day(platform, NIGHT + DAY) <= 11 + OF_THE_OTHERS
    assert batches(platform) == {(date(2026, 10, 1), "EUR")}


def test_every_currency_that_has_journals_gets_its_batch(platform: Platform) -> None:
    platform.tell(*(invoice(n, currency) for n, currency in enumerate(EXPONENTS)))
    close_day(platform, NIGHT)
    assert batches(platform) == {(date(2026, 10, 1), currency) for currency in EXPONENTS}


def test_a_day_without_the_entitys_own_currency_is_closed_too(platform: Platform) -> None:
    platform.tell(invoice(1, "KWD"))
    close_day(platform, NIGHT)
    assert batches(platform) == {(date(2026, 10, 1), "KWD")}


@pytest.mark.parametrize("missed", [0, 1, LOOK_BACK, 14, 100])
def test_missed_nights_are_caught_up(platform: Platform, missed: int) -> None:
    platform.tell(invoice(1))
    close_day(platform, NIGHT + missed * DAY)
    assert batches(platform) == {(date(2026, 10, 1), "EUR")}


def test_several_missed_days_are_closed_in_one_night(platform: Platform) -> None:
    for day in range(LOOK_BACK):
        platform.advance_to(datetime(2026, 10, 1 + day, 12, tzinfo=UTC))
        platform.tell(invoice(day), invoice(10 + day, "SEK"))
    close_day(platform, NIGHT + (LOOK_BACK - 1) * DAY)
    assert len(batches(platform)) == 2 * LOOK_BACK


def test_a_late_journal_of_another_currency_is_found_the_next_night(platform: Platform) -> None:
    platform.tell(invoice(1))
    close_day(platform, NIGHT)
    post_late(platform, 2, "PLN", datetime(2026, 10, 1, 20, tzinfo=UTC))
    close_day(platform, NIGHT + DAY)
    assert batches(platform) == {(date(2026, 10, 1), "EUR"), (date(2026, 10, 1), "PLN")}


def test_a_late_journal_of_the_same_currency_is_counted_before_the_batch_goes(platform: Platform) -> None:
    platform.tell(invoice(1))
    close_day(platform, NIGHT)
    post_late(platform, 2, "EUR", datetime(2026, 10, 1, 20, tzinfo=UTC))
    platform.settle()
    (batch,) = platform.all(SapBatch)
    assert (batch.journals, batch.total_minor) == (2, 23_800)


def test_closing_the_same_days_again_writes_nothing(platform: Platform) -> None:
    platform.tell(invoice(1))
    close_day(platform, NIGHT)
    platform.settle()
    (before,) = platform.all(SapBatch)
    close_day(platform, NIGHT + timedelta(minutes=1))
    assert platform.all(SapBatch) == [before]
