"""Mollie's stage: the adapter before the simulator of emulators/mollie, with signed webhooks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar, Final

import httpx

from emulators.mollie import MollieSimulator
from emulators.mollie.telling import signature
from functions.payments.model.asking import About, Invited, Notice, ProviderName
from functions.payments.model.payments import Method
from functions.payments.providers.mollie import METHODS, Mollie
from functions.payments.providers.port import Provider
from functions.payments.webhooks import mollie as webhooks
from tests.contracts.providers.moved import Moved
from tests.contracts.providers.stage import Doing, Hook, Offer, Stage, Verdict, Visit
from tests.contracts.providers.wire import Wire

HOST: Final = "http://mollie.example"
STEPS: Final[dict[Doing, tuple[str, str]]] = {
    "pays": ("succeed", "succeed"),
    "declines_softly": ("decline:insufficient_funds", "pend_fail:AM04"),
    "declines_hard": ("decline:inactive_card", "pend_fail:AC04"),
    "needs_member": ("decline:authentication_required", "decline:authentication_required"),
    "fails_late": ("pend_fail:AM04", "pend_fail:AM04"),
    "charges_less": ("charge:100", "charge:100"),
}
"""The simulator's step for a card and for a direct debit."""


class Made:
    """See Stage."""

    name: ProviderName = "mollie"
    offers: frozenset[Offer] = frozenset(
        {
            "card", "direct_debit", "at_once", "same_key", "get", "search", "refunds", "get_refund", "search_refund",
            "pay_page", "set_up", "disputes", "payouts", "payout_movements", "changes", "signatures",
        }
    )  # fmt: skip
    secret = "mollie_contract"
    final_after_days = 5
    absent: ClassVar[dict[About, str]] = {
        "payment": "tr_nothing",
        "refund": "tr_nothing/re_nothing",
        "set_up": "tr_nothing",
        "dispute": "tr_nothing",
        "payout": "stl_nothing",
    }

    def __init__(self) -> None:
        self.clock = Moved()
        self.simulator = MollieSimulator(None, clock=self.clock)
        self.wire = Wire(self.simulator.wsgi)
        self.provider: Provider = Mollie(HOST, "test_key", access_token="access_key", transport=self.wire)
        self.behind = httpx.Client(base_url=HOST, transport=httpx.WSGITransport(app=self.simulator.wsgi))
        self._names = count(1)
        self._told("/admin/webhook", {"url": "http://billing.example/hooks", "secret": self.secret})

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)

    def token(self, doing: Doing, method: Method) -> str:
        name = f"mdt_staged{next(self._names)}"
        made = self._told("/admin/mandates", {"method": METHODS[method], "mandate": name})
        self.script(name, STEPS[doing][0 if method == "card" else 1])
        return str(made["token"])

    def script(self, mandate: str, *steps: str) -> None:
        """What the simulator does with a mandate, one step a request."""
        self._told("/admin/behaviour", {"token": mandate, "behaviour": list(steps)})

    def collected(self, attempt_id: str) -> list[int]:
        taken: list[int] = self._books(attempt_id)["collected"]
        return taken

    def given_back(self, attempt_id: str) -> int:
        back: int = self._books(attempt_id)["given_back"]
        return back

    def visit(self, invited: Invited, visit: Visit) -> None:
        page = self.behind.get(invited.url).raise_for_status()
        method = page.text.partition('name="method" value="')[2].partition('"')[0]
        self.behind.post(invited.url, data={"method": method, "outcome": visit}).raise_for_status()

    def dispute(self, provider_id: str) -> str:
        self._told(f"/admin/payments/{provider_id}/chargeback", {})
        return provider_id

    def decide(self, dispute_id: str, verdict: Verdict) -> None:
        """A chargeback is lost from the beginning; it may be reversed."""
        if verdict == "won":
            self._told(f"/admin/payments/{dispute_id}/reverse", {})

    def fail_refund(self, provider_id: str) -> None:
        self._told(f"/admin/refunds/{provider_id.partition('/')[2]}/fail", {})

    def hooks(self) -> list[Hook]:
        sent: list[Hook] = []

        def post(_: str, body: bytes, headers: dict[str, str]) -> str:
            sent.append(Hook(body, {name.lower(): value for name, value in headers.items()}))
            return "200"

        while self.simulator.hooks.bring(post):
            pass
        return sent

    def signed(self, body: bytes, secret: str, at: datetime) -> Hook:  # noqa: ARG002 - Mollie signs no moment
        return Hook(body, {webhooks.HEADER: signature(secret, body)})

    def read(self, hook: Hook, secrets: Sequence[str], at: datetime) -> tuple[Notice, ...]:
        return webhooks.notices(hook.body, hook.headers, secrets, at.timestamp())

    def close(self) -> None:
        self.behind.close()
        self.simulator.close()

    def _books(self, attempt_id: str) -> dict[str, Any]:
        got: dict[str, Any] = self.behind.get(f"/admin/attempts/{attempt_id}").raise_for_status().json()
        return got

    def _told(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.behind.post(path, json=body).raise_for_status().json()
        return answer


_KEPT: type[Stage] = Made
