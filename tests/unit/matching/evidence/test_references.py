"""What a payment's text names: references and numbers however they are written, and what is not one."""

import pytest

from common.tools.money.world import Form
from functions.matching.evidence.money import Invoice, Money
from tests.unit.matching.evidence.street import ANNA, annas, boris, crowd, decided, matched, owed, paid, shares

ONE, TWO = owed(45_127, 4_183), owed(46_244, 7_719)
BOTH = {ONE.invoice: 4_183, TWO.invoice: 7_719}


def _numbered(form: Form) -> tuple[list[Invoice], tuple[Invoice, ...]]:
    """Two invoices, and a crowd whose references have the same form."""
    others = (one._replace(creditor_reference=owed(at, 1, form).creditor_reference) for at, one in enumerate(crowd()))
    return [owed(45_127, 4_183, form), owed(46_244, 7_719, form)], tuple(others)


def _grouped(reference: str, *widths: int) -> list[str]:
    parts, at = [], 0
    for width in widths:
        parts.append(reference[at : at + width])
        at += width
    return parts


def test_a_creditor_reference_in_its_field_is_enough() -> None:
    [one] = decided([ONE, TWO], paid(4_183, structured_reference=ONE.creditor_reference))
    assert matched(one) == {ONE.invoice: 4_183}
    assert one.evidence[0] == "the payment has the reference of MP-2026-0045127"


def test_a_creditor_reference_is_read_in_groups_of_four_and_in_small_letters() -> None:
    text = " ".join(_grouped(ONE.creditor_reference, 4, 4, 4, 4, 4)).lower()
    [one] = decided([ONE, TWO], paid(4_183, f"danke {text} bis bald"))
    assert matched(one) == {ONE.invoice: 4_183}
    assert one.mention == "reference"


def test_a_reference_with_wrong_check_digits_is_no_reference() -> None:
    wrong = f"RF{(int(ONE.creditor_reference[2:4]) + 1) % 100:02d}{ONE.creditor_reference[4:]}"
    [one] = decided([ONE, TWO], annas(4_183, structured_reference=wrong))
    assert matched(one) == {ONE.invoice: 4_183}
    assert one.mention != "reference"


@pytest.mark.parametrize("frame", ["+++{}/{}/{}+++", "***{}/{}/{}***", "{} {} {}", "{}{}{}"])
def test_a_belgian_reference_is_read_in_its_frame_and_without(frame: str) -> None:
    mine, others = _numbered("ogm")
    text = frame.format(*_grouped(mine[0].creditor_reference, 3, 4, 5))
    [one] = decided(mine, paid(4_183, text), among=others)
    assert matched(one) == {"inv_45127": 4_183}


def test_a_swiss_reference_is_read_in_its_field_and_in_groups_of_five() -> None:
    mine, others = _numbered("qrr")
    reference = mine[0].creditor_reference
    spaced = " ".join(_grouped(reference, 2, 5, 5, 5, 5, 5))
    field, text = (paid(4_183, structured_reference=reference), paid(4_183, spaced))
    for money in (field, text):
        [one] = decided(mine, money, among=others)
        assert matched(one) == {"inv_45127": 4_183}
        assert one.mention == "reference"


@pytest.mark.parametrize(
    "text",
    [
        "MP-2026-0045127",
        "Rechnung MP20260045127 danke",
        "mp 2026 0045127",
        "MP/2026/0045127",
        "MP.2026.0045127",
        "MP - 2026 - 0045127",
        "RechnungMP-2026-0045127vom",
        "2026-0045127",
        "20260045127",
        "0045127",
        "Rechnung 45127",
        "MP-2026-45127",
        "MP-2026-004\n5127",
        "SVWZ+MP-2026-00 45127",
        "MP-2O26-OO45I27",
        "\u202eMP-2026-0045127\x00",
        "EREF+000381 KREF+000123456789 SVWZ+MP-2026-0045127 ABWA+Quendel",
    ],
)
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    for money in (paid(4_183, text), annas(4_183, text)):
        [one] = decided([ONE, TWO], money)
        assert matched(one) == {ONE.invoice: 4_183}


@pytest.mark.parametrize(
    "text",
    [
        "MP-2026-0045127, MP-2026-0046244",
        "MP-2026-0045127 und 46244",
        "MP-2026-0045127 + 0046244",
        "MP-2026-0045127/0046244",
        "MP-2026-0045127MP-2026-0046244",
        "Rechnungen 45127 & 46244",
        "MP-2026-0046244; MP-2026-0045127",
    ],
)
def test_several_numbers_that_add_up_are_all_paid(text: str) -> None:
    [one] = decided([ONE, TWO, owed(46_300, 990)], annas(4_183 + 7_719, text))
    assert matched(one) == BOTH


@pytest.mark.parametrize(
    "text",
    [
        "0045127-0045130",
        "Rechnungen 45127 bis 45130",
        "MP-2026-0045127 bis 0045130",
        "MP-2026-0045127 - MP-2026-0045130",
        "MP-2026-0045127 t/m MP-2026-0045130",
    ],
)
def test_a_range_names_what_is_between_its_ends(text: str) -> None:
    row = [owed(45_127 + at, 4_183 + at * 111) for at in range(6)]
    meant = {one.invoice: one.open_cents for one in row[:4]}
    [one] = decided(row, annas(sum(meant.values()), text))
    assert matched(one) == meant


def test_a_mistyped_digit_is_forgiven_where_amount_and_payer_agree() -> None:
    [one] = decided([ONE, TWO], annas(4_183, "MP-2026-0045137"))
    assert matched(one) == {ONE.invoice: 4_183}
    assert "but for one character" in one.evidence[0]


@pytest.mark.parametrize(
    "money",
    [
        paid(4_183, "MP-2026-0045137"),
        annas(4_000, "MP-2026-0045137"),
        paid(4_183, "MP-2026-0045137", payer_name="Karl Wendehals"),
    ],
    ids=["nobody known", "another amount", "another payer"],
)
def test_a_mistyped_digit_is_not_forgiven_otherwise(money: Money) -> None:
    [one] = decided([ONE, TWO], money)
    assert matched(one) == {}


def test_a_mistyped_number_that_is_somebody_elses_is_not_paid_to_them() -> None:
    [one] = decided([ONE, boris(45_137, 990)], annas(4_183, "MP-2026-0045137"))
    assert "inv_45137" not in shares(one)


def test_of_two_items_of_one_amount_the_reference_tells_which() -> None:
    """Field test 15 (odoo#9177): the reference wins."""
    again = owed(46_500, 4_183)
    for money in (annas(4_183, again.number), annas(4_183, structured_reference=again.creditor_reference)):
        [one] = decided([ONE, again], money)
        assert matched(one) == {again.invoice: 4_183}


def test_without_a_reference_items_of_one_amount_are_never_automatic() -> None:
    """Field test 15 (odoo#9177): a tie is for a person, by account, by name and by member id."""
    for money in (
        annas(4_183),
        annas(4_183, payer_iban=""),
        paid(4_183, ANNA),
        paid(4_183, payer_iban=annas(1).payer_iban),
    ):
        [one] = decided([ONE, owed(46_500, 4_183)], money)
        assert one.zone != "automatic"
        assert one.score <= 0.5


def test_a_tie_among_a_hundred_items_of_one_member_is_seen() -> None:
    many = [owed(45_000 + at, 4_183 if at in {0, 99} else 5_000 + 13 * at) for at in range(100)]
    for money in (paid(4_183, ANNA), paid(4_183, payer_iban=annas(1).payer_iban), annas(4_183)):
        [one] = decided(many, money)
        assert one.zone != "automatic"
    [only] = decided(many, paid(5_013, payer_iban=annas(1).payer_iban))
    assert matched(only) == {"inv_45001": 5_013}
