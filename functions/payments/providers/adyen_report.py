"""Adyen's settlement detail report: a batch as a payout with its movements.

Columns, types and signs: https://docs.adyen.com/reporting/settlement-reconciliation/transaction-level/settlement-details-report.
A report is taken whole or refused whole, with its line and what is wrong; it must add up to the payout it tells.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from common.documents import id_from
from common.money import EXPONENTS
from functions.payments.amounts import minor_of, scaled
from functions.payments.model.asking import Movement, MovementKind, PayoutSaid

NAME: Final = re.compile(r"settlement_detail_report_batch_([0-9]{1,9})\.csv")
KINDS: Final[dict[str, MovementKind]] = {
    "Settled": "charge",
    "SettledReversed": "chargeback",
    "Refunded": "refund",
    "RefundedReversed": "refund_failed",
    "Chargeback": "chargeback",
    "SecondChargeback": "chargeback",
    "ChargebackReversed": "chargeback_reversed",
    "Fee": "fee",
    "MiscCosts": "fee",
    "PaymentCost": "fee",
    "SettleCost": "fee",
    "AuthorisationSchemeFee": "fee",
    "InvoiceDeduction": "fee",
    "MerchantPayout": "payout",
    "BankInstructionReturned": "payout_failed",
    "PaidOutReversed": "payout_failed",
}
"""Whatever else there is (ReserveAdjustment, DepositCorrection, Balancetransfer, ManualCorrected ...) is an adjustment:
no line is left out, so that a batch always adds up."""
OF_MODIFICATION: Final = frozenset({"refund", "refund_failed", "chargeback", "chargeback_reversed"})
NEEDED: Final = frozenset(
    {
        "Psp Reference", "Merchant Reference", "Creation Date", "TimeZone", "Type", "Modification Reference",
        "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Net Currency", "Net Debit (NC)", "Net Credit (NC)",
        "Batch Number",
    }
)  # fmt: skip
FEES: Final = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)", "Payment Fees (NC)")
FINE: Final = 6
"""Decimal places of a single fee; the net is rounded once."""
HOURS: Final = {
    "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "IST": 1, "WEST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "EET": 2,
    "EEST": 3,
}  # fmt: skip
"""The abbreviations of Europe's zones; times in any other one are refused rather than guessed."""


class Broken(ValueError):
    """What is wrong with a report, and in which line."""


@dataclass(frozen=True)
class Line:
    """One line, read: its movement, and what the report says of the batch."""

    movement: Movement
    batch: str
    text: str


def read(body: bytes, name: str) -> PayoutSaid:
    """The payout that a report tells of; Broken with the line and what is wrong."""
    lines = list(_lines(body, name))
    if not lines:
        raise Broken("the report has no line")
    paid = [line for line in lines if line.movement.kind == "payout"]
    rest = [line.movement for line in lines if line.movement.kind != "payout"]
    currencies = {line.movement.currency for line in lines}
    if len(currencies) > 1:
        raise Broken(f"the batch has several currencies: {', '.join(sorted(currencies))}")
    amount = -sum(line.movement.amount_minor - line.movement.fee_minor for line in paid)
    total = sum(movement.amount_minor - movement.fee_minor for movement in rest)
    if total != amount:
        raise Broken(f"its lines add up to {total}, the payout is {amount}")
    return PayoutSaid(
        outcome="succeeded",
        provider_id=name,
        amount_minor=amount,
        currency=currencies.pop(),
        state="paid",
        arrives_on=paid[-1].movement.at.date() if paid else None,
        statement_text=paid[-1].text if paid else "",
        movements=tuple(rest),
    )


def _lines(body: bytes, name: str) -> Iterator[Line]:
    batch = NAME.fullmatch(name)
    if batch is None:
        raise Broken(f"{name[:60]!r} is no settlement detail report")
    rows = csv.DictReader(io.StringIO(_text(body), newline=""), strict=True)
    seen: Counter[str] = Counter()
    try:
        if missing := sorted(NEEDED - set(rows.fieldnames or ())):
            raise Broken(f"line 1: the columns {', '.join(missing)} are missing")
        for row in rows:
            yield _line(row, rows.line_num, batch[1], name, seen)
    except csv.Error as fault:
        raise Broken(f"line {rows.line_num}: {fault}") from fault


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Broken("the report is not UTF-8") from fault


def _line(row: Mapping[str, str | None], number: int, batch: str, name: str, seen: Counter[str]) -> Line:
    if None in row or any(row[column] is None for column in NEEDED):
        raise Broken(f"line {number}: it has another number of columns than the head")
    cells = {column: (value or "").strip() for column, value in row.items()}
    if cells["Batch Number"] != batch:
        raise Broken(f"line {number}: batch {cells['Batch Number'][:20]!r} in the report of batch {batch}")
    try:
        return Line(_movement(cells, name, seen), batch, cells["Modification Reference"])
    except ValueError as fault:
        raise Broken(f"line {number}: {fault}") from fault


def _movement(cells: Mapping[str, str], name: str, seen: Counter[str]) -> Movement:
    kind = KINDS.get(cells["Type"], "adjustment")
    amount, fee = _amounts(cells)
    modified = kind in OF_MODIFICATION
    told = (name, cells["Type"], cells["Psp Reference"], cells["Modification Reference"], f"{amount} {fee}")
    seen[str(told)] += 1
    return Movement(
        movement_id=id_from("mov", *told, str(seen[str(told)])),
        kind=kind,
        amount_minor=amount,
        fee_minor=fee,
        currency=cells["Net Currency"],
        at=_moment(cells["Creation Date"], cells["TimeZone"]),
        provider_id=cells["Modification Reference"] if modified else cells["Psp Reference"],
        reference=(modified and cells.get("Modification Merchant Reference")) or cells["Merchant Reference"],
        payout_id=name,
    )


def _amounts(cells: Mapping[str, str]) -> tuple[int, int]:
    """What moved and the fee of it, in the currency of the payout. Their difference is the net, whatever is rounded."""
    currency = cells["Net Currency"]
    net = _signed(cells, "Net Credit (NC)", "Net Debit (NC)", currency)
    grossed = cells["Gross Credit (GC)"] or cells["Gross Debit (GC)"]
    if grossed and cells["Gross Currency"] == currency:
        gross = _signed(cells, "Gross Credit (GC)", "Gross Debit (GC)", currency)
        return gross, gross - net
    fine = sum(scaled(cells[column], FINE) for column in FEES if cells.get(column))
    step = 10 ** (FINE - EXPONENTS[currency])
    fee = (abs(fine) * 2 + step) // (2 * step) * (1 if fine >= 0 else -1)
    return net + fee, fee


def _signed(cells: Mapping[str, str], credit: str, debit: str, currency: str) -> int:
    return minor_of(cells[credit] or "0", currency) - minor_of(cells[debit] or "0", currency)


def _moment(text: str, zone: str) -> datetime:
    if zone not in HOURS:
        raise ValueError(f"the time zone {zone[:20]!r} is not known")
    local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - its zone is the next column
    return local.replace(tzinfo=timezone(timedelta(hours=HOURS[zone]))).astimezone(UTC)
