"""Mollie's webhooks: the classic one, which is unsigned and only a hint to look, and the signed ones.

https://docs.mollie.com/reference/webhooks: the classic one is a form with a payment's id and no more. Nothing in it
is believed, and it is acknowledged whatever id it names, so that nobody learns which ids there are.
https://docs.mollie.com/reference/webhooks-new: a signed one has the header `X-Mollie-Signature`, the HMAC-SHA256 of the
raw body. Where we have a secret, what is not signed is refused: a missing signature is not an old webhook.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from common.failures import Rejected
from functions.payments.model.asking import About, Notice
from functions.payments.webhooks.signed import bad, fingerprint, header_of, in_hex, must_be_small, must_fit

HEADER: Final = "x-mollie-signature"
PREFIX: Final = "sha256="
LONGEST_FORM: Final = 1000
_PAYMENT: Final = re.compile(r"tr_[A-Za-z0-9]{1,40}")
_EVENT: Final = re.compile(r"[a-z]+_[A-Za-z0-9]{1,60}")
_TYPE: Final = re.compile(r"[a-z0-9._-]{1,60}")


def notices(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: float) -> tuple[Notice, ...]:
    """What a webhook tells; Rejected `bad_signature` or `bad_event` (400).

    A classic one has no id of its own: each call is an event, as the payment may have changed since the last.
    """
    must_be_small(body)
    if any(secrets):
        return _and_chargebacks(_signed(body, headers, secrets))
    if headers.get(HEADER):
        raise bad("it is signed, and we have no secret to check it by")
    return _and_chargebacks(_classic(body, now))


def _and_chargebacks(notice: Notice) -> tuple[Notice, ...]:
    """A payment is told of when it is charged back, too: there is no webhook of its own for that."""
    dispute: About = "dispute"
    return (notice, notice.model_copy(update={"about": dispute})) if notice.about else (notice,)


def _classic(body: bytes, now: float) -> Notice:
    try:
        given = parse_qs(body[: LONGEST_FORM + 1].decode("ascii"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        given = {}
    ids = given.get("id", [])
    name = ids[0] if len(ids) == 1 and len(body) <= LONGEST_FORM and _PAYMENT.fullmatch(ids[0]) else ""
    event_id = f"{name or 'nothing'}@{now:.6f}"
    return Notice(event_id=event_id, type="payment", about="payment" if name else "", provider_id=name)


def _signed(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> Notice:
    given = header_of(headers, HEADER)
    digests = [digest for part in given.split(",") for digest in in_hex(part.strip().removeprefix(PREFIX))]
    must_fit(body, digests, secrets)
    try:
        event = orjson.loads(body)
        name, kind, about = event["id"], event["type"], event.get("entityId") or ""
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Rejected("bad_event", "this is no event of Mollie's", status=400) from fault
    if not (_fits(_EVENT, name) and _fits(_TYPE, kind)):
        raise Rejected("bad_event", "the event has no id or type", status=400)
    payment = about if _fits(_PAYMENT, about) else ""
    about_it = "payment" if payment else ""
    return Notice.model_validate(
        {"event_id": name, "type": kind, "about": about_it, "provider_id": payment, "fingerprint": fingerprint(event)}
    )


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
