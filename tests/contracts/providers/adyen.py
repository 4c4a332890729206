"""Adyen's stage: the adapter before the simulator of emulators/adyen.

Adyen shows no payment, refund or dispute when asked: what is told of them comes with notices alone.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar, Final

import httpx

from emulators.adyen import AdyenSimulator
from emulators.adyen.notices import signed as signed_by
from functions.payments.model.asking import About, Invited, Notice, ProviderName
from functions.payments.model.payments import Method
from functions.payments.providers.adyen import Adyen
from functions.payments.providers.port import Provider
from functions.payments.webhooks import adyen as webhooks
from tests.contracts.providers.moved import Moved
from tests.contracts.providers.stage import Doing, Hook, Offer, Stage, Verdict, Visit
from tests.contracts.providers.wire import Wire

KEY: Final = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
MERCHANT: Final = "MarketplaceBilling"
HOST: Final = "http://adyen.example"
STEPS: Final[dict[Doing, tuple[str, str]]] = {
    "pays": ("succeed", "receive:72"),
    "declines_softly": ("refuse:12", "receive_fail:72"),
    "declines_hard": ("refuse:5", "refuse:5"),
    "needs_member": ("redirect", "redirect"),
    "fails_late": ("receive_fail:72", "receive_fail:72"),
    "charges_less": ("charge:100", "receive:72+charge:100"),
}
"""The simulator's step for a card and for a direct debit."""


class Made:
    """See Stage."""

    name: ProviderName = "adyen"
    offers: frozenset[Offer] = frozenset(
        {
            "card", "direct_debit", "at_once", "same_key", "refunds", "pay_page", "set_up", "accept_dispute",
            "payout_movements", "signatures",
        }
    )  # fmt: skip
    secret = KEY
    final_after_days = 5
    absent: ClassVar[dict[About, str]] = {"payout": "settlement_detail_report_batch_999.csv"}

    def __init__(self) -> None:
        self.clock = Moved()
        self.simulator = AdyenSimulator(None, clock=self.clock, merchant=MERCHANT)
        self.wire = Wire(self.simulator.wsgi)
        self.provider: Provider = Adyen(
            f"{HOST}/checkout",
            "key",
            MERCHANT,
            area_url=HOST,
            return_url="https://billing.example/",
            transport=self.wire,
        )
        self.behind = httpx.Client(base_url=HOST, transport=httpx.WSGITransport(app=self.simulator.wsgi))
        self._names = count(1)
        self._told("/admin/webhook", {"url": "http://billing.example/hooks", "key": KEY})

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)

    def token(self, doing: Doing, method: Method) -> str:
        name = f"shopper/STAGED{next(self._names)}"
        self.script(name, STEPS[doing][0 if method == "card" else 1])
        return name

    def script(self, token: str, *steps: str) -> None:
        """What the simulator does with a token, one step a request."""
        self._told("/admin/behaviour", {"token": token, "behaviour": list(steps)})

    def collected(self, attempt_id: str) -> list[int]:
        taken: list[int] = self._books(attempt_id)["collected"]
        return taken

    def given_back(self, attempt_id: str) -> int:
        back: int = self._books(attempt_id)["given_back"]
        return back

    def visit(self, invited: Invited, visit: Visit) -> None:
        page = self.behind.get(invited.url).raise_for_status()
        if visit != "leaves":
            method = page.text.partition('name="method" value="')[2].partition('"')[0]
            self.behind.post(invited.url, data={"method": method, "outcome": visit}).raise_for_status()

    def dispute(self, provider_id: str) -> str:
        return str(self._told("/admin/disputes", {"payment": provider_id})["pspReference"])

    def decide(self, dispute_id: str, verdict: Verdict) -> None:
        self._told(f"/admin/disputes/{dispute_id}", {"verdict": verdict})

    def fail_refund(self, provider_id: str) -> None:
        self._told(f"/admin/refunds/{provider_id}/fail", {})

    def hooks(self) -> list[Hook]:
        sent: list[Hook] = []

        def post(_: str, body: bytes, headers: dict[str, str]) -> str:
            sent.append(Hook(body, {name.lower(): value for name, value in headers.items()}))
            return "200"

        while self.simulator.hooks.bring(post):
            pass
        return sent

    def signed(self, body: bytes, secret: str, at: datetime) -> Hook:  # noqa: ARG002 - Adyen signs no moment
        """Adyen signs items, not bodies: what has no items is sent as it is."""
        try:
            told = json.loads(body)
            items = [wrapped["NotificationRequestItem"] for wrapped in told["notificationItems"]]
            return Hook(signed_by(secret.encode().hex() if not _is_hex(secret) else secret, items), {})
        except (ValueError, KeyError, TypeError, RecursionError):
            return Hook(body, {})

    def read(self, hook: Hook, secrets: Sequence[str], at: datetime) -> tuple[Notice, ...]:
        keys = [secret if _is_hex(secret) else secret.encode().hex() for secret in secrets]
        return webhooks.notices(hook.body, hook.headers, keys, at.timestamp(), merchant=MERCHANT)

    def close(self) -> None:
        self.behind.close()
        self.simulator.close()

    def _books(self, attempt_id: str) -> dict[str, Any]:
        got: dict[str, Any] = self.behind.get(f"/admin/payments/{attempt_id}").raise_for_status().json()
        return got

    def _told(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.behind.post(path, json=body).raise_for_status().json()
        return answer


def _is_hex(text: str) -> bool:
    try:
        return bool(bytes.fromhex(text))
    except ValueError:
        return False


_KEPT: type[Stage] = Made
