"""Adyen's standard notices: each item's signature by one of our keys, and what it says.

https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures: an item signs eight of its
fields and no more. Those are believed; of the others only what can do no harm is used (words for people, a label that
the payment itself has to confirm, a deadline). Any 2xx answer acknowledges.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from common.failures import Rejected
from functions.payments.model.asking import Notice
from functions.payments.webhooks import adyen_items as items
from functions.payments.webhooks.signed import bad, must_be_small

Json = Mapping[str, Any]
MOST_ITEMS: Final = 1000
SIGNATURE: Final = "hmacSignature"
_VALUE: Final = re.compile(r"-?[0-9]{1,15}")
_SEPARATORS: Final = 7


def notices(
    body: bytes,
    headers: Mapping[str, str],  # noqa: ARG001 - the signature is in each item
    keys: Sequence[str],
    now: float,  # noqa: ARG001 - Adyen signs no moment
    *,
    merchant: str = "",
    live: bool = False,
) -> tuple[Notice, ...]:
    """What a notification tells, item by item; Rejected `bad_signature` or `bad_event` (400) for all if one is wrong.

    Items of another merchant account or environment are ours to acknowledge, and about nothing.
    """
    must_be_small(body)
    try:
        told = orjson.loads(body)
        found = [wrapped["NotificationRequestItem"] for wrapped in told["notificationItems"]]
        ours = items.truth(told.get("live", "false")) == live
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Rejected("bad_event", "this is no notification of Adyen's", status=400) from fault
    if not 1 <= len(found) <= MOST_ITEMS or not all(isinstance(item, dict) for item in found):
        raise Rejected("bad_event", f"a notification has 1 to {MOST_ITEMS} items", status=400)
    secrets = [bytes.fromhex(key) for key in keys if key]
    for item in found:
        must_be_signed(item, secrets)
    return tuple(_notice(item, merchant, ours=ours) for item in found)


def must_be_signed(item: Json, keys: Sequence[bytes]) -> None:
    """Rejected `bad_signature` (400) unless one of the keys fits; several let a key be changed without a gap."""
    extra = item.get("additionalData")
    given = extra.get(SIGNATURE) if isinstance(extra, dict) else None
    if not isinstance(given, str) or not given:
        raise bad("an item has no signature")
    try:
        digest = base64.b64decode(given.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise bad("an item's signature is malformed") from fault
    wanted = [hmac.new(key, signed(item).encode(), hashlib.sha256).digest() for key in keys]
    fitting = [hmac.compare_digest(digest, right) for right in wanted]
    if not any(fitting):
        raise bad("no signature fits")


def signed(item: Json) -> str:
    """What an item's signature is of; Rejected `bad_event` (400) where a field is of no such type."""
    amount = item.get("amount") or {}
    try:
        parts = [_text(item.get(name)) for name in items.NAMES]
        value = amount.get("value", "")
        if not _VALUE.fullmatch(str(value)) and value != "":
            raise ValueError("the value is no number")
        success = "true" if items.truth(item["success"]) else "false"
        return ":".join([*parts, _text(value), _text(amount.get("currency")), _text(item["eventCode"]), success])
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Rejected("bad_event", "an item has a field that is missing or of the wrong type", status=400) from fault


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError("no text")
    text = str(value)
    text.encode()
    return text


def _notice(item: Json, merchant: str, *, ours: bool) -> Notice:
    """A field with a colon makes the signed text ambiguous, and none of ours has one: such an item is set aside."""
    plain = signed(item).count(":") == _SEPARATORS
    if not (ours and plain and merchant in {"", item.get("merchantAccountCode")}):
        return Notice(event_id=_set_aside(item), type=str(item["eventCode"])[:60])
    return items.notice(item)


def _set_aside(item: Json) -> str:
    return f"aside:{hashlib.sha256(signed(item).encode()).hexdigest()}"
