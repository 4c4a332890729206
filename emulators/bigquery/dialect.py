"""BigQuery statements read, their table names resolved, and written again for DuckDB."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError

from emulators.bigquery import parameters
from emulators.bigquery.errors import invalid_query, unserved
from emulators.bigquery.rewrites import rewritten
from emulators.bigquery.routines import inlined
from emulators.bigquery.tables import Demand, Home, Names, TableName

_KINDS: dict[type[exp.Expression], str] = {
    exp.Insert: "INSERT",
    exp.Update: "UPDATE",
    exp.Delete: "DELETE",
    exp.Merge: "MERGE",
    exp.TruncateTable: "TRUNCATE_TABLE",
    exp.Drop: "DROP",
    exp.Alter: "ALTER_TABLE",
    exp.Create: "CREATE",
}
_TABLE_FUNCTION = re.compile(
    r"\A((?:\s+|--[^\n]*\n|#[^\n]*\n|/\*.*?\*/)*(?:CREATE(?:\s+OR\s+REPLACE)?|DROP)\s+)TABLE\s+(FUNCTION\b)",
    re.IGNORECASE | re.DOTALL,
)
"""The reader knows functions, and calls those that give tables the same."""
_BARRIERS = ("group", "having", "qualify", "distinct", "limit", "with_")
CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


def parsed(sql: str, given: Sequence[Mapping[str, Any]] = ()) -> exp.Expression:
    """The one statement of the text with its parameters filled in; raises BigQuery's refusals."""
    try:
        named_sql, named = parameters.named(sql, given)
        plain_sql = _TABLE_FUNCTION.sub(r"\1\2", named_sql)
        statements = [tree for tree in sqlglot.parse(plain_sql, read="bigquery") if tree is not None]
    except (ParseError, TokenError) as error:
        raise invalid_query(f"Syntax error: {str(error).splitlines()[0]}") from error
    if len(statements) != 1:
        raise unserved("scripts of several statements" if statements else "an empty query")
    tree = statements[0]
    if isinstance(tree, exp.Command):
        raise unserved(f"the statement {tree.name}")
    parameters.filled(tree, named)
    tree.meta["table_function"] = plain_sql != named_sql
    return tree


def statement_type(tree: exp.Expression) -> str:
    """BigQuery's word for the kind of statement; refuses the kinds that are not served."""
    if isinstance(tree, exp.Query):
        return "SELECT"
    found = next((kind for node, kind in _KINDS.items() if isinstance(tree, node)), None)
    if found is None:
        raise unserved(f"the statement {tree.key.upper()}")
    return found


def table_name(table: exp.Table, home: Home) -> TableName:
    """The full name of a table as written; a 400 for one without a dataset."""
    dataset = table.db or home.dataset
    if not dataset:
        raise invalid_query(f'Table "{table.name}" must be qualified with a dataset (e.g. dataset.table).')
    return TableName(table.catalog or home.project, dataset, table.name)


def duckdb_sql(tree: exp.Expression, home: Home, names: Names, *, view: bool = False) -> str:
    """The statement for DuckDB; a view's own text need not name the partition filter, its readers do.

    It is made of the tree itself, which is another one afterwards.
    """
    tree = _inlined(tree, home, names, view=view)
    common = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.lower() not in common):
            _resolve(table, table_name(table, home), names, view=view)
    _shorten_columns(tree)
    try:
        return rewritten(tree).sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE, copy=False)
    except UnsupportedError as error:
        raise unserved(f"this SQL: {error}") from error


def _inlined(tree: exp.Expression, home: Home, names: Names, *, view: bool) -> exp.Expression:
    if view and any(isinstance(table.this, exp.Anonymous) for table in tree.find_all(exp.Table)):
        raise unserved("views over table functions")
    return inlined(tree, home, names)


def _resolve(table: exp.Table, name: TableName, names: Names, *, view: bool) -> None:
    if "INFORMATION_SCHEMA" in str(name).upper():
        raise unserved("INFORMATION_SCHEMA")
    names.demand(name)
    demand = None if view else names.partition_filter(name)
    if demand and not (demand.reachable and _filters(table, demand.column)):
        raise invalid_query(
            f"Cannot query over table '{name}' without a filter over column(s) '{demand.column}' "
            "that can be used for partition elimination"
        )
    table.set("catalog", None)
    table.set("db", exp.to_identifier(name.schema, quoted=True))
    table.set("this", exp.to_identifier(name.table, quoted=True))


def _shorten_columns(tree: exp.Expression) -> None:
    """Lets `dataset.table.column` stand for `table.column`, since the dataset has another name in the engine."""
    known = {(table.db.rpartition(".")[2], table.name) for table in tree.find_all(exp.Table)}
    for column in tree.find_all(exp.Column):
        if (column.db, column.table) in known:
            column.set("db", None)
            column.set("catalog", None)


def demanded(tree: exp.Expression, home: Home, names: Names) -> Demand | None:
    """What a view's readers must filter on, as its own text does not.

    No filter of theirs gets below a window, a group or a limit; the service finds its way through some of them.
    """
    common = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.lower() not in common):
            demand = names.partition_filter(table_name(table, home))
            if demand and not (demand.reachable and _filters(table, demand.column)):
                return Demand(demand.column, reachable=demand.reachable and _lets_through(tree, demand.column))
    return None


def _lets_through(tree: exp.Expression, column: str) -> bool:
    plain = isinstance(tree, exp.Select) and not any(tree.args.get(part) for part in _BARRIERS)
    named = {item.alias_or_name.lower() for item in tree.selects} if plain else set()
    return plain and not tree.find(exp.AggFunc, exp.Window) and bool({column.lower(), "*"} & named)


def _filters(table: exp.Table, column: str) -> bool:
    """At least one predicate refers to the partitioning column and to no other, as the service demands."""
    scope = table.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Merge, exp.Insert)
    if scope is None or isinstance(scope, exp.Insert):
        return True
    condition = scope.args.get("on") if isinstance(scope, exp.Merge) else scope.args.get("where")
    own = {"", table.alias_or_name.lower()}
    return any(_is_over(part, column, own) for part in _conjuncts(condition))


def _conjuncts(condition: exp.Expression | None) -> list[exp.Expression]:
    """The parts that all have to hold."""
    inner = condition.this.unnest() if isinstance(condition, exp.Where) else condition and condition.unnest()
    if isinstance(inner, exp.And):
        return [part for side in (inner.left, inner.right) for part in _conjuncts(side)]
    return [inner] if inner is not None else []


def _is_over(predicate: exp.Expression, column: str, tables: set[str]) -> bool:
    if predicate.find(exp.Query):
        return False
    found = {(used.table.lower() in tables, used.name.lower()) for used in predicate.find_all(exp.Column)}
    return found == {(True, column.lower())}
