"""Query and load jobs: run at once, their results held for paging, and the catalog told of what DDL changed."""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from emulators.bigquery import loads
from emulators.bigquery import schema as columns
from emulators.bigquery.catalog import Catalog
from emulators.bigquery.errors import ApiError, already_exists, not_found, unserved
from emulators.bigquery.loads import Loaded, Loader
from emulators.bigquery.schema import Field
from emulators.bigquery.store import Store
from emulators.bigquery.tables import Home

_KEPT_JOBS = 500
_NOT_SERVED = 501
_UNSERVED_OPTIONS = ("destinationTable", "tableDefinitions", "userDefinedFunctionResources", "scriptOptions")


@dataclasses.dataclass
class Outcome:
    """What a statement gave: rows with their schema, or the count of rows a change touched."""

    statement_type: str
    fields: list[Field] = dataclasses.field(default_factory=list)
    rows: list[tuple[Any, ...]] = dataclasses.field(default_factory=list)
    affected: int | None = None
    error: ApiError | None = None
    loaded: Loaded | None = None

    def statistics(self) -> dict[str, Any]:
        """What the job's `statistics` say beside its times."""
        if self.loaded is not None:
            return {"load": _load_statistics(self.loaded)}
        query: dict[str, Any] = {"statementType": self.statement_type, "totalBytesProcessed": "0"}
        if self.affected is not None:
            query["numDmlAffectedRows"] = str(self.affected)
        if self.fields:
            query["schema"] = {"fields": self.fields}
        return {"totalBytesProcessed": "0", "query": query}

    def status(self) -> dict[str, Any]:
        """The job's `status`: done, with what went wrong."""
        faults = self.loaded.faults if self.loaded else []
        status: dict[str, Any] = {"state": "DONE"}
        if self.error:
            status["errorResult"] = self.error.detail()
            faults = [self.error.detail(), *faults]
        return status | ({"errors": faults} if faults else {})


def _load_statistics(loaded: Loaded) -> dict[str, str]:
    return {
        "inputFiles": "1",
        "inputFileBytes": str(loaded.size_bytes),
        "outputRows": str(loaded.rows),
        "outputBytes": "0",
        "badRecords": str(len(loaded.faults)),
    }


@dataclasses.dataclass
class Job:
    """A finished job; times in milliseconds since 1970."""

    project: str
    job_id: str
    location: str
    configuration: dict[str, Any]
    outcome: Outcome
    started_ms: int
    ended_ms: int

    def resource(self) -> dict[str, Any]:
        """The job as `jobs.get` answers it."""
        outcome = self.outcome
        times = {name: str(self.started_ms) for name in ("creationTime", "startTime")}
        return {
            "kind": "bigquery#job",
            "id": f"{self.project}:{self.location}.{self.job_id}",
            "jobReference": self.reference(),
            "configuration": self.configuration,
            "status": outcome.status(),
            "statistics": {**times, "endTime": str(self.ended_ms), **outcome.statistics()},
        }

    def reference(self) -> dict[str, str]:
        """The job's `jobReference`."""
        return {"projectId": self.project, "jobId": self.job_id, "location": self.location}


class Jobs:
    """Runs jobs at once, in the request; results live in memory and end with the process."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._loader = Loader(store, catalog)
        self._catalog = catalog
        self._lock = threading.Lock()
        self._running: set[tuple[str, str]] = set()
        self._jobs: collections.OrderedDict[tuple[str, str], Job] = collections.OrderedDict()

    def get(self, project: str, job_id: str) -> Job:
        """The job; 404 when it is unknown, forgotten, or from before a restart."""
        with self._lock:
            found = self._jobs.get((project, job_id))
        if found is None:
            raise not_found("Job", f"{project}:{job_id}")
        return found

    def listed(self, project: str) -> list[Job]:
        """The project's jobs, newest first."""
        with self._lock:
            return [job for (owner, _), job in reversed(self._jobs.items()) if owner == project]

    def forget(self, project: str, job_id: str) -> None:
        """Drops the job and its result; 404 when there is none."""
        self.get(project, job_id)
        with self._lock:
            self._jobs.pop((project, job_id), None)

    def run(
        self,
        project: str,
        configuration: Mapping[str, Any],
        reference: Mapping[str, Any],
        content: bytes | None = None,
    ) -> Job:
        """Runs the query of the configuration, or loads the file; a failure is a finished job with an error.

        A job id that was used before is a 409, so a client that sends a request again changes nothing twice.
        """
        job_id = str(reference.get("jobId") or uuid.uuid4())
        work = self._work(project, configuration, content)
        self._reserve((project, job_id))
        try:
            job = _finished(project, job_id, configuration, work, str(reference.get("location") or "EU"))
        finally:
            self._running.discard((project, job_id))
        with self._lock:
            self._jobs[project, job_id] = job
            while len(self._jobs) > _KEPT_JOBS:
                self._jobs.popitem(last=False)
        return job

    def _reserve(self, key: tuple[str, str]) -> None:
        with self._lock:
            if key in self._jobs or key in self._running:
                raise already_exists("Job", ":".join(key))
            self._running.add(key)

    def _work(self, project: str, configuration: Mapping[str, Any], content: bytes | None) -> Callable[[], Outcome]:
        load = configuration.get("load")
        if isinstance(load, Mapping):
            loads.served(load, content)
            return lambda: self._load(load, content or b"")
        query = _served_query(configuration)
        return lambda: self._outcome(project, query, dry_run=bool(configuration.get("dryRun")))

    def _load(self, asked: Mapping[str, Any], content: bytes) -> Outcome:
        try:
            loaded = self._loader.load(asked, content)
        except ApiError as error:
            if error.status == _NOT_SERVED:
                raise
            loaded = Loaded(len(content), error=error)
        return Outcome("LOAD", error=loaded.error, loaded=loaded)

    def _outcome(self, project: str, query: Mapping[str, Any], *, dry_run: bool) -> Outcome:
        default = query.get("defaultDataset") or {}
        home = Home(default.get("projectId", project), default.get("datasetId"))
        try:
            return self._executed(query, home, dry_run=dry_run)
        except ApiError as error:
            if error.status == _NOT_SERVED:
                raise
            return Outcome("SELECT", error=error)

    def _executed(self, query: Mapping[str, Any], home: Home, *, dry_run: bool) -> Outcome:
        from emulators.bigquery import ddl, dialect

        tree = dialect.parsed(query["query"], query.get("queryParameters", ()))
        kind = dialect.statement_type(tree)
        if kind in ddl.STATEMENTS:
            if dry_run:
                raise unserved("a dry run of DDL")
            return Outcome(ddl.apply(tree, home, self._catalog))
        sql = dialect.duckdb_sql(tree, home, self._catalog)
        if dry_run:
            return self._planned(kind, sql)
        return self._changed(kind, sql) if kind in dialect.CHANGES else self._selected(kind, sql)

    def _planned(self, kind: str, sql: str) -> Outcome:
        with self._store.reading() as cursor:
            if kind != "SELECT":
                cursor.execute(f"EXPLAIN {sql}")
                return Outcome(kind)
            cursor.execute(f"DESCRIBE {sql}")
            cursor.execute(f"SELECT * FROM ({sql}) LIMIT 0")
            return Outcome(kind, columns.described(cursor.description))

    def _changed(self, kind: str, sql: str) -> Outcome:
        with self._store.writing() as cursor:
            (affected,) = cursor.execute(sql).fetchone()
        return Outcome(kind, affected=affected)

    def _selected(self, kind: str, sql: str) -> Outcome:
        with self._store.reading() as cursor:
            cursor.execute(sql)
            return Outcome(kind, columns.described(cursor.description), cursor.fetchall())


def _finished(
    project: str, job_id: str, configuration: Mapping[str, Any], work: Callable[[], Outcome], location: str
) -> Job:
    started = time.time_ns() // 1_000_000
    outcome = work()
    return Job(
        project=project,
        job_id=job_id,
        location=location,
        configuration={**configuration, "jobType": "LOAD" if outcome.loaded else "QUERY"},
        outcome=outcome,
        started_ms=started,
        ended_ms=time.time_ns() // 1_000_000,
    )


def _served_query(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    query = configuration.get("query")
    if not isinstance(query, Mapping):
        kinds = [name for name in ("extract", "copy") if name in configuration]
        raise unserved(f"jobs of the kind {kinds[0] if kinds else 'unknown'}")
    if str(query.get("useLegacySql", True)).lower() == "true":
        raise unserved("legacy SQL (set useLegacySql to false)")
    for option in _UNSERVED_OPTIONS:
        if query.get(option):
            raise unserved(f"the query option {option}")
    return query
