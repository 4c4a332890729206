"""What an item of Adyen's notices says: of a payment, a refund, a dispute, a stored method or a report.

https://docs.adyen.com/development-resources/webhooks/webhook-types. Adyen's standard webhook has dozens of event codes:
what is not told of here is about nothing, and is acknowledged all the same.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from functions.payments.adyen_units import ours
from functions.payments.declines import is_soft
from functions.payments.model.asking import Answer, DisputeSaid, DisputeState, Notice
from functions.payments.webhooks.signed import UNREADABLE, fingerprint

Json = Mapping[str, Any]
NAMES: Final = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")
REPORT: Final = re.compile(r"settlement_detail_report_batch_[0-9]{1,9}\.csv")
_ID: Final = re.compile(r"[A-Za-z0-9]{1,40}")
_OURS: Final = re.compile(r"[a-z]{2,12}_[0-9A-Za-z.]{1,60}")
_LINK: Final = re.compile(r"PL[A-Za-z0-9]{1,38}")

STATES: Final[dict[str, DisputeState]] = {
    "REQUEST_FOR_INFORMATION": "warning",
    "NOTIFICATION_OF_CHARGEBACK": "needs_response",
    "CHARGEBACK": "needs_response",
    "CHARGEBACK_REVERSED": "won",
    "SECOND_CHARGEBACK": "lost",
    "PREARBITRATION_WON": "won",
    "PREARBITRATION_LOST": "lost",
    "ISSUER_RESPONSE_TIMEFRAME_EXPIRED": "won",
    "DISPUTE_DEFENSE_PERIOD_ENDED": "lost",
    "CAPTURE_FAILED": "lost",
}
"""A capture that failed is money that was told as collected and does not come: the same as a dispute that is lost."""
WITHDRAWN: Final = frozenset(
    {"CHARGEBACK", "SECOND_CHARGEBACK", "PREARBITRATION_LOST", "DISPUTE_DEFENSE_PERIOD_ENDED", "CAPTURE_FAILED"}
)
"""With these the money has been taken; with the others it is with us, or back."""
STATUSES: Final[dict[str, DisputeState]] = {
    "Responded": "under_review",
    "Pending": "under_review",
    "AutoDefended": "under_review",
    "Accepted": "lost",
    "Lost": "lost",
    "Expired": "lost",
    "Won": "won",
}
"""`disputeStatus` refines an open dispute (https://docs.adyen.com/risk-management/disputes-api/dispute-notifications)."""


def truth(value: Any) -> bool:
    """Adyen writes `true` as a word or as a boolean; ValueError for anything else."""
    if value is True or value == "true":
        return True
    if value is False or value == "false":
        return False
    raise ValueError("neither true nor false")


def notice(item: Json) -> Notice:
    """What a verified item says; what can't be (a part of a minor unit) is told, and the others go on."""
    code = str(item["eventCode"])
    read = READERS.get(code)
    try:
        facts = read(item) if read else {}
    except ValueError:
        return Notice(event_id=_event_id(item), type=UNREADABLE, fingerprint=print_of(item))
    return Notice(event_id=_event_id(item), type=code[:60], fingerprint=print_of(item), **facts)


def print_of(item: Json) -> str:
    """Of what is signed: sent again, an item says the same, though its moment and its words may differ."""
    amount = item.get("amount") or {}
    signed = {name: item.get(name) or "" for name in (*NAMES, "eventCode")}
    return fingerprint({**signed, "amount": [str(amount.get("value", "")), str(amount.get("currency", ""))]})


def _event_id(item: Json) -> str:
    """Sent again it is the same. A dispute is told of several times under one code, as its status changes."""
    code, psp, original = (
        str(item.get(name) or "")[:80] for name in ("eventCode", "pspReference", "originalReference")
    )
    success = "true" if truth(item["success"]) else "false"
    status = f":{_extra(item, 'disputeStatus')[:30]}" if code in STATES else ""
    return f"{code}:{psp}:{success}:{original}{status}"


def _authorisation(item: Json) -> dict[str, Any]:
    """A try on a payment page that failed decides nothing: the member may try again as long as the link is open."""
    link, success = _extra(item, "paymentLinkId"), truth(item["success"])
    amount, currency = _amount(item)
    if link and (amount == 0 or not success):
        known = success and _LINK.fullmatch(link)
        return {"about": "set_up", "provider_id": link} if known else {}
    return _of_payment(item, "succeeded" if success else "failed", "pspReference", amount, currency)


def _ended(item: Json) -> dict[str, Any]:
    """Cancelled, or the member never came back; with a link the member may still begin anew."""
    if not truth(item["success"]) or _extra(item, "paymentLinkId"):
        return {}
    name = "originalReference" if item.get("originalReference") else "pspReference"
    return _of_payment(item, "failed", name, 0, "")


def _of_payment(item: Json, outcome: Any, name: str, amount: int, currency: str) -> dict[str, Any]:
    word = "" if outcome == "succeeded" else _word(item)
    debit = item.get("paymentMethod") == "sepadirectdebit"
    said = Answer(
        outcome=outcome,
        provider_id=_id(item, name),
        code=word,
        soft=is_soft(word, provider="adyen", method="direct_debit" if debit else "card"),
        amount_minor=amount,
        currency=currency,
        payment_id=_label(item, "metadata.payment_id"),
        attempt_id=_reference(item),
    )
    return {"about": "payment", "provider_id": said.provider_id, "attempt_id": said.attempt_id, "said": said}


def _word(item: Json) -> str:
    """Adyen's words for a refusal: a notice gives no code. Of a debit, the scheme's code that they begin with."""
    if item["eventCode"] != "AUTHORISATION":
        return "cancelled"
    reason = str(item.get("reason") or "refused")[:60]
    found = re.match(r"[A-Z]{2}[0-9]{2}(?=\b)", reason)
    return found[0] if found else re.sub(r"[^a-z0-9]+", "_", reason.lower()).strip("_")


def _refund(item: Json) -> dict[str, Any]:
    """`REFUND` tells what became of it; the others, that it came back, or was never sent."""
    success, code = truth(item["success"]), str(item["eventCode"])
    if code != "REFUND" and not success:
        return {}
    paid = code == "REFUND" and success
    amount, currency = _amount(item)
    said = Answer(
        outcome="succeeded" if paid else "failed",
        provider_id=_id(item, "pspReference"),
        code="" if paid else code.lower(),
        amount_minor=amount,
        currency=currency,
        attempt_id=_reference(item),
        said_at=_moment(item.get("eventDate")),
    )
    return {"about": "refund", "provider_id": said.provider_id, "attempt_id": said.attempt_id, "said": said}


def _dispute(item: Json) -> dict[str, Any]:
    code = str(item["eventCode"])
    if not truth(item["success"]):
        return {}
    amount, currency = _amount(item)
    said = DisputeSaid(
        outcome="succeeded",
        provider_id=_id(item, "pspReference"),
        payment_provider_id=_id(item, "originalReference"),
        payment_id=_label(item, "metadata.payment_id"),
        attempt_id=_reference(item),
        amount_minor=amount,
        currency=currency,
        reason=(_extra(item, "chargebackReasonCode") or str(item.get("reason") or ""))[:100],
        state=_state(code, _extra(item, "disputeStatus")),
        withdrawn_minor=amount if code in WITHDRAWN else 0,
        evidence_due_at=_moment(_extra(item, "defensePeriodEndsAt")),
        said_at=_moment(item.get("eventDate")),
    )
    return {"about": "dispute", "provider_id": said.provider_id, "attempt_id": said.attempt_id, "dispute": said}


def _state(code: str, status: str) -> DisputeState:
    state = STATES[code]
    return STATUSES.get(status, state) if state == "needs_response" else state


def _capture(item: Json) -> dict[str, Any]:
    """We capture at once: one that goes well tells nothing new."""
    return {} if truth(item["success"]) else _dispute({**item, "eventCode": "CAPTURE_FAILED", "success": "true"})


def _report(item: Json) -> dict[str, Any]:
    """A report by its name alone: whatever address comes with it is not used."""
    name = str(item.get("pspReference") or "")
    return {"about": "payout", "provider_id": name} if truth(item["success"]) and REPORT.fullmatch(name) else {}


READERS: Final[dict[str, Callable[[Json], dict[str, Any]]]] = {
    "AUTHORISATION": _authorisation,
    "CANCELLATION": _ended,
    "TECHNICAL_CANCEL": _ended,
    "OFFER_CLOSED": _ended,
    "EXPIRE": _ended,
    "CAPTURE": _capture,
    "REFUND": _refund,
    "REFUND_FAILED": _refund,
    "REFUNDED_REVERSED": _refund,
    "VOID_PENDING_REFUND": _refund,
    "REPORT_AVAILABLE": _report,
    **dict.fromkeys(STATES, _dispute),
}


def _amount(item: Json) -> tuple[int, str]:
    amount = item.get("amount") or {}
    currency = str(amount.get("currency") or "")
    return ours(int(amount.get("value") or 0), currency), currency


def _id(item: Json, name: str) -> str:
    value = str(item.get(name) or "")
    return value if _ID.fullmatch(value) else ""


def _reference(item: Json) -> str:
    value = str(item.get("merchantReference") or "")
    return value if _OURS.fullmatch(value) else ""


def _extra(item: Json, name: str) -> str:
    extra = item.get("additionalData")
    value = extra.get(name) if isinstance(extra, dict) else None
    return value if isinstance(value, str) else ""


def _label(item: Json, name: str) -> str:
    """A label of ours that Adyen gives back unsigned: the payment it names must know the attempt, which is signed."""
    value = _extra(item, name)
    return value if _OURS.fullmatch(value) else ""


def _moment(value: Any) -> datetime | None:
    """An instant with its zone; None where it is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else None
