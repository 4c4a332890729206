"""What Mollie's resources say, in our words; amounts are exact decimal text."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

from functions.payments.amounts import minor_of
from functions.payments.declines import is_soft
from functions.payments.model.asking import (
    ONLY_TOLD,
    SET_UP,
    Answer,
    DisputeSaid,
    Movement,
    MovementKind,
    Outcome,
    PayoutSaid,
    SetUp,
)
from functions.payments.providers.mollie_api import Json

UNDECIDED: Final = frozenset({"open", "pending", "authorized"})
REFUNDS: Final[dict[str, Outcome]] = {
    "queued": "processing",
    "pending": "processing",
    "processing": "processing",
    "refunded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
BACK: Final[dict[str, MovementKind]] = {"chargeback": "chargeback_reversed", "refund": "refund_failed"}
"""A settlement's revenue that is no payment: chargebacks that were reversed, refunds that came back."""
SETTLED: Final[dict[str, Literal["pending", "paid", "failed"]]] = {
    "open": "pending",
    "pending": "pending",
    "paidout": "paid",
    "failed": "failed",
}


def amount_of(said: Mapping[str, Any]) -> tuple[int, str]:
    """An amount object in minor units; ValueError where it is not exact."""
    value, currency = said["value"], str(said["currency"])
    if not isinstance(value, str):
        raise TypeError("an amount is text")
    return minor_of(value, currency), currency


def of_payment(payment: Json) -> Answer:
    """A payment by its status. One that was paid stays so, whatever is given back or taken back later.

    One that only sets a method up is no payment of anything: `skipped`.
    """
    labels = labels_of(payment)
    if labels.get("invitation_id") and not labels.get("payment_id"):
        return Answer(outcome="skipped", provider_id=str(payment["id"]), code=SET_UP)
    found = _of_status(payment)
    ours = {name: str(labels.get(name, "")) for name in ("payment_id", "attempt_id")}
    return found.model_copy(update=ours)


def _of_status(payment: Json) -> Answer:
    status, provider_id = str(payment["status"]), str(payment["id"])
    if status == "paid":
        amount, currency = amount_of(payment["amount"])
        return Answer(outcome="succeeded", provider_id=provider_id, amount_minor=amount, currency=currency)
    if status in UNDECIDED:
        return Answer(outcome="processing", provider_id=provider_id)
    if status in {"failed", "canceled", "expired"}:
        code = reason_of(payment) or status
        debit = payment.get("method") == "directdebit"
        soft = is_soft(code, provider="mollie", method="direct_debit" if debit else "card")
        return Answer(outcome="failed", provider_id=provider_id, code=code, soft=soft)
    return Answer(outcome="unknown", provider_id=provider_id, code=status)


def reason_of(payment: Json) -> str:
    """Why it failed: a card's `failureReason`, a debit's `bankReasonCode`, or what a `statusReason` says."""
    details = payment.get("details") or {}
    told = (
        details.get("failureReason") or details.get("bankReasonCode") or (payment.get("statusReason") or {}).get("code")
    )
    return str(told or "")[:60]


def of_refund(refund: Json) -> Answer:
    """A refund; its id is `payment/refund`, as both are needed to ask for it."""
    amount, currency = amount_of(refund["amount"])
    outcome, labels = REFUNDS.get(str(refund["status"]), "unknown"), labels_of(refund)
    return Answer(
        outcome=outcome,
        provider_id=f"{refund['paymentId']}/{refund['id']}",
        code=str(refund["status"]) if outcome in {"failed", "unknown"} else "",
        amount_minor=amount,
        currency=currency,
        payment_id=str(labels.get("payment_id", "")),
        attempt_id=str(labels.get("refund_id", "")),
    )


def of_chargebacks(payment: Json) -> DisputeSaid:
    """A payment's chargebacks as one dispute, under the payment's id.

    Mollie takes the money at once, and gives it back where one is reversed. There are none: nothing to be told yet.
    """
    provider_id, labels = str(payment["id"]), labels_of(payment)
    found = (payment.get("_embedded") or {}).get("chargebacks") or []
    if not found:
        return DisputeSaid(outcome="unknown", provider_id=provider_id, code=ONLY_TOLD)
    currency = str(payment["amount"]["currency"])
    taken = sum(amount_of(one["amount"])[0] for one in found if not one.get("reversedAt"))
    reason = found[0].get("reason") or {}
    return DisputeSaid(
        outcome="succeeded",
        provider_id=provider_id,
        payment_provider_id=provider_id,
        payment_id=str(labels.get("payment_id", "")),
        attempt_id=str(labels.get("attempt_id", "")),
        amount_minor=sum(amount_of(one["amount"])[0] for one in found),
        currency=currency,
        reason=str(reason.get("code") or reason.get("description") or "")[:100],
        state="lost" if taken else "won",
        withdrawn_minor=taken,
    )


def of_mandate(payment: Json, mandate: Json | None) -> SetUp:
    """What became of setting a method up: its first payment, then the mandate that came of it."""
    labels, answer = labels_of(payment), _of_status(payment)
    facts: dict[str, Any] = {
        "outcome": answer.outcome,
        "provider_id": str(payment["id"]),
        "invitation_id": str(labels.get("invitation_id", "")),
        "member_id": str(labels.get("member_id", "")),
        "code": answer.code,
    }
    if answer.outcome == "succeeded" and (mandate is None or mandate["status"] != "valid"):
        invalid = mandate is not None and mandate["status"] == "invalid"
        return SetUp(**facts | {"outcome": "failed" if invalid else "processing", "code": "mandate_invalid" * invalid})
    if answer.outcome == "succeeded" and mandate is not None:
        facts |= _method(str(payment["customerId"]), mandate)
    return SetUp(**facts)


def _method(customer: str, mandate: Json) -> dict[str, Any]:
    details = mandate.get("details") or {}
    debit = mandate["method"] != "creditcard"
    iban, digits = str(details.get("consumerAccount") or ""), str(details.get("cardNumber") or "")
    expires = details.get("cardExpiryDate")
    return {
        "token": f"{customer}/{mandate['id']}",
        "method": "direct_debit" if debit else "card",
        "label": f"{iban[:2]}.. {iban[-4:]}" if debit else f"{details.get('cardLabel') or 'Card'} {digits}",
        "expires_on": None if debit or not expires else date.fromisoformat(str(expires)),
    }


def of_settlement(settlement: Json) -> PayoutSaid:
    """A settlement without its movements. Its reference is what the bank statement says."""
    amount, currency = amount_of(settlement["amount"])
    paid = settlement.get("settledAt")
    return PayoutSaid(
        outcome="succeeded",
        provider_id=str(settlement["id"]),
        amount_minor=amount,
        currency=currency,
        state=SETTLED[str(settlement["status"])],
        arrives_on=moment(paid).date() if paid else None,
        statement_text=str(settlement.get("reference") or ""),
    )


def movement(kind: MovementKind, thing: Json, settlement: str) -> Movement:
    """A payment, refund or chargeback in a settlement, by what it moved on our balance."""
    sign = 1 if kind == "charge" else -1
    amount, currency = amount_of(thing.get("settlementAmount") or thing["amount"])
    names = {"charge": str(thing["id"]), "chargeback": str(thing.get("paymentId"))}
    name = names.get(kind) or f"{thing['paymentId']}/{thing['id']}"
    labels = labels_of(thing)
    return Movement(
        movement_id=f"{settlement}/{kind}/{thing['id']}",
        kind=kind,
        amount_minor=sign * abs(amount),
        currency=currency,
        at=moment(thing.get("paidAt") or thing["createdAt"]),
        provider_id=name,
        reference=str(labels.get("refund_id") or labels.get("attempt_id") or ""),
        payout_id=settlement,
    )


def summed(settlement: Json) -> list[Movement]:
    """What a settlement tells only in sums, by month and method: its fees, and what came back to us."""
    found: list[Movement] = []
    for year, months in sorted((settlement.get("periods") or {}).items()):
        for month, period in sorted(months.items()):
            label = f"{settlement['id']}/{year}-{month}"
            found += [_sum("fee", -1, cost, f"{label}/{n}", settlement) for n, cost in enumerate(period["costs"])]
            back = [(BACK[str(one["method"])], one) for one in period["revenue"] if one.get("method") in BACK]
            found += [_sum(kind, 1, one, f"{label}/{kind}", settlement) for kind, one in back]
    return found


def _sum(kind: MovementKind, sign: int, told: Json, name: str, settlement: Json) -> Movement:
    amount, currency = amount_of(told["amountGross"])
    return Movement(
        movement_id=name,
        kind=kind,
        amount_minor=sign * amount,
        currency=currency,
        at=moment(settlement.get("settledAt") or settlement["createdAt"]),
        payout_id=str(settlement["id"]),
    )


def rest(said: PayoutSaid, listed: Sequence[Movement], settlement: Json) -> list[Movement]:
    """What the settlement pays beside all that it lists; none where that is nothing."""
    missing = said.amount_minor - sum(movement.amount_minor - movement.fee_minor for movement in listed)
    if not missing:
        return []
    return [
        Movement(
            movement_id=f"{said.provider_id}/rest",
            kind="adjustment",
            amount_minor=missing,
            currency=said.currency,
            at=moment(settlement.get("settledAt") or settlement["createdAt"]),
            payout_id=said.provider_id,
        )
    ]


def labels_of(thing: Json) -> Json:
    """Our metadata; whatever else somebody may have put there is none of ours."""
    labels = thing.get("metadata")
    return labels if isinstance(labels, dict) else {}


def moment(text: Any) -> datetime:
    """An instant as Mollie writes it; ValueError without a zone."""
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return at.astimezone(UTC)
