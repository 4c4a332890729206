"""Invariants of history: versions, chain, replay, who and why, what is kept (30, 55 to 66)."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from functions.audit import trail
from functions.audit.invariants.state import State

FINAL: Final[dict[str, set[str]]] = {
    "billing_runs": {"completed", "cancelled"},
    "charges": {"reversed"},
    "checkouts": {"succeeded"},
    "debit_batches": {"settled"},
    "debits": {"dropped"},
    "mandates": {"cancelled", "expired"},
    "notifications": {"sent", "suppressed", "failed"},
    "parked": {"replayed", "discarded"},
    "payments": {"succeeded"},
    "payouts": {"failed"},
    "refunds": {"withdrawn"},
    "sap_batches": {"reversed", "void"},
    "transfer_batches": {"booked"},
}
"""The states that no document leaves, by collection; all others may still move."""

Faults = Callable[[str, Sequence[trail.Step], dict[str, Any] | None], Iterator[str]]


def versions_follow(state: State) -> Iterator[str]:
    """Each document's versions are 1 to the last, none missing and none twice."""
    return _each(state, lambda reference, steps, _: trail.gaps(reference, steps))


def the_chain_holds(state: State) -> Iterator[str]:
    """Each version follows the hash of the one before, and each commit has its hash."""
    return _each(state, lambda reference, steps, _: trail.breaks(reference, steps))


def replay_is_what_is_stored(state: State) -> Iterator[str]:
    """The last version that was committed is the document that is stored."""
    return _each(
        state, lambda reference, steps, stored: trail.differences(reference, steps, stored) if stored else iter(())
    )


def nothing_is_deleted(state: State) -> Iterator[str]:
    """Every document that was ever committed is still there."""
    return _each(state, lambda reference, _, stored: iter(() if stored else (f"{reference}: is not stored",)))


def _each(state: State, faults: Faults) -> Iterator[str]:
    for reference, steps in state.steps.items():
        collection, _, document_id = reference.partition("/")
        stored = state.stored(collection).get(document_id)
        yield from faults(reference, steps, dict(stored.fields) if stored else None)


def final_is_final(state: State) -> Iterator[str]:
    """No document ever left a final state, and no attempt that had brought money."""
    for reference, steps in state.steps.items():
        final = FINAL.get(reference.partition("/")[0], set())
        for before, after in pairwise(steps) if final else ():
            if before.body["state"] in final and after.body["state"] != before.body["state"]:
                yield f"{reference} left {before.body['state']} for {after.body['state']}"


CLOCKS_DIFFER: Final = timedelta(seconds=1)
"""Between the machines that functions run on; Google keeps its own within milliseconds."""


def _moment(step: trail.Step) -> datetime:
    return datetime.fromisoformat(step.record.body["at"])


def time_runs_forward(state: State) -> Iterator[str]:
    """A later version was never committed at an earlier time, on the server's clock."""
    for reference, steps in state.steps.items():
        for before, after in pairwise(steps):
            if _moment(after) + CLOCKS_DIFFER < _moment(before):
                yield f"{reference}: version {after.version} is of {after.record.body['at']}, before the one it follows"


def no_write_without_a_commit(state: State) -> Iterator[str]:
    """Every stored document is told of by a commit."""
    for collection in sorted(state.collections):
        for document_id in state.stored(collection):
            if f"{collection}/{document_id}" not in state.steps and _is_ours(state, collection, document_id):
                yield f"{collection}/{document_id} was written without a commit"


def _is_ours(state: State, collection: str, document_id: str) -> bool:
    """Of a member's state, whether the document is the member's own: others are there to compare with."""
    stored = state.stored(collection)[document_id].fields
    return state.member_id in {"", stored.get("member_id", document_id)}


def every_commit_says_who_and_why(state: State) -> Iterator[str]:
    """Each commit names its actor, its function and its time; staff give a reason."""
    for record in state.records:
        body = record.body
        if not (body["actor"] and body["function"] and body["at"]):
            yield f"commit {record.id} lacks actor, function or time"
        if body["actor"].startswith("staff:") and not body["reason"]:
            yield f"commit {record.id} by {body['actor']} has no reason"


def an_auditor_writes_nothing(state: State) -> Iterator[str]:
    """No commit is by somebody whose only role is to read."""
    roles: dict[str, list[str]] = json.loads(state.world.settings.staff or "{}")
    readers = {f"staff:{email}" for email, held in roles.items() if held and set(held) == {"auditor"}}
    for record in state.records:
        if record.body["actor"] in readers:
            yield f"commit {record.id} is by {record.body['actor']}, who only reads"


def erasure_leaves_its_proof(state: State) -> Iterator[str]:
    """Whatever personal data a record holds no more, an erasure tells of, with its reason."""
    told = {(record, body["member_id"]) for body in state.bodies("erasures") for record in body["records"]}
    yield from trail.erased_without_proof(state.records, told)
