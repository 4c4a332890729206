"""Rows on their way in: insertAll's JSON checked against the table's schema before anything is written."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import decimal
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulators.bigquery.schema import Field

Cell = Any
Convert = Callable[[Any], Cell]

_INTEGER_LIMIT = 2**63
_NUMERIC_LIMIT = decimal.Decimal(10) ** 29
_NUMERIC_SCALE = 9
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


class RowRefused(Exception):
    """One row that cannot be stored: the column and BigQuery's sentence about it."""

    def __init__(self, location: str, message: str) -> None:
        super().__init__(message)
        self.location = location
        self.message = message

    def entry(self) -> dict[str, str]:
        """The entry of `insertErrors[].errors` for this row."""
        return {"reason": "invalid", "location": self.location, "debugInfo": "", "message": self.message}


class RowReader:
    """Turns JSON rows into text cells DuckDB can cast, in schema order; raises RowRefused for one it must not store."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._columns = [(field, _converter(field)) for field in fields]
        self._names = {field["name"].lower() for field in fields}

    def read(self, row: Any, *, ignore_unknown: bool = False, prefix: str = "") -> dict[str, Cell]:
        """The row's cells by column name; `ignore_unknown` drops what the schema does not know."""
        if not isinstance(row, Mapping):
            raise RowRefused(prefix.rstrip("."), f"This field: {prefix.rstrip('.') or 'row'} is not a record.")
        given = {str(name).lower(): value for name, value in row.items()}
        if not ignore_unknown and not given.keys() <= self._names:
            name = next(str(name) for name in row if str(name).lower() not in self._names)
            raise RowRefused(prefix + name, f"no such field: {prefix}{name}.")
        return {field["name"]: self._cell(field, convert, given, prefix) for field, convert in self._columns}

    @staticmethod
    def _cell(field: Field, convert: Convert, given: Mapping[str, Any], prefix: str) -> Cell:
        value = given.get(field["name"].lower())
        if value is None:
            if field["mode"] == "REQUIRED":
                raise RowRefused("", f"Missing required field: {prefix}{field['name']}.")
            return [] if field["mode"] == "REPEATED" else None
        try:
            return convert(value)
        except RowRefused as refused:
            inner = refused.location
            path = f"{prefix}{field['name']}" + (f".{inner}" if inner else "")
            raise RowRefused(path, refused.message) from None
        except (ValueError, TypeError, ArithmeticError, OverflowError) as error:
            raise RowRefused(prefix + field["name"], _sentence(field, value, error)) from None


def text_shape(fields: Sequence[Field]) -> dict[str, Any]:
    """The structure `from_json` reads the cells with: text everywhere, nested as the schema is."""
    return {field["name"]: _text_shape(field) for field in fields}


def _text_shape(field: Field) -> Any:
    shape = text_shape(field["fields"]) if field["type"] == "RECORD" else "VARCHAR"
    return [shape] if field["mode"] == "REPEATED" else shape


def _sentence(field: Field, value: Any, error: Exception) -> str:
    if isinstance(value, list) and field["mode"] != "REPEATED":
        return "Array specified for non-repeated field."
    shown = str(value) if isinstance(value, str) else json.dumps(value, default=str)
    detail = f" ({error})" if str(error) and isinstance(error, ValueError) else ""
    return f"Cannot convert value to {field['type'].lower()} (bad value): {shown}{detail}"


def _converter(field: Field) -> Convert:
    convert = RowReader(field["fields"]).read if field["type"] == "RECORD" else _CONVERTERS[field["type"]]
    return _each(convert) if field["mode"] == "REPEATED" else convert


def _each(convert: Convert) -> Convert:
    def convert_list(value: Any) -> list[Cell]:
        if not isinstance(value, list):
            raise RowRefused("", "This field is repeated; a list was expected.")
        if any(item is None for item in value):
            raise RowRefused("", "Only optional fields can be set to NULL; an array holds none.")
        return [convert(item) for item in value]

    return convert_list


def _integer(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    if isinstance(value, float) and not value.is_integer():
        raise ValueError("it has a fraction")
    number = int(value)
    if not -_INTEGER_LIMIT <= number < _INTEGER_LIMIT:
        raise ValueError("it is out of range")
    return str(number)


def _float(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    number = float(value)
    if math.isnan(number):
        return "nan"
    return repr(number)


def _numeric(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    number = decimal.Decimal(str(value))
    if not number.is_finite() or abs(number) >= _NUMERIC_LIMIT:
        raise ValueError("it is out of range")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_NUMERIC_SCALE and number % decimal.Decimal("1e-9"):
        raise ValueError("NUMERIC keeps nine places")
    return f"{number:f}"


def _boolean(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower()
    raise TypeError


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise TypeError
    return str(value)


def _bytes(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    try:
        raw = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("it is not base64") from None
    return "".join(f"\\x{byte:02X}" for byte in raw)


def _date(value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise TypeError
    year, month, day = map(int, value.split("-"))
    return dt.date(year, month, day).isoformat()


def _timestamp(value: Any) -> str:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, (int, float)):
        moment = dt.datetime.fromtimestamp(value, dt.UTC)
    else:
        moment = dt.datetime.fromisoformat(_zoned(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).isoformat()


def _zoned(value: str) -> str:
    text = value.strip()
    return text[:-4] + "+00:00" if text.upper().endswith(" UTC") else text


def _datetime(value: Any) -> str:
    moment = dt.datetime.fromisoformat(value.rstrip("Z"))
    if moment.tzinfo:
        raise ValueError("a DATETIME has no zone")
    return moment.isoformat(" ")


def _time(value: Any) -> str:
    return dt.time.fromisoformat(value).isoformat()


def _json(value: Any) -> str:
    if isinstance(value, str):
        json.loads(value)
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    raise TypeError


_CONVERTERS: dict[str, Convert] = {
    "INTEGER": _integer,
    "FLOAT": _float,
    "NUMERIC": _numeric,
    "BOOLEAN": _boolean,
    "STRING": _string,
    "BYTES": _bytes,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
    "DATETIME": _datetime,
    "TIME": _time,
    "JSON": _json,
}
