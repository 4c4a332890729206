"""Refunds: one a refund id of ours, and found again by it (https://docs.stripe.com/api/refunds)."""

from typing import Any, Final

from functions.payments.model.asking import Answer, Outcome, RefundOrder
from functions.payments.providers.stripe.api import Json, RefusedError, from_stripe, id_of, labels, moment, to_stripe

PATH: Final = "/v1/refunds"
_REASONS: Final = {"duplicate", "fraudulent", "requested_by_customer"}
_OUTCOMES: Final[dict[Any, Outcome]] = {
    "succeeded": "succeeded", "pending": "processing", "requires_action": "processing", "failed": "failed",
    "canceled": "failed",
}  # fmt: skip


def form(wanted: RefundOrder) -> dict[str, str]:
    """The form of `POST /v1/refunds`; a payment may be given as intent (`pi_`) or as charge."""
    of = "payment_intent" if wanted.provider_id.startswith("pi_") else "charge"
    fields = {
        of: wanted.provider_id,
        "amount": to_stripe(wanted.amount_minor, wanted.currency),
        "metadata[refund_id]": wanted.refund_id,
        "metadata[payment_id]": wanted.payment_id,
    }
    return fields | ({"reason": wanted.reason} if wanted.reason in _REASONS else {})


def refused(refusal: RefusedError) -> Answer:
    """Stripe refuses more than is left, what never was, and what is disputed: nothing was given back."""
    code = "amount_too_large" if refusal.error.get("param") == "amount" else refusal.code
    return Answer(outcome="failed", code=code)


def read(refund: Json) -> Answer:
    """A refund as an answer. `succeeded` can still become `failed`: banks send money back days later."""
    ours = labels(refund)
    status = refund["status"]
    return Answer(
        outcome=_OUTCOMES.get(status, "unknown"),
        provider_id=str(refund["id"]),
        code="" if status == "succeeded" else str(refund.get("failure_reason") or status),
        amount_minor=from_stripe(refund["amount"], refund["currency"]),
        currency=str(refund["currency"]).upper(),
        payment_id=ours.get("payment_id", ""),
        attempt_id=ours.get("refund_id", ""),
        charged_at=moment(refund["created"]),
    )


def is_ours(refund: Json, wanted: RefundOrder) -> bool:
    """Whether Stripe's refund is the one that was ordered."""
    return labels(refund).get("refund_id") == wanted.refund_id and bool(id_of(refund))
