"""The deployed area decides by evidence: what is posted by itself, what is suggested, what is left to people."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.events.matching import PaymentMatched
from common.parking import Parked
from common.references import reference_of
from functions.invoicing.numbering import invoice_number
from functions.matching import keyed
from functions.matching.evidence.rules import present_rules
from functions.matching.model import Item, Receipt, item_id_of, net_by_match, opened
from tests.kit import Platform
from tests.unit.matching.told import IBAN, invoice, item, money, number, receipt, reference

STREET = ("Berta Kahn", "Carl Lindner", "Dora Meinhardt", "Emil Nordmann", "Frieda Ostertag")


def matched(platform: Platform) -> list[PaymentMatched]:
    return [event for event in platform.events(PaymentMatched) if isinstance(event, PaymentMatched)]


def street(platform: Platform) -> None:
    """Members with an invoice each, of amounts of their own."""
    invoices = [
        invoice(n, 1_000 * n + 37, member=f"mem_{n}", name=name, account=f"user-{n:07d}")
        for n, name in enumerate(STREET, 11)
    ]
    platform.tell(*invoices)


@pytest.mark.parametrize(
    "said",
    [
        {"payer_name": "Berta Kahn", "text": "Rechnung 0000011"},
        {"payer_name": "KAHN BERTA", "text": "MP 2026-0000011 danke"},
        {"payer_name": "Berta Kahn", "text": ""},
        {"payer_name": "Kahn, B. und O.", "text": "inv MP-2026-0000011"},
        {"payer_name": "Steuerbuero Wolf", "text": "user-0000011 MP-2026-0000011"},
        {"payer_name": "Berta Kahn", "references": ("RF02XX", reference(number(11)))},
        {"payer_name": "Steuerbuero Wolf", "end_to_end_id": "MP-2026-0000011"},
    ],
)
def test_money_is_put_where_the_evidence_says(platform: Platform, said: dict[str, Any]) -> None:
    street(platform)
    platform.tell(money(11_037, **said))
    assert item(platform, 11).state == "settled"
    assert receipt(platform).zone == "automatic"


def test_a_match_tells_its_evidence_its_score_and_the_rules_it_followed(platform: Platform) -> None:
    street(platform)
    platform.tell(money(11_037, payer_name="Berta Kahn", text="fuer die rechnung"))
    [event] = matched(platform)
    assert event.evidence == ("the amount is exactly what is open", "the payer has the member's name")
    assert event.rules_version == present_rules().version
    assert 9_950 <= event.score_basis_points <= 10_000
    assert event.decided_by == "rules"
    why = receipt(platform).allocations[0].why
    assert why is not None
    assert (why.evidence, why.score_basis_points, why.by) == (event.evidence, event.score_basis_points, "rules")


def test_the_marketplaces_own_id_of_a_member_leads_to_what_they_owe(platform: Platform) -> None:
    street(platform)
    platform.tell(money(12_037, payer_name="Wolf Steuerberatung", text="Konto user-0000012"))
    assert item(platform, 12).state == "settled"
    assert "the text has the member's id" in matched(platform)[0].evidence


def test_a_number_with_another_amount_is_suggested_and_not_posted(platform: Platform) -> None:
    street(platform)
    platform.tell(money(5_000, payer_name="Wolf Steuerberatung", text="MP-2026-0000011"))
    assert (item(platform, 11).state, receipt(platform).state) == ("open", "unapplied")
    assert receipt(platform).zone in {"suggested", "manual"}
    assert matched(platform) == []


def test_a_reference_with_check_digits_counts_whatever_the_amount(platform: Platform) -> None:
    street(platform)
    platform.tell(money(5_000, payer_name="Wolf Steuerberatung", reference=reference(number(11))))
    assert item(platform, 11).open_minor == 6_037


@pytest.mark.parametrize(
    ("entity", "written"),
    [
        ("MB", "+++{0:.3}/{1:.4}/{2}+++"),
        ("MB", "{0}{1}{2}"),
    ],
)
def test_a_belgian_reference_leads_to_its_invoice(platform: Platform, entity: str, written: str) -> None:
    from common.parties import SELLERS

    own = invoice_number(entity, 2026, 7)
    quoted = reference_of(own, SELLERS[entity])
    platform.tell(invoice(7, 4_400, number=own, entity=entity, reference=quoted))
    text = written.format(quoted[:3], quoted[3:7], quoted[7:])
    platform.tell(money(2_000, entity=entity, text=f"Betaling {text}"))
    assert platform.read.find(Item, item_id_of(own)).open_minor == 2_400  # type: ignore[union-attr]


def test_a_swiss_reference_leads_to_its_invoice(platform: Platform) -> None:
    from common.parties import SELLERS

    own = invoice_number("MS", 2026, 7)
    quoted = reference_of(own, SELLERS["MS"])
    platform.tell(invoice(7, 4_400, number=own, entity="MS", reference=quoted, currency="CHF"))
    platform.tell(money(4_400, entity="MS", currency="CHF", reference=quoted, payer_name="Wolf"))
    assert platform.read.find(Item, item_id_of(own)).state == "settled"  # type: ignore[union-attr]


def test_money_of_another_sellers_account_finds_no_items_by_name_or_amount(platform: Platform) -> None:
    street(platform)
    platform.tell(money(11_037, entity="MB", payer_name="Berta Kahn"))
    assert (receipt(platform).zone, item(platform, 11).state) == ("manual", "open")


def test_what_is_left_to_people_says_why(platform: Platform) -> None:
    street(platform)
    platform.tell(money(999, payer_name="Nobody Known", text="hallo"))
    assert receipt(platform).zone == "manual"
    assert receipt(platform).reasons == ("nothing open has its reference, number, payer or name with the amount",)


def test_money_in_another_currency_says_so(platform: Platform) -> None:
    street(platform)
    platform.tell(money(11_037, currency="PLN", payer_name="Berta Kahn", text="MP-2026-0000011"))
    assert receipt(platform).zone == "manual"
    assert receipt(platform).reasons[0] == "MP-2026-0000011 is owed in EUR, the money is PLN"


def test_a_second_payment_of_the_same_invoice_is_seen_as_one(platform: Platform) -> None:
    street(platform)
    paid = {"payer_name": "Berta Kahn", "text": "MP-2026-0000011"}
    platform.tell(money(11_037, **paid))
    platform.tell(money(11_037, "rcp_2", **paid))
    assert receipt(platform, "rcp_2").state == "unapplied"
    assert "paid already" in " ".join(receipt(platform, "rcp_2").reasons)


def test_two_payments_of_one_slice_do_not_pay_the_same_item_twice(platform: Platform) -> None:
    street(platform)
    twice = [money(11_037, f"rcp_{n}", payer_name="Berta Kahn", text="danke") for n in (1, 2)]
    platform.tell(*twice)
    assert item(platform, 11).open_minor == 0
    assert sorted(one.unapplied_minor for one in platform.all(Receipt)) == [0, 11_037]


def test_what_the_first_payment_of_a_slice_left_open_is_what_the_second_is_compared_with(platform: Platform) -> None:
    street(platform)
    first = money(11_000, "rcp_1", reference=reference(number(11)), payer_name="Wolf")
    second = money(37, "rcp_2", payer_name="Berta Kahn", text="Rest")
    platform.tell(first, second)
    assert item(platform, 11).open_minor == 0


def test_money_somebody_took_back_is_not_put_there_again_by_the_rules(platform: Platform) -> None:
    from functions.matching.handlers import by_hand
    from functions.matching.requests import Unmatch

    platform.tell(money(11_037, payer_name="Berta Kahn", text="MP-2026-0000011 MP-2026-0000099"))
    street(platform)
    [match_id] = [a.match_id for a in receipt(platform).allocations] or [""]
    assert match_id == ""
    platform.tell(money(11_037, "rcp_2", payer_name="Berta Kahn", text="MP-2026-0000011"))
    [match_id] = [a.match_id for a in receipt(platform, "rcp_2").allocations]
    platform.do(by_hand.unmatch, Unmatch(receipt_id="rcp_2", match_id=match_id, reason="not hers"), actor="staff:eva")
    platform.settle()
    from functions.matching.book import Book
    from functions.matching.handlers.deciding import Judge

    taken = receipt(platform, "rcp_2")
    verdict = Judge(taken, Book(receipts=[taken]), platform.read, platform.clock.now().date()).verdict(last=True)
    assert verdict is not None
    assert (verdict.zone, verdict.evidence[-1]) == ("manual", "but somebody decided that it is not for that")


# -- keys ------------------------------------------------------------------------------------------


def test_no_name_and_no_account_stands_in_the_keys_of_an_item() -> None:
    keys = opened(invoice(name="Berta Kahn", account="user-0000011")).keys
    assert keys
    assert not any(word in "".join(keys).upper() for word in ("BERTA", "KAHN", "USER"))
    assert all(len(key) == 10 for key in keys)


def test_a_settled_item_is_found_by_its_number_alone(platform: Platform) -> None:
    street(platform)
    before = item(platform, 11).keys
    platform.tell(money(11_037, reference=reference(number(11))))
    after = item(platform, 11).keys
    assert set(after) < set(before)
    assert keyed.hashed("MP", "umem_11") in before
    assert keyed.hashed("MP", "umem_11") not in after
    assert keyed.hashed("MP", "c11") in after


def test_the_keys_with_the_amount_follow_what_is_open(platform: Platform) -> None:
    street(platform)
    platform.tell(money(5_000, reference=reference(number(11))))
    keys = item(platform, 11).keys
    assert keyed.hashed("MP", "a6037") in keys
    assert keyed.hashed("MP", "a11037") not in keys


def test_a_match_taken_back_restores_the_keys_exactly(platform: Platform) -> None:
    from functions.matching.handlers import by_hand
    from functions.matching.requests import Unmatch

    street(platform)
    before = item(platform, 11).keys
    platform.tell(money(11_037, reference=reference(number(11))))
    [match_id] = [a.match_id for a in receipt(platform).allocations]
    platform.do(by_hand.unmatch, Unmatch(receipt_id="rcp_1", match_id=match_id, reason="no"), actor="staff:eva")
    assert item(platform, 11).keys == before


@pytest.mark.parametrize("entity", ["MP", "MB", "MS"])
def test_numbers_look_as_invoicing_forms_them(entity: str) -> None:
    for year, place in ((2024, 1), (2026, 1_234_567), (2029, 9_999_999)):
        own = invoice_number(entity, year, place)
        assert keyed.number_at(entity, year, place) == own
        assert keyed.named_by(f"n{own.replace('-', '')}", entity) == own
        assert keyed.ground(entity).numbers.found(own)[0][0] == own.replace("-", "")


# -- breaking it -----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.text(max_size=300),
    name=st.text(max_size=70),
    iban=st.text(max_size=34),
    quoted=st.text(max_size=35),
    amount=st.integers(1, 20_000),
)
def test_whatever_stands_in_a_payment_no_cent_is_lost(
    text: str, name: str, iban: str, quoted: str, amount: int
) -> None:
    platform = Platform("matching")
    street(platform)
    platform.tell(money(amount, text=text, payer_name=name, payer_iban=iban, reference=quoted))
    assert platform.all(Parked) == []
    kept = receipt(platform)
    on_items = sum(sum(a.amount_minor for a in one.allocations) for one in platform.all(Item))
    assert kept.unapplied_minor + on_items == amount
    assert sum(net_by_match(kept.allocations).values()) == on_items


@pytest.mark.parametrize(
    "hostile",
    [
        "MP-2026-0000011 " * 400,
        "1" * 5_000,
        "0000011-0000060 " * 50,
        "\u202e110000-6202-PM\u202c \x00",
        "MP-2026-00000\u09e7\u09e7",
        "RF" * 2_000,
        "'; DROP TABLE items; --",
        "user-0000011 user-0000012 user-0000013 " * 100,
    ],
)
def test_hostile_text_is_read_and_decided(platform: Platform, hostile: str) -> None:
    street(platform)
    platform.tell(money(11_037, text=hostile, payer_name="Wolf"))
    assert platform.all(Parked) == []
    assert receipt(platform).zone != ""


def test_a_member_with_300_open_items_is_found_by_number_and_by_the_one_exact_amount(platform: Platform) -> None:
    platform.tell(*[invoice(n, 10_000 + n, name="Gross Handel GmbH") for n in range(1, 301)])
    platform.tell(money(10_250, "rcp_1", payer_name="Gross Handel GmbH", payer_iban=IBAN, text=number(250)))
    platform.tell(money(10_111, "rcp_2", payer_iban=IBAN))
    assert item(platform, 250).state == item(platform, 111).state == "settled"


def test_a_member_with_300_equal_items_is_left_to_people(platform: Platform) -> None:
    platform.tell(*[invoice(n, 4_900, name="Gross Handel GmbH") for n in range(1, 301)])
    platform.tell(money(4_900, payer_name="Gross Handel GmbH"))
    assert receipt(platform).state == "unapplied"
    assert all(one.state == "open" for one in platform.all(Item))


def test_in_whatever_order_invoices_and_money_come_the_end_is_the_same() -> None:
    ends = set()
    for seed in range(6):
        platform = Platform("matching")
        platform.engine.random.seed(seed)
        platform.bus.disorder = True
        platform.tell(
            *[invoice(n, 2_000 + n, member=f"mem_{n}", name=STREET[n - 11]) for n in range(11, 16)],
            *[money(2_000 + n, f"rcp_{n}", reference=reference(number(n))) for n in range(11, 16)],
        )
        from datetime import timedelta

        platform.advance_to(platform.clock.now() + timedelta(hours=4))
        ends.add(tuple((one.id, one.open_minor) for one in platform.all(Item)))
    assert len(ends) == 1
    assert all(left == 0 for _, left in ends.pop())
