"""Who pays: member ids, accounts known or learned, names as banks write them, and who only looks like somebody."""

import pytest

from tests.unit.matching.evidence.street import ANNAS, STRANGERS, annas, boris, decided, matched, owed, paid, shares

ONE, TWO = owed(45_127, 4_183), owed(46_244, 7_719)


@pytest.mark.parametrize("text", ["Mitglied user-0900001", "USER 0900001", "user0900001 Gebühren"])
def test_the_members_id_and_the_exact_amount_are_enough(text: str) -> None:
    [one] = decided([ONE, TWO], paid(4_183, text))
    assert matched(one) == {ONE.invoice: 4_183}
    assert "the text has the member's id" in one.evidence


@pytest.mark.parametrize("iban", [ANNAS, "DE02 1203 0000 0000 2020 51", "de02120300000000202051"])
def test_the_known_account_and_the_exact_amount_are_enough(iban: str) -> None:
    [one] = decided([ONE, TWO], paid(4_183, payer_iban=iban))
    assert matched(one) == {ONE.invoice: 4_183}
    assert "the payer's account is the member's" in one.evidence


def test_an_account_is_learned_from_a_reference_within_a_run() -> None:
    clerk = {"payer_name": "Steuerkanzlei Vogt", "payer_iban": STRANGERS}
    named = paid(4_183, structured_reference=ONE.creditor_reference, **clerk)
    silent = paid(7_719, payment="pay_2", **clerk)
    [_, learned] = decided([ONE, TWO], named, silent)
    assert shares(learned) == {TWO.invoice: 7_719}
    assert "the payer's account has paid for the member" in learned.evidence
    [alone] = decided([ONE, TWO], silent)
    assert shares(alone) == {}


def test_one_account_of_two_members_pays_for_whom_the_amount_or_the_number_tells() -> None:
    shared = boris(47_000, 990, member_iban=ANNAS)
    first, second = decided([ONE, shared], paid(4_183, payer_iban=ANNAS), paid(990, payment="pay_2", payer_iban=ANNAS))
    assert (matched(first), matched(second)) == ({ONE.invoice: 4_183}, {shared.invoice: 990})
    alike = boris(47_000, 4_183, member_iban=ANNAS)
    [silent] = decided([ONE, alike], paid(4_183, payer_iban=ANNAS))
    assert matched(silent) == {}
    [named] = decided([ONE, alike], paid(4_183, alike.number, payer_iban=ANNAS))
    assert matched(named) == {alike.invoice: 4_183}


@pytest.mark.parametrize(
    ("member", "payer"),
    [
        ("Jörg Müller-Weiß", "JÖRG MÜLLER-WEISS"),
        ("Jörg Müller-Weiß", "Joerg Mueller-Weiss"),
        ("Jörg Müller-Weiß", "Jorg Muller Weiss"),
        ("Jörg Müller-Weiß", "MUELLER-WEISS, JOERG"),
        ("Jörg Müller-Weiß", "Dr. Jörg Müller-Weiß"),
        ("Jörg Müller-Weiß", "J. Müller-Weiß"),
        ("Çağla Öztürk", "CAGLA OZTURK"),
        ("Łukasz Wójcik", "LUKASZ WOJCIK"),
        ("Anneke van der Zwaluw", "A. van der Zwaluw"),
        ("Siân O'Brien", "SIAN OBRIEN"),
        ("Quendel Handels GmbH & Co. KG", "QUENDEL HANDELS GMBH + CO KG"),
        ("Quendel Handels GmbH & Co. KG", "Quendel Handels"),
    ],
)
def test_a_name_is_the_same_however_a_bank_writes_it(member: str, payer: str) -> None:
    known = [one._replace(member_name=member, member_iban="") for one in (ONE, TWO)]
    [one] = decided(known, paid(4_183, payer_name=payer, payer_iban=STRANGERS))
    assert matched(one) == {ONE.invoice: 4_183}


@pytest.mark.parametrize("payer", ["Xaver Quendel", "Quendel", "Anna Wachtel", "Anne-Marie Schmidt", ""])
def test_somebody_of_the_household_or_of_another_name_is_not_the_member(payer: str) -> None:
    [one] = decided([ONE._replace(member_iban="")], paid(4_183, payer_name=payer, payer_iban=STRANGERS))
    assert matched(one) == {}


def test_namesakes_who_owe_the_same_are_told_apart_by_nothing_but_a_reference() -> None:
    mine, theirs = ONE._replace(member_iban=""), boris(47_000, 4_183, member_name="Anna Quendel", member_iban="")
    [silent] = decided([mine, theirs], paid(4_183, payer_name="Anna Quendel"))
    assert matched(silent) == {}
    [named] = decided([mine, theirs], paid(4_183, theirs.number, payer_name="Anna Quendel"))
    assert matched(named) == {theirs.invoice: 4_183}


def test_a_third_party_pays_what_it_names() -> None:
    [one] = decided([ONE, TWO], paid(4_183, ONE.number, payer_name="Karl Wendehals", payer_iban=STRANGERS))
    assert matched(one) == {ONE.invoice: 4_183}


def test_money_for_something_else_altogether_is_nobodys() -> None:
    [one] = decided([ONE, TWO], paid(4_183, "Miete Oktober", payer_name="Karl Wendehals", payer_iban=STRANGERS))
    assert one.zone == "manual"
    assert one.shares == ()


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("x")', "\u202eledneuQ annA", "\ud800", "'; DROP TABLE--", "x" * 5_000, "\n\x1e"]
)
def test_a_hostile_name_neither_breaks_nor_hides_anything(name: str) -> None:
    hostile = ONE._replace(member_name=name)
    [one] = decided([hostile, TWO], paid(4_183, ONE.number, payer_name=name))
    assert matched(one) == {ONE.invoice: 4_183}


def test_an_old_number_does_not_keep_the_payers_money_from_what_is_owed_nor_lead_strangers_to_it() -> None:
    [known] = decided([ONE, TWO], annas(4_183, "MP-2026-0099999"))
    assert shares(known) == {ONE.invoice: 4_183}
    assert "but a number in the text is none that is open" in known.evidence
    [unknown] = decided([ONE, TWO], paid(4_183, "MP-2026-0099999"))
    assert matched(unknown) == {}


def test_a_number_of_ones_own_with_the_amount_of_another_is_not_posted_to_the_number() -> None:
    [one] = decided([ONE, TWO], annas(7_719, ONE.number))
    assert matched(one).get(ONE.invoice) is None


def test_somebody_elses_number_with_ones_own_amount_and_account_is_not_posted_to_them() -> None:
    theirs = boris(47_000, 990)
    [one] = decided([ONE, TWO, theirs], annas(4_183, theirs.number, structured_reference=theirs.creditor_reference))
    assert theirs.invoice not in shares(one)
