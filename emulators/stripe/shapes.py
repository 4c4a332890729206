"""Stripe's objects as Stripe writes them: payment intents, charges, refunds, events."""

from typing import Any

from emulators.stripe.asked import Payment, Refund
from emulators.stripe.ledger import new_id

API_VERSION = "2025-10-29.clover"
Json = dict[str, Any]


def intent(asked: Payment, created: int) -> Json:
    """A payment intent on which nothing has happened yet."""
    name = new_id("pi")
    return {
        "id": name,
        "object": "payment_intent",
        "amount": asked.amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "capture_method": "automatic",
        "client_secret": new_id(f"{name}_secret"),
        "confirmation_method": "automatic",
        "created": created,
        "currency": asked.currency,
        "customer": asked.customer,
        "description": asked.description,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": asked.metadata,
        "next_action": None,
        "payment_method": asked.method,
        "payment_method_types": list(asked.kinds) or ["sepa_debit" if "sepa" in asked.method else "card"],
        "setup_future_usage": None,
        "status": "requires_confirmation",
    }


def charge(payment: Json, method: Json, status: str, created: int) -> Json:
    """The charge of a payment intent: `succeeded`, `pending` or `failed`."""
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": payment["amount"],
        "amount_captured": payment["amount"] if status == "succeeded" else 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "captured": status != "failed",
        "created": created,
        "currency": payment["currency"],
        "customer": payment["customer"],
        "description": payment["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": payment["metadata"],
        "paid": status == "succeeded",
        "payment_intent": payment["id"],
        "payment_method": payment["payment_method"],
        "payment_method_details": details(method),
        "refunded": False,
        "status": status,
    }


def details(method: Json) -> Json:
    """A payment method as charges and attempts show it; the debit that was made of it by its id."""
    kind = method["type"]
    debit = method[kind].get("generated_sepa_debit")
    detail = method[kind] | ({"generated_sepa_debit": debit["id"]} if debit else {})
    return {"type": kind, kind: detail}


def refund(asked: Refund, taken: Json, amount: int, created: int, status: str) -> Json:
    """A refund: `succeeded` or `pending`."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": taken["id"],
        "created": created,
        "currency": taken["currency"],
        "metadata": asked.metadata,
        "payment_intent": taken["payment_intent"],
        "reason": asked.reason,
        "status": status,
    }


def event(kind: str, thing: Json, created: int, key: str | None, deliveries: int) -> Json:
    """An event that tells of `thing` as it is now."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": deliveries,
        "request": {"id": new_id("req") if key else None, "idempotency_key": key},
        "type": kind,
    }
