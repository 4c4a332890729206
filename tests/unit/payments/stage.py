"""Payments over a memory engine with a real Stripe simulator behind real HTTP on this machine."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx

from common.events.invoicing import InvoiceIssued
from common.parties import Address, Buyer
from emulators.stripe import StripeSimulator
from functions.payments.model.asking import Answer, ProviderName
from functions.payments.model.payments import ChargeAttempt, Payment, payment_id_of
from functions.payments.providers.port import Offering
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


class Scripted(Offering):
    """A provider that charges each time it is asked: it knows no idempotency keys, so that a second charge shows.

    `fates` says by token what becomes of its charges, one after the other, the last for ever: `pays`, a code that
    fails (softly with `~` before it), `silent` (charges, then the line is cut), `deaf` (the line is cut before),
    `pending`, `less`, `busy` (429).
    """

    name: ProviderName = "stripe"

    def __init__(self, **fates: str) -> None:
        self.fates = {token: said.split() for token, said in fates.items()}
        self.asked: list[ChargeAttempt] = []
        self.searched: list[str] = []
        self.made: dict[str, list[Answer]] = {}
        """Each payment that was made, by our attempt's id."""
        self.down = False

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        self.asked.append(wanted)
        fates = self.fates.get(wanted.token, ["pays"])
        fate = fates.pop(0) if len(fates) > 1 else fates[0]
        if self.down or fate == "deaf":
            return Answer(outcome="unknown", code="ConnectTimeout")
        if fate == "busy":
            return Answer(outcome="unknown", code="http_429", retry_after_s=900)
        answer = self._made(wanted, fate)
        return Answer(outcome="unknown", code="ReadTimeout") if fate == "silent" else answer

    def _made(self, wanted: ChargeAttempt, fate: str) -> Answer:
        known = self.made.setdefault(wanted.attempt_id, [])
        outcome = {"pays": "succeeded", "silent": "succeeded", "less": "succeeded", "pending": "processing"}
        answer = Answer.model_validate(
            {
                "outcome": outcome.get(fate, "failed"),
                "provider_id": f"pi_{wanted.attempt_id}_{len(known)}",
                "amount_minor": wanted.amount_minor - (fate == "less"),
                "currency": wanted.currency,
                "code": "" if fate in outcome else fate.removeprefix("~"),
                "soft": fate.startswith("~"),
                "payment_id": wanted.payment_id,
                "attempt_id": wanted.attempt_id,
            }
        )
        known.append(answer)
        return answer

    def get(self, provider_id: str) -> Answer:
        """See Provider."""
        found = [one for made in self.made.values() for one in made if one.provider_id == provider_id]
        return found[0] if found else Answer(outcome="not_found")

    def search(self, attempt_id: str) -> Answer:
        """See Provider."""
        self.searched.append(attempt_id)
        if self.down:
            return Answer(outcome="unknown", code="ConnectTimeout")
        return self.made.get(attempt_id, [Answer(outcome="not_found")])[0]

    def decide(self, attempt_id: str, outcome: str, code: str = "") -> None:
        """What was pending ends."""
        before = self.made[attempt_id][0]
        update = {"outcome": outcome, "code": code}
        self.made[attempt_id][0] = Answer.model_validate(before.model_dump() | update)


def invoice(
    number: int = 1,
    token: str = "pm_card_visa",  # noqa: S107 - a name of the simulator's
    method: str = "card",
    total: int = 11900,
    due_on: date = date(2026, 10, 1),
    provider: str = "stripe",
) -> InvoiceIssued:
    """An issued invoice of a member who pays by `method`; it is due at once unless a day is given."""
    buyer = Buyer.model_validate(
        {
            "member_id": "mem_1",
            "name": "Anna Berg",
            "business": False,
            "address": Address(street="Weg 1", city="Kiel", postcode="24103", country="DE"),
            "email": "anna@example.org",
            "payment_method": method,
            "payment_provider": provider,
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
        due_on=due_on,
        lines=(),
        vat=(),
        net_minor=total,
        vat_minor=0,
        total_minor=total,
    )
