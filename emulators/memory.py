"""The memory engine: Firestore's, Pub/Sub's and Tasks' rules in one process without a wire."""

import heapq
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock
from typing import Any, Final, TypeVar

from common.functions.declared import Function
from common.ports import Conflict, Counts, Message, Stored, Write, check_sizes

T = TypeVar("T")
ATTEMPTS: Final = 20


class MemoryClock:
    """A clock that stands still until it is moved, never backwards."""

    def __init__(self, start: datetime = datetime(2026, 10, 1, 8, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """This instant."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Moves on; never back."""
        self._now = max(self._now, moment)


@dataclass(slots=True)
class Held:
    """A stored document and the commit that wrote it."""

    stored: Stored
    written_in: int


class MemorySession:
    """One optimistic attempt: remembers what it read, and in which commit that was written."""

    def __init__(self, engine: "MemoryEngine") -> None:
        self._engine = engine
        self.seen: dict[tuple[str, str], int] = {}
        self.queries: list[tuple[str, dict[str, Any], int, str, list[str]]] = []

    def load(self, refs: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """See Session."""
        with self._engine.lock:
            for ref in refs:
                self.seen.setdefault(ref, self._engine.written_in(ref))
            return self._engine.load(refs)

    def select(self, collection: str, equals: Mapping[str, Any], *, limit: int, after: str = "") -> list[Stored]:
        """See Session. The result is checked again at the commit, so that phantoms conflict."""
        with self._engine.lock:
            found = self._engine.select(collection, equals, limit=limit, after=after)
            for stored in found:
                self.seen.setdefault((collection, stored.id), self._engine.written_in((collection, stored.id)))
            self.queries.append((collection, dict(equals), limit, after, [stored.id for stored in found]))
            return found


class MemoryEngine:
    """Everything an engine promises, in memory; `counts` says what it was asked for."""

    def __init__(self, *, seed: int = 0) -> None:
        self.lock = RLock()
        self.counts = Counts()
        self.files: dict[str, bytes] = {}
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}
        self.published: deque[Message] = deque()
        self.tasks: list[tuple[datetime, int, Message]] = []
        self._collections: dict[str, dict[str, Held]] = {}
        self._indexes: dict[tuple[str, str], dict[Any, dict[str, None]]] = {}
        self._commits = 0
        self._queued = 0
        self.random = random.Random(seed)  # noqa: S311 - disorder, not secrets

    # -- documents -----------------------------------------------------------------------------

    def transact(self, work: Callable[[Any], tuple[Sequence[Write], T]]) -> T:
        """See Engine."""
        for _ in range(ATTEMPTS):
            session = MemorySession(self)
            writes, result = work(session)
            if self._commit(session, writes):
                return result
        raise Conflict("others committed first, again and again")

    def _commit(self, session: MemorySession, writes: Sequence[Write]) -> bool:
        if not writes:
            return True
        check_sizes(writes)
        with self.lock:
            if any(self.written_in(ref) != commit for ref, commit in session.seen.items()):
                return False
            if any(self._ids(*query[:-1]) != query[-1] for query in session.queries):
                return False
            if any(w.new and self.written_in((w.collection, w.id)) for w in writes):
                return False
            self._commits += 1
            for write in writes:
                self._put(write)
            self.counts.wrote(writes)
            return True

    def _put(self, write: Write) -> None:
        held = self._collections.setdefault(write.collection, {})
        before = held.get(write.id)
        held[write.id] = Held(Stored(write.id, dict(write.fields)), self._commits)
        for name in write.fields:
            if (write.collection, name) in self._indexes:
                self._reindex(write, name, before.stored if before else None)

    def _reindex(self, write: Write, name: str, before: Stored | None) -> None:
        index = self._indexes[write.collection, name]
        for value in _values(before.fields.get(name)) if before else ():
            index.get(value, {}).pop(write.id, None)
        for value in _values(write.fields[name]):
            index.setdefault(value, {})[write.id] = None

    def written_in(self, ref: tuple[str, str]) -> int:
        """The number of the commit that wrote a document last; 0 where there is none."""
        held = self._collections.get(ref[0], {}).get(ref[1])
        return held.written_in if held else 0

    def load(self, refs: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """See Engine."""
        with self.lock:
            for collection, _ in refs:
                self.counts.read(collection, 1)
            found = [self._collections.get(collection, {}).get(i) for collection, i in refs]
            return [held.stored if held else None for held in found]

    def select(self, collection: str, equals: Mapping[str, Any], *, limit: int, after: str = "") -> list[Stored]:
        """See Engine."""
        with self.lock:
            ids = self._ids(collection, equals, limit, after)
            self.counts.read(collection, max(len(ids), 1))
            return [self._collections[collection][i].stored for i in ids]

    def count(self, collection: str, equals: Mapping[str, Any]) -> int:
        """See Engine."""
        with self.lock:
            self.counts.read(collection, 1)
            return len(self._ids(collection, equals, 1 << 62, ""))

    def _ids(self, collection: str, equals: Mapping[str, Any], limit: int, after: str) -> list[str]:
        held = self._collections.get(collection, {})
        narrowed = [self._index(collection, name).get(value, {}) for name, value in equals.items()]
        ids = min(narrowed, key=len) if narrowed else held
        found = [i for i in ids if i > after and all(i in other for other in narrowed)]
        found.sort()
        return found[:limit]

    def _index(self, collection: str, name: str) -> dict[Any, dict[str, None]]:
        if (collection, name) not in self._indexes:
            index: dict[Any, dict[str, None]] = {}
            for i, held in self._collections.get(collection, {}).items():
                for value in _values(held.stored.fields.get(name)):
                    index.setdefault(value, {})[i] = None
            self._indexes[collection, name] = index
        return self._indexes[collection, name]

    def mark_published(self, commit_ids: Sequence[str]) -> None:
        """See Engine."""
        with self.lock:
            for commit_id in commit_ids:
                stored = self._collections["commits"][commit_id].stored
                self._put(Write("commits", commit_id, {**stored.fields, "pending": ""}))
            self.counts.writes += len(commit_ids)
            marks = self.counts.by_collection
            marks["commits (published)"] = marks.get("commits (published)", 0) + len(commit_ids)

    # -- messages, files, rows -----------------------------------------------------------------

    def publish(self, messages: Sequence[Message]) -> None:
        """See Engine."""
        with self.lock:
            for message in messages:
                if message.function:
                    self._queued += 1
                    self.counts.tasks += 1
                    heapq.heappush(self.tasks, (message.at, self._queued, message))
                else:
                    self.counts.messages += 1
                    self.published.append(message)

    def put_file(self, name: str, content: bytes, content_type: str) -> None:  # noqa: ARG002 - the port's
        """See Engine."""
        self.files.setdefault(name, content)

    def get_file(self, name: str) -> bytes | None:
        """See Engine."""
        return self.files.get(name)

    def insert_rows(self, table: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """See Engine."""
        with self.lock:
            held = self.rows.setdefault(table, {})
            for row_id, row in rows:
                held.setdefault(row_id, dict(row))


def _values(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def subscribers(functions: Sequence[Function], message: Message) -> list[Function]:
    """The functions a message is for."""
    if message.function and message.function != "task":
        return [f for f in functions if f.name == message.function]
    if message.function == "task":
        return [f for f in functions if f.kind == "task" and f.trigger and f.trigger.name == message.name]
    return [
        f
        for f in functions
        if f.kind == "stream" or (f.kind == "event" and f.trigger and f.trigger.name == message.name)
    ]
