"""What a request asks of GoCardless: its JSON, checked as GoCardless checks it, and the conditions of a list."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from emulators.gocardless import faults
from emulators.gocardless.ledger import Ledger

Json = dict[str, Any]
CURRENCIES = frozenset({"AUD", "CAD", "DKK", "EUR", "GBP", "NZD", "SEK", "USD"})
FILTERS = {
    "payments": {"mandate": "links.mandate", "status": "status", "currency": "currency"},
    "refunds": {"payment": "links.payment", "mandate": "links.mandate"},
    "mandates": {"status": "status", "reference": "reference"},
    "payouts": {"status": "status", "currency": "currency", "reference": "reference"},
    "payout_items": {"payout": "links.payout"},
    "events": {
        "resource_type": "resource_type", "action": "action", "payment": "links.payment", "mandate": "links.mandate",
        "refund": "links.refund", "payout": "links.payout", "billing_request": "links.billing_request",
    },
    "billing_requests": {"status": "status"},
    "customer_bank_accounts": {},
}  # fmt: skip
"""What a list can be asked for, and where it stands in a thing."""
_COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_LABELS, _LABEL_KEY, _LABEL_VALUE = 3, 50, 500
_DEFAULT_LIMIT, _MOST = 50, 500


def envelope(body: Any, name: str) -> Json:
    """What stands in the envelope of a request."""
    inner = body.get(name) if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        raise faults.misused(faults.MALFORMED, "invalid_document_structure", f"Root key should be {name}")
    labels(name, inner.get("metadata"))
    return inner


def labels(name: str, given: Any) -> None:
    """Metadata has at most three keys, and only texts."""
    if given is None:
        return
    if not isinstance(given, dict) or len(given) > _LABELS:
        raise faults.invalid(name, "metadata", f"must have at most {_LABELS} keys")
    for key, value in given.items():
        if len(key) > _LABEL_KEY or not isinstance(value, str) or len(value) > _LABEL_VALUE:
            raise faults.invalid(name, "metadata", "keys have 50 and values 500 characters at most")


def payment(given: Json) -> Json:
    """A payment's fields."""
    name = "payments"
    mandate = (given.get("links") or {}).get("mandate")
    if not isinstance(mandate, str) or not mandate:
        raise faults.invalid(name, "links", "mandate is missing")
    if given.get("currency") not in CURRENCIES:
        raise faults.invalid(name, "currency", "is not supported")
    return {**given, "amount": amount(name, given.get("amount")), "mandate": mandate}


def amount(name: str, given: Any) -> int:
    """An amount in minor units, a number or, in requests for a page, text."""
    if isinstance(given, bool) or not re.fullmatch(r"[0-9]{1,10}", str(given)) or int(given) < 1:
        raise faults.invalid(name, "amount", "must be greater than 0")
    return int(given)


def billing_request(given: Json) -> Json:
    """A billing request's fields: a payment, a mandate, or both of the same currency."""
    name = "billing_requests"
    wanted = [given[part] for part in ("payment_request", "mandate_request") if given.get(part)]
    if not wanted:
        raise faults.invalid(name, "payment_request", "a payment_request or a mandate_request is needed")
    for part in wanted:
        labels(name, part.get("metadata"))
    if len({part.get("currency") for part in wanted}) > 1:
        raise faults.invalid(name, "currency", "must be the same in both")
    if paid := given.get("payment_request"):
        if paid.get("currency") not in {"EUR", "GBP"}:
            raise faults.invalid(name, "payment_request.currency", "must be EUR or GBP")
        return {**given, "payment_request": {**paid, "amount": amount(name, paid.get("amount"))}}
    return given


def page(ledger: Ledger, kind: str, given: Mapping[str, str]) -> tuple[list[Json], Json]:
    """A page of a list and its `meta`; ids are the cursors."""
    limit = given.get("limit", str(_DEFAULT_LIMIT))
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST:
        raise faults.misused(faults.MALFORMED, "invalid_filters", f"limit must be between 1 and {_MOST}")
    found = ledger.each(kind, _conditions(ledger, kind, given), int(limit) + 1)
    shown = found[: int(limit)]
    after = shown[-1]["id"] if len(found) > int(limit) else None
    before = shown[0]["id"] if shown and given.get("after") else None
    return shown, {"cursors": {"before": before, "after": after}, "limit": int(limit)}


def _conditions(ledger: Ledger, kind: str, given: Mapping[str, str]) -> list[tuple[str, Any]]:
    conditions: list[tuple[str, Any]] = []
    for name, value in given.items():
        if name in FILTERS[kind]:
            conditions.append((f"json_extract(body, '$.{FILTERS[kind][name]}') = ?", value))
        elif found := re.fullmatch(r"created_at\[(gt|gte|lt|lte)\]", name):
            conditions.append((f"created {_COMPARE[found[1]]} ?", _seconds(value)))
        elif name in {"after", "before"}:
            conditions.append((f"seq {'<' if name == 'after' else '>'} ?", _place(ledger, value)))
        elif name != "limit":
            raise faults.misused(faults.MALFORMED, "invalid_filters", f"{name} is not a filter of {kind}")
    return conditions


def _seconds(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError as error:
        raise faults.misused(faults.MALFORMED, "invalid_filters", f"{text} is no moment") from error


def _place(ledger: Ledger, name: str) -> int:
    found = ledger.seq(name)
    if found is None:
        raise faults.misused(faults.MALFORMED, "cursor_not_found", f"{name} is no cursor")
    return found
