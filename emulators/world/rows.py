"""Durable rows of one simulator: a SQLite file, or memory when there is no folder to keep it in."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Values = Sequence[Any] | Mapping[str, Any]


class Rows:
    """One SQLite database, safe to use from several threads; a transaction is kept once it has ended."""

    def __init__(self, path: Path | None, name: str, schema: str) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._open = True
        self._db = sqlite3.connect(_place(path, name), isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; a transaction begun inside another one is part of it."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._db.execute("BEGIN IMMEDIATE")
                yield self._db
            except BaseException:
                if self._depth == 1 and self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def read(self, sql: str, parameters: Values = ()) -> list[sqlite3.Row]:
        """The rows a query finds."""
        with self._lock:
            return self._db.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Values = ()) -> sqlite3.Row | None:
        """The first row a query finds, if there is one."""
        found = self.read(sql, parameters)
        return found[0] if found else None

    def count(self, sql: str, parameters: Values = ()) -> int:
        """The number a counting query gives."""
        return int(self.read(sql, parameters)[0][0])

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with self._lock:
            if self._open:
                self._open = False
                self._db.close()


def _place(path: Path | None, name: str) -> str:
    if path is None:
        return ":memory:"
    path.mkdir(parents=True, exist_ok=True)
    return str(path / f"{name}.sqlite")
