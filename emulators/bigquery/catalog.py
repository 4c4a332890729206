"""Datasets, tables and views: the resources the REST surface answers with, and the DuckDB schemas that carry them."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from emulators.bigquery import schema as columns
from emulators.bigquery.errors import ApiError, already_exists, invalid, not_found, unserved
from emulators.bigquery.routines import Routines
from emulators.bigquery.schema import Field, quoted
from emulators.bigquery.store import Store
from emulators.bigquery.tables import Demand, Home, TableName

Resource = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")
_PARTITIONABLE = frozenset({"DATE", "DATETIME", "TIMESTAMP"})
_UNCLUSTERED = frozenset({"RECORD", "FLOAT", "JSON", "BYTES"})
_MOST_CLUSTERED = 4
_READ_ONLY = ("etag", "creationTime", "lastModifiedTime", "kind", "id", "selfLink", "numRows", "type")


def _now_ms() -> str:
    return str(time.time_ns() // 1_000_000)


def stamped(resource: Resource) -> Resource:
    """The resource with its modification time and an etag that changes with the content."""
    resource = {**resource, "lastModifiedTime": _now_ms()}
    resource.pop("etag", None)
    content = json.dumps(resource, sort_keys=True) + str(time.time_ns())
    return {**resource, "etag": hashlib.sha256(content.encode()).hexdigest()[:22]}


def _merged(old: Resource, patch: Mapping[str, Any]) -> Resource:
    changes = {name: value for name, value in patch.items() if name not in _READ_ONLY}
    return {name: value for name, value in {**old, **changes}.items() if value is not None}


def _alone(change: Callable[Concatenate[Catalog, P], T]) -> Callable[Concatenate[Catalog, P], T]:
    """One change at a time, memory and file together."""

    @functools.wraps(change)
    def guarded(catalog: Catalog, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with catalog.store.alone:
            return change(catalog, *args, **kwargs)

    return guarded


class Catalog:
    """What exists, kept in memory and in the DuckDB file alike; every change is one transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._datasets = store.resources("dataset")
        self._tables = store.resources("table")
        self._views_are_stale = False
        self._demands: dict[str, Demand | None] = {}
        self.routines = Routines(store, self)

    # Datasets

    def datasets(self, project: str) -> list[Resource]:
        """The project's datasets by name."""
        return [body for key, body in sorted(self._datasets.copy().items()) if key.startswith(f"{project}:")]

    def dataset(self, project: str, dataset: str) -> Resource:
        """The dataset; 404 when there is none."""
        found = self._datasets.get(f"{project}:{dataset}")
        if found is None:
            raise not_found("Dataset", f"{project}:{dataset}")
        return found

    @_alone
    def create_dataset(self, project: str, body: Mapping[str, Any]) -> Resource:
        """Creates the dataset; 409 when it exists."""
        name = str(body.get("datasetReference", {}).get("datasetId", ""))
        key = f"{project}:{name}"
        if not name:
            raise invalid("Required field datasetReference.datasetId is missing")
        fixed = {
            "kind": "bigquery#dataset",
            "id": key,
            "datasetReference": {"projectId": project, "datasetId": name},
            "creationTime": _now_ms(),
        }
        resource = stamped({"location": "EU", "access": [], **body, **fixed})
        with self.store.writing() as cursor:
            if key in self._datasets:
                raise already_exists("Dataset", key)
            cursor.execute(f"CREATE SCHEMA {quoted(f'{project}.{name}')}")
            self.store.put(cursor, "dataset", key, resource)
        self._datasets[key] = resource
        return resource

    @_alone
    def patch_dataset(self, project: str, name: str, patch: Mapping[str, Any], etag: str | None) -> Resource:
        """Updates the fields given (null removes one); 412 when `etag` is not the current one."""
        with self.store.writing() as cursor:
            old = self.dataset(project, name)
            _demand_etag(old, etag)
            resource = stamped(_merged(old, patch))
            self.store.put(cursor, "dataset", f"{project}:{name}", resource)
        self._datasets[f"{project}:{name}"] = resource
        return resource

    @_alone
    def delete_dataset(self, project: str, name: str, *, contents: bool) -> None:
        """Deletes the dataset; 400 when it holds tables and `contents` is not asked for."""
        key = f"{project}:{name}"
        with self.store.writing() as cursor:
            self.dataset(project, name)
            inside = [table for table in self._tables if table.startswith(f"{key}.")]
            if (inside or self.routines.listed(project, name)) and not contents:
                raise ApiError(400, "resourceInUse", f"Dataset {key} is still in use")
            cursor.execute(f"DROP SCHEMA {quoted(f'{project}.{name}')} CASCADE")
            for table in inside:
                self.store.drop(cursor, "table", table)
            self.store.drop(cursor, "dataset", key)
            self.routines.forget(cursor, key)
        for table in inside:
            del self._tables[table]
        del self._datasets[key]
        self._views_are_stale = True

    # Tables and views

    def tables(self, project: str, dataset: str) -> list[Resource]:
        """The dataset's tables and views by name; 404 when there is no such dataset."""
        self.dataset(project, dataset)
        return [body for key, body in sorted(self._tables.copy().items()) if key.startswith(f"{project}:{dataset}.")]

    def table(self, name: TableName) -> Resource:
        """The table or view; 404 when there is none."""
        found = self._tables.get(str(name))
        if found is None:
            raise not_found("Table", str(name))
        return found

    def find(self, name: TableName) -> Resource | None:
        """The table or view, or None."""
        return self._tables.get(str(name))

    def table_function(self, name: TableName) -> Resource:
        """The table function; 404 when there is none."""
        return self.routines.get(name)

    def demand(self, name: TableName) -> None:
        """Raises a 404 when there is neither such a table nor such a view."""
        self.dataset(name.project, name.dataset)
        self.table(name)

    def partition_filter(self, name: TableName) -> Demand | None:
        """The column queries must filter on, when the table, or a table below the view, demands a partition filter."""
        body = self.table(name)
        if "view" in body:
            return self._inherited(name, body)
        partitioning = body.get("timePartitioning") or body.get("rangePartitioning") or {}
        demanded = body.get("requirePartitionFilter") or partitioning.get("requirePartitionFilter")
        return Demand(partitioning.get("field") or "_PARTITIONTIME") if demanded else None

    def _inherited(self, name: TableName, body: Resource) -> Demand | None:
        from emulators.bigquery import dialect

        key = f"{name} {body['etag']}"
        if key not in self._demands:
            tree = dialect.parsed(body["view"]["query"])
            self._demands[key] = dialect.demanded(tree, Home(name.project), self)
        return self._demands[key]

    @_alone
    def create_table(self, name: TableName, body: Mapping[str, Any], *, replace: bool = False) -> Resource:
        """Creates the table or view; 409 when it exists and `replace` is not asked for."""
        _refuse_unserved_kinds(body)
        _refuse_bad_layout(body)
        with self.store.writing() as cursor:
            self.dataset(name.project, name.dataset)
            if str(name) in self._tables and not replace:
                raise already_exists("Table", str(name))
            if str(name) in self._tables:
                _drop(cursor, self._tables[str(name)], name)
            resource = self._created(cursor, name, dict(body))
            self.store.put(cursor, "table", str(name), resource)
        self._tables[str(name)] = resource
        self._refresh_views(only_if_stale=not replace)
        return self._tables[str(name)]

    def _created(self, cursor: Any, name: TableName, body: Resource) -> Resource:
        if "view" in body:
            if body.get("schema", {}).get("fields"):
                raise invalid("Schema field shouldn't be used as input with a view")
            body["view"] = {"useLegacySql": False, **body["view"]}
            fields = self._create_view(cursor, name, body["view"])
            body |= {"type": "VIEW", "schema": {"fields": fields}}
        else:
            fields = columns.normalised(body.get("schema", {}).get("fields", []))
            if not fields:
                raise unserved("tables without columns")
            listed = ", ".join(columns.column_sql(field) for field in fields)
            cursor.execute(f"CREATE TABLE {name.sql} ({listed})")
            body |= {"type": "TABLE", "schema": {"fields": fields}}
        reference = {"projectId": name.project, "datasetId": name.dataset, "tableId": name.table}
        fixed = {"kind": "bigquery#table", "id": str(name), "tableReference": reference, "creationTime": _now_ms()}
        return stamped({**body, **fixed})

    def _create_view(self, cursor: Any, name: TableName, view: Mapping[str, Any]) -> list[Field]:
        from emulators.bigquery import dialect

        if view["useLegacySql"]:
            raise unserved("views in legacy SQL")
        tree = dialect.parsed(view["query"])
        if dialect.statement_type(tree) != "SELECT":
            raise invalid("A view is a query")
        sql = dialect.duckdb_sql(tree, Home(name.project), self, view=True)
        cursor.execute(f"CREATE OR REPLACE VIEW {name.sql} AS {sql}")
        cursor.execute(f"SELECT * FROM {name.sql} LIMIT 0")
        return columns.described(cursor.description)

    @_alone
    def patch_table(self, name: TableName, patch: Mapping[str, Any], etag: str | None) -> Resource:
        """Updates the fields given: columns may be added or relaxed, descriptions and metadata changed."""
        with self.store.writing() as cursor:
            old = self.table(name)
            _demand_etag(old, etag)
            new = _merged(old, patch)
            _refuse_repartitioning(old, new)
            _refuse_bad_layout({} if "view" in old else new)
            if "view" in old:
                new |= self._seen_anew(cursor, name, old, new)
            elif "schema" in patch:
                new["schema"] = {"fields": _altered(cursor, name, old, new)}
            resource = stamped(new)
            self.store.put(cursor, "table", str(name), resource)
        self._tables[str(name)] = resource
        self._refresh_views(only_if_stale=_names(old) == _names(resource) and "view" not in patch)
        return self._tables[str(name)]

    def _seen_anew(self, cursor: Any, name: TableName, old: Resource, new: Resource) -> Resource:
        """A view with its new query, or only new descriptions of the columns it has."""
        view = {"useLegacySql": False, **new["view"]}
        same = view == old["view"] and not self._views_are_stale
        fields = _undescribed(_fields(old)) if same else self._create_view(cursor, name, view)
        return {"view": view, "schema": {"fields": _with_descriptions(fields, _fields(new))}}

    @_alone
    def delete_table(self, name: TableName) -> None:
        """Deletes the table or view; 404 when there is none."""
        with self.store.writing() as cursor:
            _drop(cursor, self.table(name), name)
            self.store.drop(cursor, "table", str(name))
        del self._tables[str(name)]
        self._demands.clear()
        self._views_are_stale = True

    def _refresh_views(self, *, only_if_stale: bool) -> None:
        """Binds every view anew, since a DuckDB view keeps the columns its tables had when it was made."""
        self._demands.clear()
        if only_if_stale and not self._views_are_stale:
            return
        waiting = {key: body for key, body in self._tables.items() if "view" in body}
        progress = True
        while waiting and progress:
            done = [key for key, body in waiting.items() if self._rebound(key, body)]
            waiting = {key: body for key, body in waiting.items() if key not in done}
            progress = bool(done)
        self._views_are_stale = bool(waiting)

    def _rebound(self, key: str, body: Resource) -> bool:
        try:
            with self.store.writing() as cursor:
                fields = self._create_view(cursor, TableName.of(body["tableReference"]), body["view"])
                kept = _with_descriptions(fields, body["schema"]["fields"])
                changed = {**body, "schema": {"fields": kept}}
                self.store.put(cursor, "table", key, changed)
        except ApiError:
            return False
        self._tables[key] = changed
        return True


def _refuse_unserved_kinds(body: Mapping[str, Any]) -> None:
    for kind in ("materializedView", "externalDataConfiguration", "snapshotDefinition", "cloneDefinition"):
        if kind in body:
            raise unserved(f"tables with {kind}")


def _refuse_bad_layout(body: Mapping[str, Any]) -> None:
    """Partitioning and clustering have to fit the columns, as the service checks it."""
    kinds = {field["name"].lower(): columns.type_name(str(field["type"])) for field in _fields(body)}
    partitioning = body.get("timePartitioning") or {}
    field = partitioning.get("field")
    if field and kinds.get(str(field).lower()) not in _PARTITIONABLE:
        raise invalid(f"The field specified for partitioning has to be a DATE, DATETIME or TIMESTAMP column: {field}")
    clustered = (body.get("clustering") or {}).get("fields", [])
    if len(clustered) > _MOST_CLUSTERED:
        raise invalid(f"A table is clustered by at most {_MOST_CLUSTERED} columns")
    missing = [name for name in clustered if kinds.get(str(name).lower(), "RECORD") in _UNCLUSTERED]
    if missing:
        raise invalid(f"The field specified for clustering can not be found in the schema or used so: {missing[0]}")
    if partitioning.get("type") not in {None, "DAY", "HOUR", "MONTH", "YEAR"}:
        raise invalid(f"Unknown partitioning type: {partitioning['type']}")
    if body.get("requirePartitionFilter") and not partitioning and not body.get("rangePartitioning"):
        raise invalid("requirePartitionFilter needs a partitioned table")


def _fields(body: Mapping[str, Any]) -> Sequence[Field]:
    found: Sequence[Field] = (body.get("schema") or {}).get("fields") or ()
    return found


def _names(body: Resource) -> list[str]:
    return [str(field["name"]) for field in _fields(body)]


def _refuse_repartitioning(old: Resource, new: Resource) -> None:
    """Partitioning is for good: only its expiration and the demand for a filter may change."""
    before, after = (body.get("timePartitioning") or {} for body in (old, new))
    if any(before.get(name) != after.get(name) for name in ("type", "field")):
        raise invalid("Cannot change partitioning spec for a table")


def _demand_etag(resource: Resource, etag: str | None) -> None:
    if etag and etag not in {"*", resource["etag"]}:
        raise ApiError(412, "conditionNotMet", "Precondition check failed.")


def _drop(cursor: Any, body: Resource, name: TableName) -> None:
    kind = "VIEW" if "view" in body else "TABLE"
    cursor.execute(f"DROP {kind} IF EXISTS {name.sql}")


def _altered(cursor: Any, name: TableName, old: Resource, new: Resource) -> list[Field]:
    fields = columns.normalised(new.get("schema", {}).get("fields", []))
    added, relaxed = columns.changed_columns(old["schema"]["fields"], fields)
    for field in added:
        cursor.execute(f"ALTER TABLE {name.sql} ADD COLUMN {columns.column_sql(field)}")
    for column in relaxed:
        cursor.execute(f"ALTER TABLE {name.sql} ALTER COLUMN {quoted(column)} DROP NOT NULL")
    return fields


def _undescribed(fields: Sequence[Field]) -> list[Field]:
    return [{part: value for part, value in field.items() if part != "description"} for field in fields]


def _with_descriptions(fields: Sequence[Field], known: Sequence[Field]) -> list[Field]:
    texts = {field["name"]: field["description"] for field in known if field.get("description")}
    return [field | ({"description": texts[field["name"]]} if field["name"] in texts else {}) for field in fields]
