"""BigQuery's column types in DuckDB's words and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from emulators.bigquery.errors import invalid, unserved

Field = dict[str, Any]

_LEGACY_NAMES = {
    "INT64": "INTEGER",
    "FLOAT64": "FLOAT",
    "BOOL": "BOOLEAN",
    "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}
_DUCKDB_TYPES = {
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "STRING": "VARCHAR",
    "BYTES": "BLOB",
    "NUMERIC": "DECIMAL(38,9)",
    "TIMESTAMP": "TIMESTAMPTZ",
    "DATE": "DATE",
    "DATETIME": "TIMESTAMP",
    "TIME": "TIME",
    "JSON": "JSON",
}
_BIGQUERY_TYPES = {
    "TINYINT": "INTEGER",
    "SMALLINT": "INTEGER",
    "INTEGER": "INTEGER",
    "BIGINT": "INTEGER",
    "HUGEINT": "INTEGER",
    "UBIGINT": "INTEGER",
    "FLOAT": "FLOAT",
    "DOUBLE": "FLOAT",
    "BOOLEAN": "BOOLEAN",
    "VARCHAR": "STRING",
    "BLOB": "BYTES",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "TIMESTAMP": "DATETIME",
    "DATE": "DATE",
    "TIME": "TIME",
    "JSON": "JSON",
    '"NULL"': "STRING",
}
_NUMERIC_WIDTH = "DECIMAL(38,"


def quoted(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A DuckDB string literal."""
    return "'" + text.replace("'", "''") + "'"


def type_name(name: str) -> str:
    """The name the REST surface answers with, whichever spelling was sent."""
    upper = name.upper()
    return _LEGACY_NAMES.get(upper, upper)


def normalised(fields: Iterable[Field]) -> list[Field]:
    """The fields as the service answers them: legacy type names and an explicit mode; refuses what is unserved."""
    return [_normalised_field(field) for field in fields]


def _normalised_field(field: Field) -> Field:
    kind = type_name(str(field.get("type", "")))
    if kind != "RECORD" and kind not in _DUCKDB_TYPES:
        raise unserved(f"columns of type {kind or 'none'} (column {field.get('name')})")
    if field.get("defaultValueExpression"):
        raise unserved(f"default values (column {field.get('name')})")
    mode = str(field.get("mode") or "NULLABLE").upper()
    result = {**field, "type": kind, "mode": mode}
    if kind == "RECORD":
        result["fields"] = normalised(field.get("fields", []))
    else:
        result.pop("fields", None)
    return result


def duckdb_type(field: Field) -> str:
    """The DuckDB type of a normalised field, nested types included."""
    base = _record_type(field["fields"]) if field["type"] == "RECORD" else _DUCKDB_TYPES[field["type"]]
    return f"{base}[]" if field["mode"] == "REPEATED" else base


def scalar_duckdb_type(name: str) -> str:
    """The DuckDB type for a scalar type name in either spelling; refuses what is unserved."""
    found = _DUCKDB_TYPES.get(type_name(name))
    if found is None:
        raise unserved(f"the type {name}")
    return found


def _record_type(fields: Sequence[Field]) -> str:
    return "STRUCT(" + ", ".join(f"{quoted(f['name'])} {duckdb_type(f)}" for f in fields) + ")"


def column_sql(field: Field) -> str:
    """A column of a CREATE TABLE statement."""
    required = " NOT NULL" if field["mode"] == "REQUIRED" else ""
    return f"{quoted(field['name'])} {duckdb_type(field)}{required}"


def described(description: Iterable[Sequence[Any]]) -> list[Field]:
    """The BigQuery schema of a DuckDB result, from its cursor's description."""
    return [field_of(column[0], column[1]) for column in description]


def field_of(name: str, kind: Any) -> Field:
    """The BigQuery field for a DuckDB column's name and type."""
    mode = "NULLABLE"
    if kind.id == "list":
        mode, kind = "REPEATED", kind.children[0][1]
    if kind.id == "struct":
        nested = [field_of(child, child_kind) for child, child_kind in kind.children]
        return {"name": name, "type": "RECORD", "mode": mode, "fields": nested}
    return {"name": name, "type": _scalar_name(str(kind)), "mode": mode}


def _scalar_name(text: str) -> str:
    if text.startswith(_NUMERIC_WIDTH) and int(text[len(_NUMERIC_WIDTH) : -1]) >= 9:  # noqa: PLR2004 - NUMERIC's scale
        return "NUMERIC"
    if text.startswith("DECIMAL("):
        return "FLOAT"  # an expression of bare literals, which are FLOAT64 in BigQuery
    found = _BIGQUERY_TYPES.get(text)
    if found is None:
        raise unserved(f"results of the engine's type {text}")
    return found


def changed_columns(old: Sequence[Field], new: Sequence[Field]) -> tuple[list[Field], list[str]]:
    """What an update of a schema does: columns to add, and columns no longer REQUIRED.

    Raises a 400 as BigQuery does for a column dropped, retyped, made stricter or added as REQUIRED.
    """
    known = {field["name"].lower(): field for field in new}
    relaxed: list[str] = []
    for field in old:
        after = known.pop(field["name"].lower(), None)
        if after is None:
            raise invalid(f"Provided Schema does not match Table. Field {field['name']} is missing in new schema")
        if _tightened_or_retyped(field, after, relaxed):
            raise invalid(f"Provided Schema does not match Table. Field {field['name']} has changed type or mode")
    for field in known.values():
        if field["mode"] == "REQUIRED":
            raise invalid(f"Provided Schema does not match Table. Cannot add required fields: {field['name']}")
    return list(known.values()), relaxed


def _tightened_or_retyped(old: Field, new: Field, relaxed: list[str]) -> bool:
    if old["mode"] == "REQUIRED" and new["mode"] == "NULLABLE":
        relaxed.append(old["name"])
        new = {**new, "mode": "REQUIRED"}
    return old["mode"] != new["mode"] or duckdb_type(old) != duckdb_type(new)
