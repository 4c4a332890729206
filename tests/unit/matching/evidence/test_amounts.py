"""What the amount tells: sums, fees, parts, too much, twice the same; nobody is given more than is owed."""

import pytest

from tests.unit.matching.evidence.street import STRANGERS, annas, boris, decided, matched, owed, paid, shares

ONE, TWO, SMALL = owed(45_127, 4_183), owed(46_244, 7_719), owed(46_300, 1_205)


def test_everything_open_of_the_payer_is_paid_by_its_sum() -> None:
    [one] = decided([ONE, TWO, SMALL], annas(4_183 + 7_719 + 1_205))
    assert matched(one) == {ONE.invoice: 4_183, TWO.invoice: 7_719, SMALL.invoice: 1_205}


def test_the_only_items_that_add_up_are_proposed() -> None:
    [one] = decided([ONE, TWO, SMALL], annas(4_183 + 1_205))
    assert shares(one) == {ONE.invoice: 4_183, SMALL.invoice: 1_205}
    assert one.zone != "manual"


def test_two_ways_to_add_up_are_none() -> None:
    row = [owed(50_000 + at, cents) for at, cents in enumerate([1_000, 4_000, 2_000, 3_000, 9_999])]
    [one] = decided(row, annas(5_000))
    assert one.zone != "automatic"
    assert "but something else is as likely" in one.evidence


def test_what_lacks_a_banks_fee_pays_the_item_it_names() -> None:
    [one] = decided([ONE, TWO], annas(4_180, ONE.number))
    assert matched(one) == {ONE.invoice: 4_180}
    assert "the amount differs by a bank's fee or rounding" in one.evidence


def test_too_much_pays_the_item_in_full_and_leaves_the_rest() -> None:
    [one] = decided([ONE, TWO], annas(5_000, ONE.number))
    assert shares(one) == {ONE.invoice: 4_183}


def test_a_part_of_what_is_named_is_taken_and_the_next_part_pays_the_rest() -> None:
    first, second = decided(
        [ONE, TWO], annas(2_000, ONE.number, date="2026-10-01"), annas(2_183, ONE.number, "pay_2", date="2026-10-09")
    )
    assert (matched(first), matched(second)) == ({ONE.invoice: 2_000}, {ONE.invoice: 2_183})


def test_parts_never_come_to_more_than_is_open() -> None:
    decisions = decided([ONE, TWO], *(annas(2_000, ONE.number, f"pay_{at}") for at in range(4)))
    assert sum(matched(one).get(ONE.invoice, 0) for one in decisions) <= 4_183


def test_some_amount_of_the_payers_without_a_word_is_not_automatic() -> None:
    for cents in (2_000, 4_000, 9_000):
        [one] = decided([ONE, TWO], annas(cents))
        assert matched(one) == {}


@pytest.mark.parametrize("text", [ONE.number, "Rechnung 45127", ""])
def test_a_second_payment_of_the_same_is_not_put_on_another_item(text: str) -> None:
    """The member owes another item of just that amount."""
    again = owed(46_500, 4_183)
    first, second = decided(
        [ONE, again], annas(4_183, ONE.number, date="2026-10-01"), annas(4_183, text, "pay_2", date="2026-10-09")
    )
    assert matched(first) == {ONE.invoice: 4_183}
    assert matched(second) == {}


def test_a_second_payment_is_explained_as_one() -> None:
    first, second = decided(
        [ONE, boris(47_000, 4_183)],
        annas(4_183, ONE.number, date="2026-10-01"),
        annas(4_183, ONE.number, "pay_2", date="2026-10-09"),
    )
    assert matched(first) == {ONE.invoice: 4_183}
    assert second.zone == "manual"
    assert "perhaps a second payment" in second.evidence[0]


def test_of_two_who_name_the_same_item_one_alone_pays_it() -> None:
    decisions = decided(
        [ONE], annas(4_183, ONE.number), paid(4_183, ONE.number, "pay_2", payer_name="Boris Wachtelstein")
    )
    assert [bool(matched(one)) for one in decisions].count(True) == 1


def test_one_transfer_pays_all_of_a_members_invoices_it_names() -> None:
    """Field test 14 (invoiceninja#8987, #9602, #10628)."""
    row = [owed(60_000 + at, 500 + 7 * at) for at in range(10)]
    [one] = decided(row, annas(sum(item.open_cents for item in row), " ".join(item.number for item in row)))
    assert matched(one) == {item.invoice: item.open_cents for item in row}


def test_one_payout_for_several_members_is_allocated_to_all_of_them() -> None:
    """Field test 14: a provider's payout, its invoices named; whole, whether or not a person has to agree."""
    row = [
        owed(60_000 + at, 500 + 7 * at, member_id=f"user-08{at:05d}", member_name=f"Rolf Nummer{at}", member_iban="")
        for at in range(10)
    ]
    money = paid(sum(item.open_cents for item in row), " ".join(item.number for item in row), payer_iban=STRANGERS)
    [one] = decided(row, money)
    assert shares(one) == {item.invoice: item.open_cents for item in row}
    assert one.zone != "manual"


@pytest.mark.parametrize("cents", [0, -1, -4_183])
def test_what_is_no_money_in_pays_nothing(cents: int) -> None:
    [one] = decided([ONE], annas(cents, ONE.number))
    assert (one.zone, one.shares, one.score) == ("manual", (), 0.0)


@pytest.mark.parametrize("cents", [0, -4_183])
def test_what_is_not_open_is_given_nothing(cents: int) -> None:
    [one] = decided([owed(45_127, cents)], annas(4_183, ONE.number, structured_reference=ONE.creditor_reference))
    assert one.shares == ()


def test_large_money_needs_more_certainty_than_small() -> None:
    """The expected loss bounds what is posted without a person."""
    small, large = owed(45_127, 900), owed(45_127, 90_000_000)
    zones = {
        item.open_cents: decided([item._replace(member_iban="")], paid(item.open_cents, payer_name="A. Quendel"))[
            0
        ].zone
        for item in (small, large)
    }
    assert zones == {900: "automatic", 90_000_000: "suggested"}
