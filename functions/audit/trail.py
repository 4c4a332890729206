"""The trail of one document or member, from commit records alone."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from common.commit import SEVERAL, Record, is_erased
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
    yield from gaps(reference, trail)
    yield from breaks(reference, trail)
    if stored is None:
        yield f"{reference}: is not stored"
    elif not trail:
        yield f"{reference}: no commit tells of it"
    else:
        yield from differences(reference, trail, stored)


def gaps(reference: str, trail: Sequence[Step]) -> Iterator[str]:
    """Versions that are missing or there twice."""
    for expected, step in enumerate(trail, start=1):
        if step.version != expected:
            yield f"{reference}: version {expected} is missing, {step.version} follows"


def breaks(reference: str, trail: Sequence[Step]) -> Iterator[str]:
    """Versions that do not follow the commit before, and commits that are not as they were."""
    head = ""
    for step in trail:
        if step.previous != head:
            yield f"{reference}: version {step.version} follows {step.previous[:12]}, not {head[:12]}"
        yield from (f"{reference}: {fault}" for fault in step.record.faults)
        head = step.record.hash


def differences(reference: str, trail: Sequence[Step], stored: dict[str, Any]) -> Iterator[str]:
    """How what is stored differs from the last version that was committed."""
    last = trail[-1]
    if stored["body"] != canonical(last.body).decode() and not agrees(last.body, orjson.loads(stored["body"])):
        yield f"{reference}: the stored document is not the one that was committed"
    if stored["head"] != last.record.hash or stored["version"] != last.version:
        yield f"{reference}: the stored head is not its last commit's hash"


def agrees(told: Any, stored: Any) -> bool:
    """Whether a stored value is the one a commit told, as far as the commit still says: what was erased is not."""
    if is_erased(told):
        return True
    if isinstance(told, dict) and isinstance(stored, dict):
        return told.keys() == stored.keys() and all(agrees(told[key], stored[key]) for key in told)
    if isinstance(told, list) and isinstance(stored, list):
        return len(told) == len(stored) and all(map(agrees, told, stored))
    return bool(told == stored)


def erased_without_proof(records: Iterable[Record], erased: Container[tuple[str, str]]) -> Iterator[str]:
    """Records that hold no more what they committed to, though no `Erasure` tells of that record and member."""
    for record in records:
        for member in sorted(record.erased - {SEVERAL}):
            if (record.id, member) not in erased:
                yield f"commit {record.id} lost the personal data of {member or 'nobody'}, and nobody erased it"
        if SEVERAL in record.erased and not any((record.id, member) in erased for member in record.about):
            yield f"commit {record.id} lost its answer, and nobody erased it"


def as_of(trail: Sequence[Step], moment: str) -> Step | None:
    """The version in force at an instant (ISO, UTC), or None before the first."""
    before = [step for step in trail if step.record.body["at"] <= moment]
    return before[-1] if before else None
