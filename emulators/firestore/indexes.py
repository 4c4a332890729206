"""Composite indexes enforced: a query that production would refuse for want of an index is refused here, too.

Which indexes a query needs is derived as Firestore does: see "Index types" and "index merging" of its documentation.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import Any, Final, NamedTuple

from emulators.firestore.errors import invalid, precondition
from emulators.firestore.fields import NAME, Path, get_field, parse_path, path_text
from emulators.firestore.filters import disjuncts
from emulators.firestore.limits import check_document
from emulators.firestore.queries import Query
from emulators.firestore.values import value_size
from emulators.firestore.wire import DocumentMessage, Message, ValueMessage

ASCENDING, DESCENDING, CONTAINS = "ASCENDING", "DESCENDING", "CONTAINS"
COLLECTION, GROUP = "COLLECTION", "COLLECTION_GROUP"
# Of a longer value only the beginning is in an index; queries that meet one may find too much or too little.
LONGEST_INDEXED_BYTES: Final = 1500
MOST_ENTRIES: Final = 40_000
# No entry comes from fewer bytes of a document on the wire: it would take longer to count them all.
_SMALLEST_ENTRY_BYTES: Final = 3

_EVERY_FIELD: Final[Path] = ("*",)
_AUTOMATIC: Final = frozenset({(COLLECTION, ASCENDING), (COLLECTION, DESCENDING), (COLLECTION, CONTAINS)})

Kinds = frozenset[tuple[str, str]]
"""Single-field indexes by scope and by order, or CONTAINS."""


class Part(NamedTuple):
    """One field of an index: in which order, or by the elements of its array."""

    path: Path
    kind: str


class Need(NamedTuple):
    """What one part of a query (without OR) asks of indexes: fields fixed to a value, then an order."""

    fixed: frozenset[Part]
    order: tuple[Part, ...]
    names: str

    def parts(self) -> list[Part]:
        """The one index that would serve it alone."""
        implied = self.order[-1].kind if self.order else ASCENDING
        named = [] if self.names == implied else [Part(NAME, self.names)]
        return [*sorted(self.fixed, key=lambda part: (part.kind != CONTAINS, part.path)), *self.order, *named]


class Indexes:
    """The indexes a project has: those Firestore keeps by itself, and those of its ``firestore.indexes.json``."""

    def __init__(self, composites: Iterable[Mapping[str, Any]], overrides: Iterable[Mapping[str, Any]]) -> None:
        self._composites: dict[tuple[str, str], list[tuple[Part, ...]]] = {}
        self._overrides: dict[tuple[str, Path], Kinds] = {}
        self.expiring: dict[str, Path] = {}
        """The field that says when a document of a collection expires, by the collection's id."""
        for index in composites:
            at = (index["collectionGroup"], index.get("queryScope", COLLECTION))
            self._composites.setdefault(at, []).append(tuple(map(_part, index["fields"])))
        for override in overrides:
            group, path = override["collectionGroup"], _path(override["fieldPath"])
            if "indexes" in override:
                self._overrides[group, path] = frozenset(map(_kind, override["indexes"]))
            if override.get("ttl"):
                self.expiring[group] = path

    def check(self, query: Query, message: Message) -> None:
        """Refuses a query for which an index is missing, with the index as JSON to paste."""
        group = query.scope.collection_id
        scope = GROUP if query.scope.descend else COLLECTION
        for need in _needs(query, message):
            missing = self._missing(need, group, scope)
            if missing:
                raise precondition(f"The query requires an index. Add it to the index file: {json.dumps(missing)}")

    def check_found(self, query: Query, message: Message, found: Iterable[DocumentMessage]) -> None:
        """Refuses results that rest on a value too long to be wholly in an index."""
        paths = {part.path for need in _needs(query, message) for part in (*need.fixed, *need.order)} - {NAME}
        for document in found:
            for path in paths:
                value = get_field(document.fields, path)
                if value is not None and value.ByteSize() > LONGEST_INDEXED_BYTES and _is_truncated(value):
                    raise precondition(
                        f"The query rests on {path_text(path)} of {document.name}, of which only the first"
                        f" {LONGEST_INDEXED_BYTES} bytes are indexed: production may answer wrongly."
                    )

    def check_document(self, document: DocumentMessage) -> None:
        """Refuses what the service would not keep, too many entries in indexes included."""
        check_document(document)
        if document.ByteSize() > MOST_ENTRIES * _SMALLEST_ENTRY_BYTES:
            group = document.name.split("/")[-2]
            entries = sum(self._entries(group, (name,), value) for name, value in document.fields.items())
            if entries > MOST_ENTRIES:
                raise invalid(f"too many index entries for entity {document.name}: {entries} of at most {MOST_ENTRIES}")

    def _entries(self, group: str, path: Path, value: ValueMessage) -> int:
        if value.HasField("map_value"):
            return sum(self._entries(group, (*path, name), each) for name, each in value.map_value.fields.items())
        kinds = self._kinds(group, path)
        elements = len(value.array_value.values) if value.HasField("array_value") else 0
        return sum(elements if kind == CONTAINS else 1 for _, kind in kinds)

    def _missing(self, need: Need, group: str, scope: str) -> dict[str, Any]:
        """What to add to the index file, nothing where all is there."""
        heads = [head for parts in self._at_hand(need, group, scope) if (head := _head(parts, need)) is not None]
        lacking = need.fixed.difference(*heads)
        if not lacking and (heads or not need.parts()):
            return {}
        parts = need.parts()
        if need.order or need.names == DESCENDING:
            single = len(parts) == 1 and parts[0].path != NAME
            return self._overriding(parts, group, scope) if single else _composite(parts, group, scope)
        return self._overriding(sorted(lacking), group, scope)

    def _at_hand(self, need: Need, group: str, scope: str) -> Iterator[tuple[Part, ...]]:
        yield from self._composites.get((group, scope), ())
        for path in {part.path for part in (*need.fixed, *need.order)}:
            yield from ((Part(path, kind),) for each, kind in self._kinds(group, path) if each == scope)

    def _kinds(self, group: str, path: Path) -> Kinds:
        """The single-field indexes of a field: its own exemption's, its nearest parent's, or the automatic ones."""
        for end in range(len(path), 0, -1):
            if (group, path[:end]) in self._overrides:
                return self._overrides[group, path[:end]]
        return self._overrides.get((group, _EVERY_FIELD), _AUTOMATIC)

    def _overriding(self, parts: Sequence[Part], group: str, scope: str) -> dict[str, Any]:
        return {"fieldOverrides": [self._override(part, group, scope) for part in parts]}

    def _override(self, part: Part, group: str, scope: str) -> dict[str, Any]:
        kinds = sorted({*self._kinds(group, part.path), (scope, part.kind)})
        indexes = [_asked(kind) | {"queryScope": each} for each, kind in kinds]
        return {"collectionGroup": group, "fieldPath": path_text(part.path), "indexes": indexes}


def read_indexes(file: File) -> Indexes:
    """The indexes of a file as the Firebase tools write it; ValueError where it is not one."""
    told = json.loads(file.read_text())
    try:
        return Indexes(told.get("indexes", []), told.get("fieldOverrides", []))
    except (KeyError, AttributeError, TypeError) as fault:
        raise ValueError(f"{file} does not describe indexes: {fault!r}") from fault


def _needs(query: Query, message: Message) -> Iterator[Need]:
    for fixed in disjuncts(message.where):
        parts = frozenset(Part(path, CONTAINS if in_array else ASCENDING) for path, in_array in fixed if path != NAME)
        given = {part.path for part in parts if part.kind == ASCENDING}
        order = [Part(path, DESCENDING if down else ASCENDING) for path, down in query.orders if path not in given]
        names = next((part.kind for part in order if part.path == NAME), ASCENDING)
        before_names = [part.path for part in order].index(NAME)
        yield Need(parts, tuple(order[:before_names]), names)


def _head(parts: Sequence[Part], need: Need) -> frozenset[Part] | None:
    """The fixed fields an index begins with, if it then goes on in just the order needed; nothing if it does not."""
    named = parts[-1].path == NAME
    plain = parts[:-1] if named else parts
    names = parts[-1].kind if named or parts[-1].kind == DESCENDING else ASCENDING
    cut = len(plain) - len(need.order)
    if names != need.names or cut < 0 or tuple(plain[cut:]) != need.order:
        return None
    head = frozenset(part if part.kind == CONTAINS else Part(part.path, ASCENDING) for part in plain[:cut])
    return head if head <= need.fixed else None


def _composite(parts: Sequence[Part], group: str, scope: str) -> dict[str, Any]:
    fields = [{"fieldPath": path_text(part.path)} | _asked(part.kind) for part in parts]
    return {"indexes": [{"collectionGroup": group, "queryScope": scope, "fields": fields}]}


def _asked(kind: str) -> dict[str, str]:
    return {"arrayConfig": CONTAINS} if kind == CONTAINS else {"order": kind}


def _part(field: Mapping[str, Any]) -> Part:
    return Part(_path(field["fieldPath"]), _order(field))


def _kind(index: Mapping[str, Any]) -> tuple[str, str]:
    return index.get("queryScope", COLLECTION), _order(index)


def _order(told: Mapping[str, Any]) -> str:
    kind = told.get("arrayConfig") or told.get("order")
    if kind not in {ASCENDING, DESCENDING, CONTAINS}:
        raise ValueError(f"an index of {told} is not served")
    return str(kind)


def _path(text: str) -> Path:
    return _EVERY_FIELD if text == "*" else parse_path(text)


def _is_truncated(value: Any) -> bool:
    """Whether a value takes more room than an index has; of an array each element for itself."""
    if value.HasField("array_value"):
        return any(value_size(each) > LONGEST_INDEXED_BYTES for each in value.array_value.values)
    return value_size(value) > LONGEST_INDEXED_BYTES
