"""Money that goes back: what it had paid is open again, exactly so much, once."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.events.matching import (
    CreditNoteApplied,
    ItemOverdue,
    ItemReopened,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
)
from common.events.payments import PaymentReturned, Purpose
from common.failures import Rejected
from common.parking import Parked
from functions.matching.handlers import returns
from functions.matching.requests import RefundMoney
from tests.kit import Platform
from tests.unit.matching.told import IBAN, collected, credit_note, invoice, item, money, number, receipt, reference


def returned(amount: int = 10_000, name: str = "ret_1", **more: Any) -> PaymentReturned:
    """The bank took money back."""
    fields = {
        "return_id": name,
        "receipt_id": "rcp_1",
        "source": "stripe",
        "kind": "return",
        "entity": "MP",
        "amount_minor": amount,
        "currency": "EUR",
        "code": "AM04",
        "returned_on": date(2026, 10, 20),
    }
    return PaymentReturned.model_validate(fields | more)


def refund(platform: Platform, amount: int, **more: str) -> Any:
    asked = RefundMoney(receipt_id="rcp_1", amount_minor=amount, reason="paid twice")
    return platform.do(returns.refund_money, asked, actor="staff:eva@example.org", **more)


def test_a_returned_debit_opens_its_invoice_again(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"), collected())
    assert item(platform).state == "settled"
    platform.tell(returned())
    assert (item(platform).open_minor, item(platform).state) == (10_000, "open")
    assert (receipt(platform).unapplied_minor, receipt(platform).returned_minor) == (0, 10_000)
    [cut] = platform.events(PaymentUnmatched)
    assert isinstance(cut, PaymentUnmatched)
    assert (cut.amount_minor, cut.reason) == (10_000, "return AM04")
    assert len(platform.events(ItemReopened)) == 1


def test_what_a_return_opens_beyond_its_due_date_is_overdue_again(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"), collected())
    platform.advance_to(platform.clock.now() + timedelta(days=30))
    platform.tell(returned())
    platform.settle()
    assert len(platform.events(ItemOverdue)) == 1


def test_a_return_told_twice_or_redelivered_counts_once(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"), collected(), returned(), returned())
    assert (item(platform).open_minor, receipt(platform).returned_minor) == (10_000, 10_000)


def test_a_part_taken_back_opens_only_that_part(platform: Platform) -> None:
    platform.tell(invoice(method="direct_debit"), collected(), returned(3_000, "ret_1"), returned(2_500, "ret_2"))
    assert (item(platform).open_minor, receipt(platform).returned_minor) == (5_500, 5_500)


def test_money_that_pays_for_nothing_is_taken_before_money_that_pays(platform: Platform) -> None:
    platform.tell(invoice(), money(12_000, reference=reference(number(1))), returned(2_000))
    assert (item(platform).open_minor, receipt(platform).unapplied_minor) == (0, 0)
    platform.tell(returned(1_000, "ret_2"))
    assert item(platform).open_minor == 1_000


def test_a_return_before_its_money_waits_for_it() -> None:
    for order in permutations([invoice(method="direct_debit"), collected(), returned()]):
        here = Platform("matching")
        here.tell(*order)
        assert (item(here).open_minor, receipt(here).returned_minor) == (10_000, 10_000)


@pytest.mark.parametrize("wrong", [{"amount": 10_001}, {"currency": "CHF"}])
def test_more_than_had_come_is_a_case_for_people(platform: Platform, wrong: dict[str, Any]) -> None:
    platform.tell(invoice(method="direct_debit"), collected(), returned(wrong.pop("amount", 10_000), **wrong))
    assert [parked.code for parked in platform.all(Parked)] == ["more_than_received"]
    assert item(platform).open_minor == 0


def test_unapplied_money_is_set_aside_once_to_be_paid_back(platform: Platform) -> None:
    platform.tell(invoice(), money(15_000, reference=reference(number(1)), payer_iban=IBAN, payer_name="Anna Berg"))
    told = refund(platform, 5_000)
    assert (told["unapplied_minor"], told["refund_minor"], told["allowed"]) == (0, 5_000, ["unmatch"])
    [asked] = platform.events(RefundRequested)
    assert isinstance(asked, RefundRequested)
    assert (asked.amount_minor, asked.source, asked.payer_iban) == (5_000, "bank", IBAN)
    assert asked.requested_by == "staff:eva@example.org"
    with pytest.raises(Rejected, match="more_than_unapplied"):
        refund(platform, 1, key="again")


def test_money_without_an_account_has_nobody_to_go_back_to(platform: Platform) -> None:
    platform.tell(money(5_000))
    with pytest.raises(Rejected, match="nobody_to_pay"):
        refund(platform, 5_000)


def test_a_credit_note_that_is_paid_back_asks_for_it_once_for_each_money(platform: Platform) -> None:
    quoted = reference(number(1))
    platform.tell(invoice(), money(4_000, reference=quoted), money(6_000, "rcp_2", reference=quoted))
    platform.tell(credit_note(total=7_000, rest="refund"))
    asked = [event for event in platform.events(RefundRequested) if isinstance(event, RefundRequested)]
    assert sorted((event.receipt_id, event.amount_minor) for event in asked) == [("rcp_1", 1_000), ("rcp_2", 6_000)]
    assert len({event.refund_id for event in asked}) == 2
    assert {event.credit_note_number for event in asked} == {"MP-C26-cn_1"}


def test_a_chargeback_of_money_that_was_to_be_paid_back_withdraws_the_refund(platform: Platform) -> None:
    """Refund and chargeback cross: the member gets the money once (fault 37)."""
    platform.tell(invoice(method="card"), collected(), credit_note(total=4_000, rest="refund"))
    platform.tell(returned(kind="chargeback", code="4853"))
    assert (receipt(platform).refund_minor, receipt(platform).returned_minor) == (0, 10_000)
    assert item(platform).open_minor == 6_000
    [withdrawn] = platform.events(RefundWithdrawn)
    assert isinstance(withdrawn, RefundWithdrawn)
    assert withdrawn.amount_minor == 4_000


def test_a_reissued_refund_takes_no_more_than_there_is(platform: Platform) -> None:
    platform.tell(invoice(method="card"), collected(), returned(4_000))
    platform.tell(credit_note(total=10_000, rest="refund"))
    [applied] = platform.events(CreditNoteApplied)
    assert isinstance(applied, CreditNoteApplied)
    assert (applied.offset_minor, applied.refund_minor) == (4_000, 6_000)


def test_a_payer_who_chose_several_invoices_pays_just_those(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 5_000), invoice(3, 7_000))
    purposes = (
        Purpose(invoice_number=number(3), amount_minor=2_000),
        Purpose(invoice_number=number(1), amount_minor=10_000),
    )
    platform.tell(money(12_000, source="stripe", purposes=purposes))
    assert [item(platform, n).open_minor for n in (1, 2, 3)] == [0, 5_000, 5_000]
    assert receipt(platform).unapplied_minor == 0


def test_what_was_paid_meanwhile_leaves_the_chosen_money_as_credit(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 5_000), money(10_000, "rcp_2", reference=reference(number(1))))
    purposes = tuple(Purpose(invoice_number=number(n), amount_minor=5_000) for n in (1, 2))
    platform.tell(money(10_000, source="stripe", purposes=purposes))
    assert (item(platform, 2).open_minor, receipt(platform).unapplied_minor) == (0, 5_000)


def test_chosen_money_waits_for_every_invoice_it_is_for(platform: Platform) -> None:
    purposes = tuple(Purpose(invoice_number=number(n), amount_minor=5_000) for n in (1, 2))
    platform.tell(invoice(1, 5_000), money(10_000, source="stripe", purposes=purposes), invoice(2, 5_000))
    assert [item(platform, n).open_minor for n in (1, 2)] == [0, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 6_000), min_size=1, max_size=5), st.integers(0, 5_000), st.integers(0, 4_000))
def test_however_it_is_taken_back_nothing_is_lost(parts: list[int], extra: int, credited: int) -> None:
    platform = Platform("matching")
    platform.tell(invoice(), money(10_000 + extra, reference=reference(number(1))))
    if credited:
        platform.tell(credit_note(total=credited, rest="refund"))
    for place, part in enumerate(parts):
        platform.tell(returned(part, f"ret_{place}"))
    held, paid = receipt(platform), item(platform)
    on_item = sum(a.amount_minor for a in paid.allocations if a.kind == "payment")
    assert held.amount_minor == held.unapplied_minor + held.refund_minor + held.returned_minor + on_item
    assert paid.open_minor == 10_000 - credited - on_item
