"""What people do by hand, and that taking it back leaves nothing behind."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.dates import noon_utc
from common.events.matching import ItemOverdue, ItemReopened, ItemSettled, PaymentMatched, PaymentUnmatched
from common.failures import Rejected
from functions.matching.book import Book
from functions.matching.handlers import by_hand, queries
from functions.matching.model import Item, Receipt, arrived, item_id_of, net_by_match, opened
from functions.matching.requests import (
    ByItem,
    ByReceipt,
    MatchByHand,
    Matched,
    SearchItems,
    SearchReceipts,
    Unmatch,
)
from functions.matching.verdicts import Why
from tests.kit import Platform
from tests.unit.matching.told import credit_note, invoice, item, money, number, receipt

IBAN = "DE02120300000000202051"


def match(platform: Platform, amount: int = 10_000, **more: str) -> Matched:
    asked = {"receipt_id": "rcp_1", "item_id": item_id_of(number(1)), "amount_minor": amount, "reason": "called us"}
    told = platform.do(by_hand.match_by_hand, MatchByHand.model_validate(asked | more), actor="staff:eva@example.org")
    platform.settle()
    return Matched.model_validate(told)


def unmatch(platform: Platform, match_id: str, name: str = "rcp_1") -> Matched:
    asked = Unmatch(receipt_id=name, match_id=match_id, reason="wrong member")
    told = platform.do(by_hand.unmatch, asked, actor="staff:eva@example.org")
    platform.settle()
    return Matched.model_validate(told)


def facts(document: Item | Receipt) -> dict[str, Any]:
    """What a document says, apart from how often it was written and the entries that cancel out."""
    said = document.model_dump(exclude={"version", "allocations"})
    return said | {"net": {k: v for k, v in net_by_match(document.allocations).items() if v}}


def test_unapplied_money_is_matched_by_hand(platform: Platform) -> None:
    platform.tell(invoice(), money())
    told = match(platform, 6_000)
    assert (told.item.open_minor, told.receipt.unapplied_minor) == (4_000, 4_000)
    [event] = platform.events(PaymentMatched)
    assert isinstance(event, PaymentMatched)
    assert event.evidence == ("matched by hand by staff:eva@example.org: called us",)


@pytest.mark.parametrize(("amount", "code"), [(10_001, "more_than_unapplied"), (9_000, "more_than_open")])
def test_no_more_is_matched_than_there_is(platform: Platform, amount: int, code: str) -> None:
    platform.tell(invoice(total=8_000), money())
    with pytest.raises(Rejected) as refusal:
        match(platform, amount)
    assert (refusal.value.code, refusal.value.status) == (code, 409)
    assert item(platform).open_minor == 8_000


def test_currencies_are_not_mixed_by_hand_either(platform: Platform) -> None:
    platform.tell(invoice(), money(currency="USD"))
    with pytest.raises(Rejected, match="currency_differs"):
        match(platform)


def test_what_does_not_exist_is_not_found(platform: Platform) -> None:
    platform.tell(invoice(), money())
    for attempt in (
        lambda: match(platform, receipt_id="rcp_9"),
        lambda: match(platform, item_id="item_9"),
        lambda: unmatch(platform, "mat_9"),
        lambda: unmatch(platform, "mat_9", "rcp_9"),
        lambda: queries.show_item(ByItem(item_id="item_9"), platform.runtime.world),
        lambda: queries.show_receipt(ByReceipt(receipt_id="rcp_9"), platform.runtime.world),
    ):
        with pytest.raises(Rejected) as refusal:
            attempt()
        assert refusal.value.status == 404


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"reason": "  "}, {"amount_minor": 0}, {"amount_minor": 1.5}, {"amount_minor": "5"}]
)
def test_a_match_by_hand_needs_a_reason_and_an_amount(wrong: dict[str, Any]) -> None:
    asked = {"receipt_id": "rcp_1", "item_id": "item_1", "amount_minor": 5, "reason": "why"}
    with pytest.raises(ValueError, match=r"reason|amount_minor"):
        MatchByHand.model_validate(asked | wrong)


def test_a_match_taken_back_leaves_item_and_money_as_before(platform: Platform) -> None:
    platform.tell(invoice(), money(text="MP-2026-0000002"))
    before = facts(item(platform)), facts(receipt(platform))
    told = match(platform)
    unmatch(platform, told.match_id)
    assert (facts(item(platform)), facts(receipt(platform))) == before
    assert [a.amount_minor for a in item(platform).allocations] == [10_000, -10_000]
    [reopened] = platform.events(ItemReopened)
    assert isinstance(reopened, ItemReopened)
    assert reopened.open_minor == 10_000
    assert len(platform.events(PaymentUnmatched)) == 1


def test_a_match_is_taken_back_only_once(platform: Platform) -> None:
    platform.tell(invoice(), money())
    told = match(platform)
    unmatch(platform, told.match_id)
    with pytest.raises(Rejected, match="not_matched"):
        unmatch(platform, told.match_id)


def test_the_same_two_can_be_matched_again(platform: Platform) -> None:
    platform.tell(invoice(), money())
    first = match(platform)
    unmatch(platform, first.match_id)
    second = match(platform)
    assert first.match_id != second.match_id
    assert item(platform).state == "settled"
    assert len(platform.events(ItemSettled)) == 2


def test_a_reopened_item_falls_due_again(platform: Platform) -> None:
    platform.tell(invoice(), money())
    told = match(platform)
    due = noon_utc(item(platform).due_on + timedelta(days=1))
    platform.advance_to(due + timedelta(days=5))
    assert platform.events(ItemOverdue) == []
    unmatch(platform, told.match_id)
    assert len(platform.events(ItemOverdue)) == 1


def test_an_item_that_was_overdue_paid_and_reopened_is_told_again_once(platform: Platform) -> None:
    platform.tell(invoice())
    platform.advance_to(noon_utc(item(platform).due_on + timedelta(days=2)))
    platform.tell(money())
    told = match(platform)
    unmatch(platform, told.match_id)
    platform.advance_to(platform.clock.now() + timedelta(days=30))
    assert len(platform.events(ItemOverdue)) == 2


def test_a_match_a_credit_note_has_cut_gives_back_only_the_rest(platform: Platform) -> None:
    platform.tell(invoice(), money())
    told = match(platform)
    platform.tell(credit_note(total=3_000))
    after = unmatch(platform, told.match_id)
    assert (after.item.open_minor, after.receipt.unapplied_minor) == (7_000, 10_000)


def test_answers_say_what_may_be_done(platform: Platform) -> None:
    platform.tell(invoice(), money())
    told = match(platform, 6_000)
    assert told.item.allowed == ["match"]
    assert told.receipt.allowed == ["match", "refund", "unmatch"]
    rest = match(platform, 4_000)
    assert rest.item.allowed == []
    assert rest.receipt.allowed == ["unmatch"]


def test_items_and_receipts_are_found_by_what_people_know(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, member="mem_2"), money(1_250, payer_iban=IBAN), money(name="rcp_2"))
    world = platform.runtime.world
    assert [i.number for i in queries.search_items(SearchItems(member_id="mem_2"), world).items] == [number(2)]
    assert [i.number for i in queries.search_items(SearchItems(number=number(1)), world).items] == [number(1)]
    assert queries.search_items(SearchItems(number="nothing"), world).items == []
    for asked in ({"amount": "1250 EUR"}, {"amount": "12.50 EUR"}, {"amount": "12,50EUR"}, {"iban_ending": "2051"}):
        found = queries.search_receipts(SearchReceipts.model_validate(asked), world)
        assert [r.receipt_id for r in found.items] == ["rcp_1"]
    unapplied = queries.search_receipts(SearchReceipts(state="unapplied", limit=1), world)
    assert unapplied.next_page_token == "rcp_1"


def test_what_a_member_owes_is_added_up_over_all_items_not_only_those_of_a_page(platform: Platform) -> None:
    platform.tell(*(invoice(place, 100 + place) for place in range(1, 61)), invoice(61, 700, currency="SEK"))
    platform.tell(money(101, member_id="mem_1", invoice_number=number(1)), invoice(62, member="mem_2"))
    platform.advance_to(noon_utc(item(platform).due_on + timedelta(days=1)))
    world = platform.runtime.world
    page = queries.search_items(SearchItems(member_id="mem_1", limit=50), world)
    owed = sum(100 + place for place in range(2, 61))
    assert len(page.items) == 50
    assert {currency: sums.open_minor for currency, sums in page.totals.items()} == {"EUR": owed, "SEK": 700}
    assert page.totals["EUR"].overdue_minor == owed
    after = queries.search_items(SearchItems(member_id="mem_1", page_token=page.next_page_token), world)
    assert after.totals == page.totals
    assert queries.search_items(SearchItems(), world).totals == {}


def test_a_members_credit_is_added_up_over_all_their_money(platform: Platform) -> None:
    platform.tell(*(money(100, f"rcp_{place}", member_id="mem_1") for place in range(60)))
    platform.tell(money(900, "rcp_x", currency="SEK", member_id="mem_1"), money(5, "rcp_y"))
    world = platform.runtime.world
    page = queries.search_receipts(SearchReceipts(member_id="mem_1", limit=10), world)
    assert page.unapplied_minor == {"EUR": 6_000, "SEK": 900}
    assert queries.search_receipts(SearchReceipts(), world).unapplied_minor == {}


@pytest.mark.parametrize("amount", ["12.5 EUR", "EUR", "12 XXX", "1e3 EUR", "٣ EUR", "12.00 JPY"])
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="1250 EUR"):
        SearchReceipts(amount=amount)


STEPS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 9_000), st.booleans()), max_size=25)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_is_matched_and_taken_back_every_cent_is_somewhere_once(
    steps: list[tuple[int, int, int, bool]],
) -> None:
    book = Book(
        [opened(invoice(n, 5_000 + n)) for n in range(3)], [arrived(money(6_000 + n, f"rcp_{n}"), "") for n in range(3)]
    )
    made: list[tuple[str, str]] = []
    for place, which, amount, undo in steps:
        step(book, made, (item_id_of(number(place)), f"rcp_{which}", amount), undo=undo)
    on_items = sum(i.total_minor - i.open_minor for i in book.items.values())
    of_money = sum(r.amount_minor - r.unapplied_minor for r in book.receipts.values())
    assert on_items == of_money
    for receipt_id, match_id in made:
        if net_by_match(book.receipts[receipt_id].allocations)[match_id]:
            book.unmatch(receipt_id, match_id, "undo", invoice().due_on)
    assert [facts(i) for i in book.items.values()] == [facts(opened(invoice(n, 5_000 + n))) for n in range(3)]
    assert [facts(r) for r in book.receipts.values()] == [
        facts(arrived(money(6_000 + n, f"rcp_{n}"), "")) for n in range(3)
    ]


def step(book: Book, made: list[tuple[str, str]], wanted: tuple[str, str, int], *, undo: bool) -> None:
    """One match or its undoing; a refused one changes nothing, an undone one restores what was before."""
    item_id, receipt_id, amount = wanted
    before = facts(book.items[item_id]), facts(book.receipts[receipt_id])
    try:
        match_id = book.match(receipt_id, item_id, amount, Why(evidence=()), invoice().due_on)
    except Rejected:
        assert (facts(book.items[item_id]), facts(book.receipts[receipt_id])) == before
        return
    made.append((receipt_id, match_id))
    if undo:
        book.unmatch(receipt_id, match_id, "undo", invoice().due_on)
        assert (facts(book.items[item_id]), facts(book.receipts[receipt_id])) == before


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 6_000), max_size=5), st.lists(st.integers(1, 6_000), max_size=5))
def test_payments_and_credit_notes_never_take_more_than_the_invoice(paid: list[int], credited: list[int]) -> None:
    item_id = item_id_of(number(1))
    book = Book([opened(invoice())], [arrived(money(amount, f"rcp_{n}"), "") for n, amount in enumerate(paid)])
    for n, amount in enumerate(paid):
        share = min(amount, book.items[item_id].open_minor)
        if share:
            book.match(f"rcp_{n}", item_id, share, Why(evidence=()), invoice().due_on)
    taken = 0
    for n, amount in enumerate(credited):
        note = credit_note(total=amount, name=f"cn_{n}")
        if taken + amount > 10_000:
            with pytest.raises(Rejected):
                book.credit(note, item_id, invoice().due_on)
            continue
        book.credit(note, item_id, invoice().due_on)
        taken += amount
    applied = sum(r.amount_minor - r.unapplied_minor for r in book.receipts.values())
    assert book.items[item_id].open_minor == 10_000 - taken - applied >= 0
