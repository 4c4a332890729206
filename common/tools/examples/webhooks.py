"""What payment providers tell, each in its own way; signed in real time, for signatures know no virtual clock."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from common.tools.examples.collecting import payment_of
from common.tools.examples.stage import Stage

JSON: Final = {"Content-Type": "application/json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def act(stage: Stage) -> None:
    """Four providers, and somebody who is none."""
    _stripe(stage)
    _gocardless(stage)
    _adyen(stage)
    _mollie(stage)


def stripe_tells(stage: Stage, kind: str, thing: Mapping[str, str], says: str = "", refused: str = "") -> None:
    """An event of Stripe's, signed unless it is to be refused."""
    body = orjson.dumps({"id": f"evt_{thing['id']}", "type": kind, "data": {"object": thing}})
    at = int(time.time())
    digest = "0" * 64 if refused else _digest(stage.runtime.settings.webhook_secrets, f"{at}.".encode() + body)
    signed = JSON | {"Stripe-Signature": f"t={at},v1={digest}"}
    stage.post("/webhooks/stripe", body, says, headers=signed, refused=refused)


def _digest(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def _stripe(stage: Stage) -> None:
    intent = {"object": "payment_intent", "id": payment_of(stage, "dora")["attempts"][0]["provider_id"]}
    stripe_tells(stage, "payment_intent.succeeded", intent, "The provider tells of a payment")
    stripe_tells(stage, "payment_intent.succeeded", intent, "Somebody else does", "bad_signature")


def _gocardless(stage: Stage) -> None:
    """Several things at once; the account itself is of no interest."""
    told = {"id": "EV1", "resource_type": "creditors", "action": "updated", "links": {"creditor": "CR1"}}
    body = orjson.dumps({"events": [told], "meta": {"webhook_id": "WB1"}})
    signed = JSON | {"Webhook-Signature": _digest(stage.runtime.settings.gocardless_secrets, body)}
    stage.post("/webhooks/gocardless", body, "The provider tells of up to 250 things", headers=signed)
    forged = signed | {"Webhook-Signature": "0" * 64}
    stage.post("/webhooks/gocardless", body, "Somebody else does", headers=forged, refused="bad_signature")


def _adyen(stage: Stage) -> None:
    """Each item is signed, by eight of its fields."""
    settings, payment = stage.runtime.settings, payment_of(stage, "ida")
    attempt, amount = payment["attempts"][0], payment["amount_minor"]
    item: dict[str, Any] = {
        "amount": {"currency": "EUR", "value": amount}, "eventCode": "AUTHORISATION",
        "eventDate": "2026-11-17T06:00:00+01:00", "merchantAccountCode": settings.adyen_merchant,
        "merchantReference": attempt["attempt_id"], "pspReference": attempt["provider_id"], "success": "true",
    }  # fmt: skip
    names = f"{attempt['provider_id']}::{settings.adyen_merchant}:{attempt['attempt_id']}"
    message = f"{names}:{amount}:EUR:AUTHORISATION:true"
    key = bytes.fromhex(settings.adyen_hmac_keys)
    digest = base64.b64encode(hmac.new(key, message.encode(), hashlib.sha256).digest()).decode()
    labels = {"metadata.payment_id": payment["payment_id"]}
    for signature, says, refused in ((digest, "A signed item", ""), ("AAAA", "A forged one", "bad_signature")):
        told = {"NotificationRequestItem": item | {"additionalData": labels | {"hmacSignature": signature}}}
        body = orjson.dumps({"live": "false", "notificationItems": [told]})
        stage.post("/webhooks/adyen", body, says, headers=JSON, refused=refused)


def _mollie(stage: Stage) -> None:
    """It only names what to look at, and nothing is believed."""
    stage.post("/webhooks/mollie", b"id=sub_rVKGtNd6s3", "An id to look at; this one is no payment", headers=FORM)
    signed = FORM | {"X-Mollie-Signature": "sha256=00"}
    stage.post("/webhooks/mollie", b"id=tr_1", "Signed, and we have no secret", headers=signed, refused="bad_signature")
