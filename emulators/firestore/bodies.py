"""What documents hold, as bytes: the small ones used last in memory, all others on disk alone."""

from collections import OrderedDict
from typing import Final

from emulators.firestore.storage import Storage

LARGE: Final = 8 * 1024
"""A body of so many bytes is read from disk each time: commit records are many, large, and hardly ever read."""
KEPT: Final = 4 * 1024 * 1024
"""So many bytes of small bodies stay in memory."""


class Bodies:
    """The body of each document by its name. The caller's lock orders its calls.

    Memory holds at most ``kept`` bytes of them, unless there is no disk that holds the others.
    """

    def __init__(self, storage: Storage, kept: int = KEPT) -> None:
        self._storage = storage
        self._kept = kept
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self.held = 0
        """Bytes in memory."""

    def __getitem__(self, name: str) -> bytes:
        """The body of a document there is."""
        body = self._recent.get(name)
        if body is None:
            body = self._storage.body(name)
            self._keep(name, body)
        else:
            self._recent.move_to_end(name)
        return body

    def put(self, name: str, body: bytes) -> None:
        """Takes note of a body that storage has been given."""
        self.drop(name)
        self._keep(name, body)

    def drop(self, name: str) -> None:
        """Takes note that the document is gone."""
        self.held -= len(self._recent.pop(name, b""))

    def _keep(self, name: str, body: bytes) -> None:
        if self._storage.durable and len(body) >= LARGE:
            return
        self._recent[name] = body
        self.held += len(body)
        while self._storage.durable and self.held > self._kept:
            self.held -= len(self._recent.popitem(last=False)[1])
