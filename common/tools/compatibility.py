"""Whether an event's schema may follow another: old facts stay readable, and new ones for old readers."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

Schema = Mapping[str, Any]
SCHEMAS: Final = Path(__file__).parents[2] / "common" / "events" / "schemas"
RELEASED: Final = SCHEMAS / "released"
"""The schemas as the last release told them, once there is one."""
_SAYS_NOTHING: Final = frozenset({"title", "description", "examples", "deprecated", "$defs", "$ref"})
_NESTED: Final = ("items", "additionalProperties", "contains", "not")
_LISTS: Final = ("anyOf", "allOf", "oneOf", "prefixItems")
_APART: Final = _SAYS_NOTHING | {"properties", "required", *_NESTED, *_LISTS}


def compatible(old: Schema, new: Schema) -> list[str]:
    """What of `new` breaks readers or facts of `old`, each with its place; empty where nothing does.

    A schema grows by optional fields and in no other way: a wider type breaks old readers, a narrower one old facts.
    """
    return list(_Comparison(old, new).faults(old, new, "", frozenset()))


def since_release(released: Path = RELEASED, present: Path = SCHEMAS) -> dict[str, list[str]]:
    """The faults of each schema that was released, by its file's name; one that is gone needs a later version."""
    found: dict[str, list[str]] = {}
    for file in sorted(released.glob("*.json")):
        following = present / file.name
        if following.exists():
            faults = compatible(orjson.loads(file.read_bytes()), orjson.loads(following.read_bytes()))
        else:
            faults = [] if _has_later(file.name, present) else ["/: was withdrawn"]
        if faults:
            found[file.name] = faults
    return found


def _has_later(name: str, present: Path) -> bool:
    event, version = _version(name)
    return any(told > version for other, told in map(_version, _names(present)) if other == event)


def _names(folder: Path) -> list[str]:
    return [file.name for file in folder.glob("*.json")]


def _version(name: str) -> tuple[str, int]:
    """`invoice.issued.v1.json` is version 1 of `invoice.issued`."""
    told = re.fullmatch(r"(.+)\.v(\d+)\.json", name)
    if told is None:
        raise ValueError(f"{name} is not named <event>.v<version>.json")
    return told[1], int(told[2])


class _Comparison:
    """Two whole schemas, whose parts refer to their definitions."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new

    def faults(self, old: Any, new: Any, place: str, above: frozenset[tuple[str, str]]) -> Iterator[str]:
        """The faults of one part; `above` are the references on the way to it, for schemas that contain themselves."""
        if not isinstance(old, Mapping) or not isinstance(new, Mapping):
            if old != new:
                yield f"{place or '/'}: {_told(old)} became {_told(new)}"
            return
        step = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if any(step):
            if step in above:
                return
            above |= {step}
        before, after = _resolved(old, self._old), _resolved(new, self._new)
        yield from _keywords(before, after, place)
        yield from self._properties(before, after, place, above)
        yield from self._parts(before, after, place, above)

    def _properties(self, old: Schema, new: Schema, place: str, above: frozenset[tuple[str, str]]) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name, schema in before.items():
            if name not in after:
                yield f"{place}/{name}: was removed"
                continue
            if (name in needed) != (name in needs):
                yield f"{place}/{name}: became {'required' if name in needs else 'optional'}"
            yield from self.faults(schema, after[name], f"{place}/{name}", above)
        yield from (f"{place}/{name}: is new and required" for name in sorted(needs - set(before)))

    def _parts(self, old: Schema, new: Schema, place: str, above: frozenset[tuple[str, str]]) -> Iterator[str]:
        for keyword in _NESTED:
            if keyword in old or keyword in new:
                yield from self.faults(old.get(keyword), new.get(keyword), f"{place}/{keyword}", above)
        for keyword in _LISTS:
            before, after = old.get(keyword, []), new.get(keyword, [])
            if len(before) != len(after):
                yield f"{place or '/'}: {keyword} had {len(before)} forms and has {len(after)}"
                continue
            for number, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from self.faults(one, other, f"{place}/{keyword}/{number}", above)


def _keywords(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for keyword in sorted((set(old) | set(new)) - _APART):
        if _order_free(keyword, old.get(keyword)) != _order_free(keyword, new.get(keyword)):
            yield f"{place or '/'}: {keyword} was {_told(old.get(keyword))} and is {_told(new.get(keyword))}"


def _order_free(keyword: str, value: Any) -> Any:
    return sorted(value, key=str) if keyword in {"enum", "type"} and isinstance(value, list) else value


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """A part with what it refers to; what stands beside a reference counts as well."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = whole
    for step in str(reference).removeprefix("#/").split("/"):
        found = found[step]
    return {**_resolved(found, whole), **{key: value for key, value in schema.items() if key != "$ref"}}


def _told(value: Any) -> str:
    return "nothing" if value is None else orjson.dumps(value).decode()
