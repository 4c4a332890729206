"""Query and load jobs: run at once, their results kept for paging, and the catalog told of what DDL changed."""

from __future__ import annotations

import dataclasses
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulators.bigquery import cells, loads
from emulators.bigquery import schema as columns
from emulators.bigquery.catalog import Catalog
from emulators.bigquery.errors import ApiError, already_exists, not_found, unserved
from emulators.bigquery.finished import PAGE_ROWS, Finished, Job, Row, pages
from emulators.bigquery.loads import Loaded, Loader
from emulators.bigquery.schema import Field
from emulators.bigquery.store import Store
from emulators.bigquery.tables import Home

_NOT_SERVED = 501
_UNSERVED_OPTIONS = ("destinationTable", "tableDefinitions", "userDefinedFunctionResources", "scriptOptions")


@dataclasses.dataclass
class Outcome:
    """What a statement gave: rows, as they are kept, with their schema, or the count of rows a change touched."""

    statement_type: str
    fields: list[Field] = dataclasses.field(default_factory=list)
    rows: int = 0
    pages: list[bytes] = dataclasses.field(default_factory=list)
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


class Jobs:
    """Runs jobs at once, in the request; what is finished is kept."""

    def __init__(self, store: Store, catalog: Catalog, finished: Finished) -> None:
        self.finished = finished
        self._store = store
        self._loader = Loader(store, catalog)
        self._catalog = catalog
        self._lock = threading.Lock()
        self._running: set[tuple[str, str]] = set()

    def get(self, project: str, job_id: str) -> Job:
        """The job; 404 when it is unknown or forgotten."""
        found = self.finished.find(project, job_id)
        if found is None:
            raise not_found("Job", f"{project}:{job_id}")
        return found

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
        location = str(reference.get("location") or "EU")
        try:
            job, kept = _worked({"projectId": project, "jobId": job_id, "location": location}, configuration, work)
            return self.finished.keep(job, kept)
        finally:
            self._running.discard((project, job_id))

    def _reserve(self, key: tuple[str, str]) -> None:
        with self._lock:
            if key in self._running or self.finished.find(*key) is not None:
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
            cursor.execute(f"SELECT * FROM ({sql}) LIMIT 0")
            fields = columns.described(cursor.description)
            in_lines = cells.lines_sql(sql, fields)
            cursor.execute(in_lines or sql)
            rows = _rows(cursor)
            kept = list(pages((line.encode() for (line,) in rows) if in_lines else cells.lines(rows, fields)))
        return Outcome(kind, fields, sum(count for count, _ in kept), [page for _, page in kept])


def _rows(cursor: Any) -> Iterator[Row]:
    while batch := cursor.fetchmany(PAGE_ROWS):
        yield from batch


def _worked(
    reference: dict[str, str], configuration: Mapping[str, Any], work: Callable[[], Outcome]
) -> tuple[Job, list[bytes]]:
    """The job that the work was, and the pages of its result; times in milliseconds since 1970."""
    started_ms = time.time_ns() // 1_000_000
    outcome = work()
    times = {name: str(started_ms) for name in ("creationTime", "startTime")}
    times["endTime"] = str(time.time_ns() // 1_000_000)
    resource = {
        "kind": "bigquery#job",
        "id": "{projectId}:{location}.{jobId}".format_map(reference),
        "jobReference": reference,
        "configuration": {**configuration, "jobType": "LOAD" if outcome.loaded else "QUERY"},
        "status": outcome.status(),
        "statistics": {**times, **outcome.statistics()},
    }
    error = outcome.error
    refusal = (error.status, error.reason, error.message, error.location) if error else None
    return Job(resource, outcome.fields, outcome.rows, outcome.affected, refusal), outcome.pages


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
