"""Invariants of history: versions, chain, replay, outbox (46, 55 to 59)."""

from collections.abc import Iterator

from functions.audit import trail
from functions.audit.invariants.state import State


def history_is_whole(state: State) -> Iterator[str]:
    """Versions follow without a gap, each links to the one before, and the last is what is stored."""
    steps: dict[str, list[trail.Step]] = {}
    for record in state.records:
        for entry in record.body["documents"]:
            reference = f"{entry['kind']}/{entry['id']}"
            steps.setdefault(reference, []).append(
                trail.Step(entry["version"], entry["previous"], entry["body"], record)
            )
    for reference, found in steps.items():
        collection, _, document_id = reference.partition("/")
        stored = state.stored(collection).get(document_id)
        ordered = sorted(found, key=lambda step: step.version)
        yield from trail.faults(reference, ordered, dict(stored.fields) if stored else None)


def no_write_without_a_commit(state: State) -> Iterator[str]:
    """Every stored document is told of by a commit."""
    told = {f"{e['kind']}/{e['id']}" for record in state.records for e in record.body["documents"]}
    for collection in state.collections:
        for document_id in state.stored(collection):
            if f"{collection}/{document_id}" not in told:
                yield f"{collection}/{document_id} was written without a commit"


def nothing_is_unpublished(state: State) -> Iterator[str]:
    """Every commit's messages are out."""
    pending = [stored.id for stored in state.stored("commits").values() if stored.fields.get("pending")]
    if pending:
        yield f"{len(pending)} commits are not published, first {pending[0]}"


def every_commit_says_who_and_why(state: State) -> Iterator[str]:
    """Each commit names its actor, its function and its time; staff give a reason."""
    for record in state.records:
        body = record.body
        if not (body["actor"] and body["function"] and body["at"]):
            yield f"commit {record.id} lacks actor, function or time"
        if body["actor"].startswith("staff:") and not body["reason"]:
            yield f"commit {record.id} by {body['actor']} has no reason"
