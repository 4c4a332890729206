"""Protocol buffers from their source text, without a compiler: one file, proto2 or proto3, with one message on top."""

import re
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.message import DecodeError

from emulators.wire import invalid, not_served

_TOKEN = re.compile(
    r'\s*(?://[^\n]*|/\*.*?\*/|("(?:[^"\\]|\\.)*")|([A-Za-z_][\w.]*|\.[A-Za-z_][\w.]*)|(-?\d\w*)|(\S))', re.DOTALL
)
_SCALARS = frozenset(
    {
        "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "bytes", "uint32",
        "sfixed32", "sfixed64", "sint32", "sint64",
    }
)  # fmt: skip
_FIELD = descriptor_pb2.FieldDescriptorProto
_UNSERVED = frozenset({"import", "service", "extend", "extensions", "group"})


def reader(definition: str) -> "Reader":
    """What reads messages of this definition; INVALID_ARGUMENT where it is broken."""
    try:
        file = _Parser(definition).file()
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        top = pool.FindFileByName(file.name).message_types_by_name
    except (ValueError, KeyError, TypeError, IndexError) as fault:
        raise invalid(f"The protocol buffer definition is broken: {fault}") from fault
    if len(top) != 1:
        raise invalid("The protocol buffer definition must have exactly one message on top.")
    return Reader(message_factory.GetMessageClass(next(iter(top.values()))))


class Reader:
    """Reads messages of one type as plain values, in names as the definition has them."""

    def __init__(self, message: Any) -> None:
        self._message = message

    def json(self, data: bytes) -> Any:
        """A message in protobuf's JSON; ValueError where it doesn't follow the definition."""
        try:
            return _plain(json_format.Parse(data, self._message()))
        except json_format.ParseError as fault:
            raise ValueError(str(fault)) from fault

    def binary(self, data: bytes) -> Any:
        """A message on the wire; ValueError where it is none."""
        try:
            return _plain(self._message.FromString(data))
        except DecodeError as fault:
            raise ValueError(str(fault)) from fault


def _plain(message: Any) -> Any:
    if not message.IsInitialized():
        raise ValueError(f"required fields are missing: {message.FindInitializationErrors()}")
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


class _Parser:
    """A parser of the subset: messages, enums, nested ones, oneofs, maps, reserved; options are passed over."""

    def __init__(self, source: str) -> None:
        found = (next((part for part in match.groups() if part), "") for match in _TOKEN.finditer(source))
        self._tokens = [token for token in found if token]
        self._at = 0
        self._proto3 = False

    def file(self) -> Any:
        file = descriptor_pb2.FileDescriptorProto(name="schema.proto")
        while self._at < len(self._tokens):
            word = self._next()
            if word in _UNSERVED:
                raise not_served(f"`{word}` in a protocol buffer schema")
            if word == "syntax":
                self._expect("=")
                file.syntax = self._next().strip('"')
                self._proto3 = file.syntax == "proto3"
                self._expect(";")
            elif word == "package":
                file.package = self._next()
                self._expect(";")
            elif word == "message":
                self._message(file.message_type.add())
            elif word == "enum":
                self._enum(file.enum_type.add())
            elif word == "option":
                self._skip_to(";")
            elif word != ";":
                raise ValueError(f"nothing is known of {word!r}")
        return file

    def _message(self, message: Any) -> None:
        message.name = self._next()
        self._expect("{")
        while (word := self._next()) != "}":
            if word in _UNSERVED:
                raise not_served(f"`{word}` in a protocol buffer schema")
            if word == "message":
                self._message(message.nested_type.add())
            elif word == "enum":
                self._enum(message.enum_type.add())
            elif word == "oneof":
                self._oneof(message)
            elif word in {"option", "reserved"}:
                self._skip_to(";")
            elif word != ";":
                self._field(message, word)
        for field in message.field:
            if field.proto3_optional:
                message.oneof_decl.add(name=f"_{field.name}")
                field.oneof_index = len(message.oneof_decl) - 1

    def _oneof(self, message: Any) -> None:
        message.oneof_decl.add(name=self._next())
        place = len(message.oneof_decl) - 1
        self._expect("{")
        while (word := self._next()) != "}":
            self._field(message, word).oneof_index = place

    def _field(self, message: Any, word: str) -> Any:
        label, optional = _FIELD.LABEL_OPTIONAL, False
        if word in {"repeated", "optional", "required"}:
            label, optional = getattr(_FIELD, f"LABEL_{word.upper()}"), word == "optional"
            word = self._next()
        field = message.field.add(label=label)
        if word == "map":
            self._map(message, field)
        else:
            _typed(field, word)
            field.name = self._next()
        self._expect("=")
        field.number = int(self._next(), 0)
        if optional and self._proto3:
            field.proto3_optional = True
        self._skip_to(";")
        return field

    def _map(self, message: Any, field: Any) -> None:
        self._expect("<")
        key = self._next()
        self._expect(",")
        value = self._next()
        self._expect(">")
        field.name = self._next()
        field.label = _FIELD.LABEL_REPEATED
        entry = message.nested_type.add(name="".join(part.title() for part in field.name.split("_")) + "Entry")
        entry.options.map_entry = True
        for number, (name, kind) in enumerate((("key", key), ("value", value)), start=1):
            _typed(entry.field.add(name=name, number=number, label=_FIELD.LABEL_OPTIONAL), kind)
        field.type_name = entry.name

    def _enum(self, enum: Any) -> None:
        enum.name = self._next()
        self._expect("{")
        while (word := self._next()) != "}":
            if word in {"option", "reserved"}:
                self._skip_to(";")
            elif word != ";":
                self._expect("=")
                enum.value.add(name=word, number=int(self._next(), 0))
                self._skip_to(";")

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise ValueError(f"{token!r} is expected, not {found!r}")

    def _skip_to(self, token: str) -> None:
        while self._next() != token:
            pass


def _typed(field: Any, word: str) -> None:
    if word in _SCALARS:
        field.type = getattr(_FIELD, f"TYPE_{word.upper()}")
    else:
        field.type_name = word
