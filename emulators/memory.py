"""The memory engine: Firestore's, Pub/Sub's and Tasks' rules in one process without a wire."""

import hashlib
import heapq
import random
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from threading import RLock
from typing import Any, Final, TypeVar

from common.failures import Rejected
from common.functions.declared import Function
from common.ports import Answer, Conflict, Counts, Message, Stored, StoredFile, Write, check_after, check_sizes

T = TypeVar("T")
ATTEMPTS: Final = 20
FEW: Final = 100
"""So many changes are put in their place one by one; after more, all is put in order anew."""


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

    def count(self, collection: str, equals: Mapping[str, Any]) -> int:
        """See Session."""
        return self._engine.count(collection, equals)


class Ids:
    """Ids that are read page by page in their order: neither a page nor a change costs more the more there are."""

    __slots__ = ("_changed", "_known", "_ordered")

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._known = set(ids)
        self._ordered = sorted(self._known)
        self._changed: set[str] = set()
        """Put in or taken out since they were put in order."""

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, i: object) -> bool:
        return i in self._known

    def add(self, i: str) -> None:
        """One more, if it is not there."""
        if i not in self._known:
            self._known.add(i)
            self._changed.add(i)

    def discard(self, i: str) -> None:
        """One less, if it is there."""
        if i in self._known:
            self._known.remove(i)
            self._changed.add(i)

    def following(self, after: str) -> Iterator[str]:
        """Those after one, in order."""
        self._put_in_order()
        ordered = self._ordered
        return (ordered[place] for place in range(bisect_right(ordered, after), len(ordered)))

    def _put_in_order(self) -> None:
        if len(self._changed) > FEW:
            self._ordered = sorted(self._known)
        else:
            for i in self._changed:
                self._put(i)
        self._changed.clear()

    def _put(self, i: str) -> None:
        place = bisect_left(self._ordered, i)
        there = place < len(self._ordered) and self._ordered[place] == i
        if i in self._known and not there:
            self._ordered.insert(place, i)
        elif i not in self._known and there:
            del self._ordered[place]


NONE: Final = Ids()


class MemoryEngine:
    """Everything an engine promises, in memory; `counts` says what it was asked for."""

    def __init__(self, *, seed: int = 0) -> None:
        self.lock = RLock()
        self.counts = Counts()
        self.files: dict[str, bytes] = {}
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}
        self.warehouse: Callable[[str, Mapping[str, Answer]], Iterable[dict[str, Any]]] | None = None
        """What answers queries; None: nothing does."""
        self.published: deque[Message] = deque()
        self.tasks: list[tuple[datetime, int, Message]] = []
        self._collections: dict[str, dict[str, Held]] = {}
        self._indexes: dict[tuple[str, str], dict[Any, Ids]] = {}
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
        if before is None and (write.collection, "") in self._indexes:
            self._indexes[write.collection, ""][None].add(write.id)
        for name in write.fields:
            if (write.collection, name) in self._indexes:
                self._reindex(write, name, before.stored if before else None)

    def _reindex(self, write: Write, name: str, before: Stored | None) -> None:
        index = self._indexes[write.collection, name]
        if before and before.fields.get(name) == write.fields[name]:
            return
        for value in _values(before.fields.get(name)) if before else ():
            if value in index:
                index[value].discard(write.id)
        for value in _values(write.fields[name]):
            index.setdefault(value, Ids()).add(write.id)

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
        check_after(after)
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
        narrowed = [self._index(collection, name).get(value, NONE) for name, value in equals.items()]
        if not narrowed:
            return list(islice(self._all(collection).following(after), limit))
        least = min(narrowed, key=len)
        others = [ids for ids in narrowed if ids is not least]
        found = (i for i in least.following(after) if all(i in other for other in others))
        return list(islice(found, limit))

    def _all(self, collection: str) -> "Ids":
        whole = self._indexes.setdefault((collection, ""), {})
        if None not in whole:
            whole[None] = Ids(self._collections.get(collection, {}))
        return whole[None]

    def _index(self, collection: str, name: str) -> "dict[Any, Ids]":
        if (collection, name) not in self._indexes:
            index: dict[Any, list[str]] = {}
            for i, held in self._collections.get(collection, {}).items():
                for value in _values(held.stored.fields.get(name)):
                    index.setdefault(value, []).append(i)
            self._indexes[collection, name] = {value: Ids(found) for value, found in index.items()}
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

    def put_file(self, name: str, content: bytes, content_type: str) -> bool:  # noqa: ARG002 - the port's
        """See Engine."""
        with self.lock:
            new = name not in self.files
            self.files.setdefault(name, content)
        return new

    def get_file(self, name: str) -> bytes | None:
        """See Engine."""
        return self.files.get(name)

    def list_files(self, prefix: str) -> list[StoredFile]:
        """See Engine."""
        with self.lock:
            found = sorted((name, content) for name, content in self.files.items() if name.startswith(prefix))
        return [StoredFile(name, hashlib.sha256(content).hexdigest()[:16], len(content)) for name, content in found]

    def insert_rows(self, table: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """See Engine."""
        with self.lock:
            held = self.rows.setdefault(table, {})
            for row_id, row in rows:
                held.setdefault(row_id, dict(row))

    def query(self, sql: str, parameters: Mapping[str, Answer]) -> Iterator[dict[str, Any]]:
        """See Engine; in memory somebody else has to answer."""
        if self.warehouse is None:
            raise Rejected("no_warehouse", "there is no BigQuery in memory", status=503)
        return iter(self.warehouse(sql, parameters))


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
