"""GoCardless's things as GoCardless writes them: mandates, payments, refunds, payouts, billing requests, events."""

from datetime import UTC, datetime
from typing import Any

from emulators.gocardless.ledger import new_id, stamp

Json = dict[str, Any]
DAY = 86_400
NO_FX = {"exchange_rate": None, "estimated_exchange_rate": None, "fx_amount": None, "fx_currency": None}


def day(seconds: int) -> str:
    """A calendar day in UTC."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def mandate(name: str, status: str, metadata: Json, account: Json | None, created: int) -> Json:
    """A SEPA mandate, handed in with its first payment."""
    links = {"creditor": "CR000001", "customer": account["links"]["customer"] if account else "CU000001"}
    return {
        "id": name,
        "created_at": stamp(created),
        "reference": f"REF-{name[2:10]}",
        "status": status,
        "scheme": "sepa_core",
        "next_possible_charge_date": day(created + 2 * DAY),
        "payments_require_approval": False,
        "metadata": metadata,
        "links": links | ({"customer_bank_account": account["id"]} if account else {}),
    }


def account(holder: str, iban: str, created: int) -> Json:
    """A member's bank account, of which no more than its last digits are ever shown."""
    return {
        "id": new_id("BA"),
        "created_at": stamp(created),
        "account_holder_name": holder.upper()[:18],
        "account_number_ending": iban[-2:],
        "country_code": iban[:2],
        "currency": "EUR",
        "bank_name": "SIMULATED BANK",
        "metadata": {},
        "enabled": True,
        "links": {"customer": new_id("CU")},
    }


def payment(asked: Json, created: int, *, scheme: str = "sepa_core") -> Json:
    """A payment that has just been made, of checked fields."""
    return {
        "id": new_id("PM"),
        "created_at": stamp(created),
        "charge_date": day(created + (2 * DAY if scheme == "sepa_core" else 0)),
        "amount": asked["amount"],
        "description": asked.get("description"),
        "currency": asked["currency"],
        "status": "pending_submission",
        "amount_refunded": 0,
        "reference": asked.get("reference"),
        "metadata": asked.get("metadata") or {},
        "fx": NO_FX,
        "retry_if_possible": bool(asked.get("retry_if_possible")),
        "scheme": scheme,
        "links": {"creditor": "CR000001"} | ({"mandate": asked["mandate"]} if asked.get("mandate") else {}),
    }


def refund(asked: Json, taken: Json, created: int) -> Json:
    """A refund of a payment that has just been made."""
    links = {"payment": taken["id"]}
    if "mandate" in taken["links"]:
        links["mandate"] = taken["links"]["mandate"]
    return {
        "id": new_id("RF"),
        "created_at": stamp(created),
        "amount": asked["amount"],
        "currency": taken["currency"],
        "reference": asked.get("reference"),
        "metadata": asked.get("metadata") or {},
        "status": "pending_submission",
        "fx": NO_FX,
        "links": links,
    }


def payout(amount: int, fees: int, currency: str, created: int) -> Json:
    """A payout that is on its way to the bank."""
    name = new_id("PO")
    return {
        "id": name,
        "amount": amount,
        "arrival_date": day(created + DAY),
        "created_at": stamp(created),
        "deducted_fees": fees,
        "payout_type": "merchant",
        "reference": f"MARKET-{name[2:8]}",
        "status": "paid",
        "currency": currency,
        "fx": NO_FX,
        "tax_currency": None,
        "metadata": {},
        "links": {"creditor": "CR000001", "creditor_bank_account": "BA000001"},
    }


def event(kind: str, action: str, thing: Json, details: Json, links: Json, created: int) -> Json:
    """An event that tells what has happened to a thing."""
    return {
        "id": new_id("EV"),
        "created_at": stamp(created),
        "resource_type": kind,
        "action": action,
        "links": links,
        "details": details,
        "metadata": {},
        "resource_metadata": thing.get("metadata") or {},
    }


def billing_request(asked: Json, created: int) -> Json:
    """A billing request nobody has looked at yet."""
    made: Json = {
        "id": new_id("BRQ"),
        "created_at": stamp(created),
        "status": "pending",
        "mandate_request": None,
        "payment_request": None,
        "metadata": asked.get("metadata") or {},
        "links": {"creditor": "CR000001", "customer": new_id("CU")},
        "actions": [],
        "resources": {"customer": {}, "customer_bank_account": None},
        "purpose_code": None,
        "fallback_enabled": False,
    }
    if wanted := asked.get("payment_request"):
        made["payment_request"] = {**wanted, "scheme": wanted.get("scheme") or "sepa_credit_transfer", "links": {}}
    if wanted := asked.get("mandate_request"):
        made["mandate_request"] = {"verify": "recommended", **wanted, "scheme": "sepa_core", "links": {}}
    return made


def flow(asked: Json, base: str, created: int) -> Json:
    """A page on which a member fulfils a billing request."""
    name = new_id("BRF")
    return {
        "id": name,
        "authorisation_url": f"{base}/flow/{name}",
        "created_at": stamp(created),
        "expires_at": stamp(created + 7 * DAY),
        "redirect_uri": asked.get("redirect_uri"),
        "exit_uri": asked.get("exit_uri"),
        "language": asked.get("language"),
        "lock_customer_details": False,
        "lock_bank_account": False,
        "prefilled_customer": asked.get("prefilled_customer"),
        "auto_fulfil": True,
        "session_token": None,
        "links": asked["links"],
    }
