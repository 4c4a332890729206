"""A small durable store: rows that outlive a killed process, in transactions that wait for no disk."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Journal:
    """A SQLite database (write-ahead log, synchronous NORMAL) shared by the threads of one emulator.

    `path` is a directory of its own, in which the file is made; None keeps everything in memory.
    """

    def __init__(self, path: Path | None, name: str, schema: str) -> None:
        if path is not None:
            path.mkdir(parents=True, exist_ok=True)
        target = ":memory:" if path is None else str(path / f"{name}.sqlite")
        self._connection = sqlite3.connect(target, check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA cache_size=-512")  # in KiB: what is kept is read at the start alone
        self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside is kept together, or not at all."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def write(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Runs one statement."""
        with self._lock:
            self._connection.execute(statement, values)

    def write_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs one statement for every row."""
        with self._lock:
            self._connection.executemany(statement, rows)

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        """Closes the file; nothing can be written afterwards."""
        with self._lock:
            self._connection.close()
