"""Money in flight: what is on its way from a member, when it can be here, and when it should be at the latest."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from common.dates import next_bank_day

UNDER_WAY: Final = frozenset({"requested", "sent", "unknown", "processing"})
BANK_DAYS: Final[Mapping[str, tuple[int, int]]] = {"card": (0, 1), "direct_debit": (2, 7)}
"""Bank days (TARGET2) from the order to the money: a card's answer comes at once, providers tell of SEPA debits within
seven (a return by the debtor's bank comes at most five after the collection: SDD Core rulebook, 4.4)."""
OTHER: Final = (0, 3)
RETURNABLE: Final = 5
"""Bank days after the collection in which the debtor's bank may still send it back."""


def coming(
    payments: Sequence[Mapping[str, Any]], checkouts: Sequence[Mapping[str, Any]], debits: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What is on its way or planned, the earliest first; debits of our own have their day, all others an estimate."""
    own = {(one["payment_id"], one["attempt"]): one for one in debits if one["state"] in {"announced", "sealed"}}
    found = [one for payment in payments for one in _of_payment(payment, own)]
    found += [_of_checkout(one) for one in checkouts if one["state"] == "processing"]
    return sorted(found, key=lambda one: (one["earliest"], one["about"]))


def _of_payment(payment: Mapping[str, Any], own: Mapping[tuple[str, int], Mapping[str, Any]]) -> list[dict[str, Any]]:
    told = {"about": payment["invoice_number"], "path": f"/console/payments/{payment['payment_id']}",
            "currency": payment["currency"]}  # fmt: skip
    last = payment["attempts"][-1] if payment["attempts"] else None
    if last is not None and last["state"] in UNDER_WAY:
        debit = own.get((payment["payment_id"], last["number"]))
        days = _of_debit(debit) if debit else _after(date.fromisoformat(last["sent_at"][:10]), last["method"])
        return [{**told, **days, "amount_minor": last["amount_minor"], "how": last["method"], "state": last["state"]}]
    if payment["next_at"] and not payment["settled"]:
        days = _after(date.fromisoformat(payment["next_at"][:10]), payment["method"])
        return [{**told, **days, "amount_minor": payment["open_minor"], "how": payment["method"], "state": "planned"}]
    return []


def _of_checkout(checkout: Mapping[str, Any]) -> dict[str, Any]:
    began = date.fromisoformat((checkout["decided_at"] or checkout["begun_at"])[:10])
    numbers = ", ".join(purpose["invoice_number"] for purpose in checkout["purposes"])
    return {
        "about": numbers,
        "path": "",
        "currency": checkout["currency"],
        "amount_minor": checkout["amount_minor"],
        "how": checkout["method"],
        "state": checkout["state"],
        **_after(began, checkout["method"]),
    }


def _of_debit(debit: Mapping[str, Any]) -> dict[str, str]:
    day = date.fromisoformat(debit["collect_on"])
    return {"earliest": day.isoformat(), "latest": _bank_days(day, RETURNABLE).isoformat()}


def _after(day: date, method: str) -> dict[str, str]:
    first, last = BANK_DAYS.get(method, OTHER)
    return {"earliest": _bank_days(day, first).isoformat(), "latest": _bank_days(day, last).isoformat()}


def _bank_days(day: date, count: int) -> date:
    for _ in range(count):
        day = next_bank_day(day + timedelta(days=1))
    return day
