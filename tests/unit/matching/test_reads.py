"""What one payment costs: reads by kind, however many items are open."""

from typing import Any

import pytest

from functions.matching.model import Receipt
from tests.kit import Platform
from tests.unit.matching.told import IBAN, invoice, item, money, number, receipt, reference

OPEN = 400
FIRST = ("Anna", "Bruno", "Clara", "David", "Elena", "Felix", "Greta", "Hanno", "Irina", "Jonas")
LAST = ("Ahlers", "Brandt", "Conrad", "Dietz", "Engel", "Franke", "Gruber", "Hauser", "Ibsen", "Jansen")


def name_of(place: int) -> str:
    """Some of them have the same."""
    return f"{FIRST[place % 10]} {LAST[place // 10 % 10]}"


@pytest.fixture(scope="module")
def crowd() -> Platform:
    """Several hundred members who owe an invoice each; one of them is known by account."""
    platform = Platform("matching")
    for start in range(0, OPEN, 50):
        platform.tell(
            *[
                invoice(n, 2_000 + 7 * n, member=f"mem_{n}", name=name_of(n), account=f"user-{n:07d}")
                for n in range(start + 1, start + 51)
            ]
        )
    platform.tell(invoice(1_000, 4_711, member="mem_7", name=name_of(7)))
    platform.tell(money(4_711, "rcp_0", reference=reference(number(1_000)), payer_iban=IBAN))
    return platform


def reads(platform: Platform, **said: Any) -> dict[str, int]:
    """Documents read of each collection while one payment is decided; nothing else happens."""
    known = {one.id for one in platform.all(Receipt)}
    name = f"rcp_{len(known)}"
    before = dict(platform.engine.counts.read_from)
    platform.do(lambda fact, unit: unit.emit(fact), money(said.pop("amount"), name, **said))
    platform.settle()
    after = platform.engine.counts.read_from
    return {kind: after[kind] - before.get(kind, 0) for kind in ("items", "aliases", "receipts") if kind in after}


@pytest.mark.parametrize(
    ("said", "state", "most"),
    [
        ({"amount": 2_077, "reference": reference(number(11))}, "settled", 1),
        ({"amount": 2_084, "text": number(12), "payer_name": name_of(12)}, "settled", 1),
        ({"amount": 2_091, "text": number(13), "payer_name": "Wolf Steuerberatung"}, "settled", 4),
        ({"amount": 2_098, "text": "Rg 0000014", "payer_name": name_of(14)}, "settled", 6),
        ({"amount": 2_105, "text": "user-0000015", "payer_name": "Wolf"}, "settled", 5),
        ({"amount": 2_112, "payer_name": name_of(16), "text": "danke"}, "settled", 10),
    ],
    ids=["reference", "number", "number of a stranger", "running number", "member id", "name and amount"],
)
def test_a_payment_reads_its_candidates_and_not_what_is_open(
    crowd: Platform, said: dict[str, Any], state: str, most: int
) -> None:
    place = (said["amount"] - 2_000) // 7
    cost = reads(crowd, **said)
    assert item(crowd, place).state == state
    assert cost["items"] <= most, cost
    assert cost.get("aliases", 0) <= 1


def test_a_known_account_reads_its_members_items(crowd: Platform) -> None:
    cost = reads(crowd, amount=2_049, payer_iban=IBAN)
    assert item(crowd, 7).state == "settled"
    assert cost["items"] <= 4, cost
    assert cost["aliases"] == 1


def test_money_nobody_can_explain_reads_a_bounded_number(crowd: Platform) -> None:
    text = "12345 6789 000111 22334455 9988 Rechnung 4711 vom 3.4. Kunde 998877 user-9999999"
    cost = reads(crowd, amount=333, text=text, payer_name="Ruben Oltmanns Vandermeer", payer_iban="DE00")
    assert cost["items"] <= 40, cost


def test_twice_as_many_open_items_cost_no_more(crowd: Platform) -> None:
    small = Platform("matching")
    small.tell(*[invoice(n, 2_000 + 7 * n, member=f"mem_{n}", name=name_of(n)) for n in range(1, 51)])
    said = {"amount": 2_119, "payer_name": name_of(17), "text": "danke"}
    few, many = reads(small, **said), reads(crowd, **said)
    assert item(small, 17).state == item(crowd, 17).state == "settled"
    assert many["items"] <= few["items"] + 10, (few, many)


def test_a_slice_reads_what_its_payments_name_in_one_go(crowd: Platform) -> None:
    payments = [money(2_000 + 7 * n, f"rcp_s{n}", reference=reference(number(n))) for n in range(100, 140)]
    before = crowd.engine.counts.read_from["items"]
    crowd.tell(*payments)
    assert {receipt(crowd, f"rcp_s{n}").state for n in range(100, 140)} == {"applied"}
    assert crowd.engine.counts.read_from["items"] - before <= 40
