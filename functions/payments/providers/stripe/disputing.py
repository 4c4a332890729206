"""Disputes: their states, their money and their evidence (https://docs.stripe.com/api/disputes/object)."""

import hashlib
from collections.abc import Mapping
from typing import Final

from functions.payments.model.asking import Answer, DisputeSaid, DisputeState
from functions.payments.providers.stripe.api import Json, from_stripe, id_of, labels, moment

PATH: Final = "/v1/disputes"
EXPANDED: Final = "payment_intent"
STATES: Final[dict[str, DisputeState]] = {
    "warning_needs_response": "warning", "warning_under_review": "warning", "warning_closed": "closed",
    "needs_response": "needs_response", "under_review": "under_review", "won": "won", "lost": "lost",
    "prevented": "closed", "charge_refunded": "closed",
}  # fmt: skip
"""`warning_*` are inquiries: no money has been taken yet. `prevented`: settled before it became a dispute."""
TEXTS: Final = frozenset(
    {
        "access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal",
        "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_explanation",
        "duplicate_charge_id", "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
        "service_date", "shipping_address", "shipping_carrier", "shipping_date", "shipping_tracking_number",
        "uncategorized_text",
    }
)  # fmt: skip
"""Fields of evidence that are texts; the others are files."""
LONGEST: Final = 150_000
"""Characters of evidence altogether (https://docs.stripe.com/api/disputes/update)."""


def read(dispute: Json) -> DisputeSaid:
    """A dispute as it stands; `unknown` with its status where that is a new one of Stripe's."""
    status, currency = str(dispute["status"]), str(dispute["currency"]).upper()
    intent = dispute.get("payment_intent")
    ours = labels(intent) if isinstance(intent, dict) else {}
    amount = from_stripe(dispute["amount"], currency)
    due = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeSaid(
        outcome="succeeded" if status in STATES else "unknown",
        provider_id=str(dispute["id"]),
        payment_provider_id=id_of(intent) or id_of(dispute.get("charge")),
        payment_id=ours.get("payment_id", ""),
        attempt_id=ours.get("attempt_id", ""),
        amount_minor=amount,
        currency=currency,
        reason=str(dispute.get("reason") or ""),
        state=STATES.get(status, "needs_response"),
        withdrawn_minor=_withdrawn(dispute, amount, currency),
        fee_minor=_fee(dispute, currency),
        evidence_due_at=moment(due) if due else None,
        code=status,
    )


def _withdrawn(dispute: Json, amount: int, currency: str) -> int:
    """What has been taken and not been given back; of a converted payment, its own amount or nothing."""
    lines = dispute.get("balance_transactions") or []
    if all(str(line["currency"]).upper() == currency for line in lines):
        return -sum(from_stripe(line["amount"], currency) for line in lines)
    return amount if sum(int(line["amount"]) for line in lines) < 0 else 0


def _fee(dispute: Json, currency: str) -> int:
    """The fee, where it is in the dispute's currency."""
    lines = dispute.get("balance_transactions") or []
    return sum(from_stripe(line["fee"], currency) for line in lines if str(line["currency"]).upper() == currency)


def evidence(texts: Mapping[str, str]) -> dict[str, str]:
    """The form that submits texts; it can be submitted once as a rule."""
    return {f"evidence[{name}]": text for name, text in sorted(texts.items())} | {"submit": "true"}


def senseless(texts: Mapping[str, str]) -> str:
    """Why these texts can't be sent; empty where they can."""
    if not any(text.strip() for text in texts.values()):
        return "no_evidence"
    if unknown := sorted(set(texts) - TEXTS):
        return f"unknown_field:{unknown[0]}"
    return "evidence_too_long" if sum(map(len, texts.values())) > LONGEST else ""


def key(dispute_id: str, form: Mapping[str, str]) -> str:
    """An idempotency key for what is sent: the same evidence twice is sent once, other evidence is something else."""
    said = "\x00".join([dispute_id, *(f"{name}\x01{text}" for name, text in sorted(form.items()))])
    return f"dispute-{hashlib.sha256(said.encode()).hexdigest()}"


def answered(dispute: Json) -> Answer:
    """That evidence or acceptance has arrived, with the state it led to."""
    return Answer(outcome="succeeded", provider_id=str(dispute["id"]), code=str(dispute["status"]))
