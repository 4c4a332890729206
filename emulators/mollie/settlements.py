"""Mollie's settlements: what moved each day is paid out the day after, less fees."""

from typing import Any

from emulators.mollie import shapes
from emulators.world.clock import VirtualClock, epoch
from emulators.world.kept import Kept
from emulators.world.payouts import PaidOut, PayTo

Json = dict[str, Any]
_DAY = 86400
_RATES = {"creditcard": (25, 18), "directdebit": (35, 0), "ideal": (32, 0), "bancontact": (39, 0), "paypal": (10, 0)}
"""Fee of a payment: fixed minor units and thousandths of the amount."""
_DISPUTE = 1000


class Settlements:
    """Gathers what moves by currency, and closes it when a day (UTC) is over; what would be negative waits for more."""

    def __init__(self, kept: Kept, clock: VirtualClock, pay_to: PayTo) -> None:
        self._kept = kept
        self._clock = clock
        self._pay_to = pay_to

    def book(self, kind: str, thing: Json, amount: int, method: str, at: int) -> None:
        """What a payment, refund or chargeback (`kind` in the plural) moves: plus is ours."""
        number = self._kept.count("booking") + 1
        row = {
            "n": number, "kind": kind, "id": thing["id"], "amount": amount, "currency": thing["currency"],
            "method": method, "at": at,
        }  # fmt: skip
        self._kept.put("booking", str(number), row, at, ref="open")

    def close(self) -> None:
        """Close the settlements of the days that are over."""
        today = epoch(self._clock) // _DAY
        past = [one for one in self._kept.of("booking", "open") if one["at"] // _DAY < today]
        for day, currency in sorted({(one["at"] // _DAY, one["currency"]) for one in past}):
            rows = [one for one in past if one["currency"] == currency and one["at"] // _DAY <= day]
            if _total(rows) > 0:
                past = [one for one in past if one not in rows]
                self._close(rows, currency, (day + 1) * _DAY)

    def shown(self, settlement: Json) -> Json:
        """A settlement as the API shows it."""
        currency, at = settlement["currency"], shapes.moment(settlement["closed"])
        year, month = at[:4], at[5:7]
        costs = [_cost(one, currency) for one in settlement["costs"]]
        revenue = [_cost(one, currency) for one in settlement["revenue"]]
        return {
            "resource": "settlement",
            "id": settlement["id"],
            "reference": settlement["reference"],
            "createdAt": at,
            "settledAt": at,
            "status": "paidout",
            "amount": shapes.amount(settlement["amount"], currency),
            "periods": {year: {month: {"revenue": revenue, "costs": costs, "invoiceId": "inv_local"}}},
        }

    def members(self, settlement: str, kind: str) -> list[str]:
        """The ids of what is in it, by kind."""
        return [one["id"] for one in self._kept.of("booking", settlement) if one["kind"] == kind]

    def _close(self, rows: list[Json], currency: str, closed: int) -> None:
        number = self._kept.count("settlement") + 1
        name = shapes.new_id("stl")
        costs = _costs(rows)
        body = {
            "id": name, "reference": f"1182161.{shapes.moment(closed)[2:4]}{shapes.moment(closed)[5:7]}.{number:02d}",
            "amount": _total(rows),
            "currency": currency, "closed": closed, "costs": costs,
            "revenue": _revenue(rows),
        }  # fmt: skip
        with self._kept.rows.transaction() as db:
            for one in rows:
                db.execute("UPDATE things SET ref = ? WHERE kind = 'booking' AND id = ?", (name, str(one["n"])))
            self._kept.put("settlement", name, body, closed)
        self._pay_to(PaidOut("mollie", name, _total(rows), currency, f"Mollie {body['reference']}"))


def _total(rows: list[Json]) -> int:
    """What is left after fees."""
    return sum(one["amount"] for one in rows) - sum(one["amount"] for one in _costs(rows))


def _costs(rows: list[Json]) -> list[Json]:
    """Fees by method, as Mollie lists them."""
    found: dict[str, Json] = {}
    for row in rows:
        fixed, rate = _RATES.get(row["method"], (0, 0))
        label, fee = {
            "payments": (row["method"], fixed + abs(row["amount"]) * rate // 1000),
            "chargebacks": ("chargeback", _DISPUTE if row["amount"] < 0 else 0),
        }.get(row["kind"], ("refund", 25))
        cost = found.setdefault(label, {"method": label, "count": 0, "amount": 0})
        cost |= {"count": cost["count"] + 1, "amount": cost["amount"] + fee}
    return list(found.values())


def _revenue(rows: list[Json]) -> list[Json]:
    """What comes in by method; a chargeback that is reversed and a refund that came back stand here alone."""
    found: dict[str, Json] = {}
    for row in (one for one in rows if one["amount"] > 0):
        label = {"reversals": "chargeback", "returned": "refund"}.get(row["kind"]) or str(row["method"])
        entry = found.setdefault(label, {"method": label, "count": 0, "amount": 0})
        entry |= {"count": entry["count"] + 1, "amount": entry["amount"] + row["amount"]}
    return list(found.values())


def _cost(cost: Json, currency: str) -> Json:
    told = shapes.amount(cost["amount"], currency)
    return {
        "description": cost["method"], "method": cost["method"], "count": cost["count"], "amountNet": told,
        "amountVat": None, "amountGross": told,
    }  # fmt: skip
