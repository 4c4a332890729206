"""Jobs that are done, with their results: on disk, so that a result outlives the process and takes no memory."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from emulators.bigquery.errors import ApiError
from emulators.bigquery.schema import Field
from emulators.journal import Journal

KEPT = 500
"""So many jobs are remembered, the newest."""
PAGE_ROWS = 1000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, job_id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (project, job_id));
CREATE TABLE IF NOT EXISTS lines (job INTEGER NOT NULL, first INTEGER NOT NULL, page BLOB NOT NULL,
    PRIMARY KEY (job, first)) WITHOUT ROWID;
"""
Row = tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class Job:
    """A finished job: its resource, as `jobs.get` answers it, and what its query gave."""

    resource: dict[str, Any]
    fields: list[Field] = dataclasses.field(default_factory=list)
    rows: int = 0
    affected: int | None = None
    refusal: tuple[int, str, str, str] | None = None
    number: int = 0

    @property
    def reference(self) -> dict[str, str]:
        """The job's `jobReference`."""
        found: dict[str, str] = self.resource["jobReference"]
        return found

    @property
    def error(self) -> ApiError | None:
        """Why it failed, if it did."""
        return ApiError(*self.refusal) if self.refusal else None


def pages(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines as they are kept, so many together; each page but the last has PAGE_ROWS of them."""
    left = iter(lines)
    while batch := list(islice(left, PAGE_ROWS)):
        yield len(batch), b"\n".join(batch)


class Finished:
    """The newest jobs; `path` is the emulator's directory, None keeps them in memory."""

    def __init__(self, path: Path | None) -> None:
        self._journal = Journal(path, "jobs", _SCHEMA)

    def keep(self, job: Job, kept: list[bytes]) -> Job:
        """Remembers a job with its result, and forgets the oldest ones."""
        reference = job.reference
        body = {name: value for name, value in vars(job).items() if name != "number"}
        with self._journal.transaction():
            self._journal.write(
                "INSERT INTO jobs (project, job_id, body) VALUES (?, ?, ?)",
                (reference["projectId"], reference["jobId"], json.dumps(body)),
            )
            ((number,),) = self._journal.rows("SELECT last_insert_rowid()")
            placed = [(number, index * PAGE_ROWS, page) for index, page in enumerate(kept)]
            self._journal.write_many("INSERT INTO lines VALUES (?, ?, ?)", placed)
            self._journal.write("DELETE FROM lines WHERE job <= ?", (number - KEPT,))
            self._journal.write("DELETE FROM jobs WHERE number <= ?", (number - KEPT,))
        return dataclasses.replace(job, number=number)

    def find(self, project: str, job_id: str) -> Job | None:
        """The job, if it is known."""
        asked = "SELECT number, body FROM jobs WHERE project = ? AND job_id = ?"
        return next(map(_job, self._journal.rows(asked, (project, job_id))), None)

    def listed(self, project: str) -> list[Job]:
        """The project's jobs, newest first."""
        asked = "SELECT number, body FROM jobs WHERE project = ? ORDER BY number DESC"
        return list(map(_job, self._journal.rows(asked, (project,))))

    def lines(self, job: Job, offset: int, count: int) -> list[bytes]:
        """So many lines of the job's result, from the one at `offset`, counted from 0."""
        first = offset - offset % PAGE_ROWS
        asked = "SELECT page FROM lines WHERE job = ? AND first >= ? AND first < ? ORDER BY first"
        found = self._journal.rows(asked, (job.number, first, offset + count))
        read = [line for (page,) in found for line in page.split(b"\n")]
        return read[offset - first : offset - first + count]

    def forget(self, job: Job) -> None:
        """Drops a job and its result."""
        with self._journal.transaction():
            self._journal.write("DELETE FROM lines WHERE job = ?", (job.number,))
            self._journal.write("DELETE FROM jobs WHERE number = ?", (job.number,))

    def close(self) -> None:
        """Closes the file."""
        self._journal.close()


def _job(found: Row) -> Job:
    number, body = found
    return Job(**json.loads(body), number=number)
