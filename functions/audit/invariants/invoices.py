"""Invariants of invoices, credit notes and billing runs (12 to 19)."""

from collections import Counter
from collections.abc import Iterator

from functions.audit.invariants.state import State, grouped


def totals_add_up(state: State) -> Iterator[str]:
    """Total is net plus VAT; net is the lines' sum; VAT is each base times its rate, rounded half up once."""
    for invoice in state.bodies("invoices"):
        lines = sum(line["amount_minor"] for line in invoice["lines"])
        vat = sum(_half_up(part["base_minor"], part["rate_basis_points"]) for part in invoice["vat"])
        if (lines, vat, lines + vat) != (invoice["net_minor"], invoice["vat_minor"], invoice["total_minor"]):
            yield f"invoice {invoice['number']}: lines {lines}, VAT {vat}, total {invoice['total_minor']}"


def _half_up(base: int, rate: int) -> int:
    whole, rest = divmod(abs(base) * rate, 10_000)
    rounded = whole + (2 * rest >= 10_000)  # noqa: PLR2004 - one half of the divisor
    return rounded if base >= 0 else -rounded


def open_is_total_less_allocations(state: State) -> Iterator[str]:
    """What is open is the total less what was put on the item, and lies between nothing and the total."""
    for item in state.bodies("items"):
        put = sum(part["amount_minor"] for part in item["allocations"])
        if item["open_minor"] != item["total_minor"] - put or not 0 <= item["open_minor"] <= item["total_minor"]:
            yield f"item {item['number']}: total {item['total_minor']}, allocated {put}, open {item['open_minor']}"


def state_follows_from_amounts(state: State) -> Iterator[str]:
    """An item is settled exactly when nothing is open."""
    for item in state.bodies("items"):
        if (item["state"] == "settled") != (item["open_minor"] == 0):
            yield f"item {item['number']} is {item['state']} with {item['open_minor']} open"


def every_invoice_is_an_item(state: State) -> Iterator[str]:
    """Each invoice is one open item with the same total."""
    items = {item["number"]: item for item in state.bodies("items")}
    for invoice in state.bodies("invoices"):
        item = items.get(invoice["number"])
        if item is None or item["total_minor"] != invoice["total_minor"]:
            yield f"invoice {invoice['number']} has the item {item and item['total_minor']}"


def numbers_have_no_gaps(state: State) -> Iterator[str]:
    """In each series and year the numbers are 1 to the last, each once, and none is missing."""
    for collection in ("invoices", "credit_notes"):
        by_series = grouped(state.bodies(collection), lambda body: str(body["number"]).rpartition("-")[0])
        for series, documents in by_series.items():
            numbers = sorted(int(str(body["number"]).rpartition("-")[2]) for body in documents)
            if numbers != list(range(1, len(numbers) + 1)):
                yield f"series {series} has {len(numbers)} numbers from {numbers[0]} to {numbers[-1]}"


def a_charge_is_on_one_line(state: State) -> Iterator[str]:
    """No charge stands on two invoice lines or both on an invoice and an open bill; none is lost."""
    lines = Counter(line["charge_id"] for invoice in state.bodies("invoices") for line in invoice["lines"])
    lines.update(line["charge_id"] for bill in state.bodies("bills") for line in bill["lines"])
    yield from (f"charge {charge} is billed {times} times" for charge, times in lines.items() if times > 1)
    accepted = {event["charge_id"] for event in state.events("charge.accepted")}
    if missing := accepted - set(lines):
        yield f"{len(missing)} accepted charges are on no bill, first {min(missing)}"
    if foreign := set(lines) - accepted:
        yield f"{len(foreign)} lines have no accepted charge, first {min(foreign)}"


def credit_is_never_more_than_the_invoice(state: State) -> Iterator[str]:
    """The credit notes of an invoice add up to no more than the invoice."""
    totals = {invoice["id"]: invoice["total_minor"] for invoice in state.bodies("invoices")}
    for invoice_id, notes in grouped(state.bodies("credit_notes"), lambda note: note["invoice_id"]).items():
        credited = sum(note["total_minor"] for note in notes)
        if credited > totals.get(invoice_id, 0):
            yield f"invoice {invoice_id}: credited {credited} of {totals.get(invoice_id, 0)}"


def a_complete_run_issued_its_manifest(state: State) -> Iterator[str]:
    """A complete run has issued every draft of its manifest, with its control totals."""
    issued = grouped(state.bodies("invoices"), lambda invoice: invoice["run_id"])
    for told in state.events("billing_run.completed"):
        invoices = issued.get(told["run_id"], [])
        totals: Counter[str] = Counter()
        for invoice in invoices:
            totals[invoice["currency"]] += invoice["total_minor"]
        if len(invoices) != told["invoices"] or dict(totals) != told["totals_minor"]:
            yield f"run {told['run_id']}: {len(invoices)} of {told['invoices']} invoices, {dict(totals)}"
