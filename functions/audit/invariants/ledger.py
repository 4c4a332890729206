"""Invariants of the journal (1 to 8)."""

from collections import Counter
from collections.abc import Iterator

from functions.audit.invariants.state import Body, State, grouped

MONEY_EVENTS = {
    "invoice.issued": ("DR", "number"),
    "credit_note.issued": ("DG", "number"),
    "payment.received": ("DZ", "receipt_id"),
    "payment.matched": ("AB", "invoice_number"),
    "payment.unmatched": ("AB", "invoice_number"),
}
"""The document type of each one's journal, and the field that names the journal's document."""


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
    """Each event that moves money has one journal: no orphan either way. An invoice over nothing moves none."""
    told: Counter[tuple[str, str]] = Counter()
    for name, (document_type, field) in MONEY_EVENTS.items():
        told.update((document_type, event[field]) for event in state.events(name) if _moves_money(event))
    posted = Counter((journal["document_type"], journal["document"]) for journal in state.bodies("journals"))
    for key in told.keys() | posted.keys():
        if told[key] != posted[key]:
            yield f"{key[0]} {key[1]}: {told[key]} money events and {posted[key]} journals"


def _moves_money(event: Body) -> bool:
    """Whether anything is to be debited: lines of a total of nothing may still stand on different accounts."""
    parts = (part[side] for part in event.get("vat", ()) for side in ("base_minor", "vat_minor"))
    return any((event.get("amount_minor"), event.get("total_minor"), *parts))


def receivables_are_what_is_open(state: State) -> Iterator[str]:
    """The receivables account holds what the open items hold, in each currency."""
    yield from _differences(_account(state, "1400"), _totals(state, "items", "open_minor"), "receivables", "open items")


def unapplied_money_is_what_receipts_hold(state: State) -> Iterator[str]:
    """The account of unapplied customer money holds what is left of the receipts, in each currency."""
    owed = Counter({currency: -minor for currency, minor in _account(state, "1590").items()})
    yield from _differences(owed, _totals(state, "receipts", "unapplied_minor"), "unapplied money", "receipts")


def a_batch_is_its_days_journals(state: State) -> Iterator[str]:
    """What went to SAP is the sum of its day's journals: none missing, none that came later."""
    by_day = grouped(state.bodies("journals"), lambda journal: journal["batch_day"])
    for batch in state.bodies("sap_batches"):
        if batch["state"] in {"collecting", "prepared"}:
            continue
        journals = by_day.get(f"{batch['posted_on']}|{batch['entity']}|{batch['currency']}", [])
        total = sum(line["debit_minor"] for journal in journals for line in journal["postings"])
        sent = (batch["journals"], batch["total_minor"])
        if sent != (len(journals), total):
            yield f"batch {batch['id']}: {sent[0]} journals {sent[1]}, now {len(journals)} {total}"


def _account(state: State, account: str) -> Counter[str]:
    """An account's debits less its credits by currency."""
    found: Counter[str] = Counter()
    for journal in state.bodies("journals"):
        for line in journal["postings"]:
            if line["account"] == account:
                found[journal["currency"]] += line["debit_minor"] - line["credit_minor"]
    return found


def _totals(state: State, collection: str, field: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for body in state.bodies(collection):
        found[body["currency"]] += body[field]
    return found


def _differences(ledger: Counter[str], kept: Counter[str], account: str, collection: str) -> Iterator[str]:
    for currency in ledger.keys() | kept.keys():
        if ledger[currency] != kept[currency]:
            yield f"{account} {ledger[currency]}, {collection} {kept[currency]} {currency}"


def posted_is_never_changed(state: State) -> Iterator[str]:
    """A journal and an invoice have one version only."""
    for collection in ("journals", "invoices", "credit_notes"):
        for stored in state.stored(collection).values():
            if stored.fields["version"] != 1:
                yield f"{collection}/{stored.id} was changed after it was issued"


def _difference(journal: Body) -> int:
    return sum(int(line["debit_minor"]) - int(line["credit_minor"]) for line in journal["postings"])
