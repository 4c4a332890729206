"""The golden month: hand-written events (`month.jsonl`), told to the real accounting, as rows the platform loads."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from google.cloud import bigquery

from common.events.base import Event
from common.events.invoicing import Exchange, Line, VatTotal
from common.events.matching import CreditNoteApplied, ItemReopened, Refund, RefundRequested
from common.events.payments import BankEntryBooked, PayoutArrived, PayoutSettled, RefundPaid
from tests.kit import Platform
from tests.unit import told

PROJECT: Final = "billing-local"
CATEGORIES: Final = {
    "domestic": "S", "oss": "S", "home_rate": "S", "reverse_charge": "AE", "exempt": "E", "outside_scope": "O",
}  # fmt: skip
Told = dict[str, Any]
Rows = dict[str, list[dict[str, Any]]]


def _line(place: int, line: Sequence[Any], first: VatTotal) -> Line:
    told_parts: list[Any] = [*line, None, None, None]
    kind, amount, rate, begins, ends = told_parts[:5]
    return Line.model_validate({
        "charge_id": f"chg_{place}", "kind": kind, "description": kind, "occurred_on": "2026-08-31",
        "amount_minor": amount, "rule": "by hand", "category": first.category,
        "rate_basis_points": first.rate_basis_points if rate is None else rate,
        "service_from": begins, "service_to": ends,
    })  # fmt: skip


def _paper(number: str, on: str, about: Told) -> Told:
    totals = tuple(
        told.vat(base, vat, scheme=scheme, country=country, rate_basis_points=rate, category=CATEGORIES[scheme])
        for scheme, country, rate, base, vat in about["vat"]
    )
    business = "vat_id" in about
    who = told.buyer(
        member_id=about["member"], country=about["country"], business=business, vat_id=about.get("vat_id", ""),
        payment_method=about.get("pays", "transfer"),
    )  # fmt: skip
    exchange = about.get("exchange")
    made = exchange and Exchange(
        currency=exchange[0], rate=exchange[1], on=date(2026, 8, 31), source="by hand", vat_minor=exchange[2]
    )
    return {
        "totals": totals, "who": who, "member_id": about["member"], "entity": number[:2],
        "currency": about.get("currency", "EUR"), "issued_on": about.get("issued_on", on),
        "lines": tuple(_line(place, line, totals[0]) for place, line in enumerate(about["lines"])),
        "exchange": made,
    }  # fmt: skip


def _invoice(number: str, on: str, about: Told) -> Iterator[Event]:
    paper = _paper(number, on, about)
    yield told.invoice_issued(number, *paper.pop("totals"), due_on=about.get("due_on", "2026-09-15"), **paper)


def _credited(number: str, on: str, about: Told) -> Iterator[Event]:
    paper = _paper(number, on, about)
    yield told.credit_note_issued(
        about["credit_note"], *paper.pop("totals"), invoice_id=f"inv_{number}", invoice_number=number, **paper
    )


def _of_item(number: str) -> Told:
    return {"entity": number[:2], "member_id": MEMBERS[number], "currency": CURRENCIES[number]}


def _asked(number: str, _: str, about: Told) -> Iterator[Event]:
    yield told.payment_requested(
        about.get("attempt", 1), payment_id=f"pay_{number}", invoice_id=f"inv_{number}", invoice_number=number,
        amount_minor=about["amount"], provider=about["provider"], **_of_item(number),
    )  # fmt: skip


def _failed(number: str, _: str, about: Told) -> Iterator[Event]:
    of = _of_item(number)
    of.pop("entity")
    yield told.payment_failed(
        payment_id=f"pay_{number}", invoice_id=f"inv_{number}", invoice_number=number, amount_minor=about["amount"],
        code=about["code"], reason_class=about["means"], soft=about["means"] == "soft", **of,
    )  # fmt: skip


def _paid(number: str, on: str, about: Told) -> Iterator[Event]:
    of = _of_item(number)
    matched = int(about["matched"] if "matched" in about else about["amount"])
    asked = {"attempt": about["attempt"], "invoice_number": number} if "attempt" in about else {}
    yield told.payment_received(f"rcp_{number}", about["amount"], source=about["source"], received_on=on, **asked, **of)
    left = TOTALS[number] - matched
    yield told.payment_matched(
        f"mat_{number}", matched, number, receipt_id=f"rcp_{number}", matched_on=on, open_minor=left,
        unapplied_minor=about["amount"] - matched, decided_by=about.get("by", "rules"), **of,
    )  # fmt: skip
    if not left:
        of.pop("entity")
        yield told.item_settled(number, total_minor=TOTALS[number], settled_on=on, **of)


def _unmatched(number: str, on: str, amount: int) -> Event:
    return told.payment_unmatched(
        f"mat_{number}", amount, number, receipt_id=f"rcp_{number}", unmatched_on=on, open_minor=TOTALS[number],
        **_of_item(number),
    )  # fmt: skip


def _returned(number: str, on: str, about: Told) -> Iterator[Event]:
    yield _unmatched(number, on, about["amount"])
    yield ItemReopened(
        item_id=f"itm_{number}", item_version=4, invoice_id=f"inv_{number}", invoice_number=number,
        currency=CURRENCIES[number], open_minor=TOTALS[number], member_id=MEMBERS[number],
    )  # fmt: skip
    yield told.payment_returned(
        f"ret_{number}", about["amount"], receipt_id=f"rcp_{number}", source=about["source"], kind=about["kind"],
        code=about["code"], fee_minor=about["fee"], returned_on=on, **_of_item(number),
    )  # fmt: skip


def _refunded(number: str, on: str, about: Told) -> Iterator[Event]:
    yield from _credited(number, on, about)
    yield _unmatched(number, on, about["amount"])
    of = _of_item(number)
    refund = f"ref_{number}"
    yield CreditNoteApplied(
        item_id=f"itm_{number}", item_version=5, invoice_id=f"inv_{number}", invoice_number=number, open_minor=0,
        credit_note_id=f"crn_{about['credit_note']}", credit_note_number=about["credit_note"], offset_minor=0,
        credit_minor=0, refund_minor=about["amount"], applied_on=date.fromisoformat(on),
        refunds=(Refund(receipt_id=f"rcp_{number}", amount_minor=about["amount"]),), **of,
    )  # fmt: skip
    yield RefundRequested(
        refund_id=refund, receipt_id=f"rcp_{number}", source=about["source"], amount_minor=about["amount"],
        credit_note_id=f"crn_{about['credit_note']}", requested_on=date.fromisoformat(on), **of,
    )  # fmt: skip
    yield RefundPaid(
        refund_id=refund, receipt_id=f"rcp_{number}", sequence=1, source=about["source"],
        amount_minor=about["amount"], paid_on=date.fromisoformat(about["paid_on"]), **of,
    )  # fmt: skip


def _payout(name: str, on: str, about: Told) -> Iterator[Event]:
    parts = {f"{part}_minor": about[part] for part in ("amount", "charges", "refunds", "chargebacks", "fees")}
    yield PayoutSettled(
        payout_id=name, provider=about["provider"], entity="MP", currency="EUR", settled_on=date.fromisoformat(on),
        **parts,
    )  # fmt: skip


def _arrived(name: str, on: str, about: Told) -> Iterator[Event]:
    yield PayoutArrived(
        receipt_id=f"rcp_{name}", provider=about["provider"], payout_id=name, entity="MP",
        amount_minor=about["amount"], currency="EUR", arrived_on=date.fromisoformat(on),
    )  # fmt: skip


def _bank_fee(name: str, on: str, about: Told) -> Iterator[Event]:
    yield BankEntryBooked(
        entry_id=name, kind="bank_fee", entity="MP", amount_minor=about["amount"], currency="EUR",
        account_iban="DE89370400440532013000", booked_on=date.fromisoformat(on),
    )  # fmt: skip


MAKERS: Final[dict[str, Callable[[str, str, Told], Iterator[Event]]]] = {
    "invoice": _invoice, "credited": _credited, "asked": _asked, "failed": _failed, "paid": _paid,
    "returned": _returned, "refunded": _refunded, "payout": _payout, "arrived": _arrived, "bank_fee": _bank_fee,
}  # fmt: skip
WRITTEN: Final[list[tuple[str, str, str, Told]]] = [
    json.loads(line) for line in Path(__file__).with_name("month.jsonl").read_text("utf-8").splitlines()
]
MEMBERS: Final = {name: about["member"] for _, what, name, about in WRITTEN if what == "invoice"}
CURRENCIES: Final = {name: about.get("currency", "EUR") for _, what, name, about in WRITTEN if what == "invoice"}
TOTALS: Final = {
    name: sum(base + vat for *_, base, vat in about["vat"]) for _, what, name, about in WRITTEN if what == "invoice"
}


def story() -> Iterator[tuple[datetime, list[Event]]]:
    """The month's events with the moment each was committed."""
    for at, what, name, about in WRITTEN:
        yield datetime.fromisoformat(at), list(MAKERS[what](name, at[:10], about))


@cache
def rows() -> Rows:
    """Every row the platform loads for the month, journals of the real accounting among them, by table."""
    platform = Platform("accounting", "reporting", start=datetime(2026, 8, 20, 7, tzinfo=UTC))
    for at, events in story():
        platform.advance_to(at)
        platform.tell(*events)
    return {table: list(kept.values()) for table, kept in platform.engine.rows.items()}


def rows_of(at: datetime, event: Event) -> Rows:
    """The rows of one event by itself, by table."""
    platform = Platform("reporting", start=at)
    platform.tell(event)
    return {table: list(kept.values()) for table, kept in platform.engine.rows.items()}


def load(client: bigquery.Client, loaded: Rows, *, times: int = 1) -> None:
    """Streams the rows; more than once gives repeated rows, which the views have to leave out."""
    for table, found in loaded.items():
        for _ in range(times):
            for start in range(0, len(found), 500):
                part = found[start : start + 500]
                assert client.insert_rows_json(f"{PROJECT}.{table}", part, row_ids=[None] * len(part)) == []


def emptied(client: bigquery.Client, tables: Sequence[str]) -> None:
    """Takes every row out of the tables."""
    for table in tables:
        client.query_and_wait(f"TRUNCATE TABLE `{PROJECT}.{table}`")
