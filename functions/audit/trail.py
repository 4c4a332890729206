"""The trail of one document or member, from commit records alone."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from common.commit import Record
from common.documents import canonical


@dataclass(frozen=True, slots=True)
class Step:
    """One version of a document: what it was, in which commit, and whose hash it follows."""

    version: int
    previous: str
    body: dict[str, Any]
    record: Record


def steps(reference: str, records: Sequence[Record]) -> list[Step]:
    """Every version of `collection/id` that these records hold, oldest first."""
    found = [
        Step(entry["version"], entry["previous"], entry["body"], record)
        for record in records
        for entry in record.body["documents"]
        if f"{entry['kind']}/{entry['id']}" == reference
    ]
    return sorted(found, key=lambda step: step.version)


def faults(reference: str, trail: Sequence[Step], stored: dict[str, Any] | None) -> Iterator[str]:
    """What is wrong with a document's chain, if anything: gaps, broken links, another stored state."""
    head = ""
    for expected, step in enumerate(trail, start=1):
        if step.version != expected:
            yield f"{reference}: version {expected} is missing, {step.version} follows"
        if step.previous != head:
            yield f"{reference}: version {step.version} follows {step.previous[:12]}, not {head[:12]}"
        if hashlib.sha256(step.record.raw.encode()).hexdigest() != step.record.hash:
            yield f"{reference}: commit {step.record.id} does not have its hash"
        head = step.record.hash
    if stored is None:
        yield f"{reference}: is not stored"
    elif not trail:
        yield f"{reference}: no commit tells of it"
    else:
        yield from _differences(reference, trail[-1], stored)


def _differences(reference: str, last: Step, stored: dict[str, Any]) -> Iterator[str]:
    if stored["body"] != canonical(last.body).decode():
        yield f"{reference}: the stored document is not the one that was committed"
    if stored["head"] != last.record.hash or stored["version"] != last.version:
        yield f"{reference}: the stored head is not its last commit's hash"


def as_of(trail: Sequence[Step], moment: str) -> Step | None:
    """The version in force at an instant (ISO, UTC), or None before the first."""
    before = [step for step in trail if step.record.body["at"] <= moment]
    return before[-1] if before else None
