"""The one DuckDB file behind the emulator: transactions, the macros, and the resources kept beside the data."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emulators.bigquery.errors import from_engine

_FILE = "bigquery.duckdb"
KEPT_INSERT_IDS = 200_000
MEMORY = "512MB"
"""What a query needs beyond this waits on disk."""
_TABLES = """
CREATE SCHEMA IF NOT EXISTS _bigquery;
CREATE TABLE IF NOT EXISTS _bigquery.resources (kind VARCHAR, key VARCHAR, body VARCHAR, PRIMARY KEY (kind, key));
CREATE TABLE IF NOT EXISTS _bigquery.insert_ids (key VARCHAR, insert_id VARCHAR);
"""


class Store:
    """One DuckDB database, in the directory given or in memory; a cursor per request, one writer at a time."""

    def __init__(self, path: Path | None) -> None:
        import duckdb

        self._engine_error = duckdb.Error
        self.alone = threading.RLock()  # held by whoever changes what is kept in memory with what is on disk
        if path is not None:
            path.mkdir(parents=True, exist_ok=True)
        self._connection = duckdb.connect(":memory:" if path is None else str(path / _FILE))
        # SET, not connect(config=...): the latter asks for an extension to be downloaded.
        self._connection.execute("SET GLOBAL TimeZone='UTC'; SET autoinstall_known_extensions=false")
        self._connection.execute(f"SET threads=2; SET memory_limit='{MEMORY}'")
        macros = Path(__file__).with_name("macros.sql").read_text(encoding="utf-8")
        # In one transaction, since each statement on its own would wait for the disk.
        self._connection.execute(f"BEGIN; {_TABLES} {macros}; COMMIT")

    def close(self) -> None:
        """Writes the journal into the file and lets go of it."""
        with self.alone:
            self._connection.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Any]:
        """A cursor of its own; an engine error leaves as BigQuery's refusal."""
        cursor = self._connection.cursor()
        try:
            yield cursor
        except self._engine_error as error:
            raise from_engine(error) from error
        finally:
            cursor.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Any]:
        """A cursor in a transaction: all of the block is kept, or none of it."""
        with self.alone, self.reading() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Every stored resource of the kind, by key."""
        with self.reading() as cursor:
            found = cursor.execute("SELECT key, body FROM _bigquery.resources WHERE kind = ?", [kind]).fetchall()
        return {key: json.loads(body) for key, body in found}

    @staticmethod
    def put(cursor: Any, kind: str, key: str, body: dict[str, Any]) -> None:
        """Stores the resource within the cursor's transaction."""
        told = json.dumps(body)  # in two statements, which take half the time of INSERT OR REPLACE
        update = "UPDATE _bigquery.resources SET body = ? WHERE kind = ? AND key = ?"
        (changed,) = cursor.execute(update, [told, kind, key]).fetchone()
        if not changed:
            cursor.execute("INSERT INTO _bigquery.resources VALUES (?, ?, ?)", [kind, key, told])

    @staticmethod
    def drop(cursor: Any, kind: str, key: str) -> None:
        """Forgets the resource within the cursor's transaction."""
        cursor.execute("DELETE FROM _bigquery.resources WHERE kind = ? AND key = ?", [kind, key])

    def insert_ids(self) -> dict[tuple[str, str], None]:
        """The newest insert ids with their tables, oldest first; older ones are forgotten for good."""
        with self.writing() as cursor:
            cursor.execute(
                "DELETE FROM _bigquery.insert_ids WHERE rowid < (SELECT max(rowid) FROM _bigquery.insert_ids) - ?",
                [KEPT_INSERT_IDS],
            )
            found = cursor.execute("SELECT key, insert_id FROM _bigquery.insert_ids ORDER BY rowid").fetchall()
        return dict.fromkeys(found)

    @staticmethod
    def remember(cursor: Any, key: str, insert_ids: list[str]) -> None:
        """Keeps the insert ids within the cursor's transaction."""
        cursor.execute("INSERT INTO _bigquery.insert_ids SELECT ?, unnest(?::VARCHAR[])", [key, insert_ids])
