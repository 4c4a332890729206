"""Payments over a memory engine with a real Stripe simulator behind real HTTP on this machine."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx

from common.events.invoicing import InvoiceIssued
from common.parties import Address, Buyer
from emulators.stripe import StripeSimulator
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.providers.stripe import Stripe
from tests.kit import Platform

START = datetime(2026, 10, 1, 8, tzinfo=UTC)
KEYED = {"Authorization": "Bearer sk_test_local"}


class Ticking:
    """The platform's clock as the simulator wants it."""

    def __init__(self) -> None:
        self.now: Callable[[], datetime] = lambda: START

    def subscribe(self, _: Callable[..., Any], /) -> None:
        """The simulator looks at the time whenever it is asked."""


class Wire(httpx.BaseTransport):
    """A wire without sockets: what breaks on a real one breaks here in the same words."""

    def __init__(self, app: Any) -> None:
        self._site = httpx.WSGITransport(app=app)
        self.cut = False
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Passes a request on, unless the wire is cut."""
        self.requests.append(request)
        if self.cut:
            raise httpx.ConnectError("the wire is cut", request=request)
        try:
            return self._site.handle_request(request)
        except ConnectionAbortedError as fault:
            raise httpx.ReadError(str(fault), request=request) from fault


class Stage:
    """A platform of `payments` alone and the provider it talks to."""

    def __init__(self) -> None:
        self.clock = Ticking()
        self.simulator = StripeSimulator(None, clock=self.clock)
        self.wire = Wire(self.simulator.wsgi)
        self.provider = Stripe("http://provider.example", "sk_test_local", self.wire)
        self.platform = Platform("payments")
        self.clock.now = self.platform.clock.now
        self.http = httpx.Client(
            base_url="http://provider.example", headers=KEYED, transport=httpx.WSGITransport(app=self.simulator.wsgi)
        )

    def script(self, token: str, *steps: str) -> None:
        """What the provider does with a payment method, one step a request."""
        self.http.post("/admin/behaviour", json={"payment_method": token, "behaviour": list(steps)}).raise_for_status()

    def intents(self) -> list[dict[str, Any]]:
        """Every payment the provider has made."""
        found: list[dict[str, Any]] = self.http.get("/v1/payment_intents", params={"limit": "100"}).json()["data"]
        return found

    def payment(self, number: int = 1) -> Payment:
        """The payment of an invoice."""
        found = self.platform.read.find(Payment, payment_id_of(f"inv_{number}"))
        assert found is not None
        return found

    def close(self) -> None:
        """Closes the simulator."""
        self.http.close()
        self.simulator.close()


def invoice(
    number: int = 1,
    token: str = "pm_card_visa",  # noqa: S107 - a name of the simulator's
    method: str = "card",
    total: int = 11900,
) -> InvoiceIssued:
    """An issued invoice of a member who pays by `method`."""
    buyer = Buyer.model_validate(
        {
            "member_id": "mem_1",
            "name": "Anna Berg",
            "business": False,
            "address": Address(street="Weg 1", city="Kiel", postcode="24103", country="DE"),
            "email": "anna@example.org",
            "payment_method": method,
            "payment_token": token,
        }
    )
    return InvoiceIssued(
        member_id=buyer.member_id,
        invoice_id=f"inv_{number}",
        number=f"MP-2026-{number:07d}",
        reference="RF79MP20260000001",
        entity="MP",
        buyer=buyer,
        currency="EUR",
        issued_on=date(2026, 10, 1),
        due_on=date(2026, 10, 15),
        lines=(),
        vat=(),
        net_minor=total,
        vat_minor=0,
        total_minor=total,
    )
