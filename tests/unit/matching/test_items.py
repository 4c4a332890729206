"""Items open, fly, fall due, are credited and closed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common.dates import noon_utc
from common.events.matching import ItemOverdue, ItemReopened, ItemSettled, PaymentUnmatched
from common.parking import Parked
from emulators.bus import Stuck
from functions.matching.model import Item
from tests.kit import Platform
from tests.unit.matching.told import collected, credit_note, failed, invoice, item, money, receipt, requested

START = datetime(2026, 10, 1, 8, tzinfo=UTC)
DUE = noon_utc(date(2026, 10, 16))


def overdue(platform: Platform) -> list[ItemOverdue]:
    return [event for event in platform.events(ItemOverdue) if isinstance(event, ItemOverdue)]


def test_an_item_is_opened_without_reading(platform: Platform) -> None:
    reads = platform.engine.counts.reads
    platform.tell(*[invoice(n) for n in range(1, 51)])
    assert len(platform.all(Item)) == 50
    assert platform.engine.counts.reads - reads < 60


def test_an_open_item_is_told_as_overdue_the_day_after(platform: Platform) -> None:
    platform.tell(invoice())
    platform.advance_to(DUE - timedelta(seconds=1))
    assert overdue(platform) == []
    platform.advance_to(DUE + timedelta(days=30))
    [told] = overdue(platform)
    assert (told.open_minor, told.email, told.language) == (10_000, "anna@example.org", "de")
    assert told.item_version == item(platform).version


def test_a_settled_item_is_never_overdue(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text="MP-2026-0000001"))
    platform.advance_to(DUE + timedelta(days=30))
    assert overdue(platform) == []


def test_money_in_flight_gets_another_day(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"))
    platform.advance_to(DUE + timedelta(days=2))
    assert overdue(platform) == []
    platform.tell(failed())
    platform.advance_to(DUE + timedelta(days=4))
    assert len(overdue(platform)) == 1


def test_an_automatic_item_is_in_flight_from_the_start(platform: Platform) -> None:
    platform.tell(invoice(method="card"))
    version = item(platform).version
    assert item(platform).in_flight
    platform.tell(requested())
    assert item(platform).version == version
    platform.tell(failed())
    assert not item(platform).in_flight


def test_attempts_that_are_told_in_disorder_end_in_the_same_state(platform: Platform) -> None:
    platform.tell(invoice(method="card"))
    platform.tell(requested(attempt=2))
    platform.tell(failed(attempt=1))
    assert item(platform).in_flight
    platform.tell(failed(attempt=2))
    platform.tell(requested(attempt=1))
    assert not item(platform).in_flight


def test_a_failure_told_before_the_item_is_open_comes_again(platform: Platform) -> None:
    with pytest.raises(Stuck):
        platform.tell(failed())


def test_a_request_told_before_the_item_is_open_needs_nothing(platform: Platform) -> None:
    platform.tell(requested())
    platform.tell(invoice(method="card"))
    assert item(platform).in_flight


def test_a_provider_that_collected_too_little_leaves_nothing_in_flight(platform: Platform) -> None:
    platform.tell(invoice(method="card"))
    platform.tell(collected(9_000))
    assert (item(platform).open_minor, item(platform).in_flight) == (1_000, False)


def test_an_invoice_over_nothing_is_settled_at_once(platform: Platform) -> None:
    platform.tell(invoice(total=0))
    assert item(platform).state == "settled"
    assert len(platform.events(ItemSettled)) == 1


def test_an_invoice_below_zero_is_parked_and_the_others_are_opened(platform: Platform) -> None:
    platform.tell(invoice(1, total=-5), invoice(2))
    assert [parked.code for parked in platform.all(Parked)] == ["negative_total"]
    assert len(platform.all(Item)) == 1


def test_a_credit_note_reduces_what_is_open(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(credit_note(total=3_000))
    assert item(platform).open_minor == 7_000
    platform.tell(credit_note(total=7_000, name="cn_2"))
    assert item(platform).state == "settled"
    assert len(platform.events(ItemSettled)) == 1


def test_a_credit_note_on_a_paid_item_gives_the_money_back_as_credit(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text="MP-2026-0000001"))
    platform.tell(credit_note(total=3_000))
    assert item(platform).state == "settled"
    assert (receipt(platform).unapplied_minor, receipt(platform).member_id) == (3_000, "mem_1")
    [freed] = platform.events(PaymentUnmatched)
    assert isinstance(freed, PaymentUnmatched)
    assert (freed.amount_minor, freed.reason) == (3_000, "credit note MP-C26-cn_1")
    assert len(platform.events(ItemSettled)) == 1
    assert platform.events(ItemReopened) == []


def test_a_credit_note_on_a_partly_paid_item_takes_the_open_part_first(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(4_000, text="MP-2026-0000001"), money(3_000, "rcp_2", text="MP-2026-0000001"))
    platform.tell(credit_note(total=10_000))
    assert item(platform).open_minor == 0
    assert [receipt(platform, name).unapplied_minor for name in ("rcp_1", "rcp_2")] == [4_000, 3_000]


def test_two_credit_notes_of_one_slice_take_what_is_left(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(6_000, text="MP-2026-0000001"))
    platform.tell(credit_note(total=5_000), credit_note(total=5_000, name="cn_2"))
    assert item(platform).open_minor == 0
    assert receipt(platform).unapplied_minor == 6_000


def test_credit_notes_over_more_than_the_invoice_are_parked(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(credit_note(total=6_000), credit_note(total=6_000, name="cn_2"))
    assert [parked.code for parked in platform.all(Parked)] == ["more_than_owed"]
    assert item(platform).open_minor == 4_000


def test_a_credit_note_told_twice_counts_once(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(credit_note(total=3_000))
    platform.tell(credit_note(total=3_000))
    assert item(platform).open_minor == 7_000


def test_a_credit_note_before_its_item_comes_again(platform: Platform) -> None:
    with pytest.raises(Stuck):
        platform.tell(credit_note())


def test_an_item_can_not_hold_more_or_less_than_it_is_over(platform: Platform) -> None:
    platform.tell(invoice())
    for wrong in ({"open_minor": 9_999}, {"open_minor": -1}, {"total_minor": 9_999}, {"state": "settled"}):
        with pytest.raises(ValueError, match=r"open|state|greater"):
            item(platform).but(**wrong)
