"""Documents: frozen facts with an id, a version and the head of their hash chain; and what in them is personal."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple, Self, TypeVar, get_args, get_origin

import orjson
from pydantic import BaseModel, Field

from common.values import Exact

M = TypeVar("M", bound=BaseModel)

PERSONAL: Final = "x-personal"
"""A field whose JSON Schema says so is personal data; the word's value is what stands there after erasure.

`false` says of a whole object that nothing in it is personal: a company's own address, for instance.
"""


class Document(Exact):
    """A frozen document of one area.

    A subclass names its `collection` (plural noun, one owner) and the fields that are `indexed`: those alone
    can be selected by. `version` counts its commits from 1; `head` is the hash of the commit record that wrote
    it last. Both are set by the transaction, never by a handler. `about` is the field that names the member whose
    personal data it holds.
    """

    collection: ClassVar[str] = ""
    indexed: ClassVar[tuple[str, ...]] = ()
    about: ClassVar[str] = "member_id"

    id: str
    version: int = 0
    head: str = Field(default="", exclude=True)

    def but(self, **changes: Any) -> Self:
        """The same document with some fields changed; the changes are validated."""
        unchecked = self.model_copy(update=changes)
        type(self).__pydantic_validator__.validate_python(dict(unchecked.__dict__))
        return unchecked

    def forgotten(self) -> Self:
        """The same document without any personal data; itself where it has none."""
        changes = _forgetting(self)
        return self.but(**changes) if changes else self


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a class holds personal data."""

    about: str
    """The field that names the member it belongs to; empty where the class does not know."""
    leaves: tuple[tuple[str, Any], ...]
    """Fields that are personal, and what stands there after erasure."""
    inner: tuple[tuple[str, "Shape"], ...]
    """Fields that hold such a class, or a list of them."""


class Spot(NamedTuple):
    """One personal value in a body of plain JSON values: whose, and where."""

    member: str
    path: str
    holder: Any
    key: Any
    value: Any


@cache
def shape_of(kind: type[BaseModel]) -> Shape | None:
    """Where a class holds personal data, None where it holds none; found once, from the declarations of its fields."""
    fields = kind.model_fields
    said = {name: _said(field) for name, field in fields.items()}
    leaves = [(name, instead) for name, instead in said.items() if instead not in (None, False)]
    inner = [
        (name, shape)
        for name, field in fields.items()
        if said[name] is None
        for model in _models(field.annotation)
        if (shape := shape_of(model)) is not None
    ]
    about = getattr(kind, "about", "member_id")
    return Shape(about if about in fields else "", tuple(leaves), tuple(inner)) if leaves or inner else None


def note_spots(found: list[Spot], shape: Shape, body: dict[str, Any], where: str, member: str = "") -> None:
    """Adds every personal value of a body of that shape to `found`; an empty one tells nothing and is left out.

    An object inside that has a personal field of its own (a buyer, an address) is one value as a whole.
    """
    if shape.about:
        member = body[shape.about] or member
    for name, _ in shape.leaves:
        if value := body[name]:
            found.append(Spot(member, where + name, body, name, value))
    for name, inner in shape.inner:
        held = body[name]
        if isinstance(held, dict):
            _note(found, inner, body, name, where, member)
        elif held:
            for number in range(len(held)):
                _note(found, inner, held, number, f"{where}{name}/", member)


def _note(found: list[Spot], shape: Shape, holder: Any, key: Any, where: str, member: str) -> None:
    value = holder[key]
    if shape.leaves:
        whose = (value[shape.about] if shape.about else "") or member
        found.append(Spot(whose, f"{where}{key}", holder, key, value))
    else:
        note_spots(found, shape, value, f"{where}{key}/", member)


@cache
def lists_of(kind: type[Document]) -> frozenset[str]:
    """The fields that are lists, from their annotations: a selection asks what they contain."""
    return frozenset(n for n, f in kind.model_fields.items() if get_origin(f.annotation) in {tuple, list})


def _said(field: Any) -> Any:
    extra = field.json_schema_extra
    return extra.get(PERSONAL) if isinstance(extra, dict) else None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        for model in _models(inner):
            if get_origin(annotation) is dict and shape_of(model) is not None:
                raise TypeError(f"personal data can't be found below a dictionary: {annotation}")
            yield model


def _forgetting(model: BaseModel) -> dict[str, Any]:
    shape = shape_of(type(model))
    if shape is None:
        return {}
    changes = {name: instead for name, instead in shape.leaves if getattr(model, name) not in ("", None, instead)}
    for name, _ in shape.inner:
        held = getattr(model, name)
        after = tuple(map(_without, held)) if isinstance(held, tuple) else _without(held)
        if after != held:
            changes[name] = after
    return changes


def _without(model: M) -> M:
    changes = _forgetting(model) if isinstance(model, BaseModel) else {}
    return model.model_copy(update=changes) if changes else model


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no white space, UTF-8 (RFC 8785 for strings, integers, booleans and null)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def id_from(prefix: str, *causes: str) -> str:
    """An id that the same causes always give: `inv_` and 26 hex digits of their hash."""
    digest = hashlib.sha256("\x1f".join(causes).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{prefix}_{digest[:26]}"
