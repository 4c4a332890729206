"""Money meets open items, in any order, any number of times, several in one slice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.events.matching import ItemSettled, PaymentMatched
from common.parking import Parked
from common.references import creditor_reference as reference
from emulators.bus import Stuck
from functions.matching.aliases import Alias
from functions.matching.model import Receipt, TryAgain
from tests.kit import Platform
from tests.unit.matching.told import IBAN, collected, invoice, item, money, number, receipt

START = datetime(2026, 10, 1, 8, tzinfo=UTC)


def matched(platform: Platform) -> list[PaymentMatched]:
    return [event for event in platform.events(PaymentMatched) if isinstance(event, PaymentMatched)]


def test_what_a_provider_collected_settles_its_item(platform: Platform) -> None:
    platform.tell(invoice(method="card"))
    platform.tell(collected())
    [match] = matched(platform)
    assert (match.amount_minor, match.open_minor, match.unapplied_minor) == (10_000, 0, 0)
    assert match.evidence == ("we asked the provider to collect MP-2026-0000001",)
    assert item(platform).state == "settled"
    assert receipt(platform).state == "applied"
    assert len(platform.events(ItemSettled)) == 1


@pytest.mark.parametrize(
    "about",
    [
        {"reference": reference(number(1))},
        {"text": "Rechnung mp 2026 0000001"},
        {"text": f"{reference(number(1))} danke"},
    ],
)
def test_a_transfer_that_names_its_invoice_settles_it(platform: Platform, about: dict[str, Any]) -> None:
    platform.tell(invoice())
    platform.tell(money(**about))
    assert item(platform).state == "settled"
    assert receipt(platform).member_id == "mem_1"


def test_part_of_the_money_leaves_the_item_open(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(4_000, reference=reference(number(1))))
    assert (item(platform).open_minor, item(platform).state) == (6_000, "open")
    assert platform.events(ItemSettled) == []


def test_too_much_money_is_credit(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(12_500, reference=reference(number(1))))
    assert (receipt(platform).unapplied_minor, receipt(platform).state) == (2_500, "partly")


def test_money_for_a_settled_item_is_credit(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text="MP-2026-0000001"))
    platform.tell(money(name="rcp_2", text="MP-2026-0000001"))
    assert receipt(platform, "rcp_2").state == "unapplied"
    assert len(matched(platform)) == 1


def test_money_in_another_currency_waits_for_people(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text="MP-2026-0000001", currency="PLN"))
    assert receipt(platform).state == "unapplied"
    assert item(platform).open_minor == 10_000


def test_several_receipts_of_one_slice_may_pay_the_same_item(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(*[money(4_000, f"rcp_{n}", reference=reference(number(1))) for n in range(1, 4)])
    assert item(platform).open_minor == 0
    assert sorted(r.unapplied_minor for r in platform.all(Receipt)) == [0, 0, 2_000]
    assert [m.amount_minor for m in matched(platform)] == [4_000, 4_000, 2_000]
    assert len(platform.events(ItemSettled)) == 1


def test_an_account_is_learned_and_then_recognised(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 7_000), invoice(3, 5_500))
    platform.tell(money(text="MP-2026-0000001", payer_iban=IBAN))
    platform.tell(money(12_500, "rcp_2", payer_iban=IBAN.lower()))
    assert item(platform, 2).state == item(platform, 3).state == "settled"
    assert receipt(platform, "rcp_2").member_id == "mem_1"


def test_a_tie_on_a_known_account_waits_for_people(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2), invoice(3))
    platform.tell(money(text="MP-2026-0000001", payer_iban=IBAN))
    platform.tell(money(name="rcp_2", payer_iban=IBAN))
    assert receipt(platform, "rcp_2").state == "unapplied"
    assert receipt(platform, "rcp_2").member_id == "mem_1"


def test_two_receipts_of_one_slice_do_not_settle_the_same_item_by_its_amount(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 7_000))
    platform.tell(money(text="MP-2026-0000001", payer_iban=IBAN))
    platform.tell(money(7_000, "rcp_2", payer_iban=IBAN), money(7_000, "rcp_3", payer_iban=IBAN))
    assert [receipt(platform, name).state for name in ("rcp_2", "rcp_3")] == ["applied", "unapplied"]


def test_an_account_several_members_pay_from_is_nobodys(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 7_000, member="mem_2"), invoice(3, 5_500))
    platform.tell(money(text="MP-2026-0000001", payer_iban=IBAN))
    platform.tell(money(7_000, "rcp_2", text="MP-2026-0000002", payer_iban=IBAN))
    platform.tell(money(5_500, "rcp_3", payer_iban=IBAN))
    [alias] = platform.all(Alias)
    assert alias.known(START.date(), 400) == frozenset()
    assert receipt(platform, "rcp_3").state == "unapplied"


def test_a_match_by_amount_teaches_nothing(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 7_000))
    platform.tell(money(text="MP-2026-0000001", payer_iban=IBAN))
    before = platform.all(Alias)
    platform.tell(money(7_000, "rcp_2", payer_iban=IBAN))
    assert platform.all(Alias) == before


def test_money_that_names_nothing_stays_unapplied(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text="thanks!", payer_iban=IBAN))
    assert (receipt(platform).state, receipt(platform).iban_ending) == ("unapplied", "2051")
    assert receipt(platform).amount_text == "10000 EUR"
    assert matched(platform) == []


def test_money_before_its_invoice_is_matched_when_it_comes(platform: Platform) -> None:
    platform.tell(money(text="MP-2026-0000001", payer_iban=IBAN))
    assert receipt(platform).state == "unapplied"
    platform.tell(invoice())
    platform.advance_to(START + timedelta(hours=1))
    assert item(platform).state == "settled"


def test_money_for_an_invoice_that_never_comes_is_not_looked_at_for_ever(platform: Platform) -> None:
    platform.tell(money(text="MP-2026-0000009"))
    platform.advance_to(START + timedelta(days=2))
    assert receipt(platform).state == "unapplied"
    assert [task for _, _, task in platform.engine.tasks if task.name == TryAgain.name] == []


def test_money_a_provider_collected_before_the_item_is_open_comes_again(platform: Platform) -> None:
    with pytest.raises(Stuck, match="MP-2026-0000001"):
        platform.tell(collected())
    assert platform.all(Receipt) == []


def test_one_receipt_that_has_to_wait_does_not_hold_up_its_slice(platform: Platform) -> None:
    platform.tell(invoice(1))
    with pytest.raises(Stuck):
        platform.tell(collected(place=1), collected(place=2, name="rcp_2"))
    assert item(platform).state == "settled"


def test_a_receipt_over_nothing_is_parked_and_the_others_go_on(platform: Platform) -> None:
    platform.tell(invoice(1))
    platform.tell(money(0, "rcp_0"), money(text="MP-2026-0000001"))
    assert [parked.code for parked in platform.all(Parked)] == ["no_money"]
    assert item(platform).state == "settled"


def test_redelivered_and_reordered_messages_have_one_effect(platform: Platform) -> None:
    platform.bus.disorder = True
    platform.tell(
        *[invoice(n) for n in range(1, 4)],
        *[money(name=f"rcp_{n}", reference=reference(number(n))) for n in range(1, 4)],
    )
    platform.advance_to(START + timedelta(hours=3))
    for stored in platform.engine.select("commits", {}, limit=1000):
        record = platform.runtime.record(stored.id)
        platform.engine.publish(record.messages() if record else [])
    platform.settle()
    assert len(matched(platform)) == 3
    assert len(platform.events(ItemSettled)) == 3
    assert platform.all(Parked) == []


def test_the_same_money_told_twice_is_booked_once(platform: Platform) -> None:
    platform.tell(invoice())
    platform.tell(money(text="MP-2026-0000001"))
    platform.tell(money(text="MP-2026-0000001"))
    assert len(matched(platform)) == 1
    assert receipt(platform).version == 1
