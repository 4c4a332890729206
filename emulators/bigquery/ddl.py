"""CREATE, DROP, ALTER and TRUNCATE as changes of the catalog, so that SQL and the REST surface see the same tables."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from emulators.bigquery import dialect
from emulators.bigquery import schema as columns
from emulators.bigquery.catalog import Catalog
from emulators.bigquery.errors import ApiError, invalid_query, unserved
from emulators.bigquery.schema import Field
from emulators.bigquery.tables import Home, TableName

STATEMENTS = frozenset({"CREATE", "DROP", "ALTER_TABLE", "TRUNCATE_TABLE"})
_NOT_FOUND, _CONFLICT = 404, 409


def apply(tree: exp.Expression, home: Home, catalog: Catalog) -> str:
    """Carries the statement out and returns BigQuery's statement type for it."""
    if isinstance(tree, exp.TruncateTable):
        return _truncate(tree, home, catalog)
    if isinstance(tree, exp.Drop):
        return _dropped(tree, home, catalog)
    if isinstance(tree, exp.Alter):
        return _altered(tree, home, catalog)
    created = {
        "SCHEMA": _schema_created,
        "VIEW": _view_created,
        "TABLE": _table_created,
        "FUNCTION": _function_created if tree.meta.get("table_function") else None,
    }.get(tree.kind)
    if created is None:
        raise unserved(f"CREATE {tree.kind}")
    return created(tree, home, catalog)


def _tolerating(change: Callable[[], object], status: int, *, tolerated: bool) -> None:
    try:
        change()
    except ApiError as error:
        if not tolerated or error.status != status:
            raise


def _truncate(tree: exp.TruncateTable, home: Home, catalog: Catalog) -> str:
    name = dialect.table_name(tree.expressions[0], home)
    catalog.demand(name)
    with catalog.store.writing() as cursor:
        cursor.execute(f"DELETE FROM {name.sql}")
    return "TRUNCATE_TABLE"


def _dropped(tree: exp.Drop, home: Home, catalog: Catalog) -> str:
    (target,) = tree.args["tables"]
    exists = bool(tree.args.get("exists"))
    if tree.kind == "SCHEMA":
        cascade = bool(tree.args.get("cascade"))
        project, dataset = target.catalog or home.project, target.db
        change = lambda: catalog.delete_dataset(project, dataset, contents=cascade)  # noqa: E731 - called just below
    elif tree.kind in {"TABLE", "VIEW"}:
        name = dialect.table_name(target, home)
        change = lambda: catalog.delete_table(name)  # noqa: E731 - called just below
    elif tree.kind == "FUNCTION" and tree.meta.get("table_function"):
        routine = dialect.table_name(target, home)
        _tolerating(lambda: catalog.routines.delete(routine), _NOT_FOUND, tolerated=exists)
        return "DROP_TABLE_FUNCTION"
    else:
        raise unserved(f"DROP {tree.kind}")
    _tolerating(change, _NOT_FOUND, tolerated=exists)
    return f"DROP_{tree.kind}"


def _altered(tree: exp.Alter, home: Home, catalog: Catalog) -> str:
    name = dialect.table_name(tree.this, home)
    fields = list(catalog.table(name)["schema"]["fields"])
    known = {field["name"].lower() for field in fields}
    for action in tree.args["actions"]:
        if not isinstance(action, exp.ColumnDef):
            raise unserved(f"ALTER TABLE other than ADD COLUMN ({action.sql('bigquery')})")
        if action.name.lower() not in known:
            fields.append(_field(action))
        elif not action.args.get("exists"):
            raise invalid_query(f"Column already exists: {action.name}")
    catalog.patch_table(name, {"schema": {"fields": fields}}, None)
    return "ALTER_TABLE"


def _schema_created(tree: exp.Create, home: Home, catalog: Catalog) -> str:
    body = {"datasetReference": {"datasetId": tree.this.db}}
    project = tree.this.catalog or home.project
    exists = bool(tree.args.get("exists"))
    _tolerating(lambda: catalog.create_dataset(project, body), _CONFLICT, tolerated=exists)
    return "CREATE_SCHEMA"


def _view_created(tree: exp.Create, home: Home, catalog: Catalog) -> str:
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    view = {"view": {"query": tree.expression.sql("bigquery"), "useLegacySql": False}}
    return _created(tree, dialect.table_name(target, home), view | _options(tree), catalog)


def _function_created(tree: exp.Create, home: Home, catalog: Catalog) -> str:
    """CREATE TABLE FUNCTION; its RETURNS clause only repeats what the query gives."""
    declared = tree.this
    body = {
        "arguments": [
            {"name": one.name, "dataType": {"typeKind": one.args["kind"].sql("bigquery")}}
            for one in declared.expressions
        ],
        "definitionBody": tree.expression.unnest().sql("bigquery"),
    }
    properties = tree.args.get("properties")
    body |= _described(properties) if properties else {}
    name, replace = dialect.table_name(declared.this, home), bool(tree.args.get("replace"))
    change = lambda: catalog.routines.create(name, body, replace=replace)  # noqa: E731 - called just below
    _tolerating(change, _CONFLICT, tolerated=bool(tree.args.get("exists")))
    return "CREATE_TABLE_FUNCTION"


def _table_created(tree: exp.Create, home: Home, catalog: Catalog) -> str:
    listed = isinstance(tree.this, exp.Schema)
    name = dialect.table_name(tree.this.this if listed else tree.this, home)
    if tree.expression is None:
        fields = [_field(column) for column in tree.this.expressions]
        return _created(tree, name, {"schema": {"fields": fields}} | _options(tree), catalog)
    if listed:
        raise unserved("CREATE TABLE with both columns and a query")
    sql = dialect.duckdb_sql(tree.expression, home, catalog)
    with catalog.store.reading() as cursor:
        cursor.execute(f"SELECT * FROM ({sql}) LIMIT 0")
        fields = columns.described(cursor.description)
    return _filled(tree, name, {"schema": {"fields": fields}} | _options(tree), catalog, sql)


def _filled(tree: exp.Create, name: TableName, body: dict[str, Any], catalog: Catalog, sql: str) -> str:
    """Creates the table from a copy of the query's rows, since the query may read the very table it replaces."""
    known = {table["id"] for table in catalog.tables(name.project, name.dataset)}
    scratch = f"_bigquery.{columns.quoted(uuid.uuid4().hex)}"
    with catalog.store.writing() as cursor:
        cursor.execute(f"CREATE TABLE {scratch} AS {sql}")
    try:
        kind = _created(tree, name, body, catalog)
        if str(name) not in known or tree.args.get("replace"):
            with catalog.store.writing() as cursor:
                cursor.execute(f"INSERT INTO {name.sql} SELECT * FROM {scratch}")
    finally:
        with catalog.store.writing() as cursor:
            cursor.execute(f"DROP TABLE {scratch}")
    return f"{kind}_AS_SELECT"


def _created(tree: exp.Create, name: TableName, body: dict[str, Any], catalog: Catalog) -> str:
    replace = bool(tree.args.get("replace"))
    exists = bool(tree.args.get("exists"))
    _tolerating(lambda: catalog.create_table(name, body, replace=replace), _CONFLICT, tolerated=exists)
    return f"CREATE_{tree.kind}"


def _field(column: exp.ColumnDef) -> Field:
    field = _typed(column.name, column.args["kind"])
    for constraint in column.args.get("constraints") or []:
        kind = constraint.kind
        if isinstance(kind, exp.NotNullColumnConstraint):
            field["mode"] = "REQUIRED"
        elif isinstance(kind, exp.Properties):
            field |= _described(kind)
        else:
            raise unserved(f"the column constraint {constraint.sql('bigquery')}")
    return field


def _typed(name: str, kind: exp.DataType) -> Field:
    if kind.this == exp.DataType.Type.ARRAY:
        return _typed(name, kind.expressions[0]) | {"mode": "REPEATED"}
    if kind.this == exp.DataType.Type.STRUCT:
        return {"name": name, "type": "RECORD", "fields": [_field(member) for member in kind.expressions]}
    return {"name": name, "type": kind.sql("bigquery").split("(")[0], "mode": "NULLABLE"}


def _described(properties: exp.Properties) -> dict[str, str]:
    found = {
        item.name.lower(): item.args["value"].name for item in properties.expressions if type(item) is exp.Property
    }
    return {"description": found["description"]} if "description" in found else {}


def _options(tree: exp.Create) -> dict[str, Any]:
    properties = tree.args.get("properties")
    if properties is None:
        return {}
    options: dict[str, Any] = dict(_described(properties))
    for item in properties.expressions:
        if isinstance(item, exp.PartitionedByProperty):
            options["timePartitioning"] = _partitioning(item.this)
        elif isinstance(item, exp.ClusterProperty):
            options["clustering"] = {"fields": [column.name for column in item.expressions]}
        elif item.name.lower() == "require_partition_filter":
            options["requirePartitionFilter"] = item.args["value"].sql().lower() == "true"
    return options


def _partitioning(by: exp.Expression) -> dict[str, str]:
    unit = by.args.get("unit")
    column = by if isinstance(by, (exp.Identifier, exp.Column)) else by.find(exp.Column)
    if column is None:
        raise unserved(f"partitioning by {by.sql('bigquery')}")
    return {"type": unit.name.upper() if unit else "DAY", "field": column.name}
