"""The figures of the books: journals a second, a month summarised for SAP, warehouse rows a change, the views' time."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from time import perf_counter, process_time
from typing import Any, Final, TypeVar

from rich.console import Console

from common.events.base import Event
from common.events.invoicing import CreditNoteIssued, InvoiceIssued, Line, VatTotal
from common.events.matching import PaymentMatched
from common.events.payments import PaymentReceived
from common.parties import Address, Buyer
from common.tools.bench_invoicing import in_a_process, peak_mb
from functions.accounting.model.batches import PAGE, SapBatch, opened, with_page
from functions.accounting.model.journals import Journal, journal_of
from functions.accounting.posting import entry_of
from functions.accounting.sap.entries import entry_of as sap_entry_of
from functions.accounting.sap.message import message
from functions.accounting.sap.rules import rules_of
from functions.accounting.sap.split import sealed

T = TypeVar("T")
POINTS: Final = (1_000, 4_000, 20_000, 60_000, 120_000)
"""Journals."""
INVOICES: Final = 120_000
LINES_EACH: Final = 23
"""120,000 invoices of 23 lines each are 2.8 million charges."""
CHANGED: Final = (50, 400, 2_000)
TARGETS: Final = {
    "journals_a_second_a_core": 20_000,
    "month_for_sap_s": 120,
    "slowest_view_s": 3,
}
ISSUED, DUE, PAID = date(2026, 10, 1), date(2026, 10, 15), date(2026, 10, 12)
COUNTRIES: Final = (
    ("DE", "domestic", "S", 1900), ("DE", "domestic", "S", 1900), ("FR", "oss", "S", 2000), ("NL", "oss", "S", 2100),
    ("AT", "reverse_charge", "AE", 0),
)  # fmt: skip
CREDITED_EVERY: Final = 20
"""One invoice in so many is taken back in part."""
SLICE: Final = 1_000
"""Events made at once, outside the time that is measured."""


def figures(told: Console, *, views: bool = True) -> dict[str, Any]:
    """Every figure of the books, beside its target, as one JSON object."""
    told.print("journals from events, at several points")
    points = [in_a_process(posted, size) for size in POINTS]
    told.print(f"a month of {INVOICES * LINES_EACH:,} charges for SAP")
    month = [in_a_process(summarised, invoices) for invoices in (INVOICES // 10, INVOICES)]
    told.print("warehouse rows of one changed invoice")
    changed = [changed_rows(members) for members in CHANGED]
    found = {
        "postings": points,
        "dearer_at_the_last_point_percent": _dearer(points),
        "month_for_sap": month,
        "one_changed_invoice": changed,
        "rows_are_constant": len({point["rows"] for point in changed}) == 1,
    }
    if views:
        told.print("the finance views over a month of invoices")
        found["views"] = in_a_process(views_over, INVOICES)
    return found | {"targets": _judged(found)}


def _judged(found: dict[str, Any]) -> dict[str, str]:
    """Each figure with its target, and whether it is met."""
    slowest = min(point["journals_a_second_a_core"] for point in found["postings"])
    measured: dict[str, tuple[float, bool]] = {
        "journals_a_second_a_core": (slowest, slowest >= TARGETS["journals_a_second_a_core"]),
        "month_for_sap_s": _below("month_for_sap_s", found["month_for_sap"][-1]["seconds"]),
    }
    if "views" in found:
        measured["slowest_view_s"] = _below("slowest_view_s", found["views"]["slowest_s"])
    return {
        name: f"{figure} (target {TARGETS[name]}): {'met' if met else 'MISSED'}"
        for name, (figure, met) in measured.items()
    }


def _below(name: str, figure: float) -> tuple[float, bool]:
    return figure, figure < TARGETS[name]


def _dearer(points: Sequence[dict[str, Any]]) -> int:
    first, last = points[0]["journals_a_second_a_core"], points[-1]["journals_a_second_a_core"]
    return round(100 * (first - last) / first)


# -- postings --------------------------------------------------------------------------------------


def posted(journals: int) -> dict[str, Any]:
    """So many journals from their events, by the pure rules with all their checks, on one core."""
    for event in events(100):
        journal_of(entry_of(event), ISSUED)
    took, lines, made = 0.0, 0, 0
    for some in _in_slices(events(journals), SLICE, journals):
        began = process_time()
        found = [journal_of(entry_of(event), ISSUED) for event in some]
        took += process_time() - began
        made += len(found)
        lines += sum(len(journal.postings) for journal in found)
    return {
        "journals": made,
        "lines": lines,
        "journals_a_second_a_core": round(made / took),
        "us_a_journal": round(1e6 * took / made, 1),
        "peak_memory_mb": peak_mb(),
    }


def _in_slices(things: Iterator[T], size: int, most: int) -> Iterator[list[T]]:
    """So many things at most, a slice at a time: none is made before its turn."""
    left = islice(things, most)
    while some := list(islice(left, size)):
        yield some


def events(invoices: int) -> Iterator[Event]:
    """Invoices with what follows each: its money, its match, and of some a credit note."""
    for number in range(invoices):
        issued = invoice(number)
        yield issued
        yield from _after(issued, number)


def invoice(number: int) -> InvoiceIssued:
    """An invoice over 23 charges, one of them a subscription that runs into the next month."""
    buyer, vat, lines = _KINDS[number % len(_KINDS)]
    return InvoiceIssued(
        member_id=f"m{number:06d}",
        invoice_id=f"inv_{number:08d}",
        number=f"MP-2026-{number:07d}",
        reference="RF18539007547034",
        entity="MP",
        buyer=buyer,
        currency="EUR",
        issued_on=ISSUED,
        due_on=DUE,
        lines=lines,
        vat=(vat,),
        net_minor=vat.base_minor,
        vat_minor=vat.vat_minor,
        total_minor=vat.base_minor + vat.vat_minor,
    )


def _after(issued: InvoiceIssued, number: int) -> Iterator[Event]:
    money: dict[str, Any] = {
        "member_id": issued.member_id,
        "entity": "MP",
        "currency": "EUR",
        "amount_minor": issued.total_minor,
    }
    receipt, source = f"rcp_{number}", ("bank", "stripe", "adyen", "gocardless", "sepa")[number % 5]
    yield PaymentReceived(receipt_id=receipt, source=source, received_on=PAID, **money)
    yield PaymentMatched(
        match_id=f"mat_{number}",
        receipt_id=receipt,
        item_id=f"item_{number}",
        invoice_id=issued.invoice_id,
        invoice_number=issued.number,
        decided_by="rules",
        evidence=("reference",),
        item_version=2,
        open_minor=0,
        unapplied_minor=0,
        matched_on=PAID,
        **money,
    )
    if number % CREDITED_EVERY == 0:
        yield _credited(issued, number)


def _credited(issued: InvoiceIssued, number: int) -> CreditNoteIssued:
    """Half of it is taken back."""
    total = issued.vat[0]
    half = total.model_copy(update={"base_minor": total.base_minor // 2, "vat_minor": total.vat_minor // 2})
    return CreditNoteIssued(
        member_id=issued.member_id,
        credit_note_id=f"crn_{number}",
        number=f"MPC-2026-{number:07d}",
        invoice_id=issued.invoice_id,
        invoice_number=issued.number,
        entity="MP",
        buyer=issued.buyer,
        currency="EUR",
        issued_on=PAID,
        lines=issued.lines[:1],
        vat=(half,),
        net_minor=half.base_minor,
        vat_minor=half.vat_minor,
        total_minor=half.base_minor + half.vat_minor,
        reason="half of it",
    )


def _kind(place: int) -> tuple[Buyer, VatTotal, tuple[Line, ...]]:
    country, scheme, category, rate = COUNTRIES[place]
    address = Address(street="Street 1", city="City", postcode="20457", country=country)
    buyer = Buyer(member_id="m", name="Member", business=not rate, address=address, email="m@m.example")
    lines = tuple(_line(number, category, rate) for number in range(LINES_EACH))
    base = sum(line.amount_minor for line in lines)
    facts = {"category": category, "country": country, "rate_basis_points": rate, "scheme": scheme}
    vat = VatTotal.model_validate(facts | {"base_minor": base, "vat_minor": (base * rate + 5_000) // 10_000})
    return buyer, vat, lines


def _line(number: int, category: str, rate: int) -> Line:
    runs_on: dict[str, Any] = {"service_from": ISSUED, "service_to": date(2026, 11, 30)} if number == 0 else {}
    return Line(
        charge_id=f"chg_{number}",
        kind="subscription" if runs_on else "commission",
        description="Fee",
        occurred_on=date(2026, 9, 1 + number % 28),
        amount_minor=100 + 37 * number,
        rule="10 %",
        category=category,
        rate_basis_points=rate,
        **runs_on,
    )


_KINDS: Final = tuple(_kind(place) for place in range(len(COUNTRIES)))


# -- a month for SAP -------------------------------------------------------------------------------


def summarised(invoices: int) -> dict[str, Any]:
    """A month of invoices for SAP: events to journals, page by page into the day's batch, sealed, written as messages.

    A journal is let go when its page is summed up: what is in memory is one page, and the summary.
    """
    before = peak_mb()
    began, cpu = perf_counter(), process_time()
    batch, counted = opened(ISSUED, "MP", "EUR"), 0
    rules = rules_of("MP")
    for page in _pages(invoices):
        counted += len(page)
        batch = with_page(batch, page, page, {}, rules.receivables)
    ready = sealed(batch if batch.state == "prepared" else with_page(batch, [], [], {}, rules.receivables), _NOW)
    size = sum(len(message(sap_entry_of(ready, part), _NOW)) for part in ready.parts)
    _must_hold_all(ready, counted)
    return {
        "charges": invoices * LINES_EACH,
        "journals": counted,
        "summary_lines": len(ready.lines),
        "sap_documents": len(ready.parts),
        "messages_kb": round(size / 1000),
        "seconds": round(perf_counter() - began, 1),
        "cpu_seconds": round(process_time() - cpu, 1),
        "peak_memory_mb": peak_mb(),
        "of_which_before_mb": before,
    }


_NOW: Final = datetime(2026, 10, 2, 2, 15, tzinfo=UTC)


def _pages(invoices: int) -> Iterator[list[Journal]]:
    journals = (journal_of(entry_of(event), ISSUED) for event in events(invoices))
    for page in _in_slices(journals, PAGE, sys.maxsize):
        yield sorted(page, key=lambda journal: journal.id)


def _must_hold_all(batch: SapBatch, journals: int) -> None:
    """Raises where a figure would be of something else."""
    off = sum(line.debit_minor - line.credit_minor for line in batch.lines)
    if batch.journals != journals or off:
        raise RuntimeError(f"{batch.journals} of {journals} journals are in the batch")


# -- the warehouse ---------------------------------------------------------------------------------


def changed_rows(members: int) -> dict[str, Any]:
    """A month of so many invoices, then half of one is taken back: the rows that are new, over all areas."""
    from common.tools.areas import functions
    from common.tools.bench_invoicing import FEW, Month
    from emulators.bus import Bus
    from emulators.memory import MemoryEngine
    from functions.invoicing.handlers.credits import credit_invoice
    from functions.invoicing.model.invoices import Invoice
    from functions.invoicing.requests.credit_notes import CreditInvoice

    month = Month(MemoryEngine(), members, lambda _: FEW)
    areas = ("invoicing", "matching", "accounting", "reporting")
    wired = [function for function in functions(*areas) if not function.name.startswith("invoicing-render")]
    month.bus = Bus(month.runtime, month.engine, month.clock, wired)
    month.issue(month.freeze())
    month.bus.settle()
    before = _rows(month.engine)
    (one,) = month.runtime.world.read.select(Invoice, limit=1)
    month.do(credit_invoice, CreditInvoice(invoice_id=one.id, amount_minor=one.total_minor // 2, reason="a complaint"))
    month.bus.advance_to(month.clock.now() + timedelta(minutes=5))
    after = _rows(month.engine)
    new = {table: count - before.get(table, 0) for table, count in after.items() if count > before.get(table, 0)}
    return {"invoices": members, "rows_before": sum(before.values()), "rows": sum(new.values()), "tables": new}


def _rows(engine: Any) -> dict[str, int]:
    return {table: len(rows) for table, rows in engine.rows.items()}


def views_over(invoices: int) -> dict[str, Any]:
    """Seconds of every finance view over a month, on the local engine (common.tools.bench_books_views)."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from common.tools import bench_books_views as views
    from common.tools.warehouse import make
    from functions.reporting.provision import reporting_setup

    with TemporaryDirectory() as folder:
        with views.served(Path(folder)) as client:
            for definition in reporting_setup(views.PROJECT):
                make(client, views.PROJECT, definition)
        views.fill(Path(folder), invoices, LINES_EACH)
        with views.served(Path(folder)) as client:
            took = {source: views.timed(client, source) for source in views.sources()}
    seconds = {source.partition("`")[0]: round(took[source][0], 2) for source in took}
    return {
        "invoices": invoices,
        "views": len(seconds),
        "slowest": max(seconds, key=lambda name: seconds[name]),
        "slowest_s": max(seconds.values()),
        "seconds": seconds,
    }
