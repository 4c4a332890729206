"""Mollie's resources as its API shows them; amounts are decimal text."""

import re
import secrets
from datetime import UTC, datetime
from typing import Any

from emulators.mollie.faults import invalid

Json = dict[str, Any]
_WHOLE_UNITS = {"JPY", "ISK"}
_TEXT = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{2}))?")
CARD = {"cardNumber": "6787", "cardHolder": "A. Payer", "cardLabel": "Mastercard", "cardExpiryDate": "2030-03-31"}
ACCOUNT = {"consumerName": "A. Payer", "consumerAccount": "NL55INGB0000000000", "consumerBic": "INGBNL2A"}


def new_id(prefix: str) -> str:
    """An id as Mollie makes them."""
    return f"{prefix}_{secrets.token_hex(8)}"


def amount(minor: int, currency: str) -> Json:
    """An amount in the currency's decimal places."""
    sign, digits = ("-" if minor < 0 else ""), abs(minor)
    value = f"{digits}" if currency in _WHOLE_UNITS else f"{digits // 100}.{digits % 100:02d}"
    return {"value": sign + value, "currency": currency}


def minor(said: Any) -> tuple[int, str]:
    """What was asked, in minor units; refused as Mollie refuses it where the places don't fit the currency."""
    if (
        not isinstance(said, dict)
        or not isinstance(said.get("value"), str)
        or not isinstance(said.get("currency"), str)
    ):
        raise invalid("The amount is missing or has the wrong format", "amount")
    found, currency = _TEXT.fullmatch(said["value"]), said["currency"]
    if found is None or (found[2] is None) != (currency in _WHOLE_UNITS):
        raise invalid("The amount contains an invalid value", "amount.value")
    return int(found[1] + (found[2] or "")), currency


def moment(seconds: int) -> str:
    """An instant as Mollie writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def payment(thing: Json, root: str) -> Json:
    """A payment as it stands."""
    shown: Json = {
        "resource": "payment",
        "id": thing["id"],
        "mode": "test",
        "createdAt": moment(thing["created"]),
        "amount": amount(thing["amount"], thing["currency"]),
        "description": thing["description"],
        "method": thing["method"],
        "metadata": thing["metadata"],
        "status": thing["status"],
        "sequenceType": thing["sequence"],
        "profileId": "pfl_local",
        "redirectUrl": thing["redirect"],
        "webhookUrl": thing["webhook"],
        "_links": {"self": {"href": f"{root}/v2/payments/{thing['id']}", "type": "application/hal+json"}},
    }
    for name in ("customerId", "mandateId", "details"):
        if thing.get(name):
            shown[name] = thing[name]
    if thing["status"] == "open":
        shown["_links"]["checkout"] = {"href": f"{root}/pay/{thing['id']}", "type": "text/html"}
    if thing["changed"] and thing["status"] in {"paid", "failed", "canceled", "expired"}:
        shown[f"{thing['status']}At"] = moment(thing["changed"])
    if thing["status"] == "paid":
        shown |= _after(thing)
    return shown


def _after(thing: Json) -> Json:
    currency, back = thing["currency"], thing["refunded"]
    taken = {"amountChargedBack": amount(thing["charged_back"], currency)} if thing["charged_back"] else {}
    return {
        "amountRefunded": amount(back, currency),
        "amountRemaining": amount(thing["amount"] - back, currency),
        "settlementAmount": amount(thing["amount"], currency),
        **taken,
    }


def refund(thing: Json) -> Json:
    """A refund as it stands."""
    return {
        "resource": "refund",
        "id": thing["id"],
        "mode": "test",
        "amount": amount(thing["amount"], thing["currency"]),
        "settlementAmount": amount(-thing["amount"], thing["currency"]),
        "status": thing["status"],
        "createdAt": moment(thing["created"]),
        "description": thing["description"],
        "metadata": thing["metadata"],
        "paymentId": thing["payment"],
    }


def chargeback(thing: Json) -> Json:
    """A chargeback as it stands."""
    reason = {"code": thing["reason"], "description": "Disputed by the payer's bank"}
    return {
        "resource": "chargeback",
        "id": thing["id"],
        "amount": amount(thing["amount"], thing["currency"]),
        "settlementAmount": amount(-thing["amount"], thing["currency"]),
        "createdAt": moment(thing["created"]),
        "reversedAt": moment(thing["reversed"]) if thing["reversed"] else None,
        "reason": reason,
        "paymentId": thing["payment"],
    }


def mandate(thing: Json) -> Json:
    """A mandate as it stands."""
    return {
        "resource": "mandate",
        "id": thing["id"],
        "mode": "test",
        "status": thing["status"],
        "method": thing["method"],
        "details": CARD if thing["method"] == "creditcard" else ACCOUNT,
        "createdAt": moment(thing["created"]),
        "customerId": thing["customer"],
    }
