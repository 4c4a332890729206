"""Checkout Sessions: Stripe's own page to pay or to set up a method (https://docs.stripe.com/api/checkout/sessions)."""

from calendar import monthrange
from datetime import date
from typing import Any, Final, Literal

from functions.payments.model.asking import Answer, Invitation, Invited, Outcome, SetUp
from functions.payments.providers.stripe.api import Json, id_of, labels, to_stripe

PATH: Final = "/v1/checkout/sessions"
EXPANDED: Final = (
    "setup_intent.payment_method,setup_intent.latest_attempt,payment_intent.payment_method,payment_intent.latest_charge"
)
SET_UP: Final = "/v1/setup_intents"
SET_UP_EXPANDED: Final = "payment_method,latest_attempt"
MANDATE: Final = "/v1/mandates"
METHODS: Final = {"direct_debit": "sepa_debit"}
_LANGUAGES: Final = frozenset(
    {
        "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fil", "fr", "hr", "hu", "id", "it", "ja", "ko", "lt",
        "lv", "ms", "mt", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh",
    }
)  # fmt: skip
_BECOMES_DEBIT: Final = {"ideal": "NL", "bancontact": "BE", "sofort": ""}
"""Methods that can't be charged again themselves: they leave a SEPA debit that can."""
_OUTCOMES: Final[dict[str, Outcome]] = {
    "succeeded": "succeeded", "processing": "processing", "requires_action": "processing",
    "requires_confirmation": "processing", "canceled": "failed",
}  # fmt: skip
_LONGEST_NAME: Final = 250


def form(wanted: Invitation) -> dict[str, str]:
    """The form of `POST /v1/checkout/sessions`; the same for the same invitation.

    A customer of Stripe's is made for every page: a method can be charged later only as a customer's.
    """
    kind = "payment" if wanted.kind == "pay" else "setup"
    fields = {
        "mode": kind,
        "success_url": wanted.return_url,
        "cancel_url": wanted.return_url,
        "client_reference_id": wanted.invitation_id,
        "locale": wanted.language if wanted.language in _LANGUAGES else "auto",
        "customer_creation": "always",
        "metadata[invitation_id]": wanted.invitation_id,
        "metadata[member_id]": wanted.member_id,
    }
    if wanted.email:
        fields["customer_email"] = wanted.email
    if wanted.method:
        fields["payment_method_types[0]"] = METHODS.get(wanted.method, wanted.method)
    return fields | (_to_pay(wanted) if wanted.kind == "pay" else _to_set_up(wanted))


def _to_pay(wanted: Invitation) -> dict[str, str]:
    ours = {"invitation_id": wanted.invitation_id, "attempt_id": wanted.attempt_id, "payment_id": wanted.payment_id}
    fields = {
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": wanted.currency.lower(),
        "line_items[0][price_data][unit_amount]": to_stripe(wanted.amount_minor, wanted.currency),
        "line_items[0][price_data][product_data][name]": wanted.description[:_LONGEST_NAME] or wanted.invitation_id,
        "payment_intent_data[description]": wanted.description or wanted.invitation_id,
    }
    fields |= {f"payment_intent_data[metadata][{name}]": value for name, value in ours.items() if value}
    if wanted.keep_method:
        fields |= {"payment_intent_data[setup_future_usage]": "off_session", "metadata[keep_method]": "true"}
    return fields


def _to_set_up(wanted: Invitation) -> dict[str, str]:
    ours = {"invitation_id": wanted.invitation_id, "member_id": wanted.member_id}
    return {"currency": wanted.currency.lower()} | {
        f"setup_intent_data[metadata][{name}]": value for name, value in ours.items()
    }


def invited(session: Json) -> Invited:
    """Where the member goes: `succeeded` with the page; one that is over has no page any more."""
    name, url = str(session["id"]), str(session.get("url") or "")
    if not url:
        return Invited(outcome="failed", provider_id=name, code=str(session.get("status") or "no_page"))
    return Invited(outcome="succeeded", provider_id=name, url=url)


def closed(session: Json) -> Answer:
    """Whether nobody can pay on a page any more."""
    status = str(session["status"])
    return Answer(outcome="succeeded" if status == "expired" else "failed", code=status)


def of_session(session: Json) -> SetUp:
    """What became of the method on a page; `processing` as long as the member may still come."""
    told = {"provider_id": str(session["id"]), "invitation_id": str(session.get("client_reference_id") or "")}
    told["member_id"] = labels(session).get("member_id", "")
    status = session["status"]
    if status == "open":
        return SetUp(outcome="processing", code="open", **_typed(told))
    if status != "complete":
        return SetUp(outcome="failed", code=str(status), **_typed(told))
    found = session.get("setup_intent") or session["payment_intent"]
    return _of_intent(found, id_of(session.get("customer"))).model_copy(update=told)


def of_set_up_intent(intent: Json) -> SetUp:
    """What a setup intent says of its method, with our ids from its metadata."""
    ours = labels(intent)
    told = {"invitation_id": ours.get("invitation_id", ""), "member_id": ours.get("member_id", "")}
    return _of_intent(intent, id_of(intent.get("customer"))).model_copy(update={"provider_id": intent["id"], **told})


def of_mandate(mandate: Json) -> SetUp:
    """A SEPA mandate: `failed` with `mandate_inactive` once the bank or the member has ended it."""
    outcomes: dict[str, Outcome] = {"active": "succeeded", "pending": "processing", "inactive": "failed"}
    status = str(mandate["status"])
    code = "" if status == "active" else f"mandate_{status}"
    kept = _kept(mandate["payment_method"], "")
    update = {"outcome": outcomes.get(status, "unknown"), "code": code, "provider_id": str(mandate["id"])}
    return kept.model_copy(update=update)


def _of_intent(intent: Json, customer: str) -> SetUp:
    """A setup intent, or a payment intent that keeps its method; both say it in the same words."""
    status = str(intent["status"])
    if intent["object"] == "payment_intent" and intent.get("setup_future_usage") != "off_session":
        return SetUp(outcome="failed", code="not_kept")
    if status == "requires_payment_method":
        error = intent.get("last_setup_error") or intent.get("last_payment_error") or {}
        code = str(error.get("decline_code") or error.get("code") or status)
        return SetUp(outcome="failed" if error else "processing", code=code)
    if status not in {"succeeded", "processing"}:
        return SetUp(outcome=_OUTCOMES.get(status, "unknown"), code=status)
    method = _chargeable(intent)
    kept = _kept(method, customer)
    pays = intent["object"] == "payment_intent"
    return kept if pays else kept.model_copy(update={"outcome": _OUTCOMES[status]})


def _chargeable(intent: Json) -> Any:
    """The method later charges go by; what is no method for that leaves the SEPA debit behind it."""
    method = intent["payment_method"]
    turned = method["type"] if isinstance(method, dict) else ""
    if turned not in _BECOMES_DEBIT:
        return method
    tried = intent.get("latest_attempt") or intent.get("latest_charge") or {}
    detail = tried["payment_method_details"][turned]
    last4, country = str(detail.get("iban_last4") or ""), _BECOMES_DEBIT[turned]
    debit = {"last4": last4, "country": country}
    return {"id": id_of(detail["generated_sepa_debit"]), "type": "sepa_debit", "sepa_debit": debit}


def _kept(method: Any, customer: str) -> SetUp:
    """A method as it is charged later and as a member knows it; `failed` where it is none we can charge."""
    kind = str(method["type"]) if isinstance(method, dict) else ""
    known: dict[str, Literal["card", "direct_debit"]] = {"card": "card", "sepa_debit": "direct_debit"}
    if kind not in known:
        return SetUp(outcome="failed", code=f"not_chargeable:{kind}")
    owner = customer or id_of(method.get("customer"))
    detail = method[kind]
    return SetUp(
        outcome="succeeded",
        token=f"{owner}/{method['id']}" if owner else str(method["id"]),
        method=known[kind],
        label=_label(kind, detail),
        expires_on=_expiry(detail),
    )


def _label(kind: str, detail: Json) -> str:
    last4 = str(detail.get("last4") or "")
    if kind == "card":
        return f"{str(detail.get('brand') or 'card').capitalize()} {last4}".strip()
    return f"{detail.get('country') or ''}.. {last4}"


def _expiry(detail: Json) -> date | None:
    """The last day of a card's month."""
    if not (detail.get("exp_year") and detail.get("exp_month")):
        return None
    year, month = int(detail["exp_year"]), int(detail["exp_month"])
    return date(year, month, monthrange(year, month)[1])


def _typed(told: dict[str, str]) -> dict[str, Any]:
    return dict(told)
