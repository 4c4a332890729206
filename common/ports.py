"""What the transaction asks of an engine: three verbs, whatever stands behind them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol, TypeVar

from common.failures import Rejected

T = TypeVar("T")
Answer = str | int | bool | date | datetime
"""What a parameter of a query may be."""

LARGEST_DOCUMENT: Final = 1_048_576
"""Firestore's bound on one document, in bytes."""
LARGEST_COMMIT: Final = 10 * 1_048_576
"""Firestore's bound on one commit, in bytes."""
_ID: Final = re.compile(r"(?!\.\.?$|__.*__$)[^/\ud800-\udfff]{1,375}", re.DOTALL)
"""At most 1,500 bytes, whatever the characters."""


class Conflict(Exception):
    """Somebody else committed first, and the engine's own attempts were not enough."""


class TooLarge(Exception):
    """A document over 1 MiB or a commit over 10 MiB: nothing was written."""


class Within(str):
    """In a selection, a value to be contained in a list field; a plain value is to be equal."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored document: its id and its fields (strings, integers, booleans, lists of strings)."""

    id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """One document to be written whole. `new`: it must not exist yet; the commit fails where it does."""

    collection: str
    id: str
    fields: Mapping[str, Any]
    new: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A slice of facts of one kind from one commit, on its way to the functions that want them.

    `key` is the same however often it is delivered. `at` is when a task is due, and when an event happened.
    """

    name: str
    key: str
    facts: tuple[Mapping[str, Any], ...]
    at: datetime
    ids: tuple[str, ...] = ()
    function: str = ""
    """The one function a task, or a replay, is for; empty for an event."""
    parked_id: str = ""
    again: int = 0
    """How often a task came too early and was put back: each time it is another task to its queue."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is there as a whole; another content under its name has another generation."""

    name: str
    generation: str
    size: int


class Session(Protocol):
    """One attempt of a transaction: consistent reads, each watched until the commit."""

    def load(self, refs: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """The documents at (collection, id), in that order; None where there is none."""
        ...

    def select(self, collection: str, equals: Mapping[str, Any], *, limit: int, after: str = "") -> list[Stored]:
        """Documents whose indexed fields equal (or, for list fields, contain) the values, by id, after `after`."""
        ...

    def count(self, collection: str, equals: Mapping[str, Any]) -> int:
        """How many documents `select` would find about now: outside the transaction, and watched by nobody."""
        ...


class Engine(Protocol):
    """A place where documents, messages, tasks and files live."""

    def transact(self, work: Callable[[Session], tuple[Sequence[Write], T]]) -> T:
        """Runs `work` and commits its writes, all or none, again on conflict; then its result.

        `work` may run several times. Raises Conflict, TooLarge, or what `work` raised.
        """
        ...

    def load(self, refs: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """Documents as they are now, outside a transaction."""
        ...

    def select(self, collection: str, equals: Mapping[str, Any], *, limit: int, after: str = "") -> list[Stored]:
        """As `Session.select`, outside a transaction."""
        ...

    def count(self, collection: str, equals: Mapping[str, Any]) -> int:
        """How many documents `select` would find."""
        ...

    def publish(self, messages: Sequence[Message]) -> None:
        """Hands events to their topics, and tasks (`function` set) to their queue; at least once each."""
        ...

    def mark_published(self, commit_ids: Sequence[str]) -> None:
        """Notes that these commits' messages are out. Twice is harmless."""
        ...

    def put_file(self, name: str, content: bytes, content_type: str) -> bool:
        """Archives a file; the same name keeps its first content, and then the answer is False."""
        ...

    def get_file(self, name: str) -> bytes | None:
        """An archived file, or None."""
        ...

    def list_files(self, prefix: str) -> list[StoredFile]:
        """The files whose names begin so, in order of name."""
        ...

    def insert_rows(self, table: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Streams rows (id, columns) into a BigQuery table; the same id twice is the same row.

        Raises RuntimeError with the rows' faults where BigQuery refuses some.
        """
        ...

    def query(self, sql: str, parameters: Mapping[str, Answer]) -> Iterator[dict[str, Any]]:
        """The rows BigQuery answers, as they come; `@name` in the query stands for a parameter.

        Columns have Python's types of their own: int, str, bool, date, datetime (aware), Decimal. Rejected
        `no_warehouse` (503) where there is none, TryLater where it does not answer.
        """
        ...


@dataclass(slots=True)
class Counts:
    """What an engine was asked for, counted: documents read, written, deleted; messages and tasks sent."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    messages: int = 0
    tasks: int = 0
    by_collection: dict[str, int] = field(default_factory=dict)
    """Writes by collection."""
    read_from: dict[str, int] = field(default_factory=dict)
    """Reads by collection."""

    def read(self, collection: str, documents: int) -> None:
        """Counts documents read; a query that finds none costs one."""
        self.reads += documents
        self.read_from[collection] = self.read_from.get(collection, 0) + documents

    def wrote(self, writes: Sequence[Write]) -> None:
        """Counts a commit."""
        self.writes += len(writes)
        for write in writes:
            self.by_collection[write.collection] = self.by_collection.get(write.collection, 0) + 1


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        return datetime.now(UTC)


def is_id(text: str) -> bool:
    """Whether a document may have this id. Firestore refuses any other, where all that is asked is what it holds."""
    return _ID.fullmatch(text) is not None


def check_after(after: str) -> None:
    """Rejected where a selection can't go on after this, for it is no id."""
    if after and not is_id(after):
        raise Rejected("page_token_unknown", "no page ends with this", status=400)


def check_sizes(writes: Sequence[Write]) -> None:
    """TooLarge where production would refuse a document or the whole commit."""
    whole = 0
    for write in writes:
        size = 0
        for name, value in write.fields.items():
            size += len(name) + 1 + (len(value) + 1 if value.__class__ is str and value.isascii() else _size(value))
        if size > LARGEST_DOCUMENT:
            raise TooLarge(f"{write.collection}/{write.id} has {size} bytes; a document holds 1 MiB")
        whole += size
    if whole > LARGEST_COMMIT:
        raise TooLarge(f"the commit has {whole} bytes; at most 10 MiB")


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) + 1 if value.isascii() else len(value.encode()) + 1
    if isinstance(value, list | tuple):
        return sum(_size(part) for part in value)
    return 8
