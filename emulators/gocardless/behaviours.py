"""How payments on a mandate behave: scripted, or by the mandate's name; and the reasons banks give."""

from typing import Any

from emulators.world.script import Step, parse

BEHAVIOURS: dict[str, type] = {
    "succeed": str,
    "fail": str,
    "late_fail": str,
    "charge_back": str,
    "retried": str,
    "amount": int,
    "error": str,
    "error_after": str,
    "timeout": str,
    "timeout_before": str,
    "delay_webhook": int,
    "hold_webhook": int,
    "repeat_webhook": int,
    "reorder_webhook": str,
    "drop_webhook": str,
}
CONVENTIONS = {
    "MD0PAYS": "succeed",
    "MD0FUNDS": "fail:insufficient_funds",
    "MD0REFER": "fail:refer_to_payer",
    "MD0CLOSED": "fail:bank_account_closed",
    "MD0LATE": "late_fail:insufficient_funds",
    "MD0BACK": "charge_back:refund_requested",
    "MD0LOST": "succeed+timeout",
    "MD0QUIET": "succeed+drop_webhook",
}
"""Mandates that are known by their name, and those whose names go on after it; MD0GONE is one that was cancelled."""
GONE = "MD0GONE"
REASONS = {
    "insufficient_funds": "AM04",
    "refer_to_payer": "MS03",
    "bank_account_closed": "AC04",
    "invalid_bank_details": "AC01",
    "direct_debit_not_enabled": "AG01",
    "mandate_cancelled": "MD01",
    "authorisation_disputed": "MD01",
    "refund_requested": "MD06",
    "customer_deceased": "MD07",
    "other": "MS03",
}
"""SEPA's reason code for each cause."""


def convention(mandate: str) -> Step:
    """What payments on a mandate do when no script says otherwise."""
    for name, step in CONVENTIONS.items():
        if mandate.startswith(name):
            return parse(step, BEHAVIOURS)
    return parse("succeed", BEHAVIOURS)


def written(step: Step) -> str:
    """A step as text, to be read again by `parse`."""
    return "+".join(f"{name}:{value}" if value else name for name, value in step.effects.items())


def details(cause: str) -> dict[str, Any]:
    """An event's `details` with a bank's reason."""
    return {
        "origin": "bank",
        "cause": cause,
        "description": f"{cause.replace('_', ' ').capitalize()}.",
        "scheme": "sepa_core",
        "reason_code": REASONS.get(cause, "MS03"),
    }
