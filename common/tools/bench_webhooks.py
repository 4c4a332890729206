"""How long a provider waits until its webhook is acknowledged: our own time, without network and database."""

import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any, Final

import orjson
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from common.functions.entry import answer
from common.process import use
from common.runtime import Runtime
from common.settings import Settings
from emulators.memory import MemoryClock, MemoryEngine
from functions.payments.main import api

MOST_EVENTS: Final = 250
"""In one webhook of GoCardless's, the largest there is."""
Signed = tuple[str, bytes, dict[str, str]]


def webhook_ack(webhooks: int = 300, large: int = 30) -> dict[str, Any]:
    """Milliseconds from the raw request to the answer, each webhook new: checked, read, stored, its tasks published.

    `one_event` is Stripe's, `events_250` GoCardless's. The memory engine stands where the database is, so this is the
    time that is ours.
    """
    use(Runtime(MemoryEngine(), MemoryClock(datetime(2026, 10, 1, 8, tzinfo=UTC)), Settings()))
    took = {
        "one_event": _took(_of_stripe, webhooks),
        "events_250": _took(_of_gocardless, large),
    }
    return {name: _told(times) for name, times in took.items()}


def _took(make: Callable[[int], Signed], count: int) -> list[float]:
    requests = [_request(*make(number)) for number in range(count + 1)]
    times = []
    for request in requests:
        began = time.perf_counter()
        answered = answer(api, request)
        times.append((time.perf_counter() - began) * 1000)
        if answered.status_code != 200:  # noqa: PLR2004 - the answer that counts
            raise RuntimeError(f"refused: {answered.get_data(as_text=True)}")
    return times[1:]


def _told(times: list[float]) -> dict[str, Any]:
    return {
        "webhooks": len(times),
        "median_ms": round(median(times), 2),
        "p99_ms": round(quantiles(times, n=100)[98], 2),
        "worst_ms": round(max(times), 2),
    }


def _request(path: str, body: bytes, headers: dict[str, str]) -> Request:
    given = Headers(headers)
    return Request(EnvironBuilder(path, method="POST", data=body, headers=given).get_environ())


def _of_stripe(number: int) -> Signed:
    thing = {"object": "payment_intent", "id": f"pi_{number}", "metadata": {"attempt_id": f"att_{number}"}}
    body = orjson.dumps({"id": f"evt_{number}", "type": "payment_intent.succeeded", "data": {"object": thing}})
    now = int(time.time())
    secret = Settings().webhook_secrets.encode()
    digest = hmac.new(secret, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return "/webhooks/stripe", body, {"Stripe-Signature": f"t={now},v1={digest}"}


def _of_gocardless(number: int) -> Signed:
    events = [
        {
            "id": f"EV{number}X{n}",
            "created_at": "2026-10-05T08:00:00.000Z",
            "resource_type": "payments",
            "action": "confirmed",
            "links": {"payment": f"PM{number}X{n}"},
            "details": {"origin": "gocardless", "cause": "payment_confirmed", "description": "Collected."},
            "metadata": {},
            "resource_metadata": {"attempt_id": f"att_{number}_{n}"},
        }
        for n in range(MOST_EVENTS)
    ]
    body = orjson.dumps({"events": events, "meta": {"webhook_id": f"WB{number}"}})
    digest = hmac.new(Settings().gocardless_secrets.encode(), body, hashlib.sha256).hexdigest()
    return "/webhooks/gocardless", body, {"Webhook-Signature": digest}
