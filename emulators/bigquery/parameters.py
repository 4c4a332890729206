"""Query parameters as typed literals in the statement itself, so that types are seen like any other constant's."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.tokens import TokenType

from emulators.bigquery.errors import invalid, invalid_query
from emulators.bigquery.schema import quoted, scalar_duckdb_type

_POSITIONAL = "_positional_{}"


def named(sql: str, parameters: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Mapping[str, Any]]]:
    """The statement with every `?` given a name, and the parameters by lower-case name."""
    if not parameters:
        return sql, {}
    if parameters[0].get("name"):
        return sql, {str(item["name"]).lower(): item for item in parameters}
    marks = [token for token in BigQuery().tokenize(sql) if token.token_type == TokenType.PLACEHOLDER]
    if len(marks) != len(parameters):
        raise invalid(f"Query has {len(marks)} positional parameters but {len(parameters)} were given")
    for number in range(len(marks) - 1, -1, -1):
        start = marks[number].start
        sql = f"{sql[:start]}@{_POSITIONAL.format(number)}{sql[start + 1 :]}"
    return sql, {_POSITIONAL.format(number): item for number, item in enumerate(parameters)}


def filled(tree: exp.Expression, parameters: Mapping[str, Mapping[str, Any]]) -> None:
    """Replaces each parameter of the tree by its value; a 400 for one that was not given."""
    for node in list(tree.find_all(exp.Parameter, exp.Placeholder)):
        name = node.name.lower()
        if name not in parameters:
            raise invalid_query(f"Query parameter '{node.name or '?'}' not found")
        given = parameters[name]
        node.replace(_value(given["parameterType"], given.get("parameterValue") or {}))


def _value(kind: Mapping[str, Any], value: Mapping[str, Any]) -> exp.Expression:
    type_sql = _type_sql(kind)
    if kind["type"] == "ARRAY":
        items = [_value(kind["arrayType"], item) for item in value.get("arrayValues", [])]
        return _cast(exp.Array(expressions=items), type_sql)
    if kind["type"] in {"STRUCT", "RECORD"}:
        return _struct(kind, value.get("structValues", {}))
    text = value.get("value")
    if text is None:
        return _cast(exp.Null(), type_sql)
    if kind["type"] == "BYTES":
        return exp.Anonymous(this="unhex", expressions=[exp.Literal.string(base64.b64decode(text).hex())])
    return _cast(exp.Literal.string(str(text)), type_sql)


def _struct(kind: Mapping[str, Any], values: Mapping[str, Any]) -> exp.Expression:
    members = [
        exp.PropertyEQ(
            this=exp.to_identifier(member["name"], quoted=True),
            expression=_value(member["type"], values.get(member["name"], {})),
        )
        for member in kind["structTypes"]
    ]
    return exp.Struct(expressions=members)


def _cast(value: exp.Expression, type_sql: str) -> exp.Expression:
    return exp.Cast(this=value, to=exp.DataType.build(type_sql, dialect="duckdb"))


def _type_sql(kind: Mapping[str, Any]) -> str:
    if kind["type"] == "ARRAY":
        return f"{_type_sql(kind['arrayType'])}[]"
    if kind["type"] in {"STRUCT", "RECORD"}:
        return "STRUCT(" + ", ".join(f"{quoted(m['name'])} {_type_sql(m['type'])}" for m in kind["structTypes"]) + ")"
    return scalar_duckdb_type(kind["type"])
