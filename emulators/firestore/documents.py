"""All documents as they are now, and as they were: at an open snapshot, or at any moment of the last hour."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from emulators.firestore.bodies import Bodies
from emulators.firestore.collection import Collection
from emulators.firestore.queries import Query, Scope
from emulators.firestore.storage import Storage
from emulators.firestore.wire import DocumentMessage


class Documents:
    """Names in memory, and what they hold as far as there is room; written through to storage.

    The caller's lock orders its calls.

    ``version`` is the moment (microseconds) of the latest commit; a snapshot is the moment it looks at.
    Memory holds what open snapshots may still see; what is older comes from storage.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._collections: dict[str, Collection] = {}
        self._snapshots: Counter[int] = Counter()
        self._past: dict[str, deque[tuple[int, DocumentMessage | None]]] = {}
        self._past_order: deque[tuple[int, str]] = deque()
        self._bodies = Bodies(storage)
        self.version = storage.latest()
        for name in storage.names():
            self._collection(name).names[name] = None

    def get(self, name: str, snapshot: int | None = None) -> DocumentMessage | None:
        """The document of a name now, or as of a snapshot."""
        if snapshot is not None and snapshot < self.version:
            return self._get_past(name, snapshot)
        collection = self._collections.get(name.rpartition("/")[0])
        return None if collection is None else collection.get(name)

    def find(self, query: Query, snapshot: int | None = None) -> list[DocumentMessage]:
        """What a query finds now, or as of a snapshot."""
        now = self._candidates(query)
        if snapshot is None or snapshot >= self.version:
            return query.run(now)
        past = self._changed_since(snapshot, query.scope)
        remembered = self._remembers(snapshot)
        unchanged = [
            document
            for document in now
            if document.name not in past and (remembered or self._is_older(document, snapshot))
        ]
        return query.run([*unchanged, *(document for document in past.values() if document is not None)])

    def apply(self, changes: Mapping[str, DocumentMessage | None], moment: int) -> None:
        """Makes all changes of the commit of a moment, on disk first; no document stands for a removal."""
        before = {name: self._body(name) for name in changes}
        after = {name: None if doc is None else doc.SerializeToString() for name, doc in changes.items()}
        self._storage.save(before, after, moment)
        for name, body in after.items():
            if self._snapshots:
                self._past.setdefault(name, deque()).append((moment, self.get(name)))
                self._past_order.append((moment, name))
            self._change(name, before[name], body)
        self.version = moment

    def take_snapshot(self) -> int:
        """The present version, kept readable until it is released."""
        self._snapshots[self.version] += 1
        return self.version

    def release_snapshot(self, snapshot: int) -> None:
        """Lets go of a snapshot, and of what only it could still see."""
        self._snapshots[snapshot] -= 1
        if not self._snapshots[snapshot]:
            del self._snapshots[snapshot]
        oldest = min(self._snapshots, default=self.version)
        while self._past_order and self._past_order[0][0] <= oldest:
            _, name = self._past_order.popleft()
            self._past[name].popleft()
            if not self._past[name]:
                del self._past[name]

    def paths_below(self, parent: str, snapshot: int | None = None) -> Iterator[str]:
        """The paths of all collections below a document or a database's root, however deep."""
        prefix = f"{parent}/"
        return (path for path in self._at(snapshot) if path.startswith(prefix))

    def names_in(self, path: str, snapshot: int | None = None) -> Iterable[str]:
        """The names of the documents of one collection."""
        return self._at(snapshot).get(path, ())

    def paths_of(self, collection_id: str) -> list[str]:
        """The paths of all collections of an id, in every database."""
        return [path for path in self._collections if path.endswith(f"/{collection_id}")]

    def in_collection(self, path: str) -> Iterator[DocumentMessage]:
        """The documents of one collection."""
        collection = self._collections.get(path)
        return collection.candidates() if collection else iter(())

    def _body(self, name: str) -> bytes | None:
        collection = self._collections.get(name.rpartition("/")[0])
        return None if collection is None else collection.body(name)

    def _at(self, snapshot: int | None) -> Mapping[str, Iterable[str]]:
        """The names of all documents by the path of their collection."""
        now = {path: each.names for path, each in self._collections.items()}
        if snapshot is None or snapshot >= self.version:
            return now
        then: dict[str, list[str]] = {}
        touched = {name for name, _ in self._storage.replaced_since(snapshot)}
        for name in {*touched, *(name for names in now.values() for name in names)}:
            if self.get(name, snapshot) is not None:
                then.setdefault(name.rpartition("/")[0], []).append(name)
        return then

    def _get_past(self, name: str, snapshot: int) -> DocumentMessage | None:
        if self._remembers(snapshot):
            for changed_at, before in self._past.get(name, ()):
                if changed_at > snapshot:
                    return before
            return self.get(name)
        document = self._storage.replaced(name, snapshot) or self.get(name)
        return document if document is not None and self._is_older(document, snapshot) else None

    def _remembers(self, snapshot: int) -> bool:
        """Whether memory knows all that changed after a moment: it does since the oldest open snapshot."""
        return bool(self._snapshots) and snapshot >= min(self._snapshots)

    @staticmethod
    def _is_older(document: DocumentMessage, snapshot: int) -> bool:
        return document.create_time.ToMicroseconds() <= snapshot

    def _candidates(self, query: Query) -> Iterator[DocumentMessage]:
        return chain.from_iterable(each.candidates(query.probes) for each in self._in_scope(query.scope))

    def _in_scope(self, scope: Scope) -> list[Collection]:
        if scope.descend:
            return [each for path, each in self._collections.items() if scope.covers(path)]
        collection = self._collections.get(f"{scope.parent}/{scope.collection_id}")
        return [collection] if collection else []

    def _changed_since(self, snapshot: int, scope: Scope) -> dict[str, DocumentMessage | None]:
        """What changed after a moment, as it was then."""
        if self._remembers(snapshot):
            names = (name for name in self._past if scope.covers(name.rpartition("/")[0]))
            return {name: self._get_past(name, snapshot) for name in names}
        return {
            name: document if self._is_older(document, snapshot) else None
            for name, document in self._storage.replaced_since(snapshot)
            if scope.covers(name.rpartition("/")[0])
        }

    def _change(self, name: str, before: bytes | None, after: bytes | None) -> None:
        collection = self._collection(name)
        collection.change(name, before, after)
        if not collection.names:
            del self._collections[collection.path]

    def _collection(self, name: str) -> Collection:
        path = name.rpartition("/")[0]
        collection = self._collections.get(path)
        if collection is None:
            collection = self._collections[path] = Collection(path, self._bodies)
        return collection
