"""Invariants of the journal (1 to 8)."""

from collections import Counter
from collections.abc import Iterator

from functions.audit.invariants.state import Body, State

MONEY_EVENTS = {
    "invoice.issued": "invoice_id",
    "credit_note.issued": "credit_note_id",
    "payment.received": "receipt_id",
    "payment.matched": "match_id",
    "payment.unmatched": "match_id",
}


def balanced(state: State) -> Iterator[str]:
    """Each journal's debits equal its credits."""
    for journal in state.bodies("journals"):
        if difference := _difference(journal):
            yield f"journal {journal['id']} is off by {difference} {journal['currency']}"


def lines_have_one_side(state: State) -> Iterator[str]:
    """Every line has exactly one positive side, in whole minor units."""
    for journal in state.bodies("journals"):
        for line in journal["postings"]:
            sides = (line["debit_minor"], line["credit_minor"])
            if not all(isinstance(side, int) for side in sides) or min(sides) != 0 or max(sides) <= 0:
                yield f"journal {journal['id']} has the line {line}"


def closed_world(state: State) -> Iterator[str]:
    """Over all accounts, debits minus credits are nothing, in each currency."""
    totals: Counter[str] = Counter()
    for journal in state.bodies("journals"):
        totals[journal["currency"]] += _difference(journal)
    yield from (f"all accounts together are off by {off} {currency}" for currency, off in totals.items() if off)


def every_money_event_has_its_journal(state: State) -> Iterator[str]:
    """As many journals as money events: no orphan either way."""
    told = sum(len(state.events(name)) for name in MONEY_EVENTS)
    posted = len(state.bodies("journals"))
    if told != posted:
        yield f"{told} money events and {posted} journals"


def receivables_are_what_is_open(state: State) -> Iterator[str]:
    """The receivables account holds what the open items hold, in each currency."""
    ledger: Counter[str] = Counter()
    for journal in state.bodies("journals"):
        for line in journal["postings"]:
            if line["account"] == "1400":
                ledger[journal["currency"]] += line["debit_minor"] - line["credit_minor"]
    items: Counter[str] = Counter()
    for item in state.bodies("items"):
        items[item["currency"]] += item["open_minor"]
    for currency in ledger.keys() | items.keys():
        if ledger[currency] != items[currency]:
            yield f"receivables {ledger[currency]}, open items {items[currency]} {currency}"


def posted_is_never_changed(state: State) -> Iterator[str]:
    """A journal and an invoice have one version only."""
    for collection in ("journals", "invoices", "credit_notes"):
        for stored in state.stored(collection).values():
            if stored.fields["version"] != 1:
                yield f"{collection}/{stored.id} was changed after it was issued"


def _difference(journal: Body) -> int:
    return sum(int(line["debit_minor"]) - int(line["credit_minor"]) for line in journal["postings"])
