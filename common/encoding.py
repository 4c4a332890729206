"""A commit's documents, events and tasks as JSON values, each long list of plain values encoded once for all of them.

An invoice's lines stand in the invoice, in its after-image in the commit record and in the event that tells of it, and
they are most of what a billing run writes. The bytes are those that the plain way would give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

import orjson
from pydantic import BaseModel

from common.documents import PERSONAL, canonical, shape_of

PLAIN: Final = frozenset({str, int, bool, date, NoneType})
"""What orjson writes as pydantic does."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a class holds lists that are encoded on their own."""

    flat: tuple[tuple[str, type[BaseModel]], ...]
    """Fields that are tuples of such values, and of which class."""
    inner: tuple[tuple[str, "Plan"], ...]
    """Fields that are tuples of what holds such lists."""
    apart: dict[str, Any]
    """The same as pydantic wants it told, to leave them out."""


class Encoding:
    """What one commit encodes; a list that several of its facts hold is encoded with the first of them."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, orjson.Fragment, bytes]] = {}
        self._folded: list[tuple[dict[str, Any], str, bytes]] = []

    def body(self, model: BaseModel, *, unfolds: bool = False) -> dict[str, Any]:
        """A model as JSON values, its lists of plain values as fragments; those of one that `unfolds` until then."""
        plan = plan_of(type(model))
        body: dict[str, Any] = model.__pydantic_serializer__.to_python(
            model, mode="json", exclude=plan.apart if plan else None
        )
        if plan:
            self._fill(plan, model, body, unfolds=unfolds)
        return body

    def unfold(self) -> None:
        """Puts plain lists in the place of fragments, for whoever goes on with the values themselves."""
        for body, name, encoded in self._folded:
            body[name] = orjson.loads(encoded)
        self._folded.clear()

    def _fill(self, plan: Plan, model: BaseModel, body: dict[str, Any], *, unfolds: bool) -> None:
        for name, kind in plan.flat:
            held = getattr(model, name)
            if any(type(one) is not kind for one in held):  # a subclass: only pydantic knows how it is told
                body[name] = [one.model_dump(mode="json") for one in held]
                continue
            body[name], encoded = self._encoded(held)
            if unfolds:
                self._folded.append((body, name, encoded))
        for name, inner in plan.inner:
            for one, its in zip(getattr(model, name), body[name], strict=True):
                self._fill(inner, one, its, unfolds=unfolds)

    def _encoded(self, held: Sequence[BaseModel]) -> tuple[orjson.Fragment, bytes]:
        known = self._known.get(id(held))
        if known is None:
            encoded = flat_json(held)
            # The list is kept with it: while it lives, nothing else has its identity.
            known = self._known[id(held)] = (held, orjson.Fragment(encoded), encoded)
        return known[1:]


def flat_json(held: Sequence[BaseModel]) -> bytes:
    """Values of a flat class as canonical JSON."""
    return canonical([one.__dict__ for one in held])


@cache
def plan_of(kind: type[BaseModel]) -> Plan | None:
    """Where a class holds lists of flat values, None where it holds none; found once, from its declarations."""
    flat: dict[str, type[BaseModel]] = {}
    inner: dict[str, Plan] = {}
    for name, model in _lists(kind):
        if is_flat(model):
            flat[name] = model
        elif (plan := plan_of(model)) is not None and not _is_one_value(model):
            inner[name] = plan
    apart: dict[str, Any] = dict.fromkeys(flat, True) | {n: {"__all__": plan.apart} for n, plan in inner.items()}
    return Plan(tuple(flat.items()), tuple(inner.items()), apart) if apart else None


@cache
def is_flat(kind: type[BaseModel]) -> bool:
    """Whether a value of that class is told by its fields as they are: text, whole numbers and days, none personal."""
    told_otherwise = kind.__pydantic_decorators__.field_serializers or kind.__pydantic_decorators__.model_serializers
    fields = kind.model_fields.values()
    return (
        not (told_otherwise or kind.model_computed_fields or kind.model_config.get("extra") == "allow")
        and shape_of(kind) is None
        and all(_is_plain(field.annotation) and not field.exclude and not field.alias for field in fields)
    )


def _is_plain(annotation: Any) -> bool:
    if get_origin(annotation) is Literal:
        return all(type(one) in PLAIN for one in get_args(annotation))
    parts = get_args(annotation)
    return all(_is_plain(part) for part in parts) if parts else annotation in PLAIN


def _is_one_value(kind: type[BaseModel]) -> bool:
    """It has a personal field of its own: then it stands beside the record as a whole (`common.documents`)."""
    shape = shape_of(kind)
    return shape is not None and bool(shape.leaves)


def _lists(kind: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """The fields that are tuples of a class, and of which; those that are personal are left to who puts them aside."""
    found = []
    for name, field in kind.model_fields.items():
        model, *rest = get_args(field.annotation) or (None,)
        personal = isinstance(field.json_schema_extra, dict) and PERSONAL in field.json_schema_extra
        if get_origin(field.annotation) is tuple and rest == [...] and _is_model(model) and not personal:
            found.append((name, model))
    return found


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
