"""Whether the books are closed when a story is over: every document at SAP, months locked, no revenue left behind."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from common.tools.simulation.accounting import SETTLED
from common.tools.simulation.story import Story
from functions.accounting.model.periods import LOCKED
from functions.accounting.posting import chart
from functions.audit.invariants.state import State

GONE: Final = frozenset({"reversed", "void"})


def closed(story: Story, state: State) -> Iterator[str]:
    """Invariants 4, 43, 53 and what periods and deferred revenue promise: everything that is not so."""
    yield from _numbers_are_saps(story, state)
    yield from _each_journal_is_sent_once(state)
    yield from _months_are_closed(story, state)
    yield from _months_are_locked_in_order(state)
    yield from _revenue_is_released(story, state)


def _numbers_are_saps(story: Story, state: State) -> Iterator[str]:
    """Each part has the number SAP gave it, and what SAP has by a reversed batch is countered."""
    for batch in state.bodies("sap_batches"):
        for part in batch["parts"]:
            wanted = [part["posting"]]
            if batch["state"] == "reversed" and part["posting"]["document"]:
                wanted.append(part["reversal"] or {"document": "", "message_id": "no reversal"})
            for exchange in wanted if batch["state"] in {"accepted", "reversed"} else ():
                number = story.sap.number(exchange["message_id"])
                if exchange["document"] != number:
                    told = exchange["document"]
                    yield f"43: {batch['id']}/{part['number']} is {told}, SAP says {number or 'nothing'}"


def _each_journal_is_sent_once(state: State) -> Iterator[str]:
    """Each journal of a closed day is on a page of exactly one batch that stands."""
    gone = {batch["id"] for batch in state.bodies("sap_batches") if batch["state"] in GONE}
    pages = {batch["id"]: batch["pages"] for batch in state.bodies("sap_batches") if batch["id"] not in gone}
    # Of a batch that was counted anew there may be pages of the first count: they are behind its last one.
    valid = [page for page in state.bodies("sap_pages") if page["page"] < pages.get(page["batch_id"], 0)]
    held = Counter(name for page in valid for name in page["journals"])
    through = {closing["id"]: closing["closed_through"] for closing in state.bodies("closings")}
    for journal in state.bodies("journals"):
        if journal["posted_on"] <= through.get(journal["entity"], "") and held[journal["id"]] != 1:
            yield f"4: journal {journal['id']} of {journal['posted_on']} is in {held[journal['id']]} batches"


def _months_are_closed(story: Story, state: State) -> Iterator[str]:
    states = {period["id"]: period["state"] for period in state.bodies("periods")}
    for name in sorted(story.accounting.closed):
        if states.get(name) != "closed":
            yield f"period {name} is {states.get(name, 'open')} at the end"


def _months_are_locked_in_order(state: State) -> Iterator[str]:
    """In the order of commits: nothing is posted in a locked month, and none is closed before SAP has all of it."""
    locked: set[tuple[str, str]] = set()
    batches: dict[str, Any] = {}
    for kind, body in _written(state):
        place = (body["entity"], body.get("month") or body["posted_on"][:7])
        if kind == "sap_batches":
            batches[body["id"]] = body
        elif kind == "journals" and place in locked:
            yield f"journal {body['id']} was posted on {body['posted_on']}, in a locked month"
        elif kind == "periods":
            (locked.add if body["state"] in LOCKED else locked.discard)(place)
            yield from _is_complete(body, batches.values())


def _written(state: State) -> Iterator[tuple[str, Any]]:
    """Journals, batches and periods as they were written; of one instant the periods come last."""
    told = [
        (str(record.body["at"]), written["kind"] == "periods", written["version"], written)
        for record in state.records
        for written in record.body["documents"]
        if written["kind"] in {"journals", "sap_batches", "periods"}
    ]
    for *_, written in sorted(told, key=lambda one: one[:3]):
        yield written["kind"], written["body"]


def _is_complete(period: Any, batches: Iterable[Any]) -> Iterator[str]:
    for batch in batches if period["state"] == "closed" else ():
        same = batch["entity"] == period["entity"] and batch["posted_on"].startswith(period["month"])
        if same and batch["state"] not in SETTLED:
            yield f"period {period['id']} was closed while {batch['id']} of {batch['posted_on']} was {batch['state']}"


def _revenue_is_released(story: Story, state: State) -> Iterator[str]:
    """The contract liability is what deferrals have left, and nothing of it belongs to a month that has come."""
    left = 0
    month = story.clock.now().date().isoformat()[:7]
    if story.clock.now().date() == date.fromisoformat(f"{month}-01"):
        return
    for deferral in state.bodies("deferrals"):
        for held in deferral["parts"]:
            minor = 0 if held["released_on"] else held["part"]["amount_minor"] - held["taken_minor"]
            left += minor
            if minor and held["part"]["month"] <= month:
                yield f"{minor} of {deferral['invoice_number']} for {held['part']['month']} is not released in {month}"
    account = chart().words["contract_liability"]
    stands = sum(
        line["credit_minor"] - line["debit_minor"]
        for journal in state.bodies("journals")
        for line in journal["postings"]
        if line["account"] == account
    )
    if stands != left:
        yield f"the contract liability stands at {stands}, deferrals have {left} left"
