"""What Adyen's answers say, in our words."""

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from functions.payments.adyen_units import ours
from functions.payments.declines import is_soft
from functions.payments.model.asking import ONLY_TOLD, Answer, Outcome, SetUp
from functions.payments.model.payments import Method

Json = Mapping[str, Any]
UNDECIDED: Final = frozenset({"Received", "Pending", "PresentToShopper"})
NEEDS_MEMBER: Final = frozenset(
    {"RedirectShopper", "IdentifyShopper", "ChallengeShopper", "AuthenticationNotRequired", "AuthenticationFinished"}
)
REFUSED: Final = {"Refused": "refused", "Error": "acquirer_error", "Cancelled": "cancelled"}
"""With the code where Adyen gives no `refusalReasonCode`."""
LINKS: Final[dict[str, Outcome]] = {
    "active": "processing",
    "paymentPending": "processing",
    "completed": "succeeded",
    "paid": "succeeded",
    "expired": "failed",
}
"""A link's `status` (https://docs.adyen.com/api-explorer/Checkout/71/get/paymentLinks/(linkId))."""


def of_payment(said: Json, method: Method) -> Answer:
    """A payment's `resultCode`. What needs the member has failed: nobody is there to be asked.

    `Authorised` is money: it is captured at once, and a capture that fails is told later as money withdrawn.
    """
    result, provider_id = str(said["resultCode"]), str(said.get("pspReference") or "")
    if result == "Authorised":
        amount, currency = _amount(said["amount"])
        return Answer(outcome="succeeded", provider_id=provider_id, amount_minor=amount, currency=currency)
    if result in UNDECIDED:
        return Answer(outcome="processing", provider_id=provider_id)
    if result in NEEDS_MEMBER:
        return Answer(outcome="failed", provider_id=provider_id, code="authentication_required")
    if result in REFUSED:
        code = str(said.get("refusalReasonCode") or said.get("refusalReason") or REFUSED[result])[:60]
        soft = is_soft(code, provider="adyen", method=method)
        return Answer(outcome="failed", provider_id=provider_id, code=code, soft=soft)
    return Answer(outcome="unknown", provider_id=provider_id, code=result)


def of_refund(said: Json, payment_id: str) -> Answer:
    """That a refund was taken in: what becomes of it, only a notice tells."""
    amount, currency = _amount(said["amount"])
    return Answer(
        outcome="processing",
        provider_id=str(said["pspReference"]),
        payment_id=payment_id,
        attempt_id=str(said.get("reference") or ""),
        amount_minor=amount,
        currency=currency,
    )


def of_link(link: Json) -> Answer:
    """What became of an invitation to pay. That it was paid is not yet the payment: its id comes with the notice."""
    outcome = LINKS.get(str(link["status"]), "unknown")
    labels = link.get("metadata") or {}
    return Answer(
        outcome="processing" if outcome == "succeeded" else outcome,
        provider_id=str(link["id"]),
        code=ONLY_TOLD if outcome == "succeeded" else "expired" if outcome == "failed" else "",
        payment_id=str(labels.get("payment_id", "")),
        attempt_id=str(labels.get("attempt_id", "")),
    )


def of_set_up(link: Json, stored: Json | None) -> SetUp:
    """What became of an invitation to set a method up: done once Adyen shows the stored method."""
    outcome = LINKS.get(str(link["status"]), "unknown")
    labels = link.get("metadata") or {}
    facts: dict[str, Any] = {
        "outcome": "processing" if outcome == "succeeded" else outcome,
        "provider_id": str(link["id"]),
        "invitation_id": str(labels.get("invitation_id", "")),
        "member_id": str(labels.get("member_id", "")),
        "code": "expired" if outcome == "failed" else "",
    }
    if outcome == "succeeded" and stored is not None:
        facts |= {"outcome": "succeeded", **_method(str(link["shopperReference"]), stored)}
    return SetUp(**facts)


def _method(shopper: str, stored: Json) -> dict[str, Any]:
    debit = stored["type"] == "sepadirectdebit"
    iban = str(stored.get("iban") or "")
    brand, digits = str(stored.get("brand") or stored["type"]).capitalize(), str(stored.get("lastFour") or "")
    return {
        "token": f"{shopper}/{stored['id']}",
        "method": "direct_debit" if debit else "card",
        "label": f"{iban[:2]}.. {iban[-4:]}" if debit else f"{brand} {digits}",
        "expires_on": None if debit else _expiry(stored),
    }


def _expiry(stored: Json) -> date | None:
    """The last day of the card's month."""
    year, month = str(stored.get("expiryYear") or ""), str(stored.get("expiryMonth") or "")
    if not (year.isdecimal() and month.isdecimal()):
        return None
    return date(int(year), int(month), calendar.monthrange(int(year), int(month))[1])


def _amount(said: Json) -> tuple[int, str]:
    currency = str(said["currency"])
    return ours(int(said["value"]), currency), currency
