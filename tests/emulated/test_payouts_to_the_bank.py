"""What simulated providers pay out is booked by the simulated bank, each once, and their books say the same."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from emulators.adyen import AdyenSimulator
from emulators.bank import BankSimulator
from emulators.clock import Clock
from emulators.gocardless import GoCardlessSimulator
from emulators.mollie import MollieSimulator
from emulators.stripe import StripeSimulator
from emulators.world.payouts import PaidOut

OURS = "DE89370400440532013000"
MERCHANT = "MarketplaceBilling"


class World:
    """The bank, and the providers that pay to it."""

    def __init__(self) -> None:
        self.clock = Clock(None)
        self.simulator = BankSimulator(None, clock=self.clock)
        self.bank = Client(self.simulator.wsgi)
        self.providers: dict[str, Any] = {
            "stripe": StripeSimulator(None, clock=self.clock, pay_to=self.simulator.receive),
            "adyen": AdyenSimulator(None, clock=self.clock, pay_to=self.simulator.receive),
            "gocardless": GoCardlessSimulator(None, clock=self.clock, pay_to=self.simulator.receive),
            "mollie": MollieSimulator(None, clock=self.clock, pay_to=self.simulator.receive),
        }
        self.doors = {name: Client(one.wsgi) for name, one in self.providers.items()}

    def pays_to_us(self, provider: str) -> None:
        told = {"provider": provider, "currency": "EUR", "iban": OURS}
        assert self.bank.post("/admin/payouts", json=told).status_code == 200

    def days(self, days: int) -> None:
        """A day at a time, as a demo has it."""
        for _ in range(days):
            self.clock.advance_to(self.clock.now() + timedelta(days=1))

    def balance(self) -> int:
        accounts = self.bank.get("/admin/accounts").get_json()["accounts"]
        return sum(one["balance_minor"] for one in accounts if one["iban"] == OURS)

    def books(self, provider: str) -> dict[str, Any]:
        found: dict[str, Any] = self.doors[provider].get("/admin/books").get_json()
        return found

    def close(self) -> None:
        for one in (*self.providers.values(), self.simulator):
            one.close()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def charge(world: World, provider: str, attempt: str, amount: int) -> None:
    """One payment of a provider's, collected or to be collected."""
    door = world.doors[provider]
    if provider == "stripe":
        form = {
            "amount": amount, "currency": "eur", "payment_method": "pm_card_1", "confirm": "true",
            "off_session": "true", "payment_method_types[0]": "card", "metadata[attempt_id]": attempt,
        }  # fmt: skip
        answer = door.post("/v1/payment_intents", data=form, headers={"Authorization": "Bearer sk_test_x"})
    elif provider == "adyen":
        body = {
            "merchantAccount": MERCHANT, "reference": attempt, "amount": {"value": amount, "currency": "EUR"},
            "paymentMethod": {"type": "scheme", "storedPaymentMethodId": "stored1"}, "shopperReference": "shopper1",
            "shopperInteraction": "ContAuth", "returnUrl": "http://example.org",
        }  # fmt: skip
        answer = door.post("/checkout/v71/payments", json=body, headers={"X-API-Key": "k"})
    elif provider == "gocardless":
        payment = {
            "amount": amount, "currency": "EUR", "metadata": {"attempt_id": attempt}, "links": {"mandate": "MD0PAYS1"},
            "description": "x", "retry_if_possible": False,
        }  # fmt: skip
        headers = {"Authorization": "Bearer sandbox_x", "GoCardless-Version": "2015-07-06"}
        answer = door.post("/payments", json={"payments": payment}, headers=headers)
    else:
        door.post("/admin/mandates", json={"customer": "cst_1", "method": "creditcard", "mandate": "mdt_1"})
        body = {
            "amount": {"currency": "EUR", "value": f"{amount // 100}.{amount % 100:02d}"}, "description": "x",
            "sequenceType": "recurring", "customerId": "cst_1", "mandateId": "mdt_1",
            "metadata": {"attempt_id": attempt},
        }  # fmt: skip
        answer = door.post("/v2/payments", json=body, headers={"Authorization": "Bearer test_x"})
    assert answer.status_code in {200, 201}, answer.text


@pytest.mark.parametrize("provider", ["stripe", "adyen", "gocardless", "mollie"])
def test_what_is_paid_out_is_on_the_account_and_the_rest_is_fees(world: World, provider: str) -> None:
    world.pays_to_us(provider)
    for number, amount in enumerate((10_000, 2_550), 1):
        charge(world, provider, f"att_{number}", amount)
    world.days(12)
    told = world.books(provider)
    book = told["books"]["EUR"]
    assert (book["collected"], book["unsettled"]) == (12_550, 0)
    assert book["paid_out"] == world.balance() > 0
    assert book["fees"] == 12_550 - book["paid_out"]
    assert told["charges"] == {"att_1": 1, "att_2": 1}


@pytest.mark.parametrize("provider", ["stripe", "adyen", "gocardless", "mollie"])
def test_a_provider_nobody_named_an_account_for_pays_nothing_in(world: World, provider: str) -> None:
    charge(world, provider, "att_1", 10_000)
    world.days(12)
    assert world.books(provider)["books"]["EUR"]["paid_out"] > 0
    assert world.bank.get("/admin/accounts").get_json()["accounts"] == []


def test_the_same_payout_is_booked_once(world: World) -> None:
    world.pays_to_us("stripe")
    for _ in range(2):
        world.simulator.receive(PaidOut("stripe", "po_1", 5_000, "EUR", "MARKETPLACE STRIPE 1"))
    assert world.balance() == 5_000


@pytest.mark.parametrize("provider", ["adyen", "mollie"])
def test_a_chargeback_larger_than_what_came_waits_for_more_and_costs_nothing_by_waiting(
    world: World, provider: str
) -> None:
    world.pays_to_us(provider)
    charge(world, provider, "att_1", 4_000)
    world.days(2)
    first = world.balance()
    if provider == "adyen":
        [payment] = [one["psp"] for one in world.providers["adyen"].payments._kept.page("payment", 9)]
        world.doors["adyen"].post("/admin/disputes", json={"payment": payment})
    else:
        found = world.doors["mollie"].get("/v2/payments", headers={"Authorization": "Bearer test_x"}).get_json()
        name = found["_embedded"]["payments"][0]["id"]
        assert world.doors["mollie"].post(f"/admin/payments/{name}/chargeback", json={}).status_code == 200
    world.days(2)
    owed = world.books(provider)["books"]["EUR"]
    world.days(10)
    assert world.balance() == first
    assert world.books(provider)["books"]["EUR"] == owed
    charge(world, provider, "att_2", 90_000)
    world.days(3)
    book = world.books(provider)["books"]["EUR"]
    assert (book["taken_back"], book["unsettled"], book["carried"]) == (-4_000, 0, 0)
    assert world.balance() == book["paid_out"] == 90_000 - book["fees"]


def test_what_the_bank_takes_for_itself_is_on_the_statement(world: World) -> None:
    day = world.clock.now().date().isoformat()
    assert world.bank.post("/admin/charges", json={"iban": OURS, "amount_minor": 1_490}).status_code == 201
    assert world.balance() == -1_490
    statement = world.bank.get(f"/statements/{OURS}/{day}.xml").text
    assert "<SubFmlyCd>CHRG</SubFmlyCd>" in statement


@pytest.mark.parametrize(
    "told",
    [{}, {"provider": "bank", "iban": OURS}, {"provider": "stripe", "iban": "DE00"}, {"provider": "stripe"}],
)
def test_an_account_that_is_none_is_refused(world: World, told: dict[str, Any]) -> None:
    assert world.bank.post("/admin/payouts", json=told).status_code == 400
