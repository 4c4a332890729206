"""Payment methods, their customers and mandates: those made on a hosted page are kept, any other id is made up."""

from typing import Any

from emulators.stripe import faults
from emulators.stripe.ledger import Json, Ledger, new_id

_DEBIT_ACCOUNT: Json = {"bank_code": "37040044", "country": "DE", "last4": "3000"}
_CARD: Json = {
    "brand": "visa",
    "country": "DE",
    "exp_month": 12,
    "exp_year": 2031,
    "funding": "credit",
    "last4": "4242",
}


def shape(name: str, kind: str, customer: str | None, created: int = 0, **detail: Any) -> Json:
    """A payment method as Stripe writes it."""
    known: Json = {"card": _CARD, "sepa_debit": _DEBIT_ACCOUNT}.get(kind, {})
    return {
        "id": name,
        "object": "payment_method",
        "created": created,
        "customer": customer,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: {**known, **detail},
    }


def found(ledger: Ledger, name: str, customer: str | None) -> Json:
    """The payment method of that id; one nobody has set up is a card, or a debit where its id says so."""
    kept = ledger.get("payment_method", name)
    return kept or shape(name, "sepa_debit" if "sepa" in name else "card", customer)


def must_belong(ledger: Ledger, name: str, customer: str | None) -> None:
    """Raises StripeError where a kept method is somebody else's, is not kept for later, or has lost its mandate."""
    kept = ledger.get("payment_method", name)
    if kept is None:
        return
    if kept["customer"] != customer or customer is None:
        message = f"The customer does not have a payment method with the ID {name}."
        raise faults.invalid(message, "payment_method", "payment_method_customer_mismatch")
    if kept["type"] not in {"card", "sepa_debit"}:
        raise faults.invalid(f"The payment method type {kept['type']} can't be used off session.", "payment_method")
    mandate = mandate_of(ledger, name)
    if mandate is not None and mandate["status"] != "active":
        raise faults.invalid("The mandate is not active.", "mandate", "payment_intent_mandate_invalid")


def mandate_of(ledger: Ledger, method: str) -> Json | None:
    """The newest mandate of a payment method."""
    data, _ = ledger.page("mandate", [("json_extract(body, '$.payment_method') = ?", method)], 1)
    return data[0] if data else None


def mandate(ledger: Ledger, method: str, created: int) -> Json:
    """A new mandate for a SEPA debit."""
    made = {
        "id": new_id("mandate"),
        "object": "mandate",
        "created": created,
        "livemode": False,
        "metadata": {},
        "multi_use": {},
        "payment_method": method,
        "payment_method_details": {"sepa_debit": {"reference": new_id("REF")[-16:].upper()}, "type": "sepa_debit"},
        "status": "active",
        "type": "multi_use",
    }
    ledger.put(made)
    return made


def customer(ledger: Ledger, email: str | None, name: str | None, metadata: dict[str, str], created: int) -> Json:
    """A new customer."""
    made = {
        "id": new_id("cus"),
        "object": "customer",
        "created": created,
        "email": email,
        "livemode": False,
        "metadata": metadata,
        "name": name,
    }
    ledger.put(made)
    return made
