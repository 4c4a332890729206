"""What a function may ask of the world outside a transaction: reading, files, rows, the settings."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from common.commit import COLLECTION, Record, asked, open_record, part_refs
from common.documents import Document
from common.ports import Answer, Clock, Engine, Stored, StoredFile
from common.settings import Settings
from common.transaction import decode, selection

D = TypeVar("D", bound=Document)
PAGE: Final = 300
RECORDS: Final = 40
"""Commit records read at once: one may have close to 1 MiB."""


class Library:
    """The Reader of every engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, kind: type[D], document_id: str) -> D | None:
        """See Reader."""
        return self.find_all(kind, [document_id])[0]

    def find_all(self, kind: type[D], ids: Sequence[str]) -> list[D | None]:
        """See Reader."""
        found = self._engine.load([(kind.collection, i) for i in ids])
        return [decode(kind, stored) if stored else None for stored in found]

    def select(self, kind: type[D], *, limit: int = 100, after: str = "", **equals: Any) -> list[D]:
        """See Reader."""
        found = self._engine.select(kind.collection, selection(kind, equals), limit=limit, after=after)
        return [decode(kind, stored) for stored in found]

    def count(self, kind: type[D], **equals: Any) -> int:
        """See Reader."""
        return self._engine.count(kind.collection, selection(kind, equals))


class World:
    """Handed to whatever asks the world; it can't write documents and can't tell events."""

    def __init__(self, engine: Engine, clock: Clock, settings: Settings) -> None:
        self._engine = engine
        self._clock = clock
        self.settings = settings
        self.read = Library(engine)

    @property
    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        return self._clock.now()

    def put_file(self, name: str, content: bytes, content_type: str) -> bool:
        """Archives a file; the same name keeps its first content, and then the answer is False."""
        return self._engine.put_file(name, content, content_type)

    def get_file(self, name: str) -> bytes | None:
        """An archived file, or None."""
        return self._engine.get_file(name)

    def list_files(self, prefix: str) -> list[StoredFile]:
        """The files whose names begin so, in order of name."""
        return self._engine.list_files(prefix)

    def insert_rows(self, table: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Streams rows (id, columns) into a BigQuery table; the same id twice is the same row."""
        self._engine.insert_rows(table, rows)

    def query(self, sql: str, parameters: Mapping[str, Answer] | None = None) -> Iterator[dict[str, Any]]:
        """The rows BigQuery answers, as they come, tables named by dataset alone; see Engine.query for its refusals."""
        return self._engine.query(sql, parameters or {})

    def stored(self, collection: str, document_id: str) -> dict[str, Any] | None:
        """A document's stored fields as they are, for comparing; None where there is none."""
        found = self._engine.load([(collection, document_id)])[0]
        return dict(found.fields) if found else None

    def scan(self, collection: str, after: str = "", *, page: int = PAGE, **equals: str) -> Iterator[Stored]:
        """Every stored document of a collection, so many at once, in order of id, from after an id on.

        Of those only whose indexed fields, none of them a list, equal these values.
        """
        size = min(page, RECORDS) if collection == COLLECTION else page
        while found := self._engine.select(collection, equals, limit=size, after=after):
            yield from found
            if len(found) < size:
                return
            after = found[-1].id

    def records(self, **equals: str) -> list[Record]:
        """The commit records of a document (`documents="collection/id"`) or a member (`subjects=id`), by time."""
        return sorted(self.each_record(**equals), key=lambda record: str(record.body["at"]))

    def each_record(self, after: str = "", **equals: str) -> Iterator[Record]:
        """As `records`, page by page in order of id, from after an id on."""
        while page := self._engine.select(COLLECTION, asked(equals), limit=RECORDS, after=after):
            yield from (self._record(stored) for stored in page if stored.fields["parts"])
            if len(page) < RECORDS:
                return
            after = page[-1].id

    def _record(self, stored: Stored) -> Record:
        parts = self._engine.load(part_refs(stored)) if stored.fields["parts"] > 1 else []
        return open_record(stored, [part for part in parts if part is not None])
