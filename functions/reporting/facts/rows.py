"""A fact as rows of the typed tables: one of its own, and one for each entry of its lists."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from common.documents import canonical
from functions.reporting.facts.shapes import Fold, Leaf, Shape, shape_of
from functions.reporting.tables import RAW


class Told(NamedTuple):
    """A fact with what every row says of it; instants in ISO 8601."""

    name: str
    event_id: str
    occurred_at: str
    loaded_at: str
    fact: Mapping[str, Any]


class Row(NamedTuple):
    """A row on its way to a table; the same insert id is the same row."""

    table: str
    insert_id: str
    cells: dict[str, Any]


def typed_rows(told: Told) -> Iterator[Row]:
    """The rows of one fact, its own first; the same fact gives the same rows, but for when it was loaded."""
    shape = shape_of(told.name)
    head = {
        "event_id": told.event_id,
        "occurred_at": told.occurred_at,
        "loaded_at": told.loaded_at,
        "commit_id": told.event_id.partition(".")[0],
        "member_id": told.fact.get("member_id", ""),
    }
    yield Row(f"{RAW}.{shape.table}", told.event_id, {**head, **_cells(shape.leaves, told.fact)})
    for fold, table, beside in _tables(shape.name):
        repeated = {**head, **_cells(beside, told.fact)}
        for position, entry in enumerate(_entries(fold, told.fact)):
            cells = {**repeated, **_cells(fold.leaves, entry), "position": position}
            yield Row(table, f"{told.event_id}/{position}", cells)


@cache
def _tables(name: str) -> list[tuple[Fold, str, tuple[Leaf, ...]]]:
    shape: Shape = shape_of(name)
    return [(fold, f"{RAW}.{shape.table}_{fold.column}", shape.beside(fold)) for fold in shape.folds]


def _entries(fold: Fold, fact: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found = at(fact, fold.path)
    if not found:
        return ()
    return [{"key": key, "value": found[key]} for key in sorted(found)] if fold.keyed else found


def _cells(leaves: Sequence[Leaf], fact: Mapping[str, Any]) -> dict[str, Any]:
    return {leaf.column: _cell(leaf, fact) for leaf in leaves}


def _cell(leaf: Leaf, fact: Mapping[str, Any]) -> Any:
    value = at(fact, leaf.path, leaf.default)
    return canonical(value).decode() if leaf.listed and value is not None else value


def at(fact: Mapping[str, Any], path: Sequence[str], default: Any = None) -> Any:
    """What stands at a place in a fact; `default` where an older one lacks the last step, None where any other."""
    held: Any = fact
    for step in path[:-1]:
        held = held.get(step) if isinstance(held, Mapping) else None
        if not isinstance(held, Mapping) or held.keys() == {"personal"}:  # erased as a whole: nothing of it is known
            return None
    return held.get(path[-1], default)
