"""The served REST methods, one function each: request parts in, the JSON resource out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from emulators.bigquery import cells
from emulators.bigquery.catalog import Catalog
from emulators.bigquery.errors import invalid
from emulators.bigquery.finished import Job
from emulators.bigquery.jobs import Jobs
from emulators.bigquery.tabledata import TableData
from emulators.bigquery.tables import TableName

_PAGE_ROWS = 10_000


@dataclasses.dataclass(frozen=True)
class Call:
    """The parts of one request: names from the path, query arguments, the JSON body and If-Match."""

    names: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    etag: str | None

    @property
    def project(self) -> str:
        """The project of the path."""
        return self.names["project"]

    @property
    def table(self) -> TableName:
        """The table of the path."""
        reference = {"projectId": self.project, "datasetId": self.names["dataset"], "tableId": self.names["table"]}
        return TableName.of(reference)

    def routine(self, name: str = "") -> TableName:
        """The routine of the path, or the one of that name in the dataset of the path."""
        return TableName(self.project, self.names["dataset"], name or self.names["routine"])

    def number(self, name: str) -> int | None:
        """A whole number among the query arguments; 400 for anything else."""
        text = self.query.get(name)
        if text is None:
            return None
        if not text.isdigit():
            raise invalid(f"Invalid value for {name}: {text}")
        return int(text)

    def window(self) -> tuple[int, int | None]:
        """The page asked for: offset and, where given, the most results."""
        offset = self.number("pageToken")
        return (offset if offset is not None else self.number("startIndex") or 0), self.number("maxResults")


class Answers:
    """What each served method answers."""

    def __init__(self, catalog: Catalog, data: TableData, jobs: Jobs) -> None:
        self._catalog = catalog
        self._data = data
        self._jobs = jobs

    def list_datasets(self, call: Call) -> dict[str, Any]:
        """datasets.list."""
        kept = ("kind", "id", "datasetReference", "labels", "friendlyName", "location")
        return _page(call, "bigquery#datasetList", "datasets", self._catalog.datasets(call.project), kept)

    def create_dataset(self, call: Call) -> dict[str, Any]:
        """datasets.insert."""
        return self._catalog.create_dataset(call.project, call.body)

    def get_dataset(self, call: Call) -> dict[str, Any]:
        """datasets.get."""
        return self._catalog.dataset(call.project, call.names["dataset"])

    def patch_dataset(self, call: Call) -> dict[str, Any]:
        """datasets.patch and datasets.update."""
        return self._catalog.patch_dataset(call.project, call.names["dataset"], call.body, call.etag)

    def delete_dataset(self, call: Call) -> None:
        """datasets.delete."""
        contents = call.query.get("deleteContents", "").lower() == "true"
        self._catalog.delete_dataset(call.project, call.names["dataset"], contents=contents)

    def list_tables(self, call: Call) -> dict[str, Any]:
        """tables.list."""
        kept = (
            "kind",
            "id",
            "tableReference",
            "type",
            "labels",
            "timePartitioning",
            "clustering",
            "creationTime",
            "view",
        )
        tables = self._catalog.tables(call.project, call.names["dataset"])
        return _page(call, "bigquery#tableList", "tables", tables, kept) | {"totalItems": len(tables)}

    def create_table(self, call: Call) -> dict[str, Any]:
        """tables.insert."""
        table = str(call.body.get("tableReference", {}).get("tableId", ""))
        if not table:
            raise invalid("Required field tableReference.tableId is missing")
        name = Call({**call.names, "table": table}, {}, {}, None).table
        return self._counted(self._catalog.create_table(name, call.body), name)

    def get_table(self, call: Call) -> dict[str, Any]:
        """tables.get."""
        return self._counted(self._catalog.table(call.table), call.table)

    def patch_table(self, call: Call) -> dict[str, Any]:
        """tables.patch and tables.update."""
        return self._counted(self._catalog.patch_table(call.table, call.body, call.etag), call.table)

    def delete_table(self, call: Call) -> None:
        """tables.delete."""
        self._catalog.delete_table(call.table)

    def list_routines(self, call: Call) -> dict[str, Any]:
        """routines.list."""
        kept = ("etag", "routineReference", "routineType", "creationTime", "lastModifiedTime", "language")
        found = self._catalog.routines.listed(call.project, call.names["dataset"])
        return _page(call, "bigquery#listRoutinesResponse", "routines", found, kept)

    def create_routine(self, call: Call) -> dict[str, Any]:
        """routines.insert."""
        routine = str(call.body.get("routineReference", {}).get("routineId", ""))
        if not routine:
            raise invalid("Required field routineReference.routineId is missing")
        return self._catalog.routines.create(call.routine(routine), call.body)

    def get_routine(self, call: Call) -> dict[str, Any]:
        """routines.get."""
        return self._catalog.routines.get(call.routine())

    def update_routine(self, call: Call) -> dict[str, Any]:
        """routines.update."""
        return self._catalog.routines.update(call.routine(), call.body, call.etag)

    def delete_routine(self, call: Call) -> None:
        """routines.delete."""
        self._catalog.routines.delete(call.routine())

    def _counted(self, resource: dict[str, Any], name: TableName) -> dict[str, Any]:
        if resource["type"] != "TABLE":
            return resource
        return {**resource, "numRows": str(self._data.count(name))}

    def insert_all(self, call: Call) -> dict[str, Any]:
        """tabledata.insertAll."""
        errors = self._data.insert_all(call.table, call.body)
        answer: dict[str, Any] = {"kind": "bigquery#tableDataInsertAllResponse"}
        return answer | ({"insertErrors": errors} if errors else {})

    def list_rows(self, call: Call) -> dict[str, Any]:
        """tabledata.list."""
        offset, limit = call.window()
        size = _PAGE_ROWS if limit is None else limit
        selected = [name for name in call.query.get("selectedFields", "").split(",") if name]
        fields, rows, total = self._data.listed(call.table, selected, size, offset)
        answer = {
            "kind": "bigquery#tableDataList",
            "totalRows": str(total),
            "rows": cells.on_the_wire(cells.lines(rows, fields), fields, _format_options(call.query)),
        }
        return answer | _next_page(offset + len(rows), total, size)

    def insert_job(self, call: Call) -> dict[str, Any]:
        """jobs.insert, for queries."""
        reference = call.body.get("jobReference") or {}
        return self._jobs.run(call.project, call.body.get("configuration") or {}, reference).resource

    def load_job(self, project: str, asked: Mapping[str, Any], content: bytes) -> dict[str, Any]:
        """jobs.insert with an uploaded file."""
        reference = asked.get("jobReference") or {}
        return self._jobs.run(project, asked.get("configuration") or {}, reference, content).resource

    def list_jobs(self, call: Call) -> dict[str, Any]:
        """jobs.list."""
        jobs = [job.resource | {"state": "DONE"} for job in self._jobs.finished.listed(call.project)]
        return _page(call, "bigquery#jobList", "jobs", jobs, None)

    def get_job(self, call: Call) -> dict[str, Any]:
        """jobs.get."""
        return self._jobs.get(call.project, call.names["job"]).resource

    def cancel_job(self, call: Call) -> dict[str, Any]:
        """jobs.cancel: every job has ended by the time it is known, so it only answers the job."""
        return {"kind": "bigquery#jobCancelResponse", "job": self.get_job(call)}

    def delete_job(self, call: Call) -> None:
        """jobs.delete."""
        self._jobs.finished.forget(self._jobs.get(call.project, call.names["job"]))

    def query(self, call: Call) -> dict[str, Any]:
        """jobs.query; the request id is the job id, so that a request sent again is not run again."""
        configuration = {"query": call.body, "dryRun": bool(call.body.get("dryRun"))}
        reference = {"location": call.body.get("location")}
        job = self._repeated(call) or self._jobs.run(
            call.project, configuration, reference | {"jobId": call.body.get("requestId")}
        )
        options = call.body.get("formatOptions") or {}
        limit = call.body.get("maxResults")
        return self._results(job, (0, None if limit is None else int(limit)), options, "bigquery#queryResponse")

    def _repeated(self, call: Call) -> Job | None:
        request_id = call.body.get("requestId")
        return self._jobs.finished.find(call.project, request_id) if request_id else None

    def query_results(self, call: Call) -> dict[str, Any]:
        """jobs.getQueryResults."""
        job = self._jobs.get(call.project, call.names["job"])
        return self._results(job, call.window(), _format_options(call.query), "bigquery#getQueryResultsResponse")

    def _results(
        self, job: Job, window: tuple[int, int | None], options: Mapping[str, Any], kind: str
    ) -> dict[str, Any]:
        if job.error:
            raise job.error
        answer = {"kind": kind, "jobReference": job.reference, "jobComplete": True, "totalBytesProcessed": "0"}
        if job.affected is not None:
            answer["numDmlAffectedRows"] = str(job.affected)
        if not job.fields:
            return answer
        offset, size = window[0], _PAGE_ROWS if window[1] is None else window[1]
        rows = self._jobs.finished.lines(job, offset, size)
        answer |= {"schema": {"fields": job.fields}, "totalRows": str(job.rows)}
        if rows:  # an empty list would tell the client that it has read everything
            answer["rows"] = cells.on_the_wire(rows, job.fields, options)
        return answer | _next_page(offset + len(rows), job.rows, size)


def _next_page(reached: int, total: int, size: int) -> dict[str, str]:
    return {"pageToken": str(reached)} if reached < total and size else {}


def _page(
    call: Call, kind: str, name: str, found: Sequence[dict[str, Any]], kept: Sequence[str] | None
) -> dict[str, Any]:
    offset, limit = call.window()
    size = len(found) if limit is None else limit
    part = found[offset : offset + size]
    shown = [{key: item[key] for key in kept if key in item} for item in part] if kept else list(part)
    return {"kind": kind, name: shown} | _next_page(offset + len(part), len(found), size)


def _format_options(query: Mapping[str, str]) -> dict[str, str]:
    prefix = "formatOptions."
    return {name.removeprefix(prefix): value for name, value in query.items() if name.startswith(prefix)}
