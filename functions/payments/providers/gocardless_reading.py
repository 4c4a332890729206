"""What GoCardless's payments, refunds, mandates and payouts say, in words that fit all providers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final, Literal

from functions.payments.model.asking import Answer, DisputeSaid, Movement, MovementKind, Outcome, PayoutSaid, SetUp

Json = dict[str, Any]
SOFT: Final = frozenset({"insufficient_funds", "refer_to_payer", "AM04", "MS03"})
"""Causes, and SEPA's reason codes, that say nothing about tomorrow. A closed account, a cancelled or disputed mandate
and details that were never right stay so (https://developer.gocardless.com/api-reference/#event-details)."""
ISO_REASON: Final = re.compile(r"[A-Z]{2}[0-9]{2}|DNOR|CNOR|SL01|FOCR|CUST|DUPL|TECH|FRAD")
UNDER_WAY: Final = frozenset({"pending_customer_approval", "pending_submission", "submitted"})
COLLECTED: Final = frozenset({"confirmed", "paid_out"})
"""`confirmed`: collected, as far as the banks have said; it may still fail late or be charged back."""
REFUNDED: Final[dict[str, Outcome]] = {
    "created": "processing", "pending_submission": "processing", "submitted": "processing", "paid": "succeeded",
    "cancelled": "failed", "bounced": "failed", "funds_returned": "failed",
}  # fmt: skip
CHARGEABLE: Final = frozenset({"pending_submission", "submitted", "active"})
"""A SEPA mandate is handed in with its first payment: nothing waits for its becoming `active`."""
KINDS: Final[dict[str, MovementKind]] = {
    "payment_paid_out": "charge", "payment_failed": "chargeback", "payment_charged_back": "chargeback",
    "payment_refunded": "refund", "refund": "refund", "refund_funds_returned": "refund_failed",
    "gocardless_fee": "fee", "app_fee": "fee", "surcharge_fee": "fee",
}  # fmt: skip
"""A payment that fails after it was paid out is taken back as a chargeback is."""
PAID: Final[dict[str, Literal["pending", "paid", "failed"]]] = {
    "pending": "pending",
    "paid": "paid",
    "bounced": "failed",
}
_TENTHS: Final = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]))?")


def whole(value: Any) -> int:
    """An amount in minor units; ValueError for anything but a whole number."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"-?[0-9]{1,15}", str(value)):
        raise ValueError(f"not an amount in minor units: {value!r}")
    return int(value)


def tenths(value: Any) -> int:
    """A payout item's amount, text with up to one decimal of a minor unit, in tenths of a minor unit; ValueError."""
    found = _TENTHS.fullmatch(str(value))
    if found is None or isinstance(value, float):
        raise ValueError(f"not an amount with one decimal: {value!r}")
    size = int(found[2]) * 10 + int(found[3] or 0)
    return -size if found[1] else size


def moment(value: Any) -> datetime:
    """A moment of theirs (`2026-10-01T08:00:00.000Z`)."""
    return datetime.fromisoformat(str(value)).astimezone(UTC)


def is_disputed(payment: Json, events: Sequence[Json]) -> bool:
    """Whether money that had come was taken back, or was for a while: a chargeback, or a failure that came late."""
    acted = {str(event.get("action")) for event in events}
    late = payment.get("status") == "failed" and bool(acted & COLLECTED)
    return payment.get("status") == "charged_back" or late or "charged_back" in acted


def of_payment(payment: Json, events: Sequence[Json] = ()) -> Answer:
    """A payment as an answer; of one that failed the events tell why, and whether it had been collected before.

    What was collected has succeeded: that it was taken back later is a dispute, told by `of_dispute`.
    """
    return _of_status(payment, events).model_copy(update=_ours(payment))


def _of_status(payment: Json, events: Sequence[Json]) -> Answer:
    status, provider_id = str(payment["status"]), str(payment["id"])
    if status in COLLECTED | {"charged_back"} or (status == "failed" and is_disputed(payment, events)):
        return Answer(
            outcome="succeeded",
            provider_id=provider_id,
            amount_minor=whole(payment["amount"]),
            currency=str(payment["currency"]),
            charged_at=_charged_at(payment),
        )
    if status in UNDER_WAY:
        return Answer(outcome="processing", provider_id=provider_id)
    if status == "failed":
        return _of_failed(provider_id, _details(events, "failed"))
    if status in {"cancelled", "customer_approval_denied"}:
        return Answer(outcome="failed", provider_id=provider_id, code=_code(_details(events, status)) or status)
    return Answer(outcome="unknown", provider_id=provider_id, code=status)


def _of_failed(provider_id: str, details: Json) -> Answer:
    """One that GoCardless itself tries again is still under way: a further attempt of ours could collect twice."""
    if details.get("will_attempt_retry") is True:
        return Answer(outcome="processing", provider_id=provider_id, code=_code(details))
    soft = bool({str(details.get("cause")), str(details.get("reason_code"))} & SOFT)
    return Answer(outcome="failed", provider_id=provider_id, code=_code(details) or "failed", soft=soft)


def best(found: Iterable[Answer]) -> Answer:
    """Of several payments for one attempt, the one that collected or may still collect."""
    ranks = {"succeeded": 0, "processing": 1, "unknown": 2, "failed": 3}
    return min(found, key=lambda answer: ranks[answer.outcome], default=Answer(outcome="not_found"))


def of_refund(refund: Json) -> Answer:
    """A refund as an answer; its ids are ours from its metadata."""
    labels = refund.get("metadata") or {}
    status = str(refund["status"])
    outcome = REFUNDED.get(status, "unknown")
    return Answer(
        outcome=outcome,
        provider_id=str(refund["id"]),
        amount_minor=whole(refund["amount"]),
        currency=str(refund["currency"]),
        code="" if outcome in {"succeeded", "processing"} else status,
        payment_id=str(labels.get("payment_id", "")),
        attempt_id=str(labels.get("refund_id", "")),
    )


def of_dispute(payment: Json, events: Sequence[Json]) -> DisputeSaid:
    """What became of money that had come: GoCardless has no dispute of its own, so the payment's id is its id.

    Nothing can be said against a SEPA debit that is taken back: it is lost at once, unless the bank takes it back.
    """
    if not is_disputed(payment, events):
        return DisputeSaid(outcome="not_found", provider_id=str(payment["id"]))
    lost = payment["status"] in {"charged_back", "failed"}
    details = _details(events, "charged_back") or _details(events, "failed")
    amount = whole(payment["amount"])
    said = DisputeSaid(
        outcome="succeeded",
        provider_id=str(payment["id"]),
        payment_provider_id=str(payment["id"]),
        amount_minor=amount,
        currency=str(payment["currency"]),
        reason=str(details.get("cause") or payment["status"]),
        state="lost" if lost else "won",
        withdrawn_minor=amount if lost else 0,
        code=_code(details),
    )
    return said.model_copy(update=_ours(payment))


def of_mandate(mandate: Json, account: Json, provider_id: str, labels: Json) -> SetUp:
    """A mandate as a method that was set up; `account` is the bank account as far as it is known."""
    status = str(mandate["status"])
    if status in CHARGEABLE:
        outcome: Outcome = "succeeded"
    else:
        outcome = "processing" if status == "pending_customer_approval" else "failed"
    country, ending = account.get("country_code") or "", account.get("account_number_ending") or ""
    return SetUp(
        outcome=outcome,
        provider_id=provider_id,
        invitation_id=str(labels.get("invitation_id", "")),
        member_id=str(labels.get("member_id", "")),
        token=str(mandate["id"]) if outcome == "succeeded" else "",
        method="direct_debit",
        label=f"{country}.. {ending}" if ending else "",
        code="" if outcome == "succeeded" else f"mandate_{status}",
    )


def closed(request: Json) -> Answer:
    """Whether nobody can pay by a billing request any more."""
    status = str(request["status"])
    outcome: Outcome = "succeeded" if status == "cancelled" else "failed"
    return Answer(outcome=outcome, provider_id=str(request["id"]), code=f"billing_request_{status}")


def of_payout(payout: Json) -> PayoutSaid:
    """A payout without its movements; where it was exchanged, what reaches the bank after that."""
    exchanged = payout.get("fx") or {}
    if exchanged.get("fx_amount") is not None:
        amount, currency = whole(exchanged["fx_amount"]), str(exchanged["fx_currency"])
    else:
        amount, currency = whole(payout["amount"]), str(payout["currency"])
    arrives = payout.get("arrival_date")
    return PayoutSaid(
        outcome="succeeded",
        provider_id=str(payout["id"]),
        amount_minor=amount,
        currency=currency,
        state=PAID[str(payout["status"])],
        arrives_on=date.fromisoformat(arrives) if arrives else None,
        statement_text=str(payout.get("reference") or ""),
    )


def movements(payout: Json, items: Sequence[Json]) -> tuple[Movement, ...]:
    """What a payout is made of, in whole minor units that add up to it exactly; ValueError where they can't.

    GoCardless counts fees in tenths and rounds the sum once. So do we: each movement is the step that the rounded
    running sum takes, which leaves whole amounts as they are and never loses a tenth. A tie that they rounded the
    other way is one minor unit of adjustment.
    """
    made = list(_movements(payout, items))
    rest = whole(payout["amount"]) - sum(movement.amount_minor for movement in made)
    if abs(rest) > 1:
        raise ValueError(f"{payout['id']}: its items miss {rest} of {payout['amount']}")
    return (*made, *([_rounding(payout, rest)] if rest else []))


def _movements(payout: Json, items: Sequence[Json]) -> Iterator[Movement]:
    times: dict[str, int] = {}
    running = 0
    for item in items:
        links = item.get("links") or {}
        kind, about = str(item["type"]), str(links.get("refund") or links.get("payment") or "")
        name = f"{payout['id']}:{kind}:{about}"
        times[name] = times.get(name, 0) + 1
        before, running = running, running + tenths(item["amount"])
        amount = _rounded(running) - _rounded(before)
        yield Movement(
            movement_id=f"{name}:{times[name]}",
            kind=_kind(kind, amount),
            amount_minor=amount,
            currency=str(payout["currency"]),
            at=moment(payout["created_at"]),
            provider_id=about,
            payout_id=str(payout["id"]),
        )


def _kind(kind: str, amount: int) -> MovementKind:
    if kind == "payment_charged_back" and amount > 0:
        return "chargeback_reversed"
    return KINDS.get(kind, "adjustment")


def _rounding(payout: Json, rest: int) -> Movement:
    return Movement(
        movement_id=f"{payout['id']}:rounding",
        kind="adjustment",
        amount_minor=rest,
        currency=str(payout["currency"]),
        at=moment(payout["created_at"]),
        payout_id=str(payout["id"]),
    )


def _rounded(amount_tenths: int) -> int:
    return (amount_tenths + 5) // 10


def _ours(payment: Json) -> dict[str, str]:
    labels = payment.get("metadata") or {}
    return {name: str(labels.get(name, "")) for name in ("payment_id", "attempt_id")}


def _charged_at(payment: Json) -> datetime | None:
    """Noon of the day on which it is collected, so that it is the same day in every European time zone."""
    day = payment.get("charge_date")
    return datetime.combine(date.fromisoformat(str(day)), time(12), UTC) if day else None


def _details(events: Sequence[Json], action: str) -> Json:
    """Of the newest event that says so: lists begin with the newest."""
    found = next((event for event in events if event.get("action") == action), {})
    return found.get("details") or {}


def _code(details: Json) -> str:
    """The scheme's ISO 20022 reason where there is one, else GoCardless's cause."""
    reason = str(details.get("reason_code") or "")
    return reason if ISO_REASON.fullmatch(reason) else str(details.get("cause") or "")
