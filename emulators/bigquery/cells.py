"""Rows on their way out: DuckDB's values as the `{"f": [{"v": …}]}` lines of BigQuery's answers.

A line is kept as the real client asks for it, with timestamps as microseconds since 1970 in text; another form of them
is made as the line leaves.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from emulators.bigquery.schema import Field

Encode = Callable[[Any], Any]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def lines_sql(sql: str, fields: Sequence[Field]) -> str | None:
    """The query that gives the other's rows as lines; None where a column is of a kind the engine words otherwise."""
    if any(field["mode"] == "REPEATED" or field["type"] not in _IN_SQL for field in fields):
        return None
    named = [f"c{number}" for number in range(len(fields))]
    cells = [_cell_sql(field, name) for field, name in zip(fields, named, strict=True)]
    line = """ || ',' || """.join(cells)
    return f"""SELECT '{{"f":[' || {line} || ']}}' FROM ({sql}) AS r({", ".join(named)})"""


def _cell_sql(field: Field, name: str) -> str:
    return f"""'{{"v":' || coalesce({_IN_SQL[field["type"]].format(name)}, 'null') || '}}'"""


def lines(rows: Iterable[Sequence[Any]], fields: Sequence[Field]) -> Iterator[bytes]:
    """The rows, as the engine's client gives them, as lines."""
    encoders = [_encoder(field) for field in fields]
    for row in rows:
        cells = [{"v": encode(value)} for encode, value in zip(encoders, row, strict=True)]
        yield orjson.dumps({"f": cells})


def on_the_wire(kept: Iterable[bytes], fields: Sequence[Field], format_options: Mapping[str, Any]) -> list[Any]:
    """The lines in an answer, for `orjson`; timestamps as `format_options` asks (seconds, microseconds or ISO 8601)."""
    form = _form(format_options)
    if form is None or not _timed(fields):
        return [orjson.Fragment(line) for line in kept]
    return [_retimed(orjson.loads(line), fields, form) for line in kept]


def _form(options: Mapping[str, Any]) -> Encode | None:
    """From microseconds as text; None where they are wanted."""
    if options.get("timestampOutputFormat") == "ISO8601_STRING":
        return lambda text: (_EPOCH + int(text) * _MICROSECOND).isoformat().replace("+00:00", "Z")
    if str(options.get("useInt64Timestamp", "")).lower() == "true":
        return None
    return lambda text: str(decimal.Decimal(int(text)).scaleb(-6))


def _timed(fields: Sequence[Field]) -> bool:
    return any(field["type"] == "TIMESTAMP" or _timed(field.get("fields", ())) for field in fields)


def _retimed(record: Mapping[str, Any], fields: Sequence[Field], form: Encode) -> dict[str, Any]:
    cells = zip(record["f"], fields, strict=True)
    return {"f": [{"v": _retimed_value(cell["v"], field, form)} for cell, field in cells]}


def _retimed_value(value: Any, field: Field, form: Encode) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [{"v": _retimed_value(item["v"], field, form)} for item in value]
    if field["type"] == "RECORD":
        return _retimed(value, field["fields"], form)
    return form(value) if field["type"] == "TIMESTAMP" else value


def _encoder(field: Field) -> Encode:
    encode = _record_encoder(field["fields"]) if field["type"] == "RECORD" else _SCALARS.get(field["type"], str)
    if field["mode"] == "REPEATED":
        return lambda values: [{"v": None if item is None else encode(item)} for item in values or []]
    return lambda value: None if value is None else encode(value)


def _record_encoder(fields: Sequence[Field]) -> Encode:
    encoders = [(field["name"], _encoder(field)) for field in fields]
    return lambda value: {"f": [{"v": encode(value[name])} for name, encode in encoders]}


def _numeric(value: decimal.Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _bytes(value: bytes) -> str:
    return base64.b64encode(value).decode()


_SCALARS: dict[str, Encode] = {
    "NUMERIC": _numeric,
    "FLOAT": lambda value: repr(float(value)),
    "BOOLEAN": lambda value: "true" if value else "false",
    "BYTES": _bytes,
    "DATE": lambda value: value.isoformat(),
    "DATETIME": lambda value: value.isoformat(),
    "TIME": lambda value: value.isoformat(),
    "TIMESTAMP": lambda value: str((value - _EPOCH) // _MICROSECOND),
}
_TEXT = "to_json(CAST({} AS VARCHAR))"
_IN_SQL = {
    "STRING": _TEXT,
    "JSON": _TEXT,
    "INTEGER": _TEXT,
    "BOOLEAN": _TEXT,
    "DATE": _TEXT,
    "NUMERIC": "to_json(regexp_replace(CAST({} AS VARCHAR), '\\.?0+$', ''))",
    "TIMESTAMP": "to_json(CAST(epoch_us({}) AS VARCHAR))",
}
"""By type, the cell as JSON in DuckDB's SQL: the same as the encoders' above."""
