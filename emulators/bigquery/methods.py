"""The methods of BigQuery's REST surface that are served: where each is, and what is served of it."""

from __future__ import annotations

from typing import Final, NamedTuple

_P = r"projects/(?P<project>[^/]+)"
_D = rf"{_P}/datasets/(?P<dataset>[^/]+)"
_T = rf"{_D}/tables/(?P<table>[^/]+)"
_R = rf"{_D}/routines/(?P<routine>[^/]+)"
_J = rf"{_P}/jobs/(?P<job>[^/]+)"


class Method(NamedTuple):
    """A method by its REST name, its verbs and path, the name of what answers it, and what it does."""

    name: str
    verbs: str
    path: str
    answer: str
    does: str


METHODS: Final = (
    Method("datasets.list", "GET", rf"{_P}/datasets", "list_datasets", "pages"),
    Method("datasets.insert", "POST", rf"{_P}/datasets", "create_dataset", "yes"),
    Method("datasets.get", "GET", _D, "get_dataset", "yes"),
    Method("datasets.patch", "PATCH|PUT", _D, "patch_dataset", "and update; etags"),
    Method("datasets.delete", "DELETE", _D, "delete_dataset", "with its tables where asked"),
    Method("tables.list", "GET", rf"{_D}/tables", "list_tables", "pages"),
    Method(
        "tables.insert",
        "POST",
        rf"{_D}/tables",
        "create_table",
        "tables, views, partitions, clusters, demanded partition filters; not materialized, external, BIGNUMERIC",
    ),
    Method("tables.get", "GET", _T, "get_table", "with the number of rows"),
    Method("tables.patch", "PATCH|PUT", _T, "patch_table", "and update; columns added and relaxed, views, etags"),
    Method("tables.delete", "DELETE", _T, "delete_table", "yes"),
    Method("routines.list", "GET", rf"{_D}/routines", "list_routines", "pages"),
    Method("routines.insert", "POST", rf"{_D}/routines", "create_routine", "table functions in SQL; no other routines"),
    Method("routines.get", "GET", _R, "get_routine", "yes"),
    Method("routines.update", "PUT", _R, "update_routine", "etags"),
    Method("routines.delete", "DELETE", _R, "delete_routine", "yes"),
    Method(
        "tabledata.insertAll",
        "POST",
        rf"{_T}/insertAll",
        "insert_all",
        "each cell checked, errors by row, insert ids; not templateSuffix",
    ),
    Method("tabledata.list", "GET", rf"{_T}/data", "list_rows", "pages, selected fields"),
    Method(
        "jobs.insert",
        "POST",
        rf"{_P}/jobs",
        "insert_job",
        "queries, DML, DDL, dry runs; loads of JSON lines and CSV uploaded with the job; not copies, extracts, scripts",
    ),
    Method("jobs.list", "GET", rf"{_P}/jobs", "list_jobs", "pages, newest first, the last 500"),
    Method("jobs.get", "GET", _J, "get_job", "yes"),
    Method("jobs.cancel", "POST", rf"{_J}/cancel", "cancel_job", "every job has ended by the time it is known"),
    Method("jobs.delete", "DELETE", rf"{_J}/delete", "delete_job", "with its result"),
    Method("jobs.query", "POST", rf"{_P}/queries", "query", "a request id runs once"),
    Method(
        "jobs.getQueryResults",
        "GET",
        rf"{_P}/queries/(?P<job>[^/]+)",
        "query_results",
        "pages; results outlive the process",
    ),
)
