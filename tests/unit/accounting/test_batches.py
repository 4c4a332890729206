"""Which days become batches, and what SAP's answers mean."""

from datetime import UTC, date, datetime

import pytest

from common.failures import Rejected
from functions.accounting import queries, soap
from functions.accounting.model.batches import BATCH, SapBatch
from functions.accounting.requests import BalanceAsked
from tests.kit import Platform
from tests.unit import told

NIGHT = datetime(2026, 10, 2, 2, 15, tzinfo=UTC)


@pytest.fixture
def platform() -> Platform:
    return Platform("accounting")


def close_day(platform: Platform, at: datetime = NIGHT) -> None:
    platform.advance_to(at)
    platform.bus.fire("accounting-close-day")
    platform.settle()


def test_a_day_without_journals_makes_no_batch(platform: Platform) -> None:
    close_day(platform)
    assert platform.all(SapBatch) == []


def test_a_day_that_is_not_over_is_not_closed(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.bus.fire("accounting-close-day")
    platform.settle()
    assert platform.all(SapBatch) == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_an_answer_that_says_nothing_is_unknown(body: bytes) -> None:
    assert soap.answer(body).kind == "unknown"


def test_a_trial_balance_has_bounds(platform: Platform) -> None:
    for day_to in (date(2026, 9, 30), date(2027, 10, 1)):
        with pytest.raises(Rejected, match="wrong_range"):
            queries.show_balance(BalanceAsked(day_from=date(2026, 10, 1), day_to=day_to), platform.runtime.world)


def test_a_sent_batch_can_only_be_answered() -> None:
    assert BATCH.allows("sent") == ["accept", "reject", "lose"]
    assert BATCH.allows("accepted") == []
