"""What is evidence for a match, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.references import creditor_reference as reference
from functions.invoicing.numbering import invoice_number
from functions.matching.model import Item, Receipt, arrived, opened
from functions.matching.scoring import by_name, named_numbers, number_of_reference, numbers_in
from tests.unit.matching.told import invoice, money


def items(*amounts: int) -> list[Item]:
    return [opened(invoice(place, amount)) for place, amount in enumerate(amounts, start=1)]


def receipt(amount: int = 10_000, **more: str) -> Receipt:
    return arrived(money(amount, **more), "")


@pytest.mark.parametrize(
    "text",
    [
        "MP-2026-0000001",
        "mp-2026-0000001",
        "Rechnung MP 2026 0000001 vom 1.10.",
        "MP20260000001",
        "inv.MP/2026/0000001,thanks",
        "MP-2026-000 0001",
        "M\nMP-2026-\n0000001",
        "MP_2026_0000001",
        "MP-2026-0000001 2 items",
    ],
)
def test_an_invoice_number_is_found_however_the_payer_wrote_it(text: str) -> None:
    assert numbers_in(text, "MP") == ["MP-2026-0000001"]


@pytest.mark.parametrize(
    "text", ["MP-2026-000001", "XMP-2026-0000001", "AB-2026-0000001", "20260000001", "MP-C26-0000001"]
)
def test_what_is_not_our_invoice_number_is_none(text: str) -> None:
    assert numbers_in(text, "MP") == []


def test_a_number_that_comes_twice_is_one() -> None:
    assert numbers_in("MP-2026-0000001 mp20260000001 MP-2026-0000002", "MP") == ["MP-2026-0000001", "MP-2026-0000002"]


@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    numbers_in(text, "MP")
    named_numbers(receipt(text=text, reference=text[:35]))


@given(st.integers(1, 9_999_999), st.integers(2000, 2099))
def test_a_reference_leads_back_to_the_number_it_was_made_from(place: int, year: int) -> None:
    number = invoice_number("MP", year, place)
    assert number_of_reference(reference(number)) == number
    spaced = " ".join(reference(number)[i : i + 4] for i in range(0, 25, 4)).lower()
    assert number_of_reference(spaced) == number
    assert named_numbers(receipt(text=f"zahlung {spaced}danke")) == [number]


def test_a_reference_with_a_wrong_digit_is_no_evidence() -> None:
    assert number_of_reference("RF00MP20260000002") == ""
    assert named_numbers(receipt(reference="RF00MP20260000002")) == []


def test_more_than_is_open_settles_and_leaves_the_rest() -> None:
    verdict = by_name(receipt(15_000, text="MP-2026-0000001"), items(10_000), 1)
    assert [share.amount_minor for share in verdict.shares] == [10_000]


def test_less_than_is_open_pays_a_part() -> None:
    verdict = by_name(receipt(4_000, text="MP-2026-0000001"), items(10_000), 1)
    assert [share.amount_minor for share in verdict.shares] == [4_000]


def test_several_named_items_are_paid_only_where_the_money_is_enough_for_all() -> None:
    assert len(by_name(receipt(15_000), items(10_000, 5_000), 2).shares) == 2
    assert by_name(receipt(14_999), items(10_000, 5_000), 2).shares == ()


def test_another_currency_pays_nothing() -> None:
    assert by_name(arrived(money(10_000, currency="USD"), ""), items(10_000), 1).shares == ()
