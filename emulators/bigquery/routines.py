"""Table functions: kept as the resources the REST surface answers with, and put in the place of their calls."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulators.bigquery import schema as columns
from emulators.bigquery.errors import ApiError, already_exists, invalid, invalid_query, not_found, unserved
from emulators.bigquery.store import Store
from emulators.bigquery.tables import Home, TableName

if TYPE_CHECKING:
    from emulators.bigquery.catalog import Catalog

KIND = "TABLE_VALUED_FUNCTION"
_SETTLED = ("etag", "creationTime", "lastModifiedTime", "routineReference")
_DEEPEST = 20


class Routines:
    """The table functions that exist, in memory and in the DuckDB file alike."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self._known = store.resources("routine")

    def listed(self, project: str, dataset: str) -> list[dict[str, Any]]:
        """The dataset's table functions by name; 404 when there is no such dataset."""
        self._catalog.dataset(project, dataset)
        return [body for key, body in sorted(self._known.copy().items()) if key.startswith(f"{project}:{dataset}.")]

    def get(self, name: TableName) -> dict[str, Any]:
        """The table function; 404 when there is none."""
        found = self._known.get(str(name))
        if found is None:
            raise not_found("Routine", str(name))
        return found

    def create(self, name: TableName, body: Mapping[str, Any], *, replace: bool = False) -> dict[str, Any]:
        """Keeps it once its query is known to work; 409 when it exists and `replace` is not asked for."""
        with self._store.alone:
            self._catalog.dataset(name.project, name.dataset)
            if str(name) in self._known and not replace:
                raise already_exists("Routine", str(name))
            if self._catalog.find(name):
                raise already_exists("Table", str(name))
            return self._kept(name, {**body, "creationTime": _now_ms()})

    def update(self, name: TableName, body: Mapping[str, Any], etag: str | None) -> dict[str, Any]:
        """Replaces the fields given, as the service does with a whole one; 412 when `etag` is not the current one."""
        with self._store.alone:
            old = self.get(name)
            if etag and etag not in {"*", old["etag"]}:
                raise ApiError(412, "conditionNotMet", "Precondition check failed.")
            changes = {key: value for key, value in body.items() if key not in _SETTLED}
            return self._kept(name, {**old, **changes})

    def delete(self, name: TableName) -> None:
        """Forgets it; 404 when there is none."""
        with self._store.alone, self._store.writing() as cursor:
            self.get(name)
            self._store.drop(cursor, "routine", str(name))
            del self._known[str(name)]

    def forget(self, cursor: Any, dataset: str) -> None:
        """Forgets all of a dataset, given as `project:dataset`, within the transaction that deletes it."""
        for key in [key for key in self._known if key.startswith(f"{dataset}.")]:
            self._store.drop(cursor, "routine", key)
            del self._known[key]

    def _kept(self, name: TableName, body: Mapping[str, Any]) -> dict[str, Any]:
        from emulators.bigquery.catalog import stamped

        _demand_served(body)
        reference = {"projectId": name.project, "datasetId": name.dataset, "routineId": name.table}
        fixed = {"routineReference": reference, "routineType": KIND, "language": "SQL"}
        resource = stamped({**body, **fixed})
        self._bound(name, resource)
        with self._store.writing() as cursor:
            self._store.put(cursor, "routine", str(name), resource)
        self._known[str(name)] = resource
        return resource

    def _bound(self, name: TableName, resource: Mapping[str, Any]) -> None:
        """Its query has to work with arguments of its types."""
        from emulators.bigquery import dialect

        call = exp.Anonymous(this=name.table, expressions=[exp.Null() for _ in resource.get("arguments", ())])
        table = exp.Table(this=call, db=exp.to_identifier(name.dataset), catalog=exp.to_identifier(name.project))
        tree = exp.select("*").from_(table)
        sql = dialect.duckdb_sql(tree, Home(name.project), _Trying(self._catalog, name, resource))
        with self._store.reading() as cursor:
            cursor.execute(f"SELECT * FROM ({sql}) LIMIT 0")
            columns.described(cursor.description)


class _Trying:
    """The catalog as it will be with one table function more."""

    def __init__(self, catalog: Catalog, name: TableName, resource: Mapping[str, Any]) -> None:
        self._name, self._resource = name, resource
        self._catalog = catalog

    def table_function(self, name: TableName) -> Mapping[str, Any]:
        return self._resource if name == self._name else self._catalog.table_function(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)


def _now_ms() -> str:
    return str(time.time_ns() // 1_000_000)


def _demand_served(body: Mapping[str, Any]) -> None:
    if body.get("routineType", KIND) != KIND or body.get("language", "SQL") != "SQL":
        raise unserved(f"routines other than table functions in SQL ({body.get('routineType')})")
    if not body.get("definitionBody"):
        raise invalid("Required field definitionBody is missing")
    for argument in body.get("arguments", ()):
        if argument.get("argumentKind", "FIXED_TYPE") != "FIXED_TYPE":
            raise unserved("arguments of any type")
        if not argument.get("name") or "typeKind" not in argument.get("dataType", {}):
            raise invalid("An argument of a table function has a name and a type")
        columns.scalar_duckdb_type(argument["dataType"]["typeKind"])


def inlined(tree: exp.Expression, home: Home, names: Any, *, depth: int = 0) -> exp.Expression:
    """The tree with every call of a table function replaced by its query; the tree itself is changed."""
    if depth > _DEEPEST:
        raise invalid_query("Table functions call each other without end")
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Anonymous):
            if any(table.args.get(part) for part in ("joins", "pivots", "laterals", "when", "sample")):
                raise unserved("a table function with more than an alias")
            name = _function_name(table, home)
            body = inlined(_body(name, table.this.expressions, names), home, names, depth=depth + 1)
            alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name.table))
            table.replace(exp.Subquery(this=body, alias=alias.copy()))
    return tree


def _function_name(table: exp.Table, home: Home) -> TableName:
    """In full; the whole of a name may stand in one pair of backticks."""
    *before, name = [part for part in (table.catalog, table.db, *table.this.name.split(".")) if part]
    dataset = before.pop() if before else home.dataset
    if not dataset:
        raise invalid_query(f'Table function "{name}" must be qualified with a dataset (e.g. dataset.function).')
    return TableName(before.pop() if before else home.project, dataset, name)


def _body(name: TableName, given: Sequence[exp.Expression], names: Any) -> exp.Expression:
    from emulators.bigquery import dialect

    resource = names.table_function(name)
    arguments = resource.get("arguments", [])
    if len(given) != len(arguments):
        raise invalid_query(f"Table function {name} takes {len(arguments)} arguments; {len(given)} were given")
    values = {
        argument["name"].lower(): _typed(value, argument["dataType"]["typeKind"])
        for argument, value in zip(arguments, given, strict=True)
    }
    body = dialect.parsed(resource["definitionBody"])
    if not isinstance(body, exp.Query):
        raise invalid("A table function is a query")
    home = Home(name.project)
    for column in list(body.find_all(exp.Column)):
        value = None if column.table else values.get(column.name.lower())
        if value is not None and not _is_column(column, home, names):
            column.replace(value.copy())
    return body


def _typed(value: exp.Expression, kind: str) -> exp.Expression:
    if any(value.find_all(exp.Column, exp.Query)):
        raise unserved("a table function's argument that is read from a table")
    return exp.Cast(this=value.copy(), to=exp.DataType.build(columns.scalar_duckdb_type(kind), dialect="duckdb"))


def _is_column(column: exp.Column, home: Home, names: Any) -> bool:
    """Whether the name is a column's where it stands: the service then reads the column and not the argument."""
    name = column.name.lower()
    inner: exp.Expression = column
    select = column.find_ancestor(exp.Select)
    while select is not None:
        later = column.find_ancestor(exp.Group, exp.Order, exp.Having, exp.Qualify)
        if later is not None and later.parent is select and name in {one.lower() for one in select.named_selects}:
            return True
        if name in _visible(select, home, names):
            return True
        inner, select = select, select.find_ancestor(exp.Select)
        if isinstance(inner.parent, exp.CTE) or (
            inner.parent and isinstance(inner.parent.parent, (exp.From, exp.Join))
        ):
            return False
    return False


def _visible(select: exp.Select, home: Home, names: Any) -> set[str]:
    """The columns of what a query reads from."""
    sources = [select.args.get("from_"), *select.args.get("joins", [])]
    return {column for source in sources if source is not None for column in _columns(source.this, home, names)}


def _columns(source: exp.Expression, home: Home, names: Any) -> Iterator[str]:
    from emulators.bigquery import dialect

    if isinstance(source, exp.Subquery):
        yield from _selected(source.this, home, names)
    elif isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
        common = _common(source)
        if common is not None:
            yield from _selected(common.this, home, names)
        else:
            found = names.find(dialect.table_name(source, home)) or {}
            yield from (field["name"].lower() for field in found.get("schema", {}).get("fields", ()))


def _common(table: exp.Table) -> exp.CTE | None:
    """The WITH clause a bare name means, innermost first."""
    if table.db:
        return None
    scope: exp.Expression | None = table
    while scope is not None:
        held = scope.args.get("with_")
        for one in held.expressions if held else ():
            if one.alias.lower() == table.name.lower() and table.find_ancestor(exp.CTE) is not one:
                return one
        scope = scope.parent
    return None


def _selected(query: exp.Expression, home: Home, names: Any) -> Iterator[str]:
    while isinstance(query, exp.SetOperation):
        query = query.left
    query = query.unnest()
    if not isinstance(query, exp.Select):
        return
    for item in query.expressions:
        if item.is_star:
            yield from _visible(query, home, names)
        else:
            yield item.alias_or_name.lower()
