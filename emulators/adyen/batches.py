"""Adyen's settlement: what was booked each day is a batch, with fees, a payout and a report."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from emulators.adyen.notices import Notices
from emulators.world.clock import VirtualClock, epoch
from emulators.world.kept import Kept
from emulators.world.payouts import PaidOut, PayTo

Json = dict[str, Any]
COLUMNS = (
    "Company Account", "Merchant Account", "Psp Reference", "Merchant Reference", "Payment Method", "Creation Date",
    "TimeZone", "Type", "Modification Reference", "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)",
    "Exchange Rate", "Net Currency", "Net Debit (NC)", "Net Credit (NC)", "Commission (NC)", "Markup (NC)",
    "Scheme Fees (NC)", "Interchange (NC)", "Payment Method Variant", "Modification Merchant Reference",
    "Batch Number", "Reserved4", "Reserved5", "Reserved6", "Reserved7", "Reserved8", "Reserved9", "Reserved10",
)  # fmt: skip
_DAY = 86400
_EACH = 11  # minor units a transaction, charged once a batch
_DISPUTE = 750
_WHOLE_UNITS = {"JPY"}


def fees(kind: str, method: str, amount: int) -> dict[str, int]:
    """What Adyen keeps of a booking, in minor units."""
    if kind == "Settled" and method == "sepadirectdebit":
        return {"Commission (NC)": 22}
    if kind == "Settled":
        return {"Markup (NC)": amount * 6 // 1000, "Scheme Fees (NC)": 4, "Interchange (NC)": amount * 2 // 1000}
    return {"Commission (NC)": _DISPUTE} if kind == "Chargeback" else {}


class Batches:
    """Books what moves, and closes a batch for each day and currency when the day is over (UTC)."""

    def __init__(self, kept: Kept, notices: Notices, clock: VirtualClock, merchant: str, pay_to: PayTo) -> None:
        self._kept = kept
        self._notices = notices
        self._clock = clock
        self._merchant = merchant
        self._pay_to = pay_to

    def book(self, kind: str, payment: Json, amount: int, at: int, psp: str = "", reference: str = "") -> None:
        """Book what moved of a payment: plus is ours. `psp` and `reference` are those of a refund or dispute."""
        kept = fees(kind, payment["method"], abs(amount))
        row = {
            "kind": kind, "psp": payment["psp"], "reference": payment["reference"], "method": payment["method"],
            "at": at, "modification": psp or payment["psp"], "modification_reference": reference,
            "currency": payment["currency"], "gross": amount, "fees": kept,
        }  # fmt: skip
        self._add(row)

    def close(self) -> None:
        """Close the batches of the days that are over; on a day without payments what is carried over waits."""
        today = epoch(self._clock) // _DAY
        while past := [one for one in self._waiting() if one["psp"] and one["at"] // _DAY < today]:
            day, currency = min((one["at"] // _DAY, one["currency"]) for one in past)
            ours = [one for one in self._waiting() if one["currency"] == currency and one["at"] // _DAY <= day]
            self._batch(ours, currency, (day + 1) * _DAY)

    def report(self, name: str) -> str | None:
        """A report by its name."""
        found = self._kept.get("report", name)
        return None if found is None else str(found["text"])

    def _waiting(self) -> list[Json]:
        return self._kept.of("booking", "open")

    def _add(self, row: Json) -> None:
        number = self._kept.count("booking") + 1
        self._kept.put("booking", str(number), {"id": str(number), **row}, row["at"], ref="open")

    def _batch(self, rows: list[Json], currency: str, closed: int) -> None:
        number = self._kept.count("report") + 1
        rows = [
            *rows,
            _own(
                "Fee",
                f"Transaction Fees batch {number}",
                currency,
                closed,
                -_EACH * sum(bool(row["psp"]) for row in rows),
            ),
        ]
        total = sum(row["gross"] - sum(row["fees"].values()) for row in rows)
        text = f"TX{number:09d}XT batch {number}, {self._merchant}"
        if total > 0:
            rows.append(_own("MerchantPayout", text, currency, closed, -total))
        elif total < 0:
            rows.append(_own("Balancetransfer", f"to batch {number + 1}", currency, closed, -total))
        with self._kept.rows.transaction() as db:
            for row in rows:
                if "id" in row:
                    db.execute("UPDATE things SET ref = ? WHERE kind = 'booking' AND id = ?", (str(number), row["id"]))
            if total < 0:
                self._add(_own("Balancetransfer", f"from batch {number}", currency, closed, total))
            self._publish(number, rows, max(total, 0), currency, closed)
            if total > 0:
                self._pay_to(PaidOut("adyen", f"batch {number} {currency}", total, currency, text))

    def _publish(self, number: int, rows: list[Json], payout: int, currency: str, closed: int) -> None:
        name = f"settlement_detail_report_batch_{number}.csv"
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._row(row, number) for row in rows)
        body = {"name": name, "text": out.getvalue(), "payout": payout, "currency": currency, "closed": closed}
        self._kept.put("report", name, body, closed)
        address = f"https://ca-test.adyen.com/reports/download/MerchantAccount/{self._merchant}/{name}"
        self._notices.tell("REPORT_AVAILABLE", name, "", 0, currency, reason=address)

    def _row(self, row: Json, number: int) -> Json:
        currency, kept = row["currency"], row["fees"]
        net = row["gross"] - sum(kept.values())
        side, gross_side = ("Credit" if net >= 0 else "Debit"), ("Credit" if row["gross"] >= 0 else "Debit")
        own = not row["psp"]
        found = {
            "Company Account": "MarketplaceCompany",
            "Merchant Account": self._merchant,
            "Psp Reference": row["psp"],
            "Merchant Reference": row["reference"],
            "Payment Method": row["method"],
            "Creation Date": datetime.fromtimestamp(row["at"], UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "TimeZone": "UTC",
            "Type": row["kind"],
            "Modification Reference": row["modification"],
            "Modification Merchant Reference": row["modification_reference"],
            "Net Currency": currency,
            f"Net {side} (NC)": _decimal(abs(net), currency),
            "Batch Number": str(number),
        }
        if not own:
            found |= {"Gross Currency": currency, "Exchange Rate": "1"}
            found[f"Gross {gross_side} (GC)"] = _decimal(abs(row["gross"]), currency)
        return found | {column: _decimal(value, currency) for column, value in kept.items()}


def _own(kind: str, text: str, currency: str, at: int, amount: int) -> Json:
    return {
        "kind": kind, "psp": "", "reference": "", "method": "", "at": at, "modification": text,
        "modification_reference": "", "currency": currency, "gross": amount, "fees": {},
    }  # fmt: skip


def _decimal(minor: int, currency: str) -> str:
    return str(minor) if currency in _WHOLE_UNITS else f"{minor // 100}.{minor % 100:02d}"
