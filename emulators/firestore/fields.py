"""Field paths: reading, setting, removing and selecting the fields of a document, however deep."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from emulators.firestore.errors import invalid
from emulators.firestore.wire import Document, DocumentMessage, ValueMessage

Path = tuple[str, ...]

NAME: Final[Path] = ("__name__",)

_SEGMENT: Final = re.compile(r"`((?:[^`\\]|\\.)*)`|([^.`]+)")

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """The segments of a field path such as ``a.`b.c`.d``; refuses one that is not well formed."""
    segments, at = [], 0
    while True:
        match = _SEGMENT.match(text, at)
        if match is None:
            raise invalid(f"Invalid property path {text!r}")
        quoted, plain = match.groups()
        segments.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = match.end()
        if at == len(text):
            return tuple(segments)
        if text[at] != ".":
            raise invalid(f"Invalid property path {text!r}")
        at += 1


def path_text(path: Path) -> str:
    """A field path as it is written, quoted where it has to be."""
    return ".".join(each if _PLAIN.fullmatch(each) else "`" + re.sub(r"([`\\])", r"\\\1", each) + "`" for each in path)


def get_field(fields: Any, path: Path) -> ValueMessage | None:
    """The value at a path, or nothing."""
    value = fields.get(path[0])
    for segment in path[1:]:
        if value is None or not value.HasField("map_value"):
            return None
        value = value.map_value.fields.get(segment)
    return value


def set_field(fields: Any, path: Path, value: ValueMessage) -> None:
    """Puts a value at a path; what stands in the way of the path becomes a map."""
    for segment in path[:-1]:
        step = fields[segment]
        if not step.HasField("map_value"):
            step.map_value.SetInParent()
        fields = step.map_value.fields
    fields[path[-1]].CopyFrom(value)


def remove_field(fields: Any, path: Path) -> None:
    """Removes the value at a path, if there is one."""
    for segment in path[:-1]:
        step = fields.get(segment)
        if step is None or not step.HasField("map_value"):
            return
        fields = step.map_value.fields
    if path[-1] in fields:
        del fields[path[-1]]


def select_fields(document: DocumentMessage, paths: Iterable[Path]) -> DocumentMessage:
    """A copy of a document that holds only the fields at the given paths."""
    selected = Document(name=document.name, create_time=document.create_time, update_time=document.update_time)
    for path in paths:
        value = None if path == NAME else get_field(document.fields, path)
        if value is not None:
            set_field(selected.fields, path, value)
    return selected
