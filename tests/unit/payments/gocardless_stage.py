"""Payments over a memory engine with a real GoCardless simulator, its webhooks carried by hand."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.events.invoicing import InvoiceIssued
from common.parking import Parked
from common.settings import Settings
from emulators.gocardless import GoCardlessSimulator
from emulators.gocardless.webhooks import signature
from functions.payments import api
from functions.payments.handlers import webhooks
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.providers import choosing
from functions.payments.providers.gocardless import GoCardless
from tests.contracts.providers.wire import Wire
from tests.kit import Platform
from tests.unit.payments.stage import Ticking, invoice

SECRET = "gc_local"
Sent = tuple[bytes, str]


class Stage:
    """A platform of `payments` alone that collects through GoCardless."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Ticking()
        self.simulator = GoCardlessSimulator(None, clock=self.clock)
        self.wire = Wire(self.simulator.wsgi)
        self.provider = GoCardless("http://gocardless.example", "sandbox_local", self.wire)
        self.platform = Platform("payments", stripe_key="", adyen_key="", mollie_key="")
        self.clock.now = self.platform.clock.now
        monkeypatch.setattr(choosing, "_made", lambda _name, _settings: self.provider)
        self.http = httpx.Client(
            base_url="http://gocardless.example",
            headers={"Authorization": "Bearer sandbox_local", "GoCardless-Version": "2015-07-06"},
            transport=httpx.WSGITransport(app=self.simulator.wsgi),
        )
        self.tell("/admin/webhook", {"url": "http://billing.example/hooks", "secret": SECRET})

    def tell(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Tells the simulator behind the scenes."""
        told: dict[str, Any] = self.http.post(path, json=body).raise_for_status().json()
        return told

    def script(self, mandate: str, *steps: str) -> None:
        """What payments on a mandate do."""
        self.tell("/admin/behaviour", {"mandate": mandate, "behaviour": list(steps)})

    def ask_for(self, number: int = 1, mandate: str = "MD0PAYS") -> str:
        """An invoice, until it has just been asked for; the payment's id at GoCardless."""
        issued = invoice(number, mandate, "direct_debit")
        buyer = issued.buyer.model_copy(update={"payment_provider": "gocardless"})
        self.platform.tell(InvoiceIssued.model_validate(issued.model_dump() | {"buyer": buyer.model_dump()}))
        while not (made := self._made(number)):
            self.platform.advance_to(self.platform.engine.tasks[0][0])
        return made

    def _made(self, number: int) -> str:
        found = self.http.get("/payments", params={"limit": "500"}).raise_for_status().json()["payments"]
        ours = payment_id_of(f"inv_{number}")
        return next((one["id"] for one in found if one["metadata"].get("payment_id") == ours), "")

    def payment(self, number: int = 1) -> Payment:
        """The payment of an invoice."""
        found = self.platform.read.find(Payment, payment_id_of(f"inv_{number}"))
        assert found is not None
        return found

    def pass_hours(self, hours: int) -> None:
        """Only the provider's time passes: none of our own tasks is done."""
        self.platform.clock.advance_to(self.platform.clock.now() + timedelta(hours=hours))

    def hooks(self) -> list[Sent]:
        """The webhooks sent since the last call: raw bytes and signature."""
        sent: list[Sent] = []

        def post(_: str, body: bytes, signed: str) -> str:
            sent.append((body, signed))
            return "200"

        while self.simulator.bring(post):
            pass
        return sent

    def take(self, body: bytes, signed: str = "") -> None:
        """A webhook as the door lets it in, and all that follows."""
        headers = {"webhook-signature": signed or signature(SECRET, body)}
        given = api.from_gocardless(body, headers, Settings())
        self.platform.do(webhooks.take_webhook, given.command, key=given.key)
        self.platform.settle()

    def parked(self) -> list[tuple[str, str]]:
        """What people have to look at: function and code."""
        return sorted((one.function, one.code) for one in self.platform.all(Parked))

    def close(self) -> None:
        """Closes the simulator."""
        self.http.close()
        self.simulator.close()
