"""Invariants of the journal (1 to 9)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from common.dates import day_in
from common.money import EXPONENTS
from common.parties import SELLERS
from functions.audit.invariants.state import Body, State

MONEY_EVENTS: Final = {
    "invoice.issued": ("DR", "number"),
    "credit_note.issued": ("DG", "number"),
    "credit_note.applied": ("AB", "credit_note_number"),
    "payment.received": ("DZ", "receipt_id"),
    "payment.matched": ("AB", "invoice_number"),
    "payment.unmatched": ("AB", "invoice_number"),
    "payment.returned": ("DZ", "return_id"),
    "refund.requested": ("AB", "refund_id"),
    "refund.withdrawn": ("AB", "return_id"),
    "refund.paid": ("DZ", "refund_id"),
    "refund.failed": ("DZ", "refund_id"),
    "payout.settled": ("SA", "payout_id"),
    "payout.arrived": ("SA", "receipt_id"),
    "bank_entry.booked": ("SA", "entry_id"),
    "write_off.decided": ("AB", "write_off_id"),
    "write_off.withdrawn": ("AB", "write_off_id"),
    "revenue.released": ("SA", "release_id"),
}
"""The document type of each one's journal, and the field that names the journal's document."""
AMOUNTS: Final = ("amount_minor", "total_minor", "refund_minor", "fees_minor")
RECEIVABLES: Final = "1400"
UNAPPLIED: Final = "1590"
REFUNDS: Final = "1595"
MONEY: Final = ("1200", "1360", "1361", "1362", "1363", "1370")
"""Where money arrives: the bank, the payment providers, members' proceeds."""
SALES: Final = ("4", "38")
"""How the accounts of revenue and of VAT payable begin."""
LATER: Final = "3900"
"""Contract liabilities: revenue of later months. What is taken back of it counts as taken from revenue."""
BOOK_SALES: Final = ("DR", "DG")
"""Documents that touch revenue and VAT; so does revenue that is released."""
RELEASED: Final = "revenue.released"
RETURN_FEES: Final = "6856"
LONGEST_MONTH: Final = 31


def balanced(state: State) -> Iterator[str]:
    """Each journal's debits equal its credits."""
    for journal in state.bodies("journals"):
        if difference := _difference(journal):
            yield f"journal {journal['id']} is off by {difference} {journal['currency']}"


def lines_have_one_side(state: State) -> Iterator[str]:
    """Every line has exactly one positive side, in whole minor units of a currency of ISO 4217."""
    for journal in state.bodies("journals"):
        if journal["currency"] not in EXPONENTS:
            yield f"journal {journal['id']} is in {journal['currency']}, which is no currency of ours"
        for line in journal["postings"]:
            sides = (line["debit_minor"], line["credit_minor"])
            if not all(type(side) is int for side in sides) or min(sides) != 0 or max(sides) <= 0:
                yield f"journal {journal['id']} has the line {line}"


def closed_world(state: State) -> Iterator[str]:
    """Over all accounts, debits minus credits are nothing, in each currency."""
    totals: Counter[str] = Counter()
    for journal in state.bodies("journals"):
        totals[journal["currency"]] += _difference(journal)
    yield from (f"all accounts together are off by {off} {currency}" for currency, off in totals.items() if off)


def receivables_are_what_is_open(state: State) -> Iterator[str]:
    """The receivables account holds what the open items hold, in each currency."""
    held = _account(state, RECEIVABLES)
    yield from _differences(held, _totals(state, "items", "open_minor"), "receivables", "open items")


def unapplied_money_is_what_receipts_hold(state: State) -> Iterator[str]:
    """The account of unapplied customer money holds what is left of the receipts, in each currency."""
    owed = Counter({currency: -minor for currency, minor in _account(state, UNAPPLIED).items()})
    yield from _differences(owed, _totals(state, "receipts", "unapplied_minor"), "unapplied money", "receipts")


def refunds_owed_are_what_is_set_aside(state: State) -> Iterator[str]:
    """The account of refunds owed holds what is set aside on receipts and not paid back yet, in each currency."""
    owed = Counter({currency: -minor for currency, minor in _account(state, REFUNDS).items()})
    aside: Counter[str] = Counter()
    for receipt in state.bodies("receipts"):
        aside[receipt["currency"]] += sum(p["amount_minor"] for p in receipt["allocations"] if p["kind"] == "refund")
    for event in state.events("refund.paid"):
        aside[event["currency"]] -= event["amount_minor"]
    for event in state.events("refund.failed"):
        aside[event["currency"]] += event["amount_minor"] * event["undone"]
    yield from _differences(owed, aside, "refunds owed", "receipts")


def accounts_keep_their_side(state: State) -> Iterator[str]:
    """No member's receivables are negative; sales are touched by invoices and credits only.

    Of all members' money together, no more went back than had come (what comes by bank is nobody's at first); our own
    fees are not theirs.
    """
    owed: Counter[tuple[str, str]] = Counter()
    money: Counter[tuple[str, str]] = Counter()
    for journal in state.bodies("journals"):
        for line in journal["postings"]:
            moved, account = line["debit_minor"] - line["credit_minor"], line["account"]
            if account == RECEIVABLES:
                owed[journal["member_id"], journal["currency"]] += moved
            elif account in {UNAPPLIED, REFUNDS} and journal["document_type"] == "DZ" and not state.member_id:
                money["members' money", journal["currency"]] -= moved
            elif account.startswith(SALES) and not _may_book_sales(journal):
                yield f"journal {journal['id']} of type {journal['document_type']} books on {account}"
    for (holder, currency), held in [*owed.items(), *money.items()]:
        if held < 0:
            yield f"{holder or 'nobody'} stands at {held} {currency}, on the wrong side"


def _may_book_sales(journal: Body) -> bool:
    return journal["document_type"] in BOOK_SALES or journal.get("event") == RELEASED


def posted_is_never_changed(state: State) -> Iterator[str]:
    """A journal, an invoice and a credit note have one version only."""
    for collection in ("journals", "invoices", "credit_notes"):
        for stored in state.stored(collection).values():
            if stored.fields["version"] != 1:
                yield f"{collection}/{stored.id} was changed after it was issued"


def a_reversal_is_never_more_than_its_original(state: State) -> Iterator[str]:
    """No more is taken back of a match than it put, nor of an invoice, account by account, than it booked."""
    matched = Counter({event["match_id"]: event["amount_minor"] for event in state.events("payment.matched")})
    for event in state.events("payment.unmatched"):
        matched[event["match_id"]] -= event["amount_minor"]
    yield from (f"match {match} was taken back by {-left} too much" for match, left in matched.items() if left < 0)
    credited = {event["number"]: event["invoice_number"] for event in state.events("credit_note.issued")}
    booked, back = _by_document(state, "DR"), dict[str, Counter[tuple[str, str, str]]]()
    for number, lines in _by_document(state, "DG").items():
        _add(back.setdefault(credited.get(number, ""), Counter()), lines)
    for invoice, lines in back.items():
        original = booked.get(invoice, Counter())
        for line, amount in lines.items():
            if amount * original[line] > 0 or abs(amount) > abs(original[line]):
                yield f"credit notes of {invoice} book {amount} on {line[0]}, the invoice {original[line]}"
    yield from _mirrored(state)


def _mirrored(state: State) -> Iterator[str]:
    """What each journal's reversals of every kind but credit notes book together lies within what it booked.

    A return's fee is no reversal, and leaves the same account: of returns only the customer's side is compared.
    """
    journals = {journal["id"]: journal for journal in state.bodies("journals")}
    back: dict[str, Counter[str]] = {}
    for journal in journals.values():
        if journal.get("reverses") and journal["document_type"] != "DG":
            found = back.setdefault(journal["reverses"], Counter())
            for line in journal["postings"]:
                if not (journal.get("event") == "payment.returned" and line["account"] in {*MONEY, RETURN_FEES}):
                    found[line["account"]] += line["debit_minor"] - line["credit_minor"]
    for name, lines in back.items():
        original = journals.get(name)
        if original is None:
            yield from [f"journal {name} is reversed and not there"] if not state.member_id else []
            continue
        booked = Counter[str]()
        for line in original["postings"]:
            booked[line["account"]] += line["debit_minor"] - line["credit_minor"]
        for account, amount in lines.items():
            if amount * booked[account] > 0 or abs(amount) > abs(booked[account]):
                yield f"reversals of journal {name} book {amount} on {account}, it booked {booked[account]}"


def every_money_event_has_its_journal(state: State) -> Iterator[str]:
    """Each event that moves money has one journal: no orphan either way. An invoice over nothing moves none."""
    told: Counter[tuple[str, str]] = Counter()
    for name, (document_type, field) in MONEY_EVENTS.items():
        told.update((document_type, event[field]) for event in state.events(name) if _moves_money(event))
    posted = Counter((journal["document_type"], journal["document"]) for journal in state.bodies("journals"))
    for key in told.keys() | posted.keys():
        if told[key] != posted[key]:
            yield f"{key[0]} {key[1]}: {told[key]} money events and {posted[key]} journals"


def a_journal_is_posted_on_its_day(state: State) -> Iterator[str]:
    """A journal is posted on the legal entity's day it was written, and no day is closed before it is over.

    One that was begun before midnight may be committed after: then it stands on the day before.
    """
    for record, journal in state.told("journal.posted"):
        today = _day(journal["entity"], record.body["at"])
        days = {today.isoformat(), (today - timedelta(days=1)).isoformat()}
        if journal["posted_on"] not in days and not _goes_to_the_next_month(journal["posted_on"], today):
            yield f"journal {journal['journal_id']} of {today} was posted on {journal['posted_on']}"
    yield from _in_locked_periods(state)
    for reference, versions in state.steps.items() if not state.member_id else ():
        for step in versions if reference.startswith("closings/") else ():
            if date.fromisoformat(step.body["closed_through"]) >= _day(step.body["id"], step.record.body["at"]):
                yield f"{reference} was closed through {step.body['closed_through']} before that day was over"


def _goes_to_the_next_month(posted_on: str, today: date) -> bool:
    """Where the month was closed while a journal was being written: it stands on the first day of the next one."""
    return posted_on.endswith("-01") and 0 < (date.fromisoformat(posted_on) - today).days <= LONGEST_MONTH


def _in_locked_periods(state: State) -> Iterator[str]:
    """Journals that were posted in a month while it was not open."""
    if state.member_id:
        return
    changes = {
        reference.removeprefix("periods/"): [(step.record.body["at"], step.body["state"]) for step in versions]
        for reference, versions in state.steps.items()
        if reference.startswith("periods/")
    }
    for record, journal in state.told("journal.posted") if changes else ():
        at = record.body["at"]
        period = changes.get(f"{journal['entity']}-{journal['posted_on'][:7]}", ())
        now = max((change for change in period if change[0] < at), default=("", "open"))
        if now[1] != "open":
            yield f"journal {journal['journal_id']} was posted on {journal['posted_on']}, in a month that was {now[1]}"


def _day(entity: str, at: str) -> date:
    return day_in(SELLERS[entity].time_zone if entity in SELLERS else "UTC", datetime.fromisoformat(at))


def _moves_money(event: Body) -> bool:
    """Whether anything is to be debited: lines of a total of nothing may still stand on different accounts."""
    if event.get("undone") is False or ("refund_id" in event and event.get("credit_note_id")):
        return False
    parts = (part[side] for part in event.get("vat", ()) for side in ("base_minor", "vat_minor"))
    return any((*(event.get(name) for name in AMOUNTS), *parts))


def _account(state: State, account: str) -> Counter[str]:
    """An account's debits less its credits by currency."""
    found: Counter[str] = Counter()
    for journal in state.bodies("journals"):
        for line in journal["postings"]:
            if line["account"] == account:
                found[journal["currency"]] += line["debit_minor"] - line["credit_minor"]
    return found


def _by_document(state: State, document_type: str) -> dict[str, Counter[tuple[str, str, str]]]:
    """Debits less credits by document and by account, tax code and country."""
    found: dict[str, Counter[tuple[str, str, str]]] = {}
    for journal in state.bodies("journals"):
        if journal["document_type"] == document_type:
            lines = found.setdefault(journal["document"], Counter())
            for line in journal["postings"]:
                account = line["account"]
                sold = account == LATER or account.startswith(SALES[0])
                key = ("revenue" if sold else account, line["tax_code"], line["country"])
                lines[key] += line["debit_minor"] - line["credit_minor"]
    return found


def _add(found: Counter[tuple[str, str, str]], lines: Counter[tuple[str, str, str]]) -> None:
    """Adds, negative amounts too."""
    for line, amount in lines.items():
        found[line] += amount


def _totals(state: State, collection: str, field: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for body in state.bodies(collection):
        found[body["currency"]] += body[field]
    return found


def _differences(ledger: Counter[str], kept: Counter[str], account: str, collection: str) -> Iterator[str]:
    for currency in ledger.keys() | kept.keys():
        if ledger[currency] != kept[currency]:
            yield f"{account} {ledger[currency]}, {collection} {kept[currency]} {currency}"


def _difference(journal: Body) -> int:
    return sum(int(line["debit_minor"]) - int(line["credit_minor"]) for line in journal["postings"])
