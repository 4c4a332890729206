"""Refunds by bank: into one file each bank day, paid when the bank says so, open again when they come back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from lxml import etree

from common.events.matching import RefundRequested
from common.events.payments import RefundFailed, RefundPaid
from common.parking import Parked
from common.parties import SELLERS
from functions.payments.handlers import transfers
from functions.payments.handlers.refunds import decide_refund, retry_refund
from functions.payments.model.refunds import Refund
from functions.payments.model.transfers import (
    SealTransfers,
    TakeTransferBooking,
    TransferBatch,
    TransferBooking,
    batch_id_named,
    end_to_end_id_of,
    refund_id_named,
)
from functions.payments.requests.refunds import DecideRefund, RetryRefund
from tests.kit import Platform
from tests.unit.payments.test_refunds import IBAN, wish

MONDAY = datetime(2026, 10, 5, 4, tzinfo=UTC)
HEX = "0123456789abcdef012345678"


@pytest.fixture
def platform() -> Platform:
    return Platform("payments", start=MONDAY)


def by_bank(place: int = 1, amount: int = 4_000, **more: Any) -> RefundRequested:
    """Money that came by bank is to go back."""
    fields = {"source": "bank", "provider_id": "", "payer_name": "Ana Müller-Łącki", "payer_iban": IBAN}
    return wish(amount, f"ref_{place}{HEX}", **(fields | more))


def hand_in(platform: Platform) -> None:
    on = MONDAY.date()
    platform.do(lambda task, unit: unit.later(task), SealTransfers(entity="MP", on=on), key=f"seal {on}")
    platform.settle()


def book(platform: Platform, **said: Any) -> None:
    fields = {"currency": "EUR", "booked_on": date(2026, 10, 6)}
    booking = TransferBooking.model_validate(fields | said)
    platform.do(lambda task, unit: unit.later(task), TakeTransferBooking(booking=booking), key=str(said))
    platform.settle()


def batch(platform: Platform) -> TransferBatch:
    [found] = platform.all(TransferBatch)
    return found  # type: ignore[no-any-return]


def test_what_waits_goes_into_one_valid_file_and_is_paid_when_the_bank_books_it(platform: Platform) -> None:
    platform.tell(by_bank(1), by_bank(2, 77))
    hand_in(platform)
    made = batch(platform)
    assert (made.state, made.count, made.total_minor, made.execute_on) == ("filed", 2, 4_077, MONDAY.date())
    content = platform.runtime.world.get_file(made.file)
    assert content is not None
    schema = etree.XMLSchema(etree.fromstring(files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()))
    schema.assertValid(etree.fromstring(content))
    assert {refund.state for refund in platform.all(Refund)} == {"sent"}
    book(platform, message_id=made.message_id, amount_minor=-4_077)
    assert {refund.state for refund in platform.all(Refund)} == {"succeeded"}
    assert sorted(event.amount_minor for event in platform.events(RefundPaid)) == [77, 4_000]  # type: ignore[attr-defined]
    book(platform, message_id=f"{made.message_id}-T", amount_minor=-4_077, booked_on=date(2026, 10, 7))
    assert len(platform.events(RefundPaid)) == 2


def test_a_schedule_that_comes_twice_hands_in_once(platform: Platform) -> None:
    platform.tell(by_bank())
    hand_in(platform)
    hand_in(platform)
    platform.do(lambda task, unit: unit.later(task), SealTransfers(entity="MP", on=MONDAY.date()), key="again")
    platform.settle()
    assert (batch(platform).count, len(platform.all(TransferBatch))) == (1, 1)


def test_single_bookings_pay_single_refunds(platform: Platform) -> None:
    platform.tell(by_bank(1), by_bank(2, 77))
    hand_in(platform)
    names = {refund.amount_minor: end_to_end_id_of(refund) for refund in platform.all(Refund)}
    book(platform, end_to_end_id=names[77], amount_minor=-77)
    assert {refund.amount_minor: refund.state for refund in platform.all(Refund)} == {77: "succeeded", 4_000: "sent"}


def test_a_transfer_that_comes_back_is_owed_again(platform: Platform) -> None:
    platform.tell(by_bank())
    hand_in(platform)
    [refund] = platform.all(Refund)
    name = end_to_end_id_of(refund)
    book(platform, end_to_end_id=name, amount_minor=-4_000)
    book(platform, end_to_end_id=name, amount_minor=4_000, code="AC04")
    [failed] = platform.events(RefundFailed)
    assert isinstance(failed, RefundFailed)
    assert (failed.undone, failed.code) == (True, "AC04")
    assert [refund.state for refund in platform.all(Refund)] == ["failed"]


def test_that_it_left_is_heard_after_that_it_came_back(platform: Platform) -> None:
    platform.tell(by_bank())
    hand_in(platform)
    [refund] = platform.all(Refund)
    name = end_to_end_id_of(refund)
    book(platform, end_to_end_id=name, amount_minor=4_000, code="AC04")
    book(platform, end_to_end_id=name, amount_minor=-4_000)
    assert ([one.state for one in platform.all(Refund)], platform.events(RefundPaid)) == (["failed"], [])


@pytest.mark.parametrize("came_back", [True, False])
def test_an_earlier_try_is_over_once_it_came_back_and_else_may_have_been_paid_twice(
    platform: Platform, came_back: bool
) -> None:
    platform.tell(by_bank())
    hand_in(platform)
    [refund] = platform.all(Refund)
    name = end_to_end_id_of(refund)
    if came_back:
        book(platform, end_to_end_id=name, amount_minor=4_000, code="AC04")
    else:
        platform.do(decide_refund, DecideRefund(refund_id=refund.id, outcome="failed", reason="the bank said so"))
    platform.do(retry_refund, RetryRefund(refund_id=refund.id, reason="once more"))
    book(platform, end_to_end_id=name, amount_minor=-4_000, booked_on=date(2026, 10, 7))
    assert [one.code for one in platform.all(Parked)] == ([] if came_back else ["paid_twice"])
    book(platform, end_to_end_id=name, amount_minor=4_000, booked_on=date(2026, 10, 8))
    [after] = platform.all(Refund)
    assert (after.state, after.tries, after.came_back) == ("requested", 2, (1,))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"end_to_end_id": f"REF9{HEX}", "amount_minor": -4_000}, "unknown_transfer"),
        ({"end_to_end_id": f"REF1{HEX}", "amount_minor": -3_999}, "transfer_differs"),
        ({"end_to_end_id": f"REF1{HEX}", "amount_minor": -4_000, "currency": "CHF"}, "transfer_differs"),
        ({"end_to_end_id": f"REF1{HEX}.2", "amount_minor": -4_000}, "unknown_transfer"),
        ({"message_id": f"RT{HEX}", "amount_minor": -4_000}, "transfer_differs"),
    ],
)
def test_what_does_not_fit_is_a_case_for_people(platform: Platform, said: dict[str, Any], code: str) -> None:
    platform.tell(by_bank())
    hand_in(platform)
    book(platform, **said)
    assert [parked.code for parked in platform.all(Parked)] == [code]
    assert [refund.state for refund in platform.all(Refund)] == ["sent"]


@pytest.mark.parametrize("more", [{"currency": "CHF"}, {"payer_iban": ""}])
def test_what_can_not_go_by_sepa_waits_for_people(platform: Platform, more: dict[str, Any]) -> None:
    platform.tell(by_bank(**more))
    hand_in(platform)
    assert (platform.all(TransferBatch), [refund.state for refund in platform.all(Refund)]) == ([], ["requested"])


def test_more_than_a_page_is_one_file(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "PAGE", 3)
    platform.tell(*(by_bank(place, 100 + place) for place in range(1, 9)))
    hand_in(platform)
    assert (batch(platform).count, batch(platform).state) == (8, "filed")


def test_a_full_file_is_followed_by_another(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "PAGE", 2)
    monkeypatch.setattr(transfers, "MOST", 4)
    platform.tell(*(by_bank(place) for place in range(1, 8)))
    hand_in(platform)
    assert sorted(made.count for made in platform.all(TransferBatch)) == [3, 4]
    assert {made.state for made in platform.all(TransferBatch)} == {"filed"}


def test_no_file_is_begun_on_a_day_on_which_banks_rest(platform: Platform) -> None:
    from common.functions.declared import Tick

    platform.tell(by_bank())
    for slot in (datetime(2026, 12, 25, 6, 10, tzinfo=UTC), datetime(2026, 10, 10, 6, 10, tzinfo=UTC)):
        platform.do(transfers.start_transfers, Tick(slot=slot), key=str(slot))
        platform.settle()
    assert platform.all(TransferBatch) == []
    platform.do(transfers.start_transfers, Tick(slot=MONDAY + timedelta(hours=2)), key="a bank day")
    platform.settle()
    assert len(platform.all(TransferBatch)) == 1


@pytest.mark.parametrize("name", ["", "NOTPROVIDED", "ref_1", f"REF{HEX}.1", "REF", "REF../x", f"ref{HEX}0"])
def test_names_that_are_none_of_ours_name_nothing(name: str) -> None:
    assert refund_id_named(name) == ("", 0)
    assert batch_id_named(name) == ""


def test_our_own_account_pays(platform: Platform) -> None:
    platform.tell(by_bank())
    hand_in(platform)
    content = platform.runtime.world.get_file(batch(platform).file) or b""
    find: Callable[[str], Any] = etree.fromstring(content).findtext
    assert find(".//{*}DbtrAcct/{*}Id/{*}IBAN") == SELLERS["MP"].iban
    assert find(".//{*}CdtrAcct/{*}Id/{*}IBAN") == IBAN
    assert find(".//{*}Cdtr/{*}Nm") == "Ana Muller-Lacki"
