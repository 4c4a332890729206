"""Rows on their way out: DuckDB's values as the `{"f": [{"v": …}]}` cells of BigQuery's answers."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from emulators.bigquery.schema import Field

Encode = Callable[[Any], Any]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def rows_on_the_wire(
    rows: Iterable[Sequence[Any]], fields: Sequence[Field], format_options: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The rows in REST form; timestamps as `format_options` asks (seconds, microseconds or ISO 8601)."""
    encoders = [_encoder(field, _timestamp_encoder(format_options)) for field in fields]
    return [{"f": [{"v": encode(value)} for encode, value in zip(encoders, row, strict=True)]} for row in rows]


def _encoder(field: Field, timestamp: Encode) -> Encode:
    if field["type"] == "RECORD":
        encode = _record_encoder(field["fields"], timestamp)
    else:
        encode = timestamp if field["type"] == "TIMESTAMP" else _SCALARS.get(field["type"], str)
    if field["mode"] == "REPEATED":
        return lambda values: [{"v": None if item is None else encode(item)} for item in values or []]
    return lambda value: None if value is None else encode(value)


def _record_encoder(fields: Sequence[Field], timestamp: Encode) -> Encode:
    encoders = [(field["name"], _encoder(field, timestamp)) for field in fields]
    return lambda value: {"f": [{"v": encode(value[name])} for name, encode in encoders]}


def _timestamp_encoder(options: Mapping[str, Any]) -> Encode:
    if options.get("timestampOutputFormat") == "ISO8601_STRING":
        return lambda value: value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if str(options.get("useInt64Timestamp", "")).lower() == "true":
        return lambda value: str((value - _EPOCH) // _MICROSECOND)
    return lambda value: _seconds((value - _EPOCH) // _MICROSECOND)


def _seconds(microseconds: int) -> str:
    return str(decimal.Decimal(microseconds).scaleb(-6))


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
}
