"""What must hold when a simulated quarter is over: invariants, the world's own books, the fault-free outcome."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from common.documents import canonical
from common.parking import Parked
from common.tools.simulation import books, closing
from common.tools.simulation.accounting import SETTLED
from common.tools.simulation.story import Story
from functions.accounting.model.batches import SapBatch
from functions.audit.invariants import prove
from functions.audit.invariants.state import State
from functions.notifications.model import REMINDERS

OWN: Final = {
    "version",
    "head",
    "created_at",
    "archived_at",
    "told_at",
    "opened_at",
    "closed_at",
    "posted_at",
    "sent_at",
    "checked_at",
    "vat_check",
    "said_at",
    "since",
}
"""What tells when and how often something was done: two right histories may differ in it."""
OVERTAKEN: Final = frozenset({"part_payment"})
"""What is not sent once there is newer news: of two matches within a second either may be heard of first."""
COLLECTIONS: Final = (
    "members", "charges", "invoices", "credit_notes", "invoice_credits", "items", "receipts", "journals",
    "dunning_cases", "archive_entries", "statements", "bank_entries", "recipients", "payers", "refunds", "disputes",
    "debits", "mandates", "payouts", "proceeds", "payables",
    "deferrals", "write_offs",
)  # fmt: skip


def broken(story: Story, state: State) -> Iterator[str]:
    """Everything that is wrong at the end of a story, in its state; nothing where the platform is right."""
    yield from story.scheduler.wrong
    for one in prove(story.runtime.world, state):
        numbers = ", ".join(map(str, one.invariant.numbers))
        yield f"invariant {numbers} ({one.invariant.title}): {one.evidence[0]}"
    yield from books.tie(story, state)
    yield from _sap_agrees(story, state)
    yield from closing.closed(story, state)
    yield from _members_were_told(story, state)
    yield from _nothing_is_left(story, state)


def _sap_agrees(story: Story, state: State) -> Iterator[str]:
    """Invariant 43: SAP's documents add up to our journals, account by account."""
    theirs: Counter[str] = Counter()
    for lines in story.sap.posted.values():
        for line in lines:
            theirs[line.account] += line.debit_minor - line.credit_minor
    ours: Counter[str] = Counter()
    for journal in state.bodies("journals"):
        for line in journal["postings"]:
            ours[line["account"]] += line["debit_minor"] - line["credit_minor"]
    for account in sorted(set(ours) | set(theirs)):
        if ours[account] != theirs[account]:
            yield f"43: account {account} is {ours[account]} here and {theirs[account]} at SAP"
    for body in state.bodies(SapBatch.collection):
        if body["state"] not in SETTLED:
            yield f"43: batch {body['id']} is {body['state']} at the end"


def _members_were_told(story: Story, state: State) -> Iterator[str]:
    """Invariant 22 and a promise: every invoice is sent, once, and nobody is chased for money that is on its way.

    However late the platform's own news of that money are: who owns the facts is asked.
    """
    yield from (f"promise: {number} was chased while its money was on its way" for number in story.post.chased)
    # Where a level could not be sent at all the next one goes out.
    failed = {
        body["words"]["number"]
        for body in state.bodies("notifications")
        if body["template"] in REMINDERS and body["state"] == "failed"
    }
    hurried = [told for told in story.post.hurried if told.partition(" ")[0] not in failed]
    yield from (f"promise: {told} was reminded out of turn" for told in hurried)
    said: dict[str, set[str]] = defaultdict(set)
    for notification_id, _, words in story.post.sent:
        said[notification_id].add(words)
    for body in state.bodies("notifications"):
        if body["state"] == "pending":
            yield f"22: notification {body['template']} {body['id']} was never sent"
        elif body["state"] == "sent" and body["id"] not in said:
            yield f"22: notification {body['id']} is said to be sent, and was not"
    for notification_id, versions in said.items():
        if len(versions) > 1:
            yield f"22: notification {notification_id} was sent with {len(versions)} contents"
    told = {body["words"]["number"] for body in state.bodies("notifications") if body["template"] == "invoice"}
    for invoice in state.bodies("invoices"):
        if invoice["number"] not in told:
            yield f"22: nobody was told of invoice {invoice['number']}"


def _nothing_is_left(story: Story, state: State) -> Iterator[str]:
    """Invariants 31, 52, 70: at rest nothing is pending, parked, unknown or unbilled."""
    for body in state.bodies(Parked.collection):
        if body["state"] == "parked":
            yield f"52: parked {body['function']}: {body['code']} {body['detail']}"
    for body in state.bodies("payments"):
        if body["state"] not in {"succeeded", "failed"} and not (body["settled"] and not body["attempts"]):
            yield f"31: payment {body['id']} is {body['state']} at the end"
    for body in state.bodies("items"):
        if body["state"] != "settled" and not body["overdue"]:
            yield f"70: item {body['number']} is open for months and not overdue"
    loaded = set(story.engine.rows.get("billing_raw.events", {}))
    told = {f"{r.id}.{n}" for r in state.records for n, _ in enumerate(r.body["events"])}
    if loaded != told:
        yield f"50: {len(told - loaded)} events are not in BigQuery, {len(loaded - told)} are only there"


def outcome(state: State) -> dict[str, Any]:
    """What a story came to, without when and how often: equal for two histories that differ by harmless faults."""
    found = {name: [_essence(body) for body in state.bodies(name)] for name in COLLECTIONS}
    told = [
        f"{body['template']} {body['words']['number']} {body['state']}"
        for body in state.bodies("notifications")
        if body["template"] not in OVERTAKEN
    ]
    return {name: sorted(bodies, key=str) for name, bodies in {**found, "told": told}.items()}


def digest(found: Mapping[str, Any]) -> str:
    """The hash of an outcome."""
    return hashlib.sha256(canonical(found)).hexdigest()


def money(state: State) -> dict[str, Any]:
    """The coarser outcome, which even days of delay may not change: what each member was billed, or will be next.

    What stands in the place of another document bills nothing new.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for body in state.bodies("charges"):
        found[body["member_id"]]["charged"] += body["amount_minor"] * (body["state"] == "accepted")
    for body in state.bodies("invoices"):
        found[body["member_id"]]["billed"] += 0 if body["preceding"] else body["net_minor"]
    for body in state.bodies("bills"):
        found[body["member_id"]]["billed"] += sum(line["amount_minor"] for line in body["lines"])
    return {member: dict(sorted(sums.items())) for member, sums in sorted(found.items())}


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Where two outcomes differ, in words."""
    for name in sorted(set(found) | set(wanted)):
        ours = {canonical(one).decode() for one in found.get(name, ())}
        theirs = {canonical(one).decode() for one in wanted.get(name, ())}
        for one in sorted(ours - theirs)[:2]:
            yield f"{name} without faults has no {one[:700]}"
        for one in sorted(theirs - ours)[:2]:
            yield f"{name} with faults lacks {one[:700]}"


def _essence(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _essence(part) for name, part in value.items() if name not in OWN}
    return [_essence(part) for part in value] if isinstance(value, list) else value
