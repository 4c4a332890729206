"""The HTTP routes of `payments`, and how raw bytes are understood."""

import hashlib
import re
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from common.failures import Rejected
from common.functions import Route, Upload, query, upload
from common.settings import Settings
from functions.payments import camt, handlers, requests, statements
from functions.payments.signatures import must_be_signed

READ: Final = "payments:read"
WRITE: Final = "payments:write"
_INTENT: Final = re.compile(r"pi_[A-Za-z0-9_]{1,100}")


def parse_webhook(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A webhook by its signature, and what it is about; Rejected `bad_signature` or `bad_event` (400)."""
    secrets = [secret.strip() for secret in settings.webhook_secrets.split(",")]
    must_be_signed(body, headers.get("stripe-signature", ""), secrets, time.time())
    try:
        event = orjson.loads(body)
        event_id, kind, thing = event["id"], event["type"], event["data"]["object"]
        intent = thing["id"] if thing.get("object") == "payment_intent" else thing.get("payment_intent")
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Rejected("bad_event", "this is no event of Stripe's", status=400) from fault
    if not (isinstance(event_id, str) and isinstance(kind, str) and event_id):
        raise Rejected("bad_event", "the event has no id or type", status=400)
    return Upload(event_id, requests.Webhook(event_id=event_id, type=kind, intent_id=_intent_id(intent)))


def parse_statement(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:  # noqa: ARG001 - the port
    """A camt.053 file, checked and read; Rejected with what is wrong."""
    return Upload(hashlib.sha256(body).hexdigest(), requests.StatementFile(statements=camt.read(body)))


def _intent_id(value: Any) -> str:
    return value if isinstance(value, str) and _INTENT.fullmatch(value) else ""


ROUTES: Final[list[Route]] = [
    upload("/webhooks/stripe", handlers.take_webhook, parse_webhook, requests.WebhookTaken, media="application/json"),
    upload(
        "/v1/statements",
        statements.take_statements,
        parse_statement,
        requests.StatementsTaken,
        media="application/xml",
        scope=WRITE,
    ),
    query(
        "/v1/statements", statements.search_statements, requests.SearchStatements, requests.StatementPage, scope=READ
    ),
    query("/v1/payments", handlers.search_payments, requests.Search, requests.PaymentPage, scope=READ),
    query("/v1/payments/{payment_id}", handlers.show_payment, requests.ByPayment, requests.PaymentAnswer, scope=READ),
]
