"""The commit record: inbox, outbox and audit log in one document, written with what it tells of.

What is hashed holds no personal data. In its place stands `{"personal": member}`, and once for each member a salted
commitment to all that is personal about them; the values themselves, with their salt, stand beside it in a field that
may be erased: the chain still holds (GDPR, articles 5 and 17; common/decisions/0006).
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import orjson

from common.documents import Document, Spot, canonical, note_spots, shape_of
from common.encoding import Encoding
from common.failures import Rejected, TryLater
from common.ports import Message, Stored, Within, Write
from common.transaction import UnitOfWork

COLLECTION: Final = "commits"
LISTS: Final = frozenset({"documents", "subjects"})
"""The record's own fields that are lists: a selection asks what they contain."""
UNINDEXED: Final = ("at", "body", "hash", "parts", "personal")
"""The record's fields that nothing is selected by."""
SCHEME: Final = 2
PART: Final = 900_000
"""Bytes of a record in one document; a longer one goes on in numbered parts of the same commit."""
SALT: Final = 16
"""Bytes of salt for each member in each record: without it a commitment to a known name could be found by trying."""
SEVERAL: Final = "*"
"""Whose the answer to a request about several members is: erased with the first of them."""
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

    def __post_init__(self) -> None:
        """ValueError for a commit that would not say who does it, and by what."""
        if not (self.function and self.actor):
            raise ValueError("a commit says which function is at work, and for whom")

    @property
    def commit_id(self) -> str:
        """The id of the commit record this cause leaves, always the same one."""
        return hashlib.sha256(f"{self.function}\x1f{self.key}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Record:
    """A commit record as read back: `body` with the personal values that are still there, `raw` as it was hashed.

    `hash` chains the documents it wrote. `personal` holds, by member, the salt and the values by their path.
    """

    id: str
    body: Mapping[str, Any]
    hash: str
    raw: str
    personal: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> Any:
        """What the caller was told, and is told again. Rejected `erased` (409) where it was personal and is gone."""
        answer = self.body["answer"]
        if is_erased(answer):
            raise Rejected("erased", "this was done; its answer held personal data and was erased", status=409)
        return answer

    @property
    def about(self) -> set[str]:
        """Whose personal data this record committed to, by member."""
        return set(self.body.get("personal", {}))

    @property
    def erased(self) -> set[str]:
        """The members whose personal data this record held and holds no more."""
        return self.about - set(self.personal)

    def messages(self) -> list[Message]:
        """What this commit tells: its events and tasks, in slices by name and time."""
        return list(_messages(self.id, self.body))

    @cached_property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the record itself: its hash, or personal data that is not what was committed to."""
        return tuple(self._faults())

    def _faults(self) -> Iterator[str]:
        if hashlib.sha256(self.raw.encode()).hexdigest() != self.hash:
            yield f"commit {self.id} does not have its hash"
        told = self.body.get("personal", {})
        for member, held in self.personal.items():
            if told.get(member) != _commitment(held["salt"], canonical(held["values"])):
                yield f"commit {self.id} has other personal data of {member or 'nobody'} than it committed to"


def is_erased(value: Any) -> bool:
    """Whether this stands in place of a personal value that is no longer there."""
    return isinstance(value, dict) and value.keys() == {"personal"}


def seal(
    cause: Cause,
    work: UnitOfWork,
    answer: Any,
    salts: Callable[[int], bytes] = secrets.token_bytes,
    at: datetime | None = None,
) -> tuple[Record, list[Write]]:
    """The record of a finished unit of work, and every write of its commit, record included.

    `salts` gives random bytes; a simulation that has to repeat itself gives its own. `at` is now that all is read:
    who had to wait for a document began before the commit that it follows. In the record's own copies of documents,
    long lists stay encoded: what is read of a record that was just made is what it tells.
    """
    encoding = Encoding()
    entries = [_entry(ref, document, work.previous[ref], encoding) for ref, document in work.written.items()]
    body = {
        "scheme": SCHEME,
        "id": cause.commit_id,
        "function": cause.function,
        "key": cause.key,
        "actor": cause.actor,
        "reason": cause.reason,
        "fingerprint": cause.fingerprint,
        "because": cause.because,
        "at": (at or work.now).isoformat(),
        "documents": entries,
        "events": [{"name": e.name, "body": encoding.body(e, unfolds=True)} for e in work.events],
        "tasks": [
            {"name": t.name, "at": at.isoformat(), "body": encoding.body(t, unfolds=True)} for t, at in work.tasks
        ],
        "answer": answer,
    }
    found = _personal(body, work)
    subjects = sorted({e.member_id for e in work.events if e.member_id} | {spot.member for spot in found} - {""})
    found += _told(body, subjects)
    personal, body["personal"] = _beside(found, salts)
    raw = _hashed(body, found)
    encoding.unfold()
    digest = hashlib.sha256(raw).hexdigest()
    record = Record(id=cause.commit_id, body=body, hash=digest, raw=raw.decode(), personal=personal)
    writes = list(_record_writes(record, entries, subjects))
    writes += [
        document_write(entry, work.written[ref], digest) for ref, entry in zip(work.written, entries, strict=True)
    ]
    return record, [*writes, *work.beside]


def open_record(stored: Stored, parts: Sequence[Stored] = ()) -> Record:
    """A record from its stored document and the parts that follow it."""
    pages = [stored, *parts]
    raw = "".join(page.fields["body"] for page in pages)
    body, personal = orjson.loads(raw), _loads(pages)
    for held in personal.values():
        for path, value in held["values"].items():
            _put_back(body, path.split("/"), value)
    return Record(id=stored.id, body=body, hash=stored.fields["hash"], raw=raw, personal=personal)


def erase(work: UnitOfWork, commit_id: str, member: str) -> int:
    """Takes a member's personal data, and answers that held it, out of a record; how many values that were.

    Part of `work`, so that the commit which does it says so. TryLater while the record is still to be published.
    """
    stored = work.peek([(COLLECTION, commit_id)])[0]
    if stored is None:
        return 0
    if stored.fields["pending"]:
        raise TryLater(f"commit {commit_id} is still to be published")
    pages = [stored, *(page for page in work.peek(part_refs(stored)) if page is not None)]
    personal = _loads(pages)
    gone = [personal.pop(whose, {"values": {}}) for whose in (member, SEVERAL)]
    if not gone[0]["values"]:
        return 0
    texts = iter(_pieces(canonical(personal).decode() if personal else ""))
    for page in pages:
        if page.fields["personal"]:
            fields = {**page.fields, "personal": next(texts, "")}
            work.beside.append(Write(COLLECTION, page.id, fields))
    return sum(len(held["values"]) for held in gone)


def asked(equals: Mapping[str, str]) -> dict[str, str]:
    """A selection of commit records: `documents` and `subjects` are asked what they contain."""
    return {name: Within(value) if name in LISTS else value for name, value in equals.items()}


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


def _entry(ref: tuple[str, str], document: Document, previous: str, encoding: Encoding) -> dict[str, Any]:
    version = document.version + 1
    body = encoding.body(document)
    body["version"] = version
    return {"kind": ref[0], "id": ref[1], "version": version, "previous": previous, "body": body}


def _personal(body: Mapping[str, Any], work: UnitOfWork) -> list[Spot]:
    """What is personal in documents, events and tasks, as their classes declare it."""
    found: list[Spot] = []
    tasks = [task for task, _ in work.tasks]
    for name, told in (("documents", work.written.values()), ("events", work.events), ("tasks", tasks)):
        for number, fact in enumerate(told):
            if (shape := shape_of(type(fact))) is not None:
                note_spots(found, shape, body[name][number]["body"], f"{name}/{number}/body/")
    return found


def _told(body: dict[str, Any], subjects: Sequence[str]) -> Iterator[Spot]:
    """The answer, and the hash of the request, as personal data of whom the commit is about."""
    answer = body["answer"]
    if not subjects or (isinstance(answer, dict) and "taken_apart" in answer):
        return
    whose = subjects[0] if len(subjects) == 1 else SEVERAL
    for name in ("answer", "fingerprint"):
        if body[name]:
            yield Spot(whose, name, body, name, body[name])


def _beside(found: Iterable[Spot], salts: Callable[[int], bytes]) -> tuple[dict[str, Any], dict[str, str]]:
    """By member: salt and values, which stand beside the record; and the commitment to them, which stands in it."""
    values: dict[str, dict[str, Any]] = {}
    for spot in found:
        values.setdefault(spot.member, {})[spot.path] = spot.value
    personal, commitments = {}, {}
    salt, at = salts(SALT * len(values)).hex() if values else "", 0
    for member, held in values.items():
        own = salt[at : (at := at + 2 * SALT)]
        personal[member] = {"salt": own, "values": held}
        commitments[member] = _commitment(own, canonical(held))
    return personal, commitments


def _commitment(salt: str, values: bytes) -> str:
    return hashlib.sha256(salt.encode() + values).hexdigest()


def _hashed(body: Mapping[str, Any], found: Sequence[Spot]) -> bytes:
    """The body in canonical form with a placeholder for each personal value; the body itself stays as it was."""
    for spot in found:
        spot.holder[spot.key] = {"personal": spot.member}
    try:
        return canonical(body)
    finally:
        for spot in found:
            spot.holder[spot.key] = spot.value


def _put_back(body: Any, path: Sequence[str], value: Any) -> None:
    """Puts a value where its placeholder stands; nothing where none does, which the commitment then tells."""
    try:
        for step in path[:-1]:
            body = body[int(step) if isinstance(body, list) else step]
        if is_erased(body[path[-1]]):
            body[path[-1]] = value
    except (KeyError, IndexError, TypeError, ValueError):
        return


def _loads(pages: Sequence[Stored]) -> dict[str, Any]:
    text = "".join(page.fields.get("personal", "") for page in pages)
    found: dict[str, Any] = orjson.loads(text) if text else {}
    return found


def _record_writes(record: Record, entries: Sequence[Mapping[str, Any]], subjects: list[str]) -> Iterator[Write]:
    unpublished = bool(record.body["events"] or record.body["tasks"])
    beside = canonical(record.personal).decode() if record.personal else ""
    first, *rest = _pages(record.raw, beside)
    fields = {
        **first,
        "parts": 1 + len(rest),
        "hash": record.hash,
        "at": record.body["at"],
        "documents": [f"{entry['kind']}/{entry['id']}" for entry in entries],
        "subjects": subjects,
        "pending": f"{int(record.hash[:4], 16) % SHARDS}" if unpublished else "",
    }
    yield Write(COLLECTION, record.id, fields, new=True)
    for number, page in enumerate(rest, start=1):
        yield Write(COLLECTION, f"{record.id}~{number}", {**page, "parts": 0, "hash": ""}, new=True)


def _pages(raw: str, beside: str) -> list[dict[str, str]]:
    """What each document of a record holds: both texts in one where they fit, else one after the other."""
    if len(raw) + len(beside) <= _step(raw, beside):
        return [{"body": raw, "personal": beside}]
    bodies = [{"body": text, "personal": ""} for text in _pieces(raw)]
    return bodies + [{"body": "", "personal": text} for text in _pieces(beside)]


def _pieces(text: str) -> Iterator[str]:
    step = _step(text)
    for start in range(0, len(text), step):
        yield text[start : start + step]


def _step(*texts: str) -> int:
    """How many characters surely fit into one document: a character has up to four bytes."""
    return PART if all(text.isascii() for text in texts) else PART // 4


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
