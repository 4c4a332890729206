"""Stripe's webhooks: the signature over the raw bytes, by one of our secrets, and what the event is about."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from common.failures import Rejected
from functions.payments.model.asking import Notice

TOLERANCE_S: Final = 300
LONGEST: Final = 4096
_MOMENT: Final = re.compile(r"[0-9]{1,12}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_INTENT: Final = re.compile(r"pi_[A-Za-z0-9_]{1,100}")


def notices(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: float) -> tuple[Notice, ...]:
    """What a webhook tells; Rejected `bad_signature` or `bad_event` (400)."""
    must_be_signed(body, headers.get("stripe-signature", ""), secrets, now)
    try:
        event = orjson.loads(body)
        event_id, kind, thing = event["id"], event["type"], event["data"]["object"]
        intent = thing["id"] if thing.get("object") == "payment_intent" else thing.get("payment_intent")
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Rejected("bad_event", "this is no event of Stripe's", status=400) from fault
    if not (isinstance(event_id, str) and isinstance(kind, str) and event_id):
        raise Rejected("bad_event", "the event has no id or type", status=400)
    intent_id = _intent_id(intent)
    return (Notice(event_id=event_id, type=kind, about="payment" if intent_id else "", provider_id=intent_id),)


def _intent_id(value: Any) -> str:
    return value if isinstance(value, str) and _INTENT.fullmatch(value) else ""


def must_be_signed(body: bytes, header: str, secrets: Sequence[str], now: float) -> None:
    """Rejected `bad_signature` (400) unless a `v1` of the header fits one of the secrets and is recent.

    `now` is real time in seconds: signatures know no virtual clock. Several secrets and several `v1` let a
    secret be changed without a gap.
    """
    moment, digests = _read(header)
    if not now - TOLERANCE_S <= moment <= now:
        raise _bad("the signature is too old or from the future")
    signed = f"{moment}.".encode() + body
    wanted = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets if secret]
    matches = [hmac.compare_digest(digest.encode(), right) for digest in digests for right in wanted]
    if not any(matches):
        raise _bad("no signature fits")


def _read(header: str) -> tuple[int, list[str]]:
    if not header or len(header) > LONGEST or not header.isascii():
        raise _bad("the signature header is missing or malformed")
    pairs = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in pairs if name == "t"]
    if len(moments) != 1 or not _MOMENT.fullmatch(moments[0]):
        raise _bad("the signature header has no single moment")
    return int(moments[0]), [value for name, _, value in pairs if name == "v1" and _DIGEST.fullmatch(value)]


def _bad(detail: str) -> Rejected:
    return Rejected("bad_signature", detail, status=400)
