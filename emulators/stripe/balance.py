"""Stripe's balance of ours: a line for everything that moves money, with its fee, and a payout every night."""

from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.stripe.agenda import DAY, Agenda
from emulators.stripe.behaviours import PAYOUTS, convention, read, written
from emulators.stripe.ledger import Json, Ledger, new_id
from emulators.stripe.webhooks import Webhooks
from emulators.world.clock import VirtualClock, epoch
from emulators.world.payouts import PaidOut, PayTo
from emulators.world.script import Script, Step

FEES = {"card": (150, 25), "sepa_debit": (0, 35), "ideal": (0, 29), "bancontact": (0, 39)}
"""The fee schedule: basis points of the amount, and cents a payment. A dispute costs 20 euros, a returned debit
7.50; refunds cost nothing, and the payment's fee is not given back."""
DISPUTE_FEES = {"sepa_debit": 750}
DISPUTE_FEE = 2000
SETTLED = "eur"
CONVERSION_BASIS_POINTS = 200
RATES = {
    "usd": 860_000,
    "gbp": 1_150_000,
    "pln": 235_000,
    "czk": 41_000,
    "sek": 91_000,
    "dkk": 134_000,
    "chf": 1_070_000,
}
"""Millionths of a euro; what is in another currency stays in it, with a balance and payouts of its own."""
AVAILABLE_AFTER = {"card": 3 * DAY, "sepa_debit": 2 * DAY}
DESCRIPTOR = "MARKETPLACE"
_TEN_THOUSANDTHS = 10_000
_MILLIONTHS = 1_000_000
_SATURDAY = 5


class Balance:
    """Lines, and the payouts they go into. A payout that would be negative waits for more."""

    def __init__(
        self,
        ledger: Ledger,
        script: Script,
        webhooks: Webhooks,
        agenda: Agenda,
        clock: VirtualClock,
        pay_to: PayTo,
    ) -> None:
        self._ledger = ledger
        self._script = script
        self._webhooks = webhooks
        self._agenda = agenda
        self._clock = clock
        self._pay_to = pay_to
        agenda.night = self._pay_out
        agenda.teach("payout", self._arrive)

    def collected(self, charge: Json, now: int) -> Json:
        """The line of a payment that was collected, less its fee."""
        kind = charge["payment_method_details"]["type"]
        amount, currency, rate = settled(charge["amount"], charge["currency"])
        points, fixed = FEES.get(kind, FEES["card"])
        details = [_fee(part(amount, points) + fixed, currency, "Stripe processing fees")]
        if rate:
            details.append(_fee(part(amount, CONVERSION_BASIS_POINTS), currency, "Stripe currency conversion fee"))
        available = now + AVAILABLE_AFTER.get(kind, DAY)
        category = ("charge" if kind == "card" else "payment", "charge")
        return self.enter(category, amount, currency, charge["id"], now, available, details, rate)

    def enter(
        self,
        kind: tuple[str, str],
        amount: int,
        currency: str,
        source: str,
        now: int,
        available: int,
        fees: list[Json] | None = None,
        rate: int = 0,
    ) -> Json:
        """A line: `kind` is its type and reporting category, `amount` signed and in the currency it is settled in."""
        details = fees or []
        fee = sum(one["amount"] for one in details)
        line = {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": available,
            "created": now,
            "currency": currency,
            "description": None,
            "exchange_rate": rate / _MILLIONTHS if rate else None,
            "fee": fee,
            "fee_details": details,
            "net": amount - fee,
            "reporting_category": kind[1],
            "source": source,
            "status": "available" if available <= now else "pending",
            "type": kind[0],
        }
        self._ledger.put(line)
        with self._ledger.rows.transaction() as db:
            row = (line["id"], currency, line["net"], available)
            db.execute("INSERT INTO lines (id, currency, net, available_on) VALUES (?, ?, ?, ?)", row)
        return line

    def moved(self, kind: tuple[str, str], amount: int, currency: str, source: str, now: int, fee: int = 0) -> Json:
        """A line of money that moves at once, given in the payment's currency."""
        settled_amount, settled_in, rate = settled(amount, currency)
        fees = [_fee(fee, settled_in, "Dispute fee")] if fee else []
        return self.enter(kind, settled_amount, settled_in, source, now, now, fees, rate)

    def _pay_out(self, night: int) -> None:
        rows = self._ledger.rows
        sql = (
            "SELECT currency, sum(net) AS total FROM lines WHERE payout IS NULL AND available_on <= ? GROUP BY currency"
        )
        for row in rows.read(sql, (night,)):
            if row["total"] > 0:
                self._send(row["total"], row["currency"], night)

    def _send(self, amount: int, currency: str, night: int) -> None:
        payout = _payout(amount, currency, night)
        with self._ledger.rows.transaction() as db:
            own = self.enter(("payout", "payout"), -amount, currency, payout["id"], night, night)
            where = "payout IS NULL AND available_on <= ? AND currency = ?"
            db.execute(f"UPDATE lines SET payout = ? WHERE {where}", (payout["id"], night, currency))
            db.execute(
                "UPDATE objects SET body = json_set(body, '$.status', 'available') WHERE id IN"
                " (SELECT id FROM lines WHERE payout = ?)",
                (payout["id"],),
            )
        payout["balance_transaction"] = own["id"]
        self._ledger.put(payout)
        step = self._script.take(PAYOUTS) or convention("")
        self._agenda.at(payout["arrival_date"], "payout", payout["id"], written(step))
        self._webhooks.tell("payout.created", payout, night, None, step)

    def _arrive(self, name: str, text: str, now: int) -> None:
        self.decide(name, read(text), now)

    def decide(self, name: str, step: Step, now: int | None = None) -> Json:
        """The bank takes a payout, or sends it back, also after it had taken it."""
        payout, at = self._ledger.got("payout", name), epoch(self._clock) if now is None else now
        if "refuse" in step:
            code = step.text("refuse", "account_closed")
            line = self.enter(("payout_failure", "payout_reversal"), payout["amount"], payout["currency"], name, at, at)
            failure = {"failure_code": code, "failure_balance_transaction": line["id"], "failure_message": code}
            payout |= {"status": "failed", **failure}
        else:
            payout |= {"status": "paid", "trace_id": {"status": "supported", "value": _trace(name)}}
            text = f"{DESCRIPTOR} {_trace(name)}"
            self._pay_to(PaidOut("stripe", name, payout["amount"], payout["currency"].upper(), text))
        self._ledger.put(payout)
        self._webhooks.tell(f"payout.{payout['status']}", payout, at, None, step)
        return payout


def settled(amount: int, currency: str) -> tuple[int, str, int]:
    """An amount in the currency it is settled in, and the rate in millionths where it was converted."""
    rate = RATES.get(currency, 0)
    if not rate:
        return amount, currency, 0
    whole = (abs(amount) * rate + _MILLIONTHS // 2) // _MILLIONTHS
    return (whole if amount > 0 else -whole), SETTLED, rate


def part(amount: int, basis_points: int) -> int:
    """Basis points of an amount, to the nearest cent."""
    return (amount * basis_points + _TEN_THOUSANDTHS // 2) // _TEN_THOUSANDTHS


def _fee(amount: int, currency: str, description: str) -> Json:
    return {
        "amount": amount,
        "application": None,
        "currency": currency,
        "description": description,
        "type": "stripe_fee",
    }


def _payout(amount: int, currency: str, night: int) -> Json:
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "arrival_date": _next_business_day(night),
        "automatic": True,
        "created": night,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "statement_descriptor": DESCRIPTOR,
        "status": "in_transit",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


def _next_business_day(night: int) -> int:
    day: Any = datetime.fromtimestamp(night, UTC) + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return int(day.timestamp())


def _trace(name: str) -> str:
    return f"STRIPE {name[-12:].upper()}"
