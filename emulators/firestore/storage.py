"""The documents on disk, and what they were: one commit is one SQLite transaction, and survives a kill."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from emulators.firestore.wire import Document, DocumentMessage

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 4000;
CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS past (until INTEGER NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS past_by_until ON past (until);
CREATE INDEX IF NOT EXISTS past_by_name ON past (name, until);
CREATE TABLE IF NOT EXISTS latest (id INTEGER PRIMARY KEY CHECK (id = 1), moment INTEGER NOT NULL);
"""
# How long what was replaced stays readable, in microseconds: the service's own hour.
PAST_KEPT: Final = 3600 * 1_000_000
_FORGOTTEN_EVERY: Final = 60 * 1_000_000


class Storage:
    """A file ``documents.sqlite`` in the folder given; without a folder nothing outlives the process.

    What a commit replaces or removes is kept for an hour, with the moment (microseconds) until which it stood.
    Not safe for concurrent use: the caller's lock orders its calls.
    """

    def __init__(self, folder: Path | None) -> None:
        self.durable = folder is not None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        # SQLite's name for a database of its own that it may spill to disk, and that goes with the connection.
        file = "" if folder is None else folder / "documents.sqlite"
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)
        self._forgotten_at = 0

    def names(self) -> Iterator[str]:
        """The name of every document kept, in no particular order."""
        return (name for (name,) in self._database.execute("SELECT name FROM documents"))

    def body(self, name: str) -> bytes:
        """What a document that is kept holds."""
        body: bytes = self._database.execute("SELECT body FROM documents WHERE name = ?", (name,)).fetchone()[0]
        return body

    def latest(self) -> int:
        """The moment of the last commit that changed anything; 0 where none did."""
        found = self._database.execute("SELECT moment FROM latest").fetchone()
        return int(found[0]) if found else 0

    def save(self, before: Mapping[str, bytes | None], after: Mapping[str, bytes | None], at: int) -> None:
        """Keeps all changes of one commit or none; no document stands for a removal.

        ``before`` holds what was there, which stays readable as the past until ``at``.
        """
        past = [(at, name, body) for name, body in before.items() if body is not None]
        kept = [(name, body) for name, body in after.items() if body is not None and self.durable]
        removed = [(name,) for name, body in after.items() if body is None and self.durable]
        if not (past or kept or removed):
            return
        self._database.execute("BEGIN")
        try:
            self._database.executemany("INSERT INTO past VALUES (?, ?, ?)", past)
            self._database.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?)", kept)
            self._database.executemany("DELETE FROM documents WHERE name = ?", removed)
            self._database.execute("INSERT OR REPLACE INTO latest VALUES (1, ?)", (at,))
            self._forget(at)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise

    def replaced_since(self, moment: int) -> Iterator[tuple[str, DocumentMessage]]:
        """Every document replaced or removed after a moment, as it was then; the last one of a name counts."""
        asked = "SELECT name, body FROM past WHERE until > ? ORDER BY until DESC"
        for name, body in self._database.execute(asked, (moment,)):
            yield name, Document.FromString(body)

    def replaced(self, name: str, moment: int) -> DocumentMessage | None:
        """A document as it was at a moment, if it was replaced or removed since."""
        asked = "SELECT body FROM past WHERE name = ? AND until > ? ORDER BY until LIMIT 1"
        found = self._database.execute(asked, (name, moment)).fetchone()
        return Document.FromString(found[0]) if found else None

    def close(self) -> None:
        """Closes the file; nothing can be saved after."""
        self._database.close()

    def _forget(self, now: int) -> None:
        if now - self._forgotten_at > _FORGOTTEN_EVERY:
            self._forgotten_at = now
            self._database.execute("DELETE FROM past WHERE until < ?", (now - PAST_KEPT,))
