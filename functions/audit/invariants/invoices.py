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
    """Total is net plus VAT; net is the lines' sum; VAT is each base times its rate, rounded half up once.

    Where prices include VAT it is what their base, rounded so, leaves of them. That of a credit note is its share of
    the invoice's (18), which may be a rounding beside its own.
    """
    for kind in ("invoice", "credit_note"):
        for document in state.bodies(f"{kind}s"):
            lines = sum(line["amount_minor"] for line in document["lines"])
            due = [_vat_of(document, part, exactly=kind == "invoice") for part in document["vat"]]
            vat, told = sum(due), [part["vat_minor"] for part in document["vat"]]
            totals = (document["net_minor"], document["vat_minor"], document["total_minor"])
            bases = sum(part["base_minor"] for part in document["vat"])
            if (lines, vat, lines + vat) != totals or bases != lines or due != told:
                yield f"{kind} {document['number']}: lines {lines}, VAT {vat}, total {document['total_minor']}"


def _vat_of(document: Body, part: Body, *, exactly: bool) -> int:
    """What the VAT of a group has to be; what it says where a credit note's is only a rounding beside that."""
    rate = part["rate_basis_points"]
    lines = [x for x in document["lines"] if (x["category"], x["rate_basis_points"]) == (part["category"], rate)]
    quoted = [line["quoted_minor"] for line in lines if line.get("quoted_minor") is not None]
    within = _half_up(sum(quoted), 10_000, 10_000 + rate)
    net = sum(line["amount_minor"] for line in lines if line.get("quoted_minor") is None)
    due = sum(quoted) - within + _half_up(net, rate)
    beside = abs(part["vat_minor"] - due)
    return int(part["vat_minor"]) if not exactly and beside <= 2 + 2 * len(quoted) else due


def _half_up(base: int, rate: int, whole: int = 10_000) -> int:
    """Reckoned anew, not with the platform's own function: a proof does not repeat a mistake."""
    cut, rest = divmod(abs(base) * rate, whole)
    rounded = cut + (2 * rest >= whole)
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
    """No charge stands on two invoice lines or both on an invoice and an open bill; none is lost.

    An invoice that stands in the place of another document does not count: what it claims was taken back before.
    """
    first = [invoice for invoice in _all(state, "invoices") if not invoice.get("preceding")]
    lines = Counter(line["charge_id"] for invoice in first for line in invoice["lines"])
    lines.update(line["charge_id"] for bill in _all(state, "bills") for line in bill["lines"])
    yield from (f"charge {charge} is billed {times} times" for charge, times in lines.items() if times > 1)
    accepted = _charged(state).keys()
    if missing := accepted - set(lines):
        yield f"{len(missing)} accepted charges are on no bill, first {min(missing)}"
    if foreign := set(lines) - accepted:
        yield f"{len(foreign)} lines have no accepted charge, first {min(foreign)}"


def a_line_is_what_was_charged(state: State) -> Iterator[str]:
    """A line of an invoice or a bill is over exactly the amount that was told as charged; claimed anew, no more."""
    charged = _charged(state)
    for document in [*_all(state, "invoices"), *_all(state, "bills")]:
        for line in document["lines"]:
            price = _price(line)
            told = charged.get(line["charge_id"], price)
            if abs(price) > abs(told) or (price != told and not document.get("preceding")):
                yield f"charge {line['charge_id']} was {told}, its line is {price}"


def taken_back_is_no_more_than_charged(state: State) -> Iterator[str]:
    """What is taken back of a charge, in however many parts, is no more than it, and is told and kept as it was."""
    told = Counter[str]()
    for event in _events(state, "charge.accepted"):
        told[event.get("reverses", "")] += event["amount_minor"]
    parts = grouped(_all(state, "reversals"), lambda reversal: reversal["charge_id"])
    charges = {charge["id"]: charge for charge in _all(state, "charges")}
    for charge_id in sorted((parts.keys() | charges.keys() | told.keys()) - {""}):
        charge, amounts = charges.get(charge_id), [part["amount_minor"] for part in parts.get(charge_id, ())]
        if charge is None or sum(amounts) != told[charge_id]:
            yield f"charge {charge_id}: {sum(amounts)} taken back, told were {told[charge_id]}"
        elif not _within(charge, amounts):
            kept = f"kept {charge['reversed_minor']}, {charge['state']}"
            yield f"charge {charge_id}: {amounts} taken back of {charge['amount_minor']}, {kept}"


def _within(charge: Body, amounts: list[int]) -> bool:
    """Whether parts are of the other sign, no more than the charge, and what it says was taken back of it."""
    owed, taken = charge["amount_minor"], abs(sum(amounts))
    if any(amount * owed >= 0 for amount in amounts) or taken > abs(owed):
        return False
    if (len(amounts), taken) != (charge["reversals"], charge["reversed_minor"]):
        return False
    return not owed or (charge["state"] == "reversed") == (taken == abs(owed))


def _all(state: State, collection: str) -> Iterator[Body]:
    """The documents of all of a person's accounts: what is not invoiced moves from one to the other."""
    return (body for account in state.accounts for body in account.bodies(collection))


def _charged(state: State) -> dict[str, int]:
    """What was told as charged to any of a person's accounts, by charge."""
    return {event["charge_id"]: event["amount_minor"] for event in _events(state, "charge.accepted")}


def _events(state: State, name: str) -> Iterator[Body]:
    """What was told of all of a person's accounts."""
    return (event for account in state.accounts for event in account.events(name))


def what_is_claimed_anew_was_taken_back(state: State) -> Iterator[str]:
    """What an invoice claims in the place of another document, a credit note took back: charge by charge, and once."""
    notes = {note["id"]: note for note in state.bodies("credit_notes")}
    claims = [invoice for invoice in state.bodies("invoices") if invoice.get("preceding")]
    for note_id, claiming in grouped(claims, lambda invoice: invoice["preceding"]["credit_note_id"]).items():
        back = {line["charge_id"]: _price(line) for line in notes.get(note_id, {"lines": ()})["lines"]}
        claimed = Counter[str]()
        for invoice in claiming:
            for line in invoice["lines"]:
                claimed[line["charge_id"]] += _price(line)
        for charge, price in claimed.items():
            if price != back.get(charge):
                yield f"{claiming[0]['number']} claims {price} for {charge} anew, taken back was {back.get(charge)}"


def _price(line: Body) -> int:
    """As the line is priced: with VAT where the member was told so."""
    quoted = line.get("quoted_minor", line.get("amount_minor"))
    return int(line["amount_minor"] if quoted is None else quoted)


def credit_is_never_more_than_the_invoice(state: State) -> Iterator[str]:
    """The credit notes of an invoice are no more than it: by line, base and VAT at each rate, and in total."""
    invoices = {invoice["id"]: invoice for invoice in state.bodies("invoices")}
    for invoice_id, notes in grouped(state.bodies("credit_notes"), lambda note: note["invoice_id"]).items():
        billed = _by_part([invoices[invoice_id]] if invoice_id in invoices else [])
        credited = _by_part(notes)
        for part, amount in credited.items():
            if abs(amount) > abs(billed[part]) or amount * billed[part] < 0:
                yield f"invoice {invoice_id}: credited {amount} of {billed[part]} {part}"


def credit_is_kept_with_its_invoice(state: State) -> Iterator[str]:
    """What is kept of an invoice's credit notes is what they add up to; once nothing is left, exactly the invoice."""
    invoices = {invoice["id"]: invoice for invoice in state.bodies("invoices")}
    notes = grouped(state.bodies("credit_notes"), lambda note: note["invoice_id"])
    kept = {account["invoice_id"]: account for account in state.bodies("invoice_credits")}
    for invoice_id in sorted(notes.keys() | kept.keys()):
        account, credited = kept.get(invoice_id), _by_part(notes.get(invoice_id, []))
        billed = _by_part([invoices[invoice_id]] if invoice_id in invoices else [])
        if account is None or _kept(account, invoices.get(invoice_id)) != {p: credited[p] for p in billed}:
            yield f"invoice {invoice_id}: credited {credited['in total']}, kept {account and account['total_minor']}"
        elif account["complete"] != (credited == billed):
            yield f"invoice {invoice_id}: credited {credited['in total']} of {billed['in total']}, kept as complete"


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
    receipts = grouped(state.bodies("issued_pages"), lambda page: page["run_id"])
    issued = {run_id: {page["id"] for page in found} for run_id, found in receipts.items()}
    for run in state.bodies("billing_runs"):
        held = pages.get(run["id"], [])
        counted = (len(held), *(sum(len(page[part]) for page in held) for part in ("drafts", "skipped")))
        if counted != (run["pages"], run["invoices"], run["skipped"]):
            yield f"run {run['id']} counts {run['pages']} pages, {run['invoices']} drafts: there are {counted}"
        if run["state"] == "completed" and {page["id"] for page in held if page["drafts"]} != issued.get(run["id"]):
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


def _by_part(documents: list[Body]) -> Counter[str]:
    """What documents add up to: by charge, base and VAT at each category, country and rate, and as a whole."""
    found: Counter[str] = Counter()
    for document in documents:
        found["in total"] += document["total_minor"]
        for line in document["lines"]:
            found[f"of charge {line['charge_id']}"] += line["amount_minor"]
        for part in document["vat"]:
            found[f"base {_group(part)}"] += part["base_minor"]
            found[f"VAT {_group(part)}"] += part["vat_minor"]
    return found


def _kept(account: Body, invoice: Body | None) -> dict[str, int]:
    """The same of an account of credit notes, which holds it in the order of the invoice."""
    if invoice is None:
        return {}
    pairs = list(zip(invoice["lines"], account["lines"], strict=True))
    found = {"in total": account["total_minor"]}
    found |= {f"of charge {line['charge_id']}": amount for line, amount in pairs}
    for part, vat in zip(invoice["vat"], account["vat"], strict=True):
        its = [n for x, n in pairs if all(x[f] == part[f] for f in ("category", "rate_basis_points"))]
        found |= {f"base {_group(part)}": sum(its), f"VAT {_group(part)}": vat}
    return found


def _group(part: Body) -> str:
    return f"at {part['rate_basis_points'] / 100:g} % {part['category']} {part['country']}"


def _by_series(state: State, collection: str) -> dict[str, list[Body]]:
    """Documents by series and year, in order of their numbers."""
    ordered = sorted(state.bodies(collection), key=_place)
    return grouped(ordered, lambda document: str(document["number"]).rpartition("-")[0])


def _place(document: Body) -> int:
    return int(str(document["number"]).rpartition("-")[2])
