"""What becomes of a credit note: offset, credit or refund; and of money for what was issued anew."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.events.invoicing import InvoiceIssued, Preceding
from common.events.matching import CreditNoteApplied, ItemSettled, PaymentMatched
from common.failures import Rejected
from emulators.bus import Stuck
from functions.matching.book import Book
from functions.matching.handlers import by_hand, queries
from functions.matching.model import Item, arrived, item_id_of, opened
from functions.matching.requests import ByReceipt, MatchByHand, Unmatch
from functions.matching.verdicts import Why
from tests.kit import Platform
from tests.unit.matching.told import collected, credit_note, invoice, item, money, number, receipt, reference


def applied(platform: Platform) -> list[CreditNoteApplied]:
    found = [event for event in platform.events(CreditNoteApplied) if isinstance(event, CreditNoteApplied)]
    return sorted(found, key=lambda event: event.item_version)


def parts(event: CreditNoteApplied) -> tuple[int, int, int]:
    return event.offset_minor, event.credit_minor, event.refund_minor


def in_the_place_of(place: int = 1, note: str = "cn_1", kind: Any = "invoice") -> Preceding:
    """What invoice 2 says of invoice 1 or of its credit note."""
    told = number(place) if kind == "invoice" else f"MP-C26-{note}"
    return Preceding(
        kind=kind, number=told, issued_on=date(2026, 10, 1), invoice_number=number(place), credit_note_id=note
    )


def replacement(place: int = 2, total: int = 9_000, **more: Any) -> InvoiceIssued:
    return invoice(place, total, preceding=in_the_place_of(**more))


@pytest.mark.parametrize(
    ("paid", "total", "rest", "expected"),
    [
        (0, 3_000, "credit", (3_000, 0, 0)),
        (0, 3_000, "refund", (3_000, 0, 0)),
        (4_000, 8_000, "credit", (6_000, 2_000, 0)),
        (4_000, 8_000, "refund", (6_000, 0, 2_000)),
        (10_000, 3_000, "credit", (0, 3_000, 0)),
        (10_000, 10_000, "refund", (0, 0, 10_000)),
    ],
)
def test_a_credit_note_first_offsets_what_is_due_and_then_is_credit_or_refund(
    platform: Platform, paid: int, total: int, rest: str, expected: tuple[int, int, int]
) -> None:
    platform.tell(invoice())
    if paid:
        platform.tell(money(paid, reference=reference(number(1))))
    platform.tell(credit_note(total=total, rest=rest))
    [event] = applied(platform)
    assert parts(event) == expected
    assert sum(expected) == total
    assert event.open_minor == item(platform).open_minor == 10_000 - paid - expected[0]
    if paid:
        assert receipt(platform).unapplied_minor == expected[1]
        assert receipt(platform).refund_minor == expected[2]
        assert [(one.receipt_id, one.amount_minor) for one in event.refunds] == [("rcp_1", expected[2])] * (
            expected[2] > 0
        )


def test_money_to_be_paid_back_is_put_on_nothing_else(platform: Platform) -> None:
    platform.tell(invoice(), invoice(2))
    platform.tell(money(text=number(1)))
    platform.tell(credit_note(total=4_000, rest="refund"))
    asked = MatchByHand(receipt_id="rcp_1", item_id=item_id_of(number(2)), amount_minor=1, reason="theirs")
    with pytest.raises(Rejected, match="more_than_unapplied"):
        platform.do(by_hand.match_by_hand, asked)
    told = queries.show_receipt(ByReceipt(receipt_id="rcp_1"), platform.runtime.world)
    assert (told.refund_minor, told.unapplied_minor, list(told.matched.values())) == (4_000, 0, [6_000])


def test_a_refund_is_no_match_to_be_taken_back(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text=number(1)))
    platform.tell(credit_note(rest="refund"))
    with pytest.raises(Rejected, match="not_found"):
        platform.do(by_hand.unmatch, Unmatch(receipt_id="rcp_1", match_id="cn_1", reason="keep it"))
    assert receipt(platform).refund_minor == 10_000


def test_what_is_collected_after_a_credit_note_is_the_members_credit(platform: Platform) -> None:
    """A direct debit over the whole is under way when a part is credited."""
    platform.tell(invoice(method="direct_debit"))
    platform.tell(credit_note(total=3_000, rest="refund"))
    assert item(platform).in_flight
    platform.tell(collected())
    assert (item(platform).state, receipt(platform).unapplied_minor) == ("settled", 3_000)
    assert [parts(event) for event in applied(platform)] == [(3_000, 0, 0)]


def test_a_credit_note_told_twice_is_applied_once(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text=number(1)))
    for _ in range(2):
        platform.tell(credit_note(total=3_000, rest="refund"))
    assert len(applied(platform)) == 1
    assert receipt(platform).refund_minor == 3_000


def test_several_credit_notes_refund_what_several_payments_paid(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(4_000, reference=reference(number(1))), money(6_000, "rcp_2", reference=reference(number(1))))
    platform.tell(credit_note(total=7_000, rest="refund"), credit_note(total=3_000, name="cn_2"))
    assert [parts(event) for event in applied(platform)] == [(0, 0, 7_000), (0, 3_000, 0)]
    assert [receipt(platform, name).refund_minor for name in ("rcp_1", "rcp_2")] == [1_000, 6_000]
    assert [receipt(platform, name).unapplied_minor for name in ("rcp_1", "rcp_2")] == [3_000, 0]


def test_nobody_is_reminded_of_what_was_credited(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(credit_note())
    platform.advance_to(datetime(2026, 11, 15, tzinfo=UTC))
    assert not item(platform).overdue


def test_what_paid_for_an_invoice_pays_for_the_one_in_its_place(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text=number(1)))
    platform.tell(credit_note())
    platform.tell(replacement())
    assert (item(platform, 2).state, receipt(platform).unapplied_minor) == ("settled", 1_000)
    [_, carried] = sorted(_matched(platform), key=lambda event: event.invoice_number)
    assert carried.evidence == (f"it had paid for {number(1)}; {number(2)} stands in the place of {number(1)}",)
    assert {event.invoice_number for event in platform.events(ItemSettled) if isinstance(event, ItemSettled)} == {
        number(1),
        number(2),
    }


def _matched(platform: Platform) -> list[PaymentMatched]:
    return [event for event in platform.events(PaymentMatched) if isinstance(event, PaymentMatched)]


def test_the_one_in_its_place_waits_for_the_credit_note(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text=number(1)))
    platform.tell(replacement(), credit_note())
    assert item(platform, 2).state == "settled"


def test_money_to_be_paid_back_does_not_pay_for_the_one_in_its_place(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text=number(1)))
    platform.tell(credit_note(rest="refund"))
    platform.tell(replacement())
    assert item(platform, 2).open_minor == 9_000


def test_money_that_names_a_replaced_invoice_is_for_the_last_in_its_place(platform: Platform) -> None:
    platform.tell(invoice(), credit_note())
    platform.tell(replacement())
    platform.tell(credit_note(2, 9_000, "cn_2"), invoice(3, 8_000, preceding=in_the_place_of(2, "cn_2")))
    platform.tell(money(8_000, text=f"Rechnung {number(1)}"))
    assert (item(platform, 3).state, receipt(platform).state) == ("settled", "applied")
    [event] = _matched(platform)
    assert event.evidence == (f"it names an invoice that {number(3)} stands in the place of",)


def test_what_a_wrong_credit_note_set_free_pays_for_the_new_claim(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text=number(1)))
    platform.tell(credit_note(total=2_500))
    platform.tell(replacement(total=2_500, kind="credit_note"))
    assert (item(platform, 2).state, receipt(platform).unapplied_minor) == ("settled", 0)
    assert (item(platform, 1).state, item(platform, 1).replaced_by) == ("settled", "")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(1, 6_000), max_size=5),
    st.lists(st.tuples(st.integers(1, 6_000), st.sampled_from(["credit", "refund"])), max_size=5),
)
def test_offset_credit_and_refund_are_always_the_whole_note(paid: list[int], notes: list[tuple[int, str]]) -> None:
    item_id, on = item_id_of(number(1)), date(2026, 10, 9)
    book = Book([opened(invoice())], [arrived(money(amount, f"rcp_{n}"), "") for n, amount in enumerate(paid)])
    for n, amount in enumerate(paid):
        share = min(amount, book.items[item_id].open_minor)
        if share:
            book.match(f"rcp_{n}", item_id, share, Why(evidence=()), on)
    left = 10_000
    for n, (amount, rest) in enumerate(notes):
        if amount <= left:
            left -= amount
            book.credit(credit_note(total=amount, name=f"cn_{n}", rest=rest), item_id, on)
    told = [event for event in book.told() if isinstance(event, CreditNoteApplied)]
    assert sum(sum(parts(event)) for event in told) == 10_000 - left
    assert sum(receipt.refund_minor for receipt in book.receipts.values()) == sum(e.refund_minor for e in told)
    put = sum(a.amount_minor for i in book.items.values() for a in i.allocations if a.kind == "payment")
    for one in book.receipts.values():
        assert 0 <= one.refund_minor + one.unapplied_minor <= one.amount_minor
    assert sum(r.amount_minor - r.unapplied_minor - r.refund_minor for r in book.receipts.values()) == put


def test_an_item_knows_who_stands_in_its_place(platform: Platform) -> None:
    platform.tell(invoice(), credit_note())
    platform.tell(replacement())
    assert [one.replaced_by for one in sorted(platform.all(Item), key=lambda one: one.number)] == [number(2), ""]


def test_credit_notes_are_applied_in_their_order_whichever_comes_first(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(4_000, reference=reference(number(1))))
    first, second = (credit_note(total=5_000, name=f"cn_{n}", sequence=n, rest="refund") for n in (1, 2))
    platform.tell(second, first)
    assert [(event.credit_note_id, parts(event)) for event in applied(platform)] == [
        ("cn_1", (5_000, 0, 0)),
        ("cn_2", (1_000, 0, 4_000)),
    ]
    platform.tell(second)
    assert len(applied(platform)) == 2


def test_a_credit_note_waits_for_an_earlier_one(platform: Platform) -> None:
    platform.tell(invoice())
    with pytest.raises(Stuck):
        platform.tell(credit_note(total=5_000, sequence=2))
