"""What is not claimed any more: cents by rule, more by a person, much by two; and it can be claimed again exactly."""

from datetime import timedelta
from typing import Any

import pytest

from common.events.matching import (
    CreditNoteApplied,
    ItemReopened,
    ItemSettled,
    WriteOffDecided,
    WriteOffWithdrawn,
)
from common.failures import Rejected
from functions.matching.handlers import write_offs
from functions.matching.model import Item, Receipt
from functions.matching.requests.write_offs import DecideWriteOff, GiveUp
from functions.matching.write_offs import WriteOff, tolerated
from tests.kit import Platform
from tests.unit import told

CLERK, CHIEF = "staff:clerk@example.org", "staff:chief@example.org"


@pytest.fixture
def platform() -> Platform:
    platform = Platform("matching")
    platform.tell(told.invoice_issued(who=told.buyer(payment_method="transfer")))
    return platform


def item(platform: Platform) -> Item:
    found: list[Item] = [*platform.all(Item)]
    return found[0]


def give_up(platform: Platform, amount: int | None = None, by: str = CLERK) -> Any:
    given = GiveUp(item_id=item(platform).id, amount_minor=amount, reason="not worth it")
    return platform.do(write_offs.write_off_item, given, actor=by)


def events(platform: Platform, kind: Any) -> list[Any]:
    return [*platform.events(kind)]


def test_a_difference_of_cents_is_written_off_by_rule_and_the_item_is_settled(platform: Platform) -> None:
    platform.tell(told.payment_received(amount=11_898, invoice_number=told.NUMBER))
    assert item(platform).state == "settled"
    (decided,) = events(platform, WriteOffDecided)
    assert (decided.amount_minor, decided.decided_by) == (2, "rules")
    (settled,) = events(platform, ItemSettled)
    assert settled.by == "write_off"


def test_more_than_the_tolerance_stays_open(platform: Platform) -> None:
    platform.tell(told.payment_received(amount=11_890, invoice_number=told.NUMBER))
    assert item(platform).open_minor == 10
    assert not events(platform, WriteOffDecided)


@pytest.mark.parametrize(
    ("left", "total", "currency", "too_little"),
    [
        (3, 1000, "EUR", True),
        (4, 1000, "EUR", False),
        (3, 30, "EUR", False),
        (0, 1000, "EUR", False),
        (1, 1000, "JPY", False),
    ],
)
def test_what_is_tolerated(left: int, total: int, currency: str, too_little: bool) -> None:
    assert tolerated(left, total, currency) == too_little


def test_a_person_gives_up_what_they_may_alone(platform: Platform) -> None:
    answer = give_up(platform, 5_000)
    assert answer["state"] == "decided"
    assert item(platform).open_minor == 6_900
    (decided,) = events(platform, WriteOffDecided)
    assert (decided.amount_minor, decided.decided_by, decided.open_minor) == (5_000, CLERK, 6_900)


def test_above_the_limit_a_second_person_agrees(platform: Platform) -> None:
    asked = give_up(platform)
    assert (asked["state"], asked["amount_minor"]) == ("held", 11_900)
    assert item(platform).open_minor == 11_900
    given = DecideWriteOff(write_off_id=asked["write_off_id"], reason="he is bankrupt")
    with pytest.raises(Rejected, match="does not approve"):
        platform.do(write_offs.approve_write_off, given, actor=CLERK)
    approved = platform.do(write_offs.approve_write_off, given, actor=CHIEF)
    assert (approved["state"], approved["approved_by"]) == ("decided", CHIEF)
    assert item(platform).state == "settled"
    with pytest.raises(Rejected):
        platform.do(write_offs.approve_write_off, given, actor=CHIEF)


def test_nobody_agrees_to_what_was_paid_meanwhile(platform: Platform) -> None:
    asked = give_up(platform)
    platform.tell(told.payment_received(amount=11_900, invoice_number=told.NUMBER))
    with pytest.raises(Rejected, match="is open"):
        platform.do(
            write_offs.approve_write_off, DecideWriteOff(write_off_id=asked["write_off_id"], reason="yes"), actor=CHIEF
        )
    refused = platform.do(
        write_offs.refuse_write_off, DecideWriteOff(write_off_id=asked["write_off_id"], reason="paid"), actor=CHIEF
    )
    assert refused["state"] == "refused"


def test_what_was_given_up_is_claimed_again_and_gets_overdue(platform: Platform) -> None:
    asked = give_up(platform)
    decide = DecideWriteOff(write_off_id=asked["write_off_id"], reason="found him")
    platform.do(write_offs.approve_write_off, decide, actor=CHIEF)
    platform.do(write_offs.withdraw_write_off, decide, actor=CLERK)
    assert item(platform).open_minor == 11_900
    assert [event.amount_minor for event in events(platform, WriteOffWithdrawn)] == [11_900]
    assert len(events(platform, ItemReopened)) == 1
    with pytest.raises(Rejected):
        platform.do(write_offs.withdraw_write_off, decide, actor=CLERK)
    platform.advance_to(platform.clock.now() + timedelta(days=60))
    assert item(platform).overdue


def test_a_whole_credit_note_takes_back_what_was_written_off(platform: Platform) -> None:
    platform.tell(told.payment_received(amount=11_898, invoice_number=told.NUMBER))
    platform.tell(told.credit_note_issued())
    after = item(platform)
    assert (after.open_minor, after.state) == (0, "settled")
    assert len(events(platform, WriteOffWithdrawn)) == 1
    assert events(platform, ItemReopened) == []
    (applied,) = events(platform, CreditNoteApplied)
    assert (applied.credit_minor, applied.offset_minor) == (11_898, 2)
    (receipt,) = platform.all(Receipt)
    assert receipt.unapplied_minor == 11_898
    assert [one.state for one in platform.all(WriteOff)] == ["withdrawn"]


def test_more_than_is_open_or_nothing_is_not_given_up(platform: Platform) -> None:
    with pytest.raises(Rejected, match="is open"):
        give_up(platform, 11_901)
    platform.tell(told.payment_received(amount=11_900, invoice_number=told.NUMBER))
    with pytest.raises(Rejected, match="is open"):
        give_up(platform)


def test_money_on_its_way_is_not_given_up(platform: Platform) -> None:
    found = item(platform)
    platform.tell(told.payment_requested(2, invoice_number=found.number, member_id=found.member_id))
    with pytest.raises(Rejected, match="collecting"):
        give_up(platform, 100)


def test_nobody_asks_twice_for_the_same(platform: Platform) -> None:
    give_up(platform)
    with pytest.raises(Rejected, match="waits for a second person"):
        give_up(platform)


def test_what_was_refused_may_be_asked_for_again(platform: Platform) -> None:
    first = give_up(platform)
    platform.do(
        write_offs.refuse_write_off, DecideWriteOff(write_off_id=first["write_off_id"], reason="no"), actor=CHIEF
    )
    assert give_up(platform)["state"] == "held"
    assert sorted(one.state for one in platform.all(WriteOff)) == ["held", "refused"]


def test_two_write_offs_of_one_item_are_two(platform: Platform) -> None:
    give_up(platform, 100)
    give_up(platform, 100)
    assert item(platform).open_minor == 11_700
    assert len({one.id for one in platform.all(WriteOff)}) == 2
