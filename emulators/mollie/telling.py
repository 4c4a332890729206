"""Mollie's webhooks: the classic one to each payment's own address, the signed ones to those who have subscribed."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from emulators.mollie import shapes
from emulators.world.hooks import Hooks
from emulators.world.script import Step

Json = dict[str, Any]


def signature(secret: str, body: bytes) -> str:
    """The value of the header X-Mollie-Signature."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Telling:
    """Tells that a payment has changed."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def changed(self, payment: Json, step: Step) -> None:
        """Tell of a payment's new state, with the disorder of its step; `strange_webhook` names one of nobody's too."""
        name = payment["id"]
        if payment["webhook"]:
            self._classic(payment["webhook"], name, name, step)
            if "strange_webhook" in step:
                self._classic(payment["webhook"], shapes.new_id("tr"), name, step)
        for url, secret in self._hooks.endpoints():
            self._signed(url, secret, payment, step)

    def _classic(self, url: str, name: str, about: str, step: Step) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Mollie HTTP client/1.0"}
        self._hooks.lay(url, "payment", about, urlencode({"id": name}).encode(), headers, step)

    def _signed(self, url: str, secret: str, payment: Json, step: Step) -> None:
        kind = f"payment.{payment['status']}"
        event = {
            "resource": "event", "id": shapes.new_id("event"), "type": kind, "entityId": payment["id"],
            "createdAt": shapes.moment(payment["changed"] or payment["created"]),
        }  # fmt: skip
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json", "X-Mollie-Signature": signature(secret, body)}
        self._hooks.lay(url, kind, payment["id"], body, headers, step)
