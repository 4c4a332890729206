"""The transaction a handler gets: it reads first, then says what is to be written and told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from common.documents import Document, lists_of
from common.events.base import Event, Task
from common.events.members import MemberErased
from common.failures import TryLater
from common.ports import Session, Stored, Within, Write

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

    def count(self, kind: type[D], **equals: Any) -> int:
        """About how many there are: counted outside the transaction, so that nobody waits for it. No fact for money."""
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
        self.beside: list[Write] = []
        """What commits with the documents without being one: records that personal data is erased from."""

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
        found = self._session.select(kind.collection, selection(kind, equals), limit=limit, after=after)
        for stored in found:
            if (kind.collection, stored.id) not in self._seen:
                self._see(kind, stored.id, stored)
        return [self._current((kind.collection, stored.id)) for stored in found]

    def count(self, kind: type[D], **equals: Any) -> int:
        """See Transaction."""
        return self._session.count(kind.collection, selection(kind, equals))

    def peek(self, refs: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """Stored documents as they are, (collection, id) each. A read."""
        self._must_not_have_written()
        return self._session.load(refs) if refs else []

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


def forgetting(kind: type[Document]) -> Callable[[Sequence[MemberErased], Transaction], None]:
    """A handler of `member.erased` for an area that keeps copies: takes personal data out of the members' documents.

    The kind must be indexed by `member_id`. All of a member's documents are rewritten in one commit.
    """

    def forget(erased: Sequence[MemberErased], transaction: Transaction) -> None:
        """Forgets the members in every document of theirs that still names them."""
        named = [document for one in erased for document in _all_of(kind, one.member_id, transaction)]
        for document in named:
            if (after := document.forgotten()) is not document:
                transaction.put(after)

    return forget


def _all_of(kind: type[D], member_id: str, transaction: Transaction) -> Iterator[D]:
    after = ""
    while page := transaction.select(kind, limit=300, after=after, member_id=member_id):
        yield from page
        after = page[-1].id


def selection(kind: type[Document], equals: Mapping[str, Any]) -> dict[str, Any]:
    """The selection as an engine takes it: a list field is asked what it contains.

    RuntimeError for a field that is not indexed: production would refuse it.
    """
    foreign = set(equals) - set(kind.indexed)
    if foreign:
        raise RuntimeError(f"{kind.collection} is not indexed by {', '.join(sorted(foreign))}")
    lists = lists_of(kind)
    return {name: Within(value) if name in lists else value for name, value in equals.items()}
