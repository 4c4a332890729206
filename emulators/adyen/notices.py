"""Adyen's standard notices: items with eight signed fields."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from emulators.world.clock import VirtualClock, epoch
from emulators.world.hooks import Hooks
from emulators.world.script import Step

Json = dict[str, Any]
PLAIN = Step({"succeed": ""})


def signature(key: str, item: Json) -> str:
    """What Adyen puts into `additionalData.hmacSignature` of an item."""
    amount = item["amount"]
    parts = [
        item["pspReference"], item.get("originalReference", ""), item["merchantAccountCode"],
        item["merchantReference"], amount["value"], amount["currency"], item["eventCode"], item["success"],
    ]  # fmt: skip
    message = ":".join(str(part) for part in parts).encode()
    return base64.b64encode(hmac.new(bytes.fromhex(key), message, hashlib.sha256).digest()).decode()


def signed(key: str, items: list[Json], *, live: str = "false") -> bytes:
    """A notification of these items, each signed by the key."""
    told = [
        {"NotificationRequestItem": {**item, "additionalData": {**item.get("additionalData", {}), **_by(key, item)}}}
        for item in items
    ]
    return json.dumps({"live": live, "notificationItems": told}).encode()


def _by(key: str, item: Json) -> Json:
    return {"hmacSignature": signature(key, item)}


class Notices:
    """Tells every registered endpoint, signed by its key."""

    def __init__(self, hooks: Hooks, clock: VirtualClock, merchant: str) -> None:
        self._hooks = hooks
        self._clock = clock
        self._merchant = merchant

    def tell(
        self,
        code: str,
        psp: str,
        reference: str,
        value: int,
        currency: str,
        *,
        about: str = "",
        original: str = "",
        success: bool = True,
        reason: str = "",
        method: str = "visa",
        extra: Json | None = None,
        step: Step = PLAIN,
    ) -> None:
        """Tell of something under a payment's (`about`) disorder."""
        item = {
            "amount": {"currency": currency, "value": value},
            "eventCode": code,
            "eventDate": datetime.fromtimestamp(epoch(self._clock), UTC).isoformat(),
            "merchantAccountCode": self._merchant,
            "merchantReference": reference,
            "originalReference": original,
            "paymentMethod": method,
            "pspReference": psp,
            "reason": reason,
            "success": "true" if success else "false",
            "additionalData": extra or {},
        }
        for url, key in self._hooks.endpoints():
            self._hooks.lay(url, code, about or psp, signed(key, [item]), {"Content-Type": "application/json"}, step)
