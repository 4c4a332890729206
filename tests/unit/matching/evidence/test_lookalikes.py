"""Digits that only look like a number of ours: shared groups, dates, phone numbers, accounts, longer numbers."""

import pytest

from tests.unit.matching.evidence.street import ANNAS, annas, boris, decided, matched, owed, paid, shares

ONE, THEIRS = owed(45_127, 4_183), boris(47_000, 990)


@pytest.mark.parametrize("text", ["Order 945127", "Kundennr 5127", "Auftrag 4512", "45 Pakete am 127. Tag", "2026"])
def test_shared_groups_of_digits_do_not_match(text: str) -> None:
    """Field test 16 (odoo PR#39005)."""
    [one] = decided([ONE, THEIRS], paid(4_000, text))
    assert shares(one) == {}
    [exact] = decided([ONE, THEIRS], paid(4_183, text))
    assert matched(exact) == {}


@pytest.mark.parametrize("text", ["Order 47000", "Tel. 040 47000", "Kundennr 47000", "47000 Duisburg", "Kd 0047000"])
def test_digits_of_somebody_elses_number_do_not_lead_the_payers_money_there(text: str) -> None:
    [one] = decided([ONE, THEIRS], annas(4_183, text))
    assert THEIRS.invoice not in shares(one)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Tel. 040 0202051", 202_051),
        ("Mobil 0176 0202051", 202_051),
        ("IBAN DE02 1203 0000 0000 2020 51", 202_051),
        (f"von {ANNAS}", 202_051),
        ("vom 12.10.2026", 1_210_202),
        ("am 2026-10-12", 2_026_101),
        ("Betrag 12.345,67 EUR", 1_234_567),
    ],
)
def test_phone_numbers_accounts_dates_and_sums_name_nothing(text: str, place: int) -> None:
    [one] = decided([boris(place, 990)], paid(990, text))
    assert matched(one) == {}


def test_the_number_is_found_among_all_of_these() -> None:
    text = f"20457 Hamburg 12.10.2026 Tel 0176 5512345 {ONE.number} IBAN {ANNAS} Kd 77123 Betrag 41,83"
    [one] = decided([ONE, THEIRS], paid(4_183, text))
    assert matched(one) == {ONE.invoice: 4_183}


def test_a_number_within_a_longer_open_one_is_not_the_one_named() -> None:
    """`INV-4512` is no mention where `INV-45127` is written."""
    short = owed(1, 4_183, number="INV-4512")
    long = boris(2, 990, number="INV-45127")
    others = tuple(
        owed(at, 5_000 + at, number=f"INV-{at * 37}", member_id=f"m{at}", member_name="") for at in range(10, 99)
    )
    [one] = decided([short, long], paid(990, "INV-45127"), among=others)
    assert matched(one) == {long.invoice: 990}
    [other] = decided([short, long], paid(4_183, "INV-45127"), among=others)
    assert short.invoice not in matched(other)


def test_a_number_with_a_digit_too_many_is_not_paid_by_an_unknown_with_another_amount() -> None:
    [one] = decided([ONE], paid(4_000, "MP-2026-00451279"))
    assert matched(one) == {}


def test_short_numbers_are_not_found_by_chance_in_a_text() -> None:
    row = [
        owed(at, 4_000 + at, number=str(at), member_id=f"m{at}", member_name=f"Zeno Zufall{at}") for at in range(1, 60)
    ]
    [one] = decided(row, paid(4_012, "5 Tage 12 Stunden 30 Minuten"), among=())
    assert matched(one) == {}
    [other] = decided(row, paid(999, "12"), among=())
    assert matched(other) == {}
