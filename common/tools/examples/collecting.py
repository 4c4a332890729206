"""What is collected when due: proceeds first, then cards and accounts, and what somebody found out by hand."""

from datetime import date
from typing import Any, Final

from common.tools.examples.stage import ANOTHER, Stage

DUE: Final = date(2026, 11, 17)
HANDING_IN: Final = "payments-hand-in-debits"


def act(stage: Stage) -> None:
    """From before the due day to the day after."""
    _proceeds(stage)
    _until_due(stage)
    _collected(stage)
    _unknown(stage)
    failed = {"method": "direct_debit", "provider": "sepa", "code": "AM04", "failed_at": "2026-11-19T05:00:00Z"}
    owed = {"amount_minor": 4500, "currency": "EUR", "mandate": "active"}
    stage.post("/v1/payments/retry-preview", failed | owed, "What would follow a debit that came back")


def payment_of(stage: Stage, name: str, says: str = "") -> dict[str, Any]:
    """The one payment of a member."""
    [found] = stage.get("/v1/payments", says, member_id=stage.get(f"/v1/members/{name}")["member_id"])["items"]
    payment: dict[str, Any] = found
    return payment


def _proceeds(stage: Stage) -> None:
    """Dora sells, too: a part of her invoice is kept back before her card is charged."""
    payment = payment_of(stage, "dora", "Payments of a member, to be made on the due day")
    offer = {"offer": "sale-77", "currency": "EUR"} | {name: payment[name] for name in ("member_id", "invoice_id")}
    stage.post("/v1/proceeds", offer | {"amount_minor": 150}, "A member's proceeds pay for a part of an invoice")
    other = offer | {"amount_minor": 151}
    stage.post("/v1/proceeds", other, "The same offer with another amount", refused="offer_reused")
    stage.get("/v1/proceeds", "Proceeds that were taken", member_id=payment["member_id"])


def _until_due(stage: Stage) -> None:
    """Every morning what is to be debited is handed in."""
    while stage.clock.now().date() < DUE:
        stage.wait(days=1)
        stage.fire(HANDING_IN)


def _collected(stage: Stage) -> None:
    payment = payment_of(stage, "dora")
    stage.get(f"/v1/payments/{payment['payment_id']}", "A payment by card, with its attempts")
    stage.get("/v1/payments/pay_unknown", "There is no such payment", refused="not_found")
    decided = {"attempt": 1, "outcome": "failed", "reason": "the provider says so"}
    path = f"/v1/payments/{payment['payment_id']}/decide"
    stage.post(path, decided, "An attempt that is decided stays so", refused="already_decided")


def _unknown(stage: Stage) -> None:
    [payment] = stage.get("/v1/payments", "Payments of which nobody knows what became", state="unknown")["items"]
    path = f"/v1/payments/{payment['payment_id']}/decide"
    came = {"attempt": 1, "outcome": "succeeded", "reason": "their support says that it came"}
    stage.post(path, came, "Which payment of theirs was it?", refused="provider_id_missing")
    stage.post(path, came | {"provider_id": "tr_WDqYK6vllg"}, "Somebody found out at the provider", by=ANOTHER)
