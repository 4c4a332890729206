"""Avro, as far as messages need it: the schema's own rules, its JSON encoding and its binary one."""

import json
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulators.wire import invalid

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INTS = {"int": 31, "long": 63}
_PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})


def reader(definition: str) -> "Reader":
    """What reads messages of this schema; INVALID_ARGUMENT where it is none, or where it isn't a record."""
    try:
        found = Reader(json.loads(definition))
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise invalid(f"The Avro definition is broken: {fault}") from fault
    if found.kind(found.root) != "record":
        raise invalid("The Avro definition must be a record.")
    return found


@dataclass
class Named:
    """A record, an enum or a fixed."""

    kind: str
    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    symbols: list[str] = field(default_factory=list)
    size: int = 0


class Reader:
    """Reads messages: unions are unwrapped, bytes are bytes, so that values are plain."""

    def __init__(self, schema: Any) -> None:
        self._named: dict[str, Named] = {}
        self.root = self._type(schema, "")

    # -- the schema ------------------------------------------------------------------------------------

    def _type(self, schema: Any, space: str) -> Any:
        """A primitive's name, a named type, or ("array" | "map", items) or ("union", branches)."""
        if isinstance(schema, list):
            return self._union([self._type(one, space) for one in schema])
        if isinstance(schema, str):
            return schema if schema in _PRIMITIVES else self._known(schema, space)
        kind = schema["type"]
        if kind in {"record", "enum", "fixed"}:
            return self._define(kind, schema, space)
        if kind == "array":
            return ("array", self._type(schema["items"], space))
        if kind == "map":
            return ("map", self._type(schema["values"], space))
        return self._type(kind, space)

    def _union(self, branches: list[Any]) -> Any:
        names = [self.label(branch) for branch in branches]
        if len(set(names)) < len(names) or "union" in names:
            raise ValueError(f"a union can't hold {', '.join(names)}")
        return ("union", branches)

    def _known(self, name: str, space: str) -> Named:
        for full in (name, f"{space}.{name}"):
            if full in self._named:
                return self._named[full]
        raise ValueError(f"there is no type {name!r}")

    def _define(self, kind: str, schema: Mapping[str, Any], space: str) -> Named:
        space, _, short = (
            schema["name"].rpartition(".")
            if "." in schema["name"]
            else (schema.get("namespace", space), "", schema["name"])
        )
        if not _NAME.fullmatch(short):
            raise ValueError(f"{short!r} is no name")
        made = Named(kind, f"{space}.{short}".lstrip("."))
        if made.name in self._named:
            raise ValueError(f"{made.name} is defined twice")
        self._named[made.name] = made
        if kind == "enum":
            made.symbols = [_named(symbol) for symbol in schema["symbols"]]
        elif kind == "fixed":
            made.size = int(schema["size"])
        else:
            self._fields(made, schema["fields"], space)
        return made

    def _fields(self, made: Named, fields: list[Mapping[str, Any]], space: str) -> None:
        for one in fields:
            name = _named(one["name"])
            if name in made.fields:
                raise ValueError(f"field {name!r} is there twice")
            made.fields[name] = self._type(one["type"], space)
            if "default" in one:
                made.defaults[name] = one["default"]

    def kind(self, schema: Any) -> str:
        """`record`, `array`, `string` and so on."""
        if isinstance(schema, Named):
            return schema.kind
        return schema if isinstance(schema, str) else str(schema[0])

    def label(self, schema: Any) -> str:
        """What a union's JSON calls the branch."""
        return schema.name if isinstance(schema, Named) else self.kind(schema)

    # -- JSON ------------------------------------------------------------------------------------------

    def json(self, data: bytes) -> Any:
        """A message in Avro's JSON encoding; ValueError where it doesn't follow the schema."""
        return self._from_json(self.root, json.loads(data), "message")

    def _from_json(self, schema: Any, value: Any, path: str) -> Any:
        read: Callable[[Any, Any, str], Any] = getattr(self, f"_json_{self.kind(schema)}", self._json_primitive)
        return read(schema, value, path)

    def _json_primitive(self, schema: str, value: Any, path: str) -> Any:
        good = {
            "null": value is None,
            "boolean": isinstance(value, bool),
            "string": isinstance(value, str),
            "bytes": isinstance(value, str),
            "float": _number(value),
            "double": _number(value),
        }
        bits = _INTS.get(schema)
        if not (_fits(value, bits) if bits else good[schema]):
            raise ValueError(f"{path} is no {schema}: {value!r}")
        return value.encode("latin-1") if schema == "bytes" else value

    def _json_record(self, schema: Named, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"{path} is no record {schema.name}")
        unknown = value.keys() - schema.fields.keys()
        missing = schema.fields.keys() - value.keys()
        if unknown or missing:
            raise ValueError(f"{path} lacks {sorted(missing)} and has the unknown {sorted(unknown)}")
        return {name: self._from_json(of, value[name], f"{path}.{name}") for name, of in schema.fields.items()}

    def _json_enum(self, schema: Named, value: Any, path: str) -> Any:
        if value not in schema.symbols:
            raise ValueError(f"{path} is none of {', '.join(schema.symbols)}: {value!r}")
        return value

    def _json_fixed(self, schema: Named, value: Any, path: str) -> Any:
        if not isinstance(value, str) or len(value.encode("latin-1")) != schema.size:
            raise ValueError(f"{path} does not have {schema.size} bytes")
        return value.encode("latin-1")

    def _json_array(self, schema: Any, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise TypeError(f"{path} is no array")
        return [self._from_json(schema[1], one, f"{path}[{number}]") for number, one in enumerate(value)]

    def _json_map(self, schema: Any, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"{path} is no map")
        return {key: self._from_json(schema[1], one, f"{path}.{key}") for key, one in value.items()}

    def _json_union(self, schema: Any, value: Any, path: str) -> Any:
        branches = {self.label(branch): branch for branch in schema[1]}
        if value is None and "null" in branches:
            return None
        if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in branches:
            raise ValueError(f"{path} must be null or one of {{type: value}} with {', '.join(branches)}")
        ((label, inner),) = value.items()
        return self._from_json(branches[label], inner, path)

    # -- binary ----------------------------------------------------------------------------------------

    def binary(self, data: bytes) -> Any:
        """A message in Avro's binary encoding; ValueError where it doesn't follow the schema."""
        source = _Bytes(data)
        value = self._from_binary(self.root, source)
        if source.left():
            raise ValueError(f"{source.left()} bytes too many")
        return value

    def _from_binary(self, schema: Any, source: "_Bytes") -> Any:  # noqa: PLR0911 - one return a type
        match self.kind(schema):
            case "record":
                return {name: self._from_binary(of, source) for name, of in schema.fields.items()}
            case "enum":
                return schema.symbols[source.index(len(schema.symbols))]
            case "fixed":
                return source.take(schema.size)
            case "union":
                return self._from_binary(schema[1][source.index(len(schema[1]))], source)
            case "array":
                return [self._from_binary(schema[1], source) for _ in source.blocks()]
            case "map":
                return {source.text(): self._from_binary(schema[1], source) for _ in source.blocks()}
            case primitive:
                return source.primitive(primitive)


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        if not 0 <= size <= self.left():
            raise ValueError("the message ends too early")
        self._at += size
        return self._data[self._at - size : self._at]

    def long(self) -> int:
        """A zig-zag number of variable length."""
        shift, found = 0, 0
        while True:
            byte = self.take(1)[0]
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
                return (found >> 1) ^ -(found & 1)

    def index(self, size: int) -> int:
        found = self.long()
        if not 0 <= found < size:
            raise ValueError(f"{found} is not between 0 and {size - 1}")
        return found

    def text(self) -> str:
        return self.take(self.long()).decode()

    def blocks(self) -> Any:
        """One turn for each item of an array or map."""
        while count := self.long():
            if count < 0:
                self.long()
            yield from range(abs(count))

    def primitive(self, kind: str) -> Any:
        match kind:
            case "null":
                return None
            case "boolean":
                return bool(self.index(2))
            case "float" | "double":
                pattern = "<f" if kind == "float" else "<d"
                return struct.unpack(pattern, self.take(struct.calcsize(pattern)))[0]
            case "bytes":
                return self.take(self.long())
            case "string":
                return self.text()
        found = self.long()
        if not _fits(found, _INTS[kind]):
            raise ValueError(f"{found} is no {kind}")
        return found


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name")
    return name


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fits(value: Any, bits: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(1 << bits) <= value < 1 << bits
