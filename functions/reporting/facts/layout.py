"""The typed tables and the views over them as data: columns, partitions, clusters, what each of them means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.events import every_event
from functions.reporting.facts import said
from functions.reporting.facts.shapes import Fold, Leaf, Shape, shape_of
from functions.reporting.tables import CORE, RAW, Column, column

YET_TO_COME: Final = frozenset({"act_by", "collect_on", "due_on", "pay_by"})
"""Days that say when something is to happen, not when it did: no table is split by them."""
MOST_CLUSTERED: Final = 4
BEGINNING: Final = {"DATE": "DATE '2000-01-01'", "TIMESTAMP": "TIMESTAMP '2000-01-01 00:00:00+00'"}

_HEAD: Final = (
    column("event_id", "STRING", "Unique id of the fact: its commit and its place in it."),
    column("occurred_at", "TIMESTAMP", "When it was committed, in UTC."),
    column("loaded_at", "TIMESTAMP", "When the row came in, in UTC."),
    column("commit_id", "STRING", "The commit record that proves it."),
    column("member_id", "STRING", "The member it is about; empty where it is about none or many."),
)
_POSITION: Final = column("position", "INTEGER", "Its place in the list, from 0.")


@dataclass(frozen=True, slots=True)
class Table:
    """A typed table: an event's own, or that of one of its lists."""

    name: str
    description: str
    columns: tuple[Column, ...]
    split: str
    """The column it is partitioned by, a day each."""
    clustering: tuple[str, ...]
    key: tuple[str, ...]
    """What tells one row from another."""

    @property
    def split_type(self) -> str:
        """DATE or TIMESTAMP."""
        return next(one["type"] for one in self.columns if one["name"] == self.split)

    def definition(self) -> dict[str, Any]:
        """The table that rows are appended to."""
        return {
            "kind": "table",
            "dataset": RAW,
            "name": self.name,
            "description": f"{self.description} As loaded, possibly twice: read {CORE}.{self.name}.",
            "schema": self.columns,
            "partitioning": {"type": "DAY", "field": self.split},
            "require_partition_filter": True,
            "clustering": list(self.clustering),
        }

    def once(self, project: str) -> dict[str, Any]:
        """The view that shows each row exactly once."""
        return {
            "kind": "view",
            "dataset": CORE,
            "name": self.name,
            "description": f"{self.description} Each exactly once.",
            "query": self._query(f"`{project}.{RAW}.{self.name}`"),
            "schema": self.columns,
        }

    def _query(self, source: str) -> str:
        """Names are quoted: an event may call a field as SQL calls a word of its own (`by`)."""
        named = ", ".join(f"`{one['name']}`" for one in self.columns)
        rows = f"FROM {source}\nWHERE {self.split} >= {BEGINNING[self.split_type]}"
        return (
            _of_list(named, rows, self._first()) if "position" in self.key else _of_events(named, rows, self._first())
        )

    def _first(self) -> str:
        """Readers' filters on the day reach the partitions, for the day is part of what rows are told apart by."""
        key = ", ".join(dict.fromkeys((self.split, *self.key)))
        return f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY loaded_at) = 1"


def _of_events(named: str, rows: str, first: str) -> str:
    return f"SELECT {named}\n{rows}\n{first}"


def _of_list(named: str, rows: str, first: str) -> str:
    """Only the lists of which a row is there twice, or not yet, are sorted: a tenth of the time where most are whole.

    A list's rows are written from the first on, so it is whole and once where it has as many as its last one's place.
    """
    whole = "COUNT(*) = MAX(position) + 1 AND 2 * SUM(position) = COUNT(*) * (COUNT(*) - 1)"
    torn = f"SELECT event_id\n{rows}\nGROUP BY event_id\nHAVING NOT ({whole})"
    parts = (
        f"WITH torn AS (\n{torn}\n)",
        f"SELECT {named}\n{rows} AND event_id NOT IN (SELECT event_id FROM torn)",  # noqa: S608 - names of our own
        "UNION ALL",
        f"SELECT {named}\n{rows} AND event_id IN (SELECT event_id FROM torn)",  # noqa: S608 - names of our own
        first,
    )
    return "\n".join(parts)


def tables() -> list[Table]:
    """Every typed table, in order of the events' names; a list's after its event's."""
    return [table for name in every_event() for table in tables_of(name)]


def tables_of(name: str) -> Iterator[Table]:
    """The tables of one event: its own, then those of its lists."""
    shape = shape_of(name)
    told = _sentence(every_event()[name].__doc__)
    split = _split(shape)
    yield Table(
        shape.table,
        f"{name}: {told}",
        (*_HEAD, *map(_column, shape.leaves)),
        split,
        _clustering(shape.leaves),
        ("event_id",),
    )
    for fold in shape.folds:
        yield _list(shape, fold, split)


def _list(shape: Shape, fold: Fold, split: str) -> Table:
    beside = shape.beside(fold)
    leaves = (*fold.leaves, *beside)
    head, *rest = _HEAD
    own = {leaf.column for leaf in fold.leaves}
    kept = [one for one in rest if one["name"] not in own]
    return Table(
        f"{shape.table}_{fold.column}",
        f"{'.'.join(fold.path)} of {shape.name}, a row each. {said.of_fold(fold)}".strip(),
        (head, _POSITION, *kept, *map(_column, leaves)),
        "occurred_at" if split in own else split,
        _clustering(leaves),
        ("event_id", "position"),
    )


def _column(leaf: Leaf) -> Column:
    return column(leaf.column, leaf.kind, said.of_leaf(leaf), mode="NULLABLE")


def _split(shape: Shape) -> str:
    """The day of business, where every such fact has one; else when it was committed."""
    for leaf in shape.leaves:
        if leaf.kind == "DATE" and len(leaf.path) == 1 and not leaf.optional and leaf.column not in YET_TO_COME:
            return leaf.column
    return "occurred_at"


def _clustering(leaves: Sequence[Leaf]) -> tuple[str, ...]:
    """By whom and where first: what figures and questions about one member select by."""
    there = [leaf.column for leaf in leaves]
    own = [name for name in there if name.endswith("_id") and "_" not in name.removesuffix("_id")]
    wanted = ["member_id", *(name for name in ("entity", "account", "currency") if name in there), *own[:1]]
    return tuple(dict.fromkeys(wanted))[:MOST_CLUSTERED]


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())
