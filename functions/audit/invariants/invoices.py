"""Invariants of invoices, credit notes and billing runs (12 to 19, 54)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from functions.audit.invariants.state import Body, State, grouped

BACK_DATED: Final = timedelta(days=31)
"""A run may be dated back within its month: so far dates may fall while numbers rise."""
STANDING: Final = timedelta(days=1)
"""A run that freezes or issues for longer has lost its way."""


def totals_add_up(state: State) -> Iterator[str]:
    """Total is net plus VAT; net is the lines' sum; VAT is each base times its rate, rounded half up once."""
    for kind in ("invoice", "credit_note"):
        for document in state.bodies(f"{kind}s"):
            lines = sum(line["amount_minor"] for line in document["lines"])
            vat = sum(_half_up(part["base_minor"], part["rate_basis_points"]) for part in document["vat"])
            totals = (document["net_minor"], document["vat_minor"], document["total_minor"])
            if (lines, vat, lines + vat) != totals or sum(p["base_minor"] for p in document["vat"]) != lines:
                yield f"{kind} {document['number']}: lines {lines}, VAT {vat}, total {document['total_minor']}"


def _half_up(base: int, rate: int) -> int:
    """Reckoned anew, not with the platform's own function: a proof does not repeat a mistake."""
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
    """An item is settled exactly when nothing is open; a receipt's state is that of what is left of it."""
    for item in state.bodies("items"):
        if (item["state"] == "settled") != (item["open_minor"] == 0):
            yield f"item {item['number']} is {item['state']} with {item['open_minor']} open"
    for receipt in state.bodies("receipts"):
        whole = "unapplied" if receipt["unapplied_minor"] == receipt["amount_minor"] else "partly"
        if receipt["state"] != (whole if receipt["unapplied_minor"] else "applied"):
            yield f"receipt {receipt['id']} is {receipt['state']} with {receipt['unapplied_minor']} left"


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
        for series, documents in _by_series(state, collection).items():
            numbers = [_place(document) for document in documents]
            if numbers != list(range(1, len(numbers) + 1)):
                yield f"series {series} has {len(numbers)} numbers from {numbers[0]} to {numbers[-1]}"


def numbers_follow_dates(state: State) -> Iterator[str]:
    """A higher number has no earlier date, but for a run dated back within its month."""
    for collection in ("invoices", "credit_notes"):
        for documents in _by_series(state, collection).values():
            latest = date.min
            for document in documents:
                issued_on = date.fromisoformat(document["issued_on"])
                if issued_on + BACK_DATED < latest:
                    yield f"{document['number']} is of {issued_on}, a lower number of {latest}"
                latest = max(latest, issued_on)


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


def a_line_is_what_was_charged(state: State) -> Iterator[str]:
    """A line of an invoice or a bill is over exactly the amount that was told as charged."""
    charged = {event["charge_id"]: event["amount_minor"] for event in state.events("charge.accepted")}
    for document in [*state.bodies("invoices"), *state.bodies("bills")]:
        for line in document["lines"]:
            told = charged.get(line["charge_id"], line["amount_minor"])
            if line["amount_minor"] != told:
                yield f"charge {line['charge_id']} was {told}, its line is {line['amount_minor']}"


def credit_is_never_more_than_the_invoice(state: State) -> Iterator[str]:
    """The credit notes of an invoice add up to no more than the invoice, in total and at each rate of VAT."""
    invoices = {invoice["id"]: invoice for invoice in state.bodies("invoices")}
    for invoice_id, notes in grouped(state.bodies("credit_notes"), lambda note: note["invoice_id"]).items():
        billed = _by_rate([invoices[invoice_id]] if invoice_id in invoices else [])
        for group, credited in _by_rate(notes).items():
            if abs(credited) > abs(billed[group]) or credited * billed[group] < 0:
                yield f"invoice {invoice_id}: credited {credited} of {billed[group]} {group}"


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


def a_manifest_is_issued_or_says_why_not(state: State) -> Iterator[str]:
    """A run counts what its pages hold: each bill is a draft or left out with its reason; complete, all is issued."""
    pages = grouped(state.bodies("manifest_pages"), lambda page: page["run_id"])
    for run in state.bodies("billing_runs"):
        held = pages.get(run["id"], [])
        counted = (len(held), *(sum(len(page[part]) for page in held) for part in ("drafts", "skipped")))
        if counted != (run["pages"], run["invoices"], run["skipped"]):
            yield f"run {run['id']} counts {run['pages']} pages, {run['invoices']} drafts: there are {counted}"
        if run["state"] == "completed" and any(page["state"] != "issued" for page in held):
            yield f"run {run['id']} is complete, and a page of it is not issued"
        if any(not one["reason"] for page in held for one in page["skipped"]):
            yield f"run {run['id']} leaves a bill out without a reason"


def a_run_comes_to_its_end(state: State) -> Iterator[str]:
    """A run freezes and issues within a day, and only a run that is under way has its legal entity's slot."""
    runs = {run["id"]: run for run in state.bodies("billing_runs")}
    for run in runs.values():
        since = state.world.now - datetime.fromisoformat(run["started_at"])
        if run["state"] == "freezing" and since > STANDING:
            yield f"run {run['id']} is {run['state']} since {run['started_at']}"
    for slot in state.bodies("run_slots"):
        run = runs.get(slot["run_id"], {"state": "unknown"})
        if slot["run_id"] and run["state"] in {"completed", "cancelled", "unknown"}:
            yield f"{slot['id']} is busy with {slot['run_id']}, which is {run['state']}"


def _by_rate(documents: list[Body]) -> Counter[str]:
    """What documents add up to, by VAT category, country and rate, and as a whole."""
    found: Counter[str] = Counter()
    for document in documents:
        found["in total"] += document["total_minor"]
        for part in document["vat"]:
            group = f"at {part['rate_basis_points'] / 100:g} % {part['category']} {part['country']}"
            found[group] += part["base_minor"] + part["vat_minor"]
    return found


def _by_series(state: State, collection: str) -> dict[str, list[Body]]:
    """Documents by series and year, in order of their numbers."""
    ordered = sorted(state.bodies(collection), key=_place)
    return grouped(ordered, lambda document: str(document["number"]).rpartition("-")[0])


def _place(document: Body) -> int:
    return int(str(document["number"]).rpartition("-")[2])
