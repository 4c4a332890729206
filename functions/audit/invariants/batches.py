"""Invariants of the daily batches for SAP (4, 43, 53)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from common.dates import day_in
from common.parties import SELLERS
from functions.audit.invariants.state import State, grouped

COUNTING: Final = frozenset({"collecting", "prepared"})
"""States of a batch whose journals are still being counted."""
GONE: Final = frozenset({"reversed", "void"})
"""States of a batch by which SAP has none of its journals."""
CLOSING: Final = "accounting-close-day"
TICK: Final = "tick:"
"""What a schedule's message is known by, before its slot."""


def a_batch_is_its_days_journals(state: State) -> Iterator[str]:
    """What a day's batches sent to SAP is the sum of its journals: none missing, none twice."""
    by_day = grouped(state.bodies("journals"), lambda journal: journal["batch_day"])
    for day, batches in _whole_days(state).items():
        journals = by_day.get(day, [])
        total = sum(line["debit_minor"] for journal in journals for line in journal["postings"])
        sent = (sum(batch["journals"] for batch in batches), sum(batch["total_minor"] for batch in batches))
        if sent != (len(journals), total):
            named = ", ".join(batch["id"] for batch in batches)
            yield f"batch {named}: {sent[0]} journals {sent[1]}, now {len(journals)} {total}"


def a_batch_sums_every_account(state: State) -> Iterator[str]:
    """The balances batches keep are those their journals give when they are added up anew, account by account."""
    by_day = grouped(state.bodies("journals"), lambda journal: journal["batch_day"])
    for day, batches in _whole_days(state).items():
        lines = [
            {**line, "document_type": journal["document_type"]}
            for journal in by_day.get(day, [])
            for line in journal["postings"]
        ]
        named = ", ".join(batch["id"] for batch in batches)
        kept, posted = _by_account([line for batch in batches for line in batch["lines"]]), _by_account(lines)
        for key in sorted(kept.keys() | posted.keys()):
            if kept[key] != posted[key]:
                yield f"batch {named} has {kept[key]} for {' '.join(key)}, its journals {posted[key]}"


def _whole_days(state: State) -> dict[str, list[dict[str, Any]]]:
    """The batches that hold a day's journals, of the days of which none is still being counted."""
    found = grouped(state.bodies("sap_batches"), _day_of)
    return {
        day: [batch for batch in batches if batch["state"] not in GONE]
        for day, batches in found.items()
        if not any(batch["state"] in COUNTING for batch in batches)
    }


def a_closed_day_is_in_a_batch(state: State) -> Iterator[str]:
    """Every journal of a day that is closed is in a batch, and SAP has accepted each batch once."""
    closed = {body["id"]: body["closed_through"] for body in state.bodies("closings")}
    batched = {_day_of(batch) for batch in state.bodies("sap_batches")}
    for journal in state.bodies("journals"):
        if journal["posted_on"] <= closed.get(journal["entity"], "") and journal["batch_day"] not in batched:
            yield f"journal {journal['id']} of {journal['posted_on']} is in no batch"
    accepted = Counter(event["batch_id"] for event in state.events("batch.accepted"))
    yield from (f"batch {batch} was accepted {times} times" for batch, times in accepted.items() if times > 1)


def no_night_is_missed(state: State) -> Iterator[str]:
    """A night closes every day that is over by then, also those of nights that were missed."""
    keys = [record.body["key"] for record in state.records if record.body["function"] == CLOSING]
    slots = [datetime.fromisoformat(key.removeprefix(TICK)) for key in keys if key.startswith(TICK)]
    for closing in state.bodies("closings") if slots else ():
        seller = SELLERS.get(closing["id"])
        over = day_in(seller.time_zone if seller else "UTC", max(slots)) - timedelta(days=1)
        if date.fromisoformat(closing["closed_through"]) < over:
            yield f"{closing['id']} is closed through {closing['closed_through']} only, {over} was over"


def _day_of(batch: dict[str, Any]) -> str:
    return f"{batch['posted_on']}|{batch['entity']}|{batch['currency']}"


def _by_account(lines: list[dict[str, Any]]) -> Counter[tuple[str, ...]]:
    """Debits and credits apart, by document type, account, tax code, country and side."""
    found: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        key = (line["document_type"], line["account"], line["tax_code"], line["country"])
        found[*key, "debit"] += line["debit_minor"]
        found[*key, "credit"] += line["credit_minor"]
    return found
