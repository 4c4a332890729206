"""The warehouse's rows made anew from the commit records, in bulk: for what was lost, and for a new table's past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

import orjson
from google.cloud import bigquery

from common.commit import Record
from common.events import every_event
from common.world import World
from functions.reporting.facts.layout import BEGINNING, tables
from functions.reporting.facts.rows import Row
from functions.reporting.providers import rows_of
from functions.reporting.tables import EVENTS_DEFINITION, EVENTS_TABLE, RAW

LARGEST_LOAD: Final = 32_000_000
"""Bytes of one load job: what bounds the memory of both sides."""
_ERASED: Final = 5_000
"""Commits named in one statement at most."""


@dataclass
class Rebuilt:
    """What was made anew: rows by table, and the commits whose older rows were kept, for their people were erased."""

    rows: dict[str, int] = field(default_factory=dict)
    records: int = 0
    erased: list[str] = field(default_factory=list)


def rebuild(client: Any, world: World, since: date | None = None) -> Rebuilt:
    """Loads every fact committed on or after a day (all without one) afresh, and drops what stood there before.

    New rows are there before old ones go: a reader sees each fact all the while. A commit whose personal data was
    erased no longer says where its buyer lives: its older rows are kept, and win. BigQuery changes no rows that were
    streamed within the last half hour (BadRequest then): run it again later, the same rows come out.
    """
    started = world.now
    found = Rebuilt()
    with TemporaryDirectory() as folder:
        loads = _Loads(client, world.settings.project, Path(folder), found)
        for record in records(world, since):
            found.records += 1
            found.erased += [record.id] if record.erased else []
            for row in rows(record, started):
                loads.add(row)
        loads.finish()
    for table, split in _partitions():
        _drop_older(client, table, split, started, since, found.erased)
    return found


def records(world: World, since: date | None = None) -> Iterator[Record]:
    """Every commit record that tells something, from the begin of a day in UTC on; in no order of time."""
    for record in world.each_record():
        if since is None or datetime.fromisoformat(record.body["at"]).date() >= since:
            yield record


def rows(record: Record, loaded_at: datetime) -> list[Row]:
    """What loading the messages of a commit gave, loaded at another time."""
    known = every_event()
    return [row for message in record.messages() if message.name in known for row in rows_of(message, loaded_at)]


class _Loads:
    """Rows on disk, table by table, loaded as soon as there are many."""

    def __init__(self, client: Any, project: str, folder: Path, found: Rebuilt) -> None:
        self._client, self._project, self._folder, self._found = client, project, folder, found
        self._files: dict[str, BinaryIO] = {}

    def add(self, row: Row) -> None:
        file = self._files.get(row.table)
        if file is None:
            file = self._files[row.table] = (self._folder / row.table).open("w+b")
        file.write(orjson.dumps(row.cells) + b"\n")
        self._found.rows[row.table] = self._found.rows.get(row.table, 0) + 1
        if file.tell() > LARGEST_LOAD:
            self._load(row.table)

    def finish(self) -> None:
        for table in sorted(self._files):
            self._load(table)

    def _load(self, table: str) -> None:
        with self._files.pop(table) as file:
            config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", write_disposition="WRITE_APPEND")
            size, _ = file.tell(), file.seek(0)
            job = self._client.load_table_from_file(file, f"{self._project}.{table}", size=size, job_config=config)
            job.result()


def _partitions() -> Iterator[tuple[str, str]]:
    """Every table of facts with the beginning of its partitions, as a condition."""
    yield EVENTS_TABLE, f"{EVENTS_DEFINITION['partitioning']['field']} >= {BEGINNING['TIMESTAMP']}"
    for table in tables():
        yield f"{RAW}.{table.name}", f"{table.split} >= {BEGINNING[table.split_type]}"


def _drop_older(
    client: Any, table: str, partitions: str, started: datetime, since: date | None, erased: Sequence[str]
) -> None:
    conditions = [partitions, "(loaded_at < @started OR loaded_at IS NULL)"]
    given: list[Any] = [bigquery.ScalarQueryParameter("started", "TIMESTAMP", started)]
    if since is not None:
        conditions.append("DATE(occurred_at) >= @since")
        given.append(bigquery.ScalarQueryParameter("since", "DATE", since))
    for start in range(0, len(erased), _ERASED):
        conditions.append(f"commit_id NOT IN UNNEST(@erased_{start})")
        given.append(bigquery.ArrayQueryParameter(f"erased_{start}", "STRING", erased[start : start + _ERASED]))
    config = bigquery.QueryJobConfig(query_parameters=given)
    client.query(f"DELETE FROM {table} WHERE {' AND '.join(conditions)}", job_config=config).result()  # noqa: S608
