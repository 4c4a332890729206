"""Payment intents: what Stripe is asked to collect, and what it says of it (https://docs.stripe.com/api/payment_intents)."""

from collections.abc import Iterable
from typing import Final

from functions.payments.model.asking import Answer
from functions.payments.model.payments import ChargeAttempt
from functions.payments.providers.stripe.api import (
    Json,
    RefusedError,
    declined,
    from_stripe,
    id_of,
    labels,
    moment,
    to_stripe,
)

PATH: Final = "/v1/payment_intents"
_NOT_THERE: Final = 404
_OPEN: Final = {"requires_payment_method", "requires_confirmation", "requires_action"}


def form(wanted: ChargeAttempt) -> dict[str, str]:
    """The form of `POST /v1/payment_intents`; the same for the same attempt, as its idempotency key demands.

    A token is a payment method's id, or `customer/payment method` where it belongs to a customer of Stripe's.
    """
    customer, _, method = wanted.token.rpartition("/")
    fields = {
        "amount": to_stripe(wanted.amount_minor, wanted.currency),
        "currency": wanted.currency.lower(),
        "payment_method": method,
        "payment_method_types[0]": "card" if wanted.method == "card" else "sepa_debit",
        "confirm": "true",
        "off_session": "true",
        "description": wanted.invoice_number,
        "metadata[attempt_id]": wanted.attempt_id,
        "metadata[payment_id]": wanted.payment_id,
        "metadata[invoice_number]": wanted.invoice_number,
    }
    return fields | ({"customer": customer} if customer else {})


def query(attempt_id: str) -> str:
    """The search for an attempt's payment intents."""
    quoted = attempt_id.replace("\\", "\\\\").replace("'", "\\'")
    return f"metadata['attempt_id']:'{quoted}'"


def refused(refusal: RefusedError) -> Answer:
    """Only a 402, or a 400 about the request itself, proves that nothing was collected."""
    if refusal.status == _NOT_THERE:
        return Answer(outcome="unknown", code=f"http_{refusal.status}")
    return declined(refusal.error, id_of(refusal.error.get("payment_intent")))


def best(found: Iterable[Answer]) -> Answer:
    """Of several payments for one attempt, the one that collected or may still collect."""
    ranks = {"succeeded": 0, "processing": 1, "unknown": 2, "failed": 3}
    return min(found, key=lambda answer: ranks[answer.outcome], default=Answer(outcome="not_found"))


def read(intent: Json) -> Answer:
    """A payment intent as an answer, with our ids from its metadata."""
    ours = labels(intent)
    told = {name: ours.get(name, "") for name in ("payment_id", "attempt_id")}
    return _by_status(intent).model_copy(update=told)


def _by_status(intent: Json) -> Answer:
    """What needs the member has failed where nobody is there; on a page (`invitation_id`) they may still come."""
    status, name = str(intent["status"]), str(intent["id"])
    if status == "succeeded":
        return _succeeded(intent, name)
    if status == "processing" or (status in _OPEN and "invitation_id" in labels(intent)):
        return Answer(outcome="processing", provider_id=name, code="" if status == "processing" else status)
    if status == "requires_payment_method":
        return declined(intent.get("last_payment_error"), name)
    if status in {"requires_action", "canceled"}:
        return Answer(outcome="failed", provider_id=name, code=status)
    return Answer(outcome="unknown", provider_id=name, code=status)


def _succeeded(intent: Json, name: str) -> Answer:
    return Answer(
        outcome="succeeded",
        provider_id=name,
        amount_minor=from_stripe(intent["amount_received"], intent["currency"]),
        currency=str(intent["currency"]).upper(),
        charged_at=moment(intent["created"]),
    )
