"""Schemas of messages: kept in revisions, and checked whenever something is published to a topic that has one."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from emulators.clock import Clock
from emulators.journal import Journal
from emulators.pubsub.messages import types
from emulators.pubsub.schemas import avro, proto
from emulators.wire import already_exists, invalid, not_found, raw

SCHEMA = """
CREATE TABLE IF NOT EXISTS schema_revisions (
    name TEXT NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (name, number)
) WITHOUT ROWID;
"""
_MAX_REVISIONS = 20
_MAX_BYTES = 300_000
_PREFIX = "googclient_schema"
_READERS = {types.Schema.Type.AVRO: avro.reader, types.Schema.Type.PROTOCOL_BUFFER: proto.reader}


class Schemas:
    """Thread safe by the lock of the broker that owns it."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._revisions: dict[str, dict[int, Any]] = {}
        self._readers: dict[tuple[int, str], Any] = {}
        for name, number, body in journal.rows("SELECT name, number, body FROM schema_revisions ORDER BY name, number"):
            self._revisions.setdefault(name, {})[number] = raw(types.Schema).FromString(body)

    def names(self) -> set[str]:
        """Of all schemas."""
        return set(self._revisions)

    def get(self, name: str) -> Any:
        """The newest revision, or the one named as `schema@revision`; NOT_FOUND without."""
        base, _, revision = name.partition("@")
        found = list(self._all(base).values())
        wanted = [one for one in found if one.revision_id == revision] if revision else found[-1:]
        if not wanted:
            raise not_found(name.rpartition("/")[2])
        return wanted[0]

    def listed(self, project: str) -> list[Any]:
        """The newest revision of each of the project's schemas, by name."""
        return [self.get(name) for name in sorted(self._revisions) if name.startswith(f"{project}/")]

    def revisions(self, name: str) -> list[Any]:
        """All revisions, the newest first."""
        return list(reversed(self._all(name.partition("@")[0]).values()))

    def create(self, schema: Any) -> Any:
        """A new schema, whose definition is checked; ALREADY_EXISTS where the name is taken."""
        if schema.name in self._revisions:
            raise already_exists(schema.name.rpartition("/")[2])
        return self._add(schema)

    def commit(self, schema: Any) -> Any:
        """A new revision; it has to be of the same type."""
        known = self._all(schema.name)
        if next(iter(known.values())).type_ != schema.type_:
            raise invalid("A new revision must be of the same type as the schema.")
        if len(known) >= _MAX_REVISIONS:
            raise invalid(f"A schema has at most {_MAX_REVISIONS} revisions.")
        return self._add(schema)

    def rollback(self, name: str, revision: str) -> Any:
        """An earlier revision becomes the newest, under a new id."""
        return self.commit(self.get(f"{name}@{revision}"))

    def _add(self, schema: Any) -> Any:
        self.validate(schema)
        revision = raw(types.Schema)(
            name=schema.name.partition("@")[0], type_=schema.type_, definition=schema.definition
        )
        revision.revision_id = uuid4().hex[:8]
        revision.revision_create_time.FromDatetime(self._clock.now())
        number = max(self._revisions.get(revision.name, {0: None})) + 1
        row = (revision.name, number, revision.SerializeToString())
        self._journal.write("INSERT INTO schema_revisions VALUES (?, ?, ?)", row)
        self._revisions.setdefault(revision.name, {})[number] = revision
        return revision

    def delete(self, name: str) -> None:
        """Deletes the schema; topics that had it are left without a check they could pass."""
        self._all(name)
        self._journal.write("DELETE FROM schema_revisions WHERE name = ?", (name,))
        del self._revisions[name]

    def delete_revision(self, name: str) -> Any:
        """Deletes the revision named as `schema@revision`, unless it is the only one; the newest that is left."""
        doomed, base = self.get(name), name.partition("@")[0]
        known = self._all(base)
        if len(known) == 1:
            raise invalid("The only revision of a schema can't be deleted.")
        number = next(n for n, one in known.items() if one is doomed)
        self._journal.write("DELETE FROM schema_revisions WHERE name = ? AND number = ?", (base, number))
        del known[number]
        return self.get(base)

    def _all(self, name: str) -> dict[int, Any]:
        if name not in self._revisions:
            raise not_found(name.rpartition("/")[2])
        return self._revisions[name]

    # -- checking --------------------------------------------------------------------------------------

    def validate(self, schema: Any) -> Any:
        """What reads messages by this definition; INVALID_ARGUMENT where it is broken."""
        if schema.type_ not in _READERS:
            raise invalid("The type of the schema is missing.")
        if not schema.definition or len(schema.definition) > _MAX_BYTES:
            raise invalid(f"The definition is empty or longer than {_MAX_BYTES} bytes.")
        key = (int(schema.type_), schema.definition)
        if key not in self._readers:
            self._readers[key] = _READERS[schema.type_](schema.definition)
        return self._readers[key]

    def read(self, schema: Any, encoding: int, data: bytes) -> Any:
        """The message as plain values; INVALID_ARGUMENT where it doesn't follow the schema."""
        reader = self.validate(schema)
        if encoding not in {types.Encoding.JSON, types.Encoding.BINARY}:
            raise invalid("The encoding of messages is missing.")
        try:
            return reader.json(data) if encoding == types.Encoding.JSON else reader.binary(data)
        except (ValueError, KeyError, TypeError, IndexError, OverflowError) as fault:
            raise invalid(f"The message does not follow the schema {schema.name}: {fault}") from fault

    def check(self, settings: Any, messages: Sequence[Any]) -> None:
        """Every message has to follow one of the revisions a topic takes, and is told which."""
        revisions = list(self._taken(settings))
        for message in messages:
            revision = self._following(revisions, settings.encoding, message.data)
            message.attributes[f"{_PREFIX}encoding"] = types.Encoding(settings.encoding).name
            message.attributes[f"{_PREFIX}name"] = settings.schema
            message.attributes[f"{_PREFIX}revisionid"] = revision.revision_id

    def values(self, settings: Any, message: Any) -> Any:
        """The plain values of a message published to a topic with these schema settings."""
        revision = message.attributes[f"{_PREFIX}revisionid"]
        return self.read(self.get(f"{settings.schema}@{revision}"), settings.encoding, message.data)

    def _taken(self, settings: Any) -> Iterable[Any]:
        """The revisions between the first and the last a topic takes, the newest first."""
        newest_first = self.revisions(settings.schema)
        ids = [one.revision_id for one in newest_first]
        start = ids.index(settings.last_revision_id) if settings.last_revision_id in ids else 0
        end = ids.index(settings.first_revision_id) if settings.first_revision_id in ids else len(ids) - 1
        return newest_first[start : end + 1]

    def _following(self, revisions: Sequence[Any], encoding: int, data: bytes) -> Any:
        last: Exception = invalid("The topic's schema has no revision.")
        for revision in revisions:
            try:
                self.read(revision, encoding, data)
            except type(last) as fault:
                last = fault
            else:
                return revision
        raise last
