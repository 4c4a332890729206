"""Stripe's stage: the adapter before the simulator of emulators/stripe."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, get_args
from urllib.parse import urlencode

import httpx

from emulators.stripe import StripeSimulator
from emulators.stripe.webhooks import signature
from functions.payments.model.asking import Invited, Notice, ProviderName
from functions.payments.model.payments import Method
from functions.payments.providers.port import Provider
from functions.payments.providers.stripe import Stripe
from functions.payments.webhooks import stripe as webhooks
from tests.contracts.providers.moved import Moved
from tests.contracts.providers.stage import Doing, Hook, Offer, Stage, Verdict, Visit
from tests.contracts.providers.wire import Wire

KEY: Final = "sk_test_local"
STEPS: Final[dict[Doing, tuple[str, str]]] = {
    "pays": ("succeed", "processing:72"),
    "declines_softly": ("decline:insufficient_funds", "processing_fail:72"),
    "declines_hard": ("decline:lost_card", "decline:account_closed"),
    "needs_member": ("decline:authentication_required", "decline:authentication_required"),
    "fails_late": ("processing_fail:72", "processing_fail:72"),
    "charges_less": ("succeed+amount:100", "processing:72+amount:100"),
}
"""The simulator's step for a card and for a direct debit."""


class Made:
    """See Stage."""

    name: ProviderName = "stripe"
    offers: frozenset[Offer] = frozenset(get_args(Offer))
    secret = "whsec_contract"
    final_after_days = 5

    def __init__(self) -> None:
        self.clock = Moved()
        self.simulator = StripeSimulator(None, clock=self.clock, sign_at=lambda: self.clock.now().timestamp())
        self.wire = Wire(self.simulator.wsgi)
        self.provider: Provider = Stripe("http://stripe.example", KEY, self.wire)
        self.behind = httpx.Client(
            base_url="http://stripe.example",
            headers={"Authorization": f"Bearer {KEY}"},
            transport=httpx.WSGITransport(app=self.simulator.wsgi),
        )
        self._names = count(1)
        self.told("/admin/webhook", {"url": "http://billing.example/hooks", "secret": self.secret})

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)

    def token(self, doing: Doing, method: Method) -> str:
        by_card = method == "card"
        name = f"pm_{'card' if by_card else 'sepa'}_staged_{next(self._names)}"
        self.told("/admin/behaviour", {"payment_method": name, "behaviour": [STEPS[doing][0 if by_card else 1]]})
        return name

    def collected(self, attempt_id: str) -> list[int]:
        taken = (intent["amount_received"] for intent in self._intents(attempt_id))
        return [amount for amount in taken if amount]

    def given_back(self, attempt_id: str) -> int:
        charges = (self.got(f"/v1/charges/{i['latest_charge']}") for i in self._intents(attempt_id))
        return sum(charge["amount_refunded"] for charge in charges)

    def visit(self, invited: Invited, visit: Visit) -> None:
        page = self.behind.get(invited.url).raise_for_status()
        assert 'name="method"' in page.text
        if visit == "leaves":
            return
        done = self.behind.post(invited.url, data={"method": self._method(page.text, visit)})
        assert done.status_code == (303 if visit == "pays" else 200)

    def _method(self, page: str, visit: Visit) -> str:
        names = {"pays": ("visa", "sepa"), "is_declined": ("visa_declined", "sepa_failing")}[visit]
        return next(name for name in names if f'value="{name}"' in page)

    def dispute(self, provider_id: str) -> str:
        return str(self.told("/admin/disputes", {"payment_intent": provider_id})["id"])

    def decide(self, dispute_id: str, verdict: Verdict) -> None:
        self.told(f"/admin/disputes/{dispute_id}", {"status": verdict})

    def fail_refund(self, provider_id: str) -> None:
        self.told(f"/admin/refunds/{provider_id}/fail", {})

    def hooks(self) -> list[Hook]:
        sent: list[Hook] = []

        def post(_: str, body: bytes, signed: str) -> str:
            sent.append(Hook(body, {"stripe-signature": signed}))
            return "200"

        while self.simulator.bring(post):
            pass
        return sent

    def signed(self, body: bytes, secret: str, at: datetime) -> Hook:
        return Hook(body, {"stripe-signature": signature(secret, body, int(at.timestamp()))})

    def read(self, hook: Hook, secrets: Sequence[str], at: datetime) -> tuple[Notice, ...]:
        return webhooks.notices(hook.body, hook.headers, secrets, at.timestamp())

    def close(self) -> None:
        self.behind.close()
        self.simulator.close()

    def _intents(self, attempt_id: str) -> list[dict[str, Any]]:
        query = urlencode({"query": f"metadata['attempt_id']:'{attempt_id}'", "limit": "100"})
        found: list[dict[str, Any]] = self.got(f"/v1/payment_intents/search?{query}")["data"]
        return found

    def got(self, path: str) -> dict[str, Any]:
        """What Stripe's API shows at a path."""
        got: dict[str, Any] = self.behind.get(path).raise_for_status().json()
        return got

    def told(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What an admin address of the simulator answers."""
        answer: dict[str, Any] = self.behind.post(path, json=body).raise_for_status().json()
        return answer


def _kept(made: Made) -> Stage:
    return made
