"""The commit record: inbox, outbox and audit log in one document, written with what it tells of."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from common.documents import Document, canonical
from common.ports import Message, Stored, Write
from common.transaction import UnitOfWork

COLLECTION: Final = "commits"
SCHEME: Final = 1
PART: Final = 900_000
"""Bytes of a record's body in one document; a longer one goes on in numbered parts of the same commit."""
SLICE: Final = 100
"""At most so many facts travel in one message."""
SHARDS: Final = 8
"""The sweep looks for unpublished records shard by shard."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a commit happens: one function and one key, and who asks for what reason.

    `fingerprint` is the hash of an HTTP request: another request under the same key is refused.
    """

    function: str
    key: str
    actor: str
    reason: str = ""
    fingerprint: str = ""
    because: str = ""
    """The commit that told of it, for an event or a task."""

    @property
    def commit_id(self) -> str:
        """The id of the commit record this cause leaves, always the same one."""
        return hashlib.sha256(f"{self.function}\x1f{self.key}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Record:
    """A commit record as read back. `body` is what was hashed; `hash` chains the documents it wrote."""

    id: str
    body: Mapping[str, Any]
    hash: str
    raw: str

    @property
    def answer(self) -> Any:
        """What the caller was told, and is told again."""
        return self.body["answer"]

    def messages(self) -> list[Message]:
        """What this commit tells: its events and tasks, in slices by name and time."""
        return list(_messages(self.id, self.body))


def seal(cause: Cause, work: UnitOfWork, answer: Any) -> tuple[Record, list[Write]]:
    """The record of a finished unit of work, and every write of its commit, record included."""
    entries = [_entry(ref, document, work.previous[ref]) for ref, document in work.written.items()]
    body = {
        "scheme": SCHEME,
        "id": cause.commit_id,
        "function": cause.function,
        "key": cause.key,
        "actor": cause.actor,
        "reason": cause.reason,
        "fingerprint": cause.fingerprint,
        "because": cause.because,
        "at": work.now.isoformat(),
        "documents": entries,
        "events": [{"name": e.name, "body": e.model_dump(mode="json")} for e in work.events],
        "tasks": [{"name": t.name, "at": at.isoformat(), "body": t.model_dump(mode="json")} for t, at in work.tasks],
        "answer": answer,
    }
    raw = canonical(body)
    digest = hashlib.sha256(raw).hexdigest()
    record = Record(id=cause.commit_id, body=body, hash=digest, raw=raw.decode())
    subjects = sorted({e.member_id for e in work.events if e.member_id})
    writes = list(_record_writes(record, entries, subjects))
    writes += [
        document_write(entry, work.written[ref], digest) for ref, entry in zip(work.written, entries, strict=True)
    ]
    return record, writes


def open_record(stored: Stored, parts: Sequence[Stored] = ()) -> Record:
    """A record from its stored document and the parts that follow it."""
    raw = stored.fields["body"] + "".join(part.fields["body"] for part in parts)
    return Record(id=stored.id, body=orjson.loads(raw), hash=stored.fields["hash"], raw=raw)


def part_refs(stored: Stored) -> list[tuple[str, str]]:
    """Where the further parts of a long record are."""
    return [(COLLECTION, f"{stored.id}~{n}") for n in range(1, stored.fields["parts"])]


def document_write(entry: Mapping[str, Any], document: Document, head: str) -> Write:
    """How a document is stored: its body as canonical JSON, and beside it what it can be selected by."""
    fields = {name: _indexable(entry["body"][name]) for name in document.indexed}
    body = canonical(entry["body"]).decode()
    fields |= {"body": body, "version": entry["version"], "head": head}
    return Write(document.collection, document.id, fields, new=entry["version"] == 1)


def _indexable(value: Any) -> Any:
    return "" if value is None else value


def _entry(ref: tuple[str, str], document: Document, previous: str) -> dict[str, Any]:
    version = document.version + 1
    body = document.model_dump(mode="json") | {"version": version}
    return {"kind": ref[0], "id": ref[1], "version": version, "previous": previous, "body": body}


def _record_writes(record: Record, entries: Sequence[Mapping[str, Any]], subjects: list[str]) -> Iterator[Write]:
    unpublished = bool(record.body["events"] or record.body["tasks"])
    texts = list(_parts(record.raw))
    fields = {
        "body": texts[0],
        "parts": len(texts),
        "hash": record.hash,
        "at": record.body["at"],
        "documents": [f"{entry['kind']}/{entry['id']}" for entry in entries],
        "subjects": subjects,
        "pending": f"{int(record.hash[:4], 16) % SHARDS}" if unpublished else "",
    }
    yield Write(COLLECTION, record.id, fields, new=True)
    for number, text in enumerate(texts[1:], start=1):
        yield Write(COLLECTION, f"{record.id}~{number}", {"body": text, "parts": 0, "hash": ""}, new=True)


def _parts(raw: str) -> Iterator[str]:
    step = PART if len(raw) == len(raw.encode()) else PART // 4
    for start in range(0, len(raw), step):
        yield raw[start : start + step]


def _messages(commit_id: str, body: Mapping[str, Any]) -> Iterator[Message]:
    at = datetime.fromisoformat(body["at"])
    kinds: dict[tuple[str, str, datetime], list[tuple[str, Any]]] = {}
    for number, event in enumerate(body["events"]):
        kinds.setdefault(("", event["name"], at), []).append((f"{commit_id}.{number}", event["body"]))
    for number, task in enumerate(body["tasks"]):
        due = datetime.fromisoformat(task["at"])
        kinds.setdefault(("task", task["name"], due), []).append((f"{commit_id}.t{number}", task["body"]))
    for (kind, name, moment), told in kinds.items():
        for start in range(0, len(told), SLICE):
            facts = told[start : start + SLICE]
            yield Message(
                name=name,
                key=f"{commit_id}:{name}:{facts[0][0]}",
                facts=tuple(fact for _, fact in facts),
                ids=tuple(fact_id for fact_id, _ in facts),
                at=moment,
                function="task" if kind else "",
            )
