"""The transaction a handler gets: it reads first, then says what is to be written and told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from common.documents import Document
from common.events.base import Event, Task
from common.failures import TryLater
from common.ports import Session, Stored

D = TypeVar("D", bound=Document)


class Reader(Protocol):
    """Reading documents without changing them, outside any transaction."""

    def find(self, kind: type[D], document_id: str) -> D | None:
        """The document, or None."""
        ...

    def find_all(self, kind: type[D], ids: Sequence[str]) -> list[D | None]:
        """The documents in the order of their ids; None where there is none. One round trip."""
        ...

    def select(self, kind: type[D], *, limit: int = 100, after: str = "", **equals: Any) -> list[D]:
        """Documents by indexed fields, in order of id; a list field matches a value it contains."""
        ...

    def count(self, kind: type[D], **equals: Any) -> int:
        """How many there are."""
        ...


class Transaction(Protocol):
    """Reads come first, writes are buffered: Firestore's rule, kept by every engine."""

    @property
    def now(self) -> datetime:
        """The instant of this commit: aware, UTC, the same for the whole transaction."""
        ...

    @property
    def actor(self) -> str:
        """Who asks: `machine:…`, `staff:…` or `function:…`."""
        ...

    def get(self, kind: type[D], document_id: str) -> D:
        """The document; TryLater where it is not there yet."""
        ...

    def find(self, kind: type[D], document_id: str) -> D | None:
        """The document, or None."""
        ...

    def find_all(self, kind: type[D], ids: Sequence[str]) -> list[D | None]:
        """The documents in the order of their ids; None where there is none. One round trip."""
        ...

    def select(self, kind: type[D], *, limit: int = 100, after: str = "", **equals: Any) -> list[D]:
        """Documents by indexed fields, in order of id; a list field matches a value it contains."""
        ...

    def put(self, document: Document) -> None:
        """Writes the document when the transaction commits; a version of 0 means it must be new."""
        ...

    def emit(self, event: Event) -> None:
        """Tells what happened, when and only if the transaction commits."""
        ...

    def later(self, task: Task, at: datetime | None = None) -> None:
        """Asks for something to be done at `at` (now, when None), when and only if it commits."""
        ...

    def next_numbers(self, series: str, count: int) -> int:
        """Reserves `count` numbers without gaps and returns the first (1 for a new series). A read."""
        ...


class ReadAfterWrite(RuntimeError):
    """A handler read the store after it had written: a bug, on every engine."""


class Series(Document):
    """The last number given in a series, for instance `MP-invoice-2026`."""

    collection = "series"

    last: int = 0


def decode(kind: type[D], stored: Stored) -> D:
    """A document from its stored fields."""
    document = kind.model_validate_json(stored.fields["body"])
    object.__setattr__(document, "head", stored.fields["head"])
    return document


class UnitOfWork:
    """The Transaction of every engine, over one attempt's session."""

    def __init__(self, session: Session, now: datetime, actor: str) -> None:
        self._session = session
        self._seen: dict[tuple[str, str], Document | None] = {}
        self.now = now
        self.actor = actor
        self.written: dict[tuple[str, str], Document] = {}
        self.previous: dict[tuple[str, str], str] = {}
        self.events: list[Event] = []
        self.tasks: list[tuple[Task, datetime]] = []

    def get(self, kind: type[D], document_id: str) -> D:
        """See Transaction."""
        found = self.find(kind, document_id)
        if found is None:
            raise TryLater(f"{kind.collection}/{document_id} is not there yet")
        return found

    def find(self, kind: type[D], document_id: str) -> D | None:
        """See Transaction."""
        return self.find_all(kind, [document_id])[0]

    def find_all(self, kind: type[D], ids: Sequence[str]) -> list[D | None]:
        """See Transaction."""
        missing = [i for i in dict.fromkeys(ids) if (kind.collection, i) not in self._seen]
        if missing:
            self._must_not_have_written()
            found = self._session.load([(kind.collection, i) for i in missing])
            for document_id, stored in zip(missing, found, strict=True):
                self._see(kind, document_id, stored)
        return [self._current((kind.collection, i)) for i in ids]

    def select(self, kind: type[D], *, limit: int = 100, after: str = "", **equals: Any) -> list[D]:
        """See Transaction."""
        self._must_not_have_written()
        check_indexed(kind, equals)
        found = self._session.select(kind.collection, equals, limit=limit, after=after)
        for stored in found:
            if (kind.collection, stored.id) not in self._seen:
                self._see(kind, stored.id, stored)
        return [self._current((kind.collection, stored.id)) for stored in found]

    def put(self, document: Document) -> None:
        """See Transaction."""
        ref = (document.collection, document.id)
        seen = self._seen.get(ref)
        before = seen.version if seen is not None else 0
        if document.version != before:
            raise RuntimeError(f"{ref[0]}/{ref[1]}: version {document.version} written over {before}")
        self.previous.setdefault(ref, seen.head if seen is not None else "")
        self.written[ref] = document

    def emit(self, event: Event) -> None:
        """See Transaction."""
        self.events.append(event)

    def later(self, task: Task, at: datetime | None = None) -> None:
        """See Transaction."""
        self.tasks.append((task, at or self.now))

    def next_numbers(self, series: str, count: int) -> int:
        """See Transaction."""
        found = self.find(Series, series) or Series(id=series)
        self.put(found.but(last=found.last + count))
        return found.last + 1

    def _see(self, kind: type[D], document_id: str, stored: Stored | None) -> None:
        self._seen[kind.collection, document_id] = decode(kind, stored) if stored else None

    def _current(self, ref: tuple[str, str]) -> Any:
        return self.written.get(ref) or self._seen[ref]

    def _must_not_have_written(self) -> None:
        if any(collection != Series.collection for collection, _ in self.written):
            raise ReadAfterWrite("reads come first: load everything before the first put")


def check_indexed(kind: type[Document], equals: dict[str, Any]) -> None:
    """RuntimeError for a selection by a field that is not indexed: production would refuse it."""
    foreign = set(equals) - set(kind.indexed)
    if foreign:
        raise RuntimeError(f"{kind.collection} is not indexed by {', '.join(sorted(foreign))}")
