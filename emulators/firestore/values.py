"""Values as Firestore compares them: one total order over all types, and the size each takes."""

import math
from collections.abc import Callable
from typing import Any, Final

from emulators.firestore.wire import DocumentMessage, ValueMessage

Key = tuple[Any, ...]
"""A hashable stand-in for a value: keys compare and equal as Firestore compares the values.
The first element is the rank of the value's type."""

NULL, BOOLEAN, NUMBER, TIMESTAMP, STRING, BYTES, REFERENCE, GEO_POINT, ARRAY, VECTOR, MAP = range(11)

NULL_KEY: Final[Key] = (NULL,)
# Of the Enterprise edition's types only these two are ordered as there; the others compare as maps.
_EXTREMES: Final[dict[str, Key]] = {"__min__": (NULL + 0.5,), "__max__": (MAP + 1,)}
NAN_KEY: Final[Key] = (NUMBER, 0)


def value_key(value: ValueMessage) -> Key:
    """The key of a value; a value without a type compares as null."""
    kind = value.WhichOneof("value_type")
    return _KEYS[kind](value) if kind in _KEYS else NULL_KEY


def name_key(name: str) -> tuple[str, ...]:
    """Orders resource names segment by segment, numeric ids (``__id7__``) before all others."""
    segments = tuple(name.split("/"))
    return tuple(map(_segment_key, segments)) if "__id" in name else segments


def _segment_key(segment: str) -> str:
    digits = segment[4:-2]
    if segment.startswith("__id") and segment.endswith("__") and digits.lstrip("-").isdigit():
        return f"\0{int(digits) + 2**63:020d}"
    return segment


def _double_key(value: ValueMessage) -> Key:
    number = value.double_value
    return NAN_KEY if math.isnan(number) else (NUMBER, 1, number)


def _map_key(value: ValueMessage) -> Key:
    fields = value.map_value.fields
    kind = fields.get("__type__")
    if kind is not None and kind.string_value == "__vector__":
        parts = fields["value"].array_value.values
        return (VECTOR, len(parts), tuple(map(value_key, parts)))
    if len(fields) == 1 and (extreme := _EXTREMES.get(next(iter(fields)))):
        return extreme
    return (MAP, tuple(sorted((name, value_key(inner)) for name, inner in fields.items())))


_KEYS: Final[dict[str, Callable[[ValueMessage], Key]]] = {
    "null_value": lambda _: NULL_KEY,
    "boolean_value": lambda v: (BOOLEAN, v.boolean_value),
    "integer_value": lambda v: (NUMBER, 1, v.integer_value),
    "double_value": _double_key,
    "timestamp_value": lambda v: (TIMESTAMP, v.timestamp_value.seconds, v.timestamp_value.nanos),
    "string_value": lambda v: (STRING, v.string_value),
    "bytes_value": lambda v: (BYTES, v.bytes_value),
    "reference_value": lambda v: (REFERENCE, name_key(v.reference_value)),
    "geo_point_value": lambda v: (GEO_POINT, v.geo_point_value.latitude, v.geo_point_value.longitude),
    "array_value": lambda v: (ARRAY, tuple(map(value_key, v.array_value.values))),
    "map_value": _map_key,
}


def element_keys(value: ValueMessage | None) -> tuple[Key, ...]:
    """The keys of an array's elements; nothing for any other value."""
    if value is None or not value.HasField("array_value"):
        return ()
    return tuple(map(value_key, value.array_value.values))


# Bytes a value takes, as the service's documentation counts them.
_FIXED_SIZES: Final = {
    "null_value": 1,
    "boolean_value": 1,
    "integer_value": 8,
    "double_value": 8,
    "timestamp_value": 8,
    "geo_point_value": 16,
}


def _text_size(text: str) -> int:
    return len(text.encode()) + 1


def value_size(value: ValueMessage) -> int:
    """Bytes a value takes."""
    kind = value.WhichOneof("value_type")
    if kind == "string_value":
        return _text_size(value.string_value)
    if kind == "bytes_value":
        return len(value.bytes_value)
    if kind == "reference_value":
        return name_size(value.reference_value)
    if kind == "array_value":
        return sum(map(value_size, value.array_value.values))
    if kind == "map_value":
        return fields_size(value.map_value.fields)
    return _FIXED_SIZES.get(kind, 1)


def fields_size(fields: Any) -> int:
    """Bytes the fields take with their names."""
    return sum(_text_size(name) + value_size(value) for name, value in fields.items())


def name_size(name: str) -> int:
    """Bytes a document's name takes: its path below the database plus a fixed sixteen."""
    return sum(map(_text_size, name.split("/")[5:])) + 16


def document_size(document: DocumentMessage) -> int:
    """Bytes a document counts against the limit of one mebibyte."""
    return name_size(document.name) + fields_size(document.fields) + 32
