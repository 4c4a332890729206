"""What the GoCardless simulator owes us: items in tenths of a minor unit, paid out once a working day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.gocardless import shapes
from emulators.gocardless.ledger import Json, Ledger, new_id
from emulators.world.payouts import PaidOut, PayTo

_FIXED_FEE, _SURCHARGE = 200, 5_000  # tenths of a minor unit: 20 cents, 5 euros
_PAY_HOUR, _FRIDAY = 6, 4
_WAITING = "json_extract(body, '$.links.payout') IS NULL AND json_extract(body, '$.currency') = ?"
FEES = frozenset({"gocardless_fee", "surcharge_fee"})
Told = Callable[[str, str, Json, int, Json], None]
"""Tells an event: kind, action, thing, when, further links."""


def fee(amount: int) -> int:
    """What collecting costs, in tenths: 20 cents and 1 %, to the tenth of a cent."""
    return _FIXED_FEE + amount // 10


def next_payday(now: int) -> int:
    """The next working day's early morning, at least a day from now."""
    day = datetime.fromtimestamp(now, UTC).replace(hour=_PAY_HOUR, minute=0, second=0) + timedelta(days=1)
    if day.timestamp() < now + shapes.DAY // 2:
        day += timedelta(days=1)
    while day.weekday() > _FRIDAY:
        day += timedelta(days=1)
    return int(day.timestamp())


class Payouts:
    """The balance, and the payouts made of it."""

    def __init__(self, ledger: Ledger, told: Told, pay_to: PayTo) -> None:
        self._ledger = ledger
        self._told = told
        self._pay_to = pay_to

    def add(self, kind: str, tenths: int, now: int, currency: str, **links: str) -> None:
        """An item of the balance, plus is ours."""
        item = {"id": new_id("ITEM"), "type": kind, "tenths": tenths, "currency": currency, "links": links}
        self._ledger.put("payout_items", item, now)
        self._ledger.plan(next_payday(now), "pay_out", currency)

    def collected(self, payment: Json, now: int) -> None:
        """A payment was collected."""
        self.add("payment_paid_out", payment["amount"] * 10, now, payment["currency"], payment=payment["id"])
        self.add("gocardless_fee", -fee(payment["amount"]), now, payment["currency"], payment=payment["id"])

    def taken_back(self, payment: Json, kind: str, now: int) -> None:
        """A collected payment was taken back: the fee returns, a charge back costs another."""
        self.add(kind, -payment["amount"] * 10, now, payment["currency"], payment=payment["id"])
        self.add("gocardless_fee", fee(payment["amount"]), now, payment["currency"], payment=payment["id"])
        if kind == "payment_charged_back":
            self.add("surcharge_fee", -_SURCHARGE, now, payment["currency"], payment=payment["id"])

    def restored(self, payment: Json, now: int) -> None:
        """A charge back was taken back by the bank."""
        self.add("payment_charged_back", payment["amount"] * 10, now, payment["currency"], payment=payment["id"])
        self.add("surcharge_fee", _SURCHARGE, now, payment["currency"], payment=payment["id"])

    def pay_out(self, currency: str, now: int) -> None:
        """Pays out the balance, where there is any."""
        items = self._ledger.each("payout_items", [(_WAITING, currency)])
        total = sum(item["tenths"] for item in items)
        amount = (total + 5) // 10
        if amount <= 0:
            return
        fees = -sum(item["tenths"] for item in items if item["type"] in FEES)
        payout = self._ledger.put("payouts", shapes.payout(amount, (fees + 5) // 10, currency, now), now)
        for item in items:
            self._ledger.put("payout_items", {**item, "links": {**item["links"], "payout": payout["id"]}})
        self._told("payouts", "paid", payout, now, {})
        self._pay_to(PaidOut("gocardless", payout["id"], amount, currency, payout["reference"]))
        for item in reversed(items):
            self._settle(item, payout["id"], now)

    def _settle(self, item: Json, payout: str, now: int) -> None:
        kind, links = item["type"], item["links"]
        if kind == "payment_paid_out":
            payment = self._found("payments", links["payment"])
            if payment["status"] == "confirmed":
                payment |= {"status": "paid_out", "links": {**payment["links"], "payout": payout}}
                self._ledger.put("payments", payment)
            self._told("payments", "paid_out", payment, now, {"payout": payout})
        elif kind in {"payment_failed", "payment_charged_back"} and item["tenths"] < 0:
            action = "late_failure_settled" if kind == "payment_failed" else "chargeback_settled"
            self._told("payments", action, self._found("payments", links["payment"]), now, {"payout": payout})
        elif kind == "payment_refunded":
            refund = self._found("refunds", links["refund"])
            self._told("refunds", "refund_settled", refund, now, {"payout": payout})

    def _found(self, kind: str, name: str) -> dict[str, Any]:
        return self._ledger.get(kind, name) or {}


def shown(item: Json) -> Json:
    """An item as GoCardless shows it: without an id, its amount a text with one decimal."""
    sign, size = ("-" if item["tenths"] < 0 else ""), abs(item["tenths"])
    links = {name: value for name, value in item["links"].items() if name != "payout"}
    return {"type": item["type"], "amount": f"{sign}{size // 10}.{size % 10}", "links": links, "taxes": []}
