"""Payouts and what they are made of (https://docs.stripe.com/api/balance_transactions)."""

from typing import Any, Final, Literal

from functions.payments.model.asking import Movement, MovementKind, PayoutSaid
from functions.payments.providers.stripe.api import Json, from_stripe, id_of, labels, moment

PATH: Final = "/v1/payouts"
LINES: Final = "/v1/balance_transactions"
_STATES: Final[dict[Any, Literal["pending", "paid", "failed"]]] = {
    "pending": "pending", "in_transit": "pending", "paid": "paid", "failed": "failed", "canceled": "failed",
}  # fmt: skip
_KINDS: Final[dict[str, MovementKind]] = {
    "charge": "charge", "payment": "charge", "payment_failure_refund": "charge", "payment_reversal": "charge",
    "refund": "refund", "payment_refund": "refund", "refund_failure": "refund_failed",
    "stripe_fee": "fee", "stripe_fx_fee": "fee", "tax_fee": "fee", "application_fee": "fee",
    "payout": "payout", "payout_failure": "payout_failed", "payout_cancel": "payout_failed",
}  # fmt: skip
"""By `type` (https://docs.stripe.com/reports/balance-transaction-types). A payment that fails after it was credited
is a charge with a minus: both lines together are nothing."""
_ADJUSTMENTS: Final[dict[str, MovementKind]] = {
    "dispute": "chargeback", "dispute_reversal": "chargeback_reversed", "refund_failure": "refund_failed",
    "fee": "fee", "charge_failure": "charge",
}  # fmt: skip
"""What an `adjustment` is, by `reporting_category` (https://docs.stripe.com/reports/reporting-categories)."""


def read(payout: Json, movements: tuple[Movement, ...] = ()) -> PayoutSaid:
    """A payout; `unknown` with its status where that is a new one of Stripe's."""
    currency, status = str(payout["currency"]).upper(), payout["status"]
    return PayoutSaid(
        outcome="succeeded" if status in _STATES else "unknown",
        provider_id=str(payout["id"]),
        amount_minor=from_stripe(payout["amount"], currency),
        currency=currency,
        state=_STATES.get(status, "pending"),
        arrives_on=moment(payout["arrival_date"]).date(),
        statement_text=_text(payout),
        movements=movements,
        code=str(payout.get("failure_code") or ("" if status in _STATES else status)),
    )


def _text(payout: Json) -> str:
    """What stands in the bank's text: our descriptor, the bank's trace id once there is one, or Stripe's name."""
    trace = (payout.get("trace_id") or {}).get("value")
    parts = [str(part) for part in (payout.get("statement_descriptor"), trace) if part]
    return " ".join(parts) or "STRIPE"


def movement(line: Json, payout_id: str) -> Movement:
    """A balance transaction, with its source expanded; in the currency it is settled in."""
    currency = str(line["currency"]).upper()
    source = line.get("source")
    thing = source if isinstance(source, dict) else {}
    ours = labels(thing)
    return Movement(
        movement_id=str(line["id"]),
        kind=_kind(line),
        amount_minor=from_stripe(line["amount"], currency),
        fee_minor=from_stripe(line["fee"], currency),
        currency=currency,
        at=moment(line["created"]),
        provider_id=id_of(thing.get("payment_intent")) if thing.get("object") == "charge" else "" or id_of(source),
        reference=ours.get("refund_id") or ours.get("attempt_id") or "",
        payout_id=payout_id,
    )


def _kind(line: Json) -> MovementKind:
    if line["type"] == "adjustment":
        return _ADJUSTMENTS.get(str(line.get("reporting_category")), "adjustment")
    return _KINDS.get(str(line["type"]), "adjustment")
