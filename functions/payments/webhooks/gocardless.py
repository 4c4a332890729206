"""GoCardless's webhooks: one signature over up to 250 events, each of which is read on its own.

https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks: the header is the HMAC-SHA256 of the
raw body in hexadecimal, without a moment, and a webhook that does not fit is answered 498. What is sent again is
the same body, so there is nothing to be too old: each event does its work once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from common.failures import Rejected
from functions.payments.model.asking import About, Notice
from functions.payments.webhooks.signed import UNREADABLE, fingerprint, header_of, in_hex, must_be_small, must_fit

MOST: Final = 250
KINDS: Final[Mapping[str, tuple[str, About]]] = {
    "payments": ("payment", "payment"),
    "refunds": ("refund", "refund"),
    "mandates": ("mandate", "mandate"),
    "payouts": ("payout", "payout"),
}
"""By resource type: the link that names the thing, and what a notice is about."""
TAKEN_BACK: Final = frozenset(
    {"failed", "charged_back", "chargeback_cancelled", "chargeback_settled", "late_failure_settled"}
)
"""What may say that money which had come was taken back: a payment's own failure may come late."""
SETTLED: Final = frozenset({"fulfilled", "cancelled"})
LONGEST_KIND: Final = 100
_ID: Final = re.compile(r"[A-Z]{2,3}[0-9A-Z]{1,60}")


def notices(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: float) -> tuple[Notice, ...]:  # noqa: ARG001 - the port
    """What a webhook tells; Rejected `bad_signature` (498), `bad_event` (400) or `too_large` (413).

    An event of which nothing can be made is a notice of the type `unreadable` and stops no other.
    """
    must_be_small(body)
    given = in_hex(header_of(headers, "webhook-signature", invalid_token))
    must_fit(body, given, secrets, invalid_token)
    return tuple(notice for event in _events(body) for notice in notices_of(event))


def notices_of(event: Any) -> tuple[Notice, ...]:
    """What one event is about: a failed payment also as a dispute, for it may have been collected before."""
    try:
        event_id, kind = event["id"], f"{event['resource_type']}.{event['action']}"
        about = tuple(_about(event))
    except (KeyError, TypeError, AttributeError):
        return (_unreadable(event),)
    if not (isinstance(event_id, str) and _ID.fullmatch(event_id) and len(kind) <= LONGEST_KIND):
        return (_unreadable(event),)
    print_ = fingerprint(event, without=("customer_notifications",))
    made = (Notice(event_id=event_id, type=kind, fingerprint=print_, **found) for found in about or ({},))
    return tuple(made)


def invalid_token(detail: str) -> Rejected:
    """The refusal of a signature with the status that their documentation asks for."""
    return Rejected("bad_signature", detail, status=498)


def is_id(text: str) -> bool:
    """Whether something could be an id of GoCardless's, so that nothing else gets into an address."""
    return _ID.fullmatch(text) is not None


def _events(body: bytes) -> list[Any]:
    try:
        events = orjson.loads(body)["events"]
    except (ValueError, KeyError, TypeError) as fault:
        raise Rejected("bad_event", "this is no webhook of GoCardless's", status=400) from fault
    if not isinstance(events, list):
        raise Rejected("bad_event", "the events are no list", status=400)
    return events


def _about(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind, action, links = event["resource_type"], event["action"], event.get("links") or {}
    labels = event.get("resource_metadata") or {}
    if kind == "billing_requests" and action in SETTLED:
        yield from _settled(links)
    elif kind in KINDS:
        link, about = KINDS[kind]
        name = "refund_id" if about == "refund" else "attempt_id"
        found = _named(about, links[link], str(labels.get(name, "")))
        yield found
        if about == "payment" and action in TAKEN_BACK:
            yield {**found, "about": "dispute"}


def _settled(links: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A page that is done with has made a mandate, a payment, or both."""
    if payment := links.get("payment_request_payment"):
        yield _named("payment", payment)
    if links.get("mandate_request_mandate") or not payment:
        yield _named("set_up", links["billing_request"])


def _named(about: About, thing_id: Any, ours: str = "") -> dict[str, Any]:
    if not isinstance(thing_id, str) or not is_id(thing_id):
        raise TypeError("no id of GoCardless's")
    return {"about": about, "provider_id": thing_id, "attempt_id": ours}


def _unreadable(event: Any) -> Notice:
    """Under a name that is its content's, so that it is told once however often it comes."""
    print_ = fingerprint(event)
    return Notice(event_id=f"unreadable-{print_[:32]}", type=UNREADABLE, fingerprint=print_)
