"""The HTTP routes of `payments`, and how raw bytes are understood."""

import hashlib
import time
from collections.abc import Mapping
from typing import Final

from common.functions import Route, Upload, query, upload
from common.settings import Settings
from functions.payments.bank import camt
from functions.payments.handlers import queries, statements, webhooks
from functions.payments.requests.payments import ByPayment, PaymentAnswer, PaymentPage, Search
from functions.payments.requests.statements import SearchStatements, StatementFile, StatementPage, StatementsTaken
from functions.payments.requests.webhooks import Webhook, WebhookTaken
from functions.payments.webhooks import stripe

READ: Final = "payments:read"
WRITE: Final = "payments:write"


def from_stripe(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A webhook of Stripe's by its signature; Rejected `bad_signature` or `bad_event` (400)."""
    secrets = [secret.strip() for secret in settings.webhook_secrets.split(",")]
    found = stripe.notices(body, headers, secrets, time.time())
    return Upload(found[0].event_id, Webhook(provider="stripe", notices=found))


def parse_statement(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:  # noqa: ARG001 - the port
    """A camt.053 file, checked and read; Rejected with what is wrong."""
    return Upload(hashlib.sha256(body).hexdigest(), StatementFile(statements=camt.read(body)))


ROUTES: Final[list[Route]] = [
    upload("/webhooks/stripe", webhooks.take_webhook, from_stripe, WebhookTaken, media="application/json"),
    upload(
        "/v1/statements",
        statements.take_statements,
        parse_statement,
        StatementsTaken,
        media="application/xml",
        scope=WRITE,
    ),
    query("/v1/statements", statements.search_statements, SearchStatements, StatementPage, scope=READ),
    query("/v1/payments", queries.search_payments, Search, PaymentPage, scope=READ),
    query("/v1/payments/{payment_id}", queries.show_payment, ByPayment, PaymentAnswer, scope=READ),
]
