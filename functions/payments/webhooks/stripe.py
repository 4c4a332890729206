"""Stripe's webhooks: the signature over the raw bytes, by one of our secrets, and what the event is about."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from common.failures import Rejected
from functions.payments.model.asking import About, Notice
from functions.payments.webhooks.signed import (
    bad,
    fingerprint,
    header_of,
    in_hex,
    must_be_recent,
    must_be_small,
    must_fit,
)

LONGEST_ID: Final = 255
_HEADER: Final = "stripe-signature"
HEARD: Final = (
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing",
    "payment_intent.canceled", "refund.created", "refund.updated", "refund.failed", "charge.dispute.created",
    "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated", "payout.created", "payout.paid", "payout.failed", "payout.canceled",
    "checkout.session.completed", "setup_intent.succeeded", "setup_intent.setup_failed", "mandate.updated",
)  # fmt: skip
"""What an endpoint at Stripe is to be registered for; twenty is the most its list of events can be asked for."""
_EACH_TIME: Final = ("pending_webhooks",)
"""What differs each time an event is sent."""
_MOMENT: Final = re.compile(r"[1-9][0-9]{0,11}")
_ID: Final = re.compile(r"(?:pi|ch|py|re|pyr|dp|du|po|cs|seti|mandate)_[A-Za-z0-9_]{1,200}")
_OURS: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_THINGS: Final[dict[str, About]] = {
    "payment_intent": "payment", "refund": "refund", "dispute": "dispute", "payout": "payout",
    "setup_intent": "set_up", "mandate": "mandate",
}  # fmt: skip
_LABELS: Final[dict[str, str]] = {"payment": "attempt_id", "refund": "refund_id", "set_up": "invitation_id"}


def notices(
    body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: float, *, live: bool | None = None
) -> tuple[Notice, ...]:
    """What a webhook tells; Rejected `bad_signature`, `bad_event` or `wrong_mode` (400).

    `live` says which of Stripe's worlds we are in, where that is known: an event of the other one is none of ours.
    """
    must_be_small(body)
    must_be_signed(body, headers.get(_HEADER, ""), secrets, now)
    try:
        event = orjson.loads(body)
        found = about(event)
        mode = event.get("livemode")
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Rejected("bad_event", "this is no event of Stripe's with an id and a type", status=400) from fault
    if live is not None and isinstance(mode, bool) and mode is not live:
        raise Rejected("wrong_mode", f"the event's livemode is {str(mode).lower()}", status=400)
    return found


def is_live(key: str) -> bool | None:
    """Whether an API key is for real money; None where it does not say so."""
    mode = re.fullmatch(r"[a-z]+_(live|test)_.*", key, re.DOTALL)
    return None if mode is None else mode[1] == "live"


def about(event: Mapping[str, Any]) -> tuple[Notice, ...]:
    """What an event is about: one thing, two for a page where was paid and kept, or nothing of interest.

    ValueError and the like for what is no event.
    """
    event_id, kind, thing = event["id"], event["type"], event["data"]["object"]
    if not (isinstance(event_id, str) and isinstance(kind, str) and 0 < len(event_id) <= LONGEST_ID):
        raise ValueError("the event has no id or type")
    found = [(what, _id(name), ours) for what, name, ours in _subjects(thing)]
    told = Notice(event_id=event_id, type=kind, fingerprint=fingerprint(event, without=_EACH_TIME))
    known = [
        told.model_copy(update={"about": what, "provider_id": name, "attempt_id": ours})
        for what, name, ours in found
        if name
    ]
    return tuple(known) or (told,)


def _subjects(thing: Mapping[str, Any]) -> list[tuple[About, Any, str]]:
    what = _THINGS.get(thing.get("object", ""))
    if what:
        return [(what, thing["id"], _ours(thing, _LABELS.get(what, "")))]
    found: list[tuple[About, Any, str]] = [("payment", thing.get("payment_intent"), "")]
    if thing.get("object") == "checkout.session" and _keeps(thing):
        found.append(("set_up", thing["id"], _ours(thing, "invitation_id")))
    return found


def _keeps(session: Mapping[str, Any]) -> bool:
    return session.get("mode") == "setup" or (session.get("metadata") or {}).get("keep_method") == "true"


def _ours(thing: Mapping[str, Any], label: str) -> str:
    value = (thing.get("metadata") or {}).get(label)
    return value if isinstance(value, str) and _OURS.fullmatch(value) else ""


def _id(value: Any) -> str:
    """An id of Stripe's, also of what is given as an object; nothing else is ever asked for."""
    name = value.get("id") if isinstance(value, dict) else value
    return name if isinstance(name, str) and _ID.fullmatch(name) else ""


def must_be_signed(body: bytes, header: str, secrets: Sequence[str], now: float) -> None:
    """Rejected `bad_signature` (400) unless a `v1` of the header fits one of the secrets and is recent.

    `now` is real time in seconds: signatures know no virtual clock. Several secrets and several `v1` let a
    secret be changed without a gap (https://docs.stripe.com/webhooks#verify-manually).
    """
    moment, digests = _read(header_of({_HEADER: header}, _HEADER))
    must_be_recent(moment, now)
    must_fit(f"{moment}.".encode() + body, digests, secrets)


def _read(header: str) -> tuple[int, list[bytes]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in pairs if name == "t"]
    if len(moments) != 1 or not _MOMENT.fullmatch(moments[0]):
        raise bad("the signature header has no single moment")
    return int(moments[0]), [digest for name, _, value in pairs if name == "v1" for digest in in_hex(value)]
