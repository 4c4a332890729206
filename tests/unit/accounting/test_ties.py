"""The books tie with what matching keeps: receivables are the open items, unapplied money is the receipts' rest."""

from collections import Counter
from datetime import timedelta
from itertools import permutations

import pytest

from common.events.base import Event
from common.events.matching import PaymentUnmatched
from common.parking import Parked
from functions.accounting.model.journals import Journal
from functions.matching.handlers import by_hand, suggestions
from functions.matching.model import Item, Receipt, item_id_of
from functions.matching.requests import Accept, MatchByHand, MatchSeveral, Unmatch
from tests.kit import Platform
from tests.unit import told

PAID = told.payment_received(invoice_number=told.NUMBER, source="stripe", attempt=1)
PART = told.payment_received("rcp_1", 5_000, invoice_number=told.NUMBER, source="stripe", attempt=1)
REST = told.payment_received("rcp_2", 6_900, member_id="", text=told.NUMBER)
PARTS = ((3, 1), (3, 0), (9_994, 1_899))
WHOLE_NOTE = told.credit_note_issued()
SMALL_NOTE = told.credit_note_issued("MPC-2026-000002", told.vat(2_000, 380))
OTHER_NOTE = told.credit_note_issued("MPC-2026-000003", told.vat(1_000, 190))


@pytest.fixture
def platform() -> Platform:
    return Platform("matching", "accounting")


def balances(platform: Platform) -> dict[str, int]:
    """Debits less credits of every account."""
    found: Counter[str] = Counter()
    for journal in platform.all(Journal):
        for line in journal.postings:
            found[line.account] += line.debit_minor - line.credit_minor
    return dict(found)


def ties(platform: Platform) -> bool:
    """Whether the two accounts matching stands behind are what its items and receipts add up to."""
    ledger = balances(platform)
    open_minor = sum(item.open_minor for item in platform.all(Item))
    unapplied = sum(receipt.unapplied_minor for receipt in platform.all(Receipt))
    return (ledger.get("1400", 0), -ledger.get("1590", 0), sum(ledger.values())) == (open_minor, unapplied, 0)


def tell_in_this_order(platform: Platform, *events: Event) -> None:
    for event in events:
        platform.do(lambda fact, unit: unit.emit(fact), event)
    platform.settle()


def standing(platform: Platform) -> tuple[int, dict[str, tuple[int, str]]]:
    """What is open, and what is left of each receipt and whose it is."""
    (item,) = platform.all(Item)
    return item.open_minor, {r.id: (r.unapplied_minor, r.member_id) for r in platform.all(Receipt)}


@pytest.mark.parametrize(
    ("events", "open_minor", "unapplied"),
    [
        ((WHOLE_NOTE,), 0, {}),
        ((WHOLE_NOTE, PAID), 0, {"rcp_1": 11_900}),
        ((WHOLE_NOTE, PART), 0, {"rcp_1": 5_000}),
        ((WHOLE_NOTE, PART, REST), 0, {"rcp_1": 5_000, "rcp_2": 6_900}),
        ((SMALL_NOTE,), 9_520, {}),
        ((SMALL_NOTE, PART), 4_520, {"rcp_1": 0}),
        ((SMALL_NOTE, PAID), 0, {"rcp_1": 2_380}),
        ((SMALL_NOTE, OTHER_NOTE, PAID), 0, {"rcp_1": 3_570}),
    ],
)
def test_a_credit_note_offsets_what_is_due_and_the_rest_is_kept_in_any_order(
    events: tuple[Event, ...], open_minor: int, unapplied: dict[str, int]
) -> None:
    for order in permutations([told.invoice_issued(who=told.buyer(payment_method="card")), *events]):
        platform = Platform("matching", "accounting")
        tell_in_this_order(platform, *order)
        platform.advance_to(platform.clock.now() + timedelta(hours=4))
        assert standing(platform) == (open_minor, {name: (left, "mem_1") for name, left in unapplied.items()})
        assert ties(platform)
        assert platform.all(Parked) == []


def test_two_credit_notes_that_cut_the_same_match_are_two_journals(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.tell(PAID)
    platform.tell(SMALL_NOTE)
    platform.tell(OTHER_NOTE)
    assert len({event.unmatch_id for event in unmatches(platform)}) == 2
    assert balances(platform) == {"1400": 0, "1590": -3_570, "1360": 11_900, "4400": -7_000, "3806": -1_330}
    assert ties(platform)


def test_two_credit_notes_of_one_slice_that_cut_the_same_match_are_two_journals(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.tell(PAID)
    platform.tell(SMALL_NOTE, OTHER_NOTE)
    assert ties(platform)


def test_a_match_that_was_cut_and_then_taken_back_ties(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.tell(PAID)
    platform.tell(SMALL_NOTE)
    (receipt,) = platform.all(Receipt)
    asked = Unmatch(receipt_id="rcp_1", match_id=receipt.allocations[0].match_id, reason="wrong member")
    platform.do(by_hand.unmatch, asked, actor="staff:eva")
    platform.settle()
    assert standing(platform) == (9_520, {"rcp_1": (11_900, "mem_1")})
    assert ties(platform)


def test_credit_that_is_put_on_the_next_invoice_ties(platform: Platform) -> None:
    following = told.invoice_issued("MP-2026-0000002", told.vat(5_000, 950))
    platform.tell(told.invoice_issued(), following)
    platform.tell(PAID, WHOLE_NOTE)
    asked = MatchByHand(receipt_id="rcp_1", item_id=item_id_of(following.number), amount_minor=5_950, reason="credit")
    platform.do(by_hand.match_by_hand, asked, actor="staff:eva")
    platform.settle()
    assert balances(platform)["1590"] == -5_950
    assert ties(platform)


def test_a_credit_note_over_more_than_the_invoice_is_seen_in_the_difference(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.tell(WHOLE_NOTE)
    platform.tell(SMALL_NOTE)
    assert [parked.code for parked in platform.all(Parked)] == ["more_than_owed"]
    assert balances(platform)["1400"] == -2_380


def unmatches(platform: Platform) -> list[PaymentUnmatched]:
    return [event for event in platform.events(PaymentUnmatched) if isinstance(event, PaymentUnmatched)]


def test_what_is_to_be_paid_back_is_owed_on_its_own_account(platform: Platform) -> None:
    back = told.credit_note_issued("MPC-2026-000002", told.vat(2_000, 380), rest="refund")
    tell_in_this_order(platform, told.invoice_issued(), PAID, back)
    assert ties(platform)
    assert balances(platform)["1595"] == -2_380
    assert sum(receipt.refund_minor for receipt in platform.all(Receipt)) == 2_380


def test_a_credit_note_nothing_was_paid_for_owes_no_refund(platform: Platform) -> None:
    back = told.credit_note_issued("MPC-2026-000002", told.vat(2_000, 380), rest="refund")
    tell_in_this_order(platform, told.invoice_issued(), back, PAID)
    assert ties(platform)
    assert "1595" not in balances(platform)


def test_partial_credit_notes_book_back_the_whole_invoice_in_the_end(platform: Platform) -> None:
    notes = [told.credit_note_issued(f"MPC-2026-00000{n}", told.vat(*part)) for n, part in enumerate(PARTS)]
    tell_in_this_order(platform, told.invoice_issued(), *notes)
    assert ties(platform)
    assert not any(balances(platform).values())


def test_a_returned_debit_ties_and_its_fee_is_an_expense(platform: Platform) -> None:
    back = told.payment_returned(source="stripe", fee_minor=350)
    tell_in_this_order(platform, told.invoice_issued(), PAID, back)
    assert ties(platform)
    assert balances(platform) == {"1400": 11_900, "1590": 0, "1360": -350, "4400": -10_000, "3806": -1_900, "6856": 350}


def test_refund_and_chargeback_that_cross_owe_nothing_twice(platform: Platform) -> None:
    note = told.credit_note_issued("MPC-2026-000002", told.vat(2_000, 380), rest="refund")
    tell_in_this_order(platform, told.invoice_issued(), PAID, note, told.payment_returned(source="stripe"))
    assert ties(platform)
    assert (balances(platform)["1595"], balances(platform)["1360"]) == (0, 0)


def test_an_accepted_suggestion_and_taking_it_back_tie(platform: Platform) -> None:
    platform.tell(told.invoice_issued(), told.invoice_issued("MP-2026-0000002"))
    platform.tell(told.payment_received(member_id="", payer_name="Erika Muster"))
    assert ties(platform)
    platform.do(suggestions.accept, Accept(receipt_id="rcp_1"), actor="staff:eva")
    platform.settle()
    assert (balances(platform)["1590"], ties(platform)) == (0, True)
    (receipt,) = platform.all(Receipt)
    match_id = receipt.allocations[0].match_id
    platform.do(by_hand.unmatch, Unmatch(receipt_id="rcp_1", match_id=match_id, reason="hers"), actor="staff:eva")
    platform.settle()
    assert (balances(platform)["1590"], ties(platform)) == (-11_900, True)


def test_one_receipt_on_items_of_many_members_ties(platform: Platform) -> None:
    numbers = [f"MP-2026-000000{n}" for n in (1, 2, 3)]
    platform.tell(*[told.invoice_issued(number, told.vat(1_000 * n, 0)) for n, number in enumerate(numbers, 1)])
    platform.tell(told.payment_received(amount=5_000, member_id=""))
    shares = [{"item_id": item_id_of(number), "amount_minor": 1_000 * n} for n, number in enumerate(numbers, 1)][:2]
    asked = MatchSeveral.model_validate({"receipt_id": "rcp_1", "shares": shares, "reason": "a payout"})
    platform.do(by_hand.match_several, asked, actor="staff:eva")
    platform.settle()
    assert (balances(platform)["1590"], ties(platform)) == (-2_000, True)
