"""GoCardless's stage: the adapter before the simulator of emulators/gocardless."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar, Final

import httpx

from emulators.gocardless import GoCardlessSimulator
from emulators.gocardless.site import VERSION
from emulators.gocardless.webhooks import signature
from functions.payments.model.asking import About, Invited, Notice, ProviderName
from functions.payments.model.payments import Method
from functions.payments.providers.gocardless import GoCardless
from functions.payments.providers.port import Provider
from functions.payments.webhooks import gocardless as webhooks
from tests.contracts.providers.moved import Moved
from tests.contracts.providers.stage import Doing, Hook, Offer, Stage, Verdict, Visit
from tests.contracts.providers.wire import Wire

TOKEN: Final = "sandbox_contract"
STEPS: Final[dict[Doing, str]] = {
    "pays": "succeed",
    "declines_softly": "fail:insufficient_funds",
    "declines_hard": "fail:bank_account_closed",
    "needs_member": "fail:authorisation_disputed",
    "fails_late": "fail:insufficient_funds",
    "charges_less": "succeed+amount:100",
}
DONE: Final[dict[Visit, str]] = {"pays": "agree", "is_declined": "decline", "leaves": "leave"}


class Made:
    """See Stage."""

    name: ProviderName = "gocardless"
    offers: frozenset[Offer] = frozenset(
        {
            "direct_debit",
            "same_key",
            "get",
            "search",
            "refunds",
            "get_refund",
            "search_refund",
            "pay_page",
            "set_up",
            "disputes",
            "payouts",
            "payout_movements",
            "changes",
            "same_events",
            "signatures",
        }
    )
    secret = "gc_contract"
    final_after_days = 5
    absent: ClassVar[dict[About, str]] = {
        "payment": "PM0000",
        "refund": "RF0000",
        "set_up": "BRQ0000",
        "dispute": "PM0000",
        "payout": "PO0000",
    }

    def __init__(self) -> None:
        self.clock = Moved()
        self.simulator = GoCardlessSimulator(None, clock=self.clock)
        self.wire = Wire(self.simulator.wsgi)
        self.provider: Provider = GoCardless("http://gocardless.example", TOKEN, self.wire)
        self._behind = httpx.Client(
            base_url="http://gocardless.example",
            headers={"Authorization": f"Bearer {TOKEN}", "GoCardless-Version": VERSION},
            transport=httpx.WSGITransport(app=self.simulator.wsgi),
        )
        self._names = count(1)
        self._told("/admin/webhook", {"url": "http://billing.example/hooks", "secret": self.secret})

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)

    def token(self, doing: Doing, method: Method) -> str:  # noqa: ARG002 - the port
        name = f"MD0STAGED{next(self._names)}"
        self._told("/admin/behaviour", {"mandate": name, "behaviour": [STEPS[doing]]})
        return name

    def collected(self, attempt_id: str) -> list[int]:
        taken = ("confirmed", "paid_out", "charged_back")
        return [payment["amount"] for payment in self._payments(attempt_id) if payment["status"] in taken]

    def given_back(self, attempt_id: str) -> int:
        return sum(payment["amount_refunded"] for payment in self._payments(attempt_id))

    def visit(self, invited: Invited, visit: Visit) -> None:
        path = invited.url.removeprefix("http://gocardless.example")
        self._behind.get(path).raise_for_status()
        form = {"holder": "Anna Berg", "iban": "DE89370400440532013000", "done": DONE[visit]}
        answer = self._behind.post(path, data=form)
        assert answer.status_code == 303, answer.text

    def dispute(self, provider_id: str) -> str:
        self._told(f"/admin/payments/{provider_id}/charge_back", {"cause": "refund_requested"})
        return provider_id

    def decide(self, dispute_id: str, verdict: Verdict) -> None:
        if verdict == "won":
            self._told(f"/admin/payments/{dispute_id}/cancel_charge_back", {})

    def fail_refund(self, provider_id: str) -> None:
        self._told(f"/admin/refunds/{provider_id}/return", {})

    def hooks(self) -> list[Hook]:
        sent: list[Hook] = []

        def post(_: str, body: bytes, signed: str) -> str:
            sent.append(Hook(body, {"webhook-signature": signed}))
            return "200"

        while self.simulator.bring(post):
            pass
        return sent

    def signed(self, body: bytes, secret: str, at: datetime) -> Hook:  # noqa: ARG002 - there is no moment in it
        return Hook(body, {"webhook-signature": signature(secret, body)})

    def read(self, hook: Hook, secrets: Sequence[str], at: datetime) -> tuple[Notice, ...]:
        return webhooks.notices(hook.body, hook.headers, secrets, at.timestamp())

    def close(self) -> None:
        self._behind.close()
        self.simulator.close()

    def _payments(self, attempt_id: str) -> list[dict[str, Any]]:
        found = self._behind.get("/payments", params={"limit": "500"}).raise_for_status().json()["payments"]
        return [payment for payment in found if payment["metadata"].get("attempt_id") == attempt_id]

    def _told(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._behind.post(path, json=body).raise_for_status().json()
        return answer


def _kept(made: Made) -> Stage:
    return made
