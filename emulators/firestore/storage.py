"""The documents on disk: one commit is one SQLite transaction, and survives the process being killed."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from emulators.firestore.wire import Document, DocumentMessage

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 4000;
CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, body BLOB NOT NULL);
"""


class Storage:
    """A file ``documents.sqlite`` in the folder given; without a folder nothing is kept.

    Not safe for concurrent use: the caller's lock orders its calls.
    """

    def __init__(self, folder: Path | None) -> None:
        self._database = self._open(folder) if folder else None

    @staticmethod
    def _open(folder: Path) -> sqlite3.Connection:
        folder.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(folder / "documents.sqlite", isolation_level=None, check_same_thread=False)
        database.executescript(_SCHEMA)
        return database

    def load(self) -> Iterator[DocumentMessage]:
        """Every document kept, in no particular order."""
        if self._database is not None:
            for (body,) in self._database.execute("SELECT body FROM documents"):
                yield Document.FromString(body)

    def save(self, changes: Mapping[str, DocumentMessage | None]) -> None:
        """Keeps all changes of one commit or none; no document stands for a removal."""
        if self._database is None or not changes:
            return
        kept = [(name, doc.SerializeToString()) for name, doc in changes.items() if doc is not None]
        removed = [(name,) for name, doc in changes.items() if doc is None]
        self._database.execute("BEGIN")
        try:
            self._database.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?)", kept)
            if removed:
                self._database.executemany("DELETE FROM documents WHERE name = ?", removed)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Closes the file; nothing can be saved after."""
        if self._database is not None:
            self._database.close()
            self._database = None
