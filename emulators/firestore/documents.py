"""All documents as they are now, and as they were for as long as a snapshot still looks at them."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping

from emulators.firestore.collection import Collection
from emulators.firestore.queries import Query, Scope
from emulators.firestore.storage import Storage
from emulators.firestore.wire import DocumentMessage


class Documents:
    """Memory first, written through to storage. The caller's lock orders its calls.

    Every commit raises ``version`` by one; a snapshot is the version it was taken at.
    """

    def __init__(self, storage: Storage) -> None:
        self.version = 0
        self._storage = storage
        self._collections: dict[str, Collection] = {}
        self._snapshots: Counter[int] = Counter()
        self._past: dict[str, deque[tuple[int, DocumentMessage | None]]] = {}
        self._past_order: deque[tuple[int, str]] = deque()
        for document in storage.load():
            self._put(document.name, document)

    def get(self, name: str, snapshot: int | None = None) -> DocumentMessage | None:
        """The document of a name now, or as of a snapshot."""
        if snapshot is not None:
            for changed_at, before in self._past.get(name, ()):
                if changed_at > snapshot:
                    return before
        collection = self._collections.get(name.rpartition("/")[0])
        return None if collection is None else collection.documents.get(name)

    def find(self, query: Query, snapshot: int | None = None) -> list[DocumentMessage]:
        """What a query finds now, or as of a snapshot."""
        now = self._candidates(query)
        past = {} if snapshot is None else self._changed_since(snapshot, query.scope)
        if not past:
            return query.run(now.values())
        unchanged = [document for name, document in now.items() if name not in past]
        return query.run([*unchanged, *(document for document in past.values() if document is not None)])

    def apply(self, changes: Mapping[str, DocumentMessage | None]) -> None:
        """Makes all changes of one commit, on disk first; no document stands for a removal."""
        self._storage.save(changes)
        self.version += 1
        for name, document in changes.items():
            self._remember(name)
            if document is None:
                self._remove(name)
            else:
                self._put(name, document)

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

    def names_below(self, parent: str) -> Iterator[str]:
        """The paths of all collections below a document or a database's root, however deep."""
        prefix = f"{parent}/"
        return (path for path in self._collections if path.startswith(prefix))

    def in_collection(self, path: str) -> Mapping[str, DocumentMessage]:
        """The documents of one collection by name."""
        collection = self._collections.get(path)
        return collection.documents if collection else {}

    def _candidates(self, query: Query) -> Mapping[str, DocumentMessage]:
        found = [collection.candidates(query.probes) for collection in self._in_scope(query.scope)]
        if len(found) == 1:
            return found[0]
        return {name: document for each in found for name, document in each.items()}

    def _in_scope(self, scope: Scope) -> list[Collection]:
        if scope.descend:
            return [each for path, each in self._collections.items() if scope.covers(path)]
        collection = self._collections.get(f"{scope.parent}/{scope.collection_id}")
        return [collection] if collection else []

    def _changed_since(self, snapshot: int, scope: Scope) -> dict[str, DocumentMessage | None]:
        names = (name for name in self._past if scope.covers(name.rpartition("/")[0]))
        return {name: self.get(name, snapshot) for name in names}

    def _remember(self, name: str) -> None:
        if self._snapshots:
            self._past.setdefault(name, deque()).append((self.version, self.get(name)))
            self._past_order.append((self.version, name))

    def _put(self, name: str, document: DocumentMessage) -> None:
        path = name.rpartition("/")[0]
        collection = self._collections.get(path)
        if collection is None:
            collection = self._collections[path] = Collection(path)
        collection.put(name, document)

    def _remove(self, name: str) -> None:
        path = name.rpartition("/")[0]
        collection = self._collections.get(path)
        if collection is None:
            return
        collection.remove(name)
        if not collection.documents:
            del self._collections[path]
