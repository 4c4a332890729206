"""One collection in memory, with equality and array indexes built when a query first wants them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from emulators.firestore.bodies import Bodies
from emulators.firestore.fields import Path, get_field
from emulators.firestore.values import Key, element_keys, value_key
from emulators.firestore.wire import Document, DocumentMessage

# Smaller collections are read through faster than an index is built.
INDEXED_FROM: Final = 64


class Probe(NamedTuple):
    """A condition an index can answer: the field equals, or its array holds, one of the keys."""

    path: Path
    in_array: bool
    keys: frozenset[Key]


class _Index:
    """Names of documents by the keys found at one field path."""

    def __init__(self, path: Path, *, in_array: bool) -> None:
        self._path = path
        self._in_array = in_array
        self._names: dict[Key, dict[str, None]] = {}

    def add(self, name: str, document: DocumentMessage) -> None:
        for term in self._terms(document):
            self._names.setdefault(term, {})[name] = None

    def discard(self, name: str, document: DocumentMessage) -> None:
        for term in self._terms(document):
            names = self._names.get(term, {})
            names.pop(name, None)
            if not names:
                self._names.pop(term, None)

    def _terms(self, document: DocumentMessage) -> tuple[Key, ...]:
        value = get_field(document.fields, self._path)
        if self._in_array:
            return element_keys(value)
        return () if value is None else (value_key(value),)

    def count(self, keys: Iterable[Key]) -> int:
        return sum(len(self._names.get(key, ())) for key in keys)

    def find(self, keys: Iterable[Key]) -> dict[str, None]:
        found: dict[str, None] = {}
        for key in keys:
            found.update(self._names.get(key, {}))
        return found


class Collection:
    """The documents of one collection: their names, and what queries want to find them by."""

    def __init__(self, path: str, bodies: Bodies) -> None:
        self.path = path
        self.names: dict[str, None] = {}
        self._bodies = bodies
        self._indexes: dict[tuple[Path, bool], _Index] = {}

    def body(self, name: str) -> bytes | None:
        """What the document of a name holds, if there is one."""
        return self._bodies[name] if name in self.names else None

    def get(self, name: str) -> DocumentMessage | None:
        """The document of a name, the caller's own."""
        body = self.body(name)
        return None if body is None else Document.FromString(body)

    def change(self, name: str, before: bytes | None, after: bytes | None) -> None:
        """Takes note that a document is another one now; nothing before, or after, stands for none."""
        if after is None:
            self.names.pop(name, None)
            self._bodies.drop(name)
        else:
            self.names[name] = None
            self._bodies.put(name, after)
        for index in self._indexes.values():
            if before is not None:
                index.discard(name, Document.FromString(before))
            if after is not None:
                index.add(name, Document.FromString(after))

    def candidates(self, probes: Sequence[Probe] = ()) -> Iterator[DocumentMessage]:
        """Documents among which are all that meet the probes; the caller checks each."""
        return (Document.FromString(self._bodies[name]) for name in self._names_of(probes))

    def _names_of(self, probes: Sequence[Probe]) -> Iterable[str]:
        if not probes or len(self.names) < INDEXED_FROM:
            return self.names
        choices = [(self._index(probe), probe.keys) for probe in probes]
        index, keys = min(choices, key=lambda choice: choice[0].count(choice[1]))
        return index.find(keys)

    def _index(self, probe: Probe) -> _Index:
        at = (probe.path, probe.in_array)
        index = self._indexes.get(at)
        if index is None:
            index = self._indexes[at] = _Index(probe.path, in_array=probe.in_array)
            for name in self.names:
                index.add(name, Document.FromString(self._bodies[name]))
        return index
