"""What of an event becomes which column: found from its class, so that a new field is a new column by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from common.documents import PERSONAL
from common.events import every_event
from functions.reporting.facts.lawful import LAWFUL

KINDS: Final = {str: "STRING", bool: "BOOLEAN", int: "INTEGER", date: "DATE", datetime: "TIMESTAMP"}
OWN: Final = ("event_id", "position", "occurred_at", "loaded_at", "commit_id", "member_id")
"""Columns of every table, which no field may be called; but `member_id`, which is every fact's."""
COUNTRY: Final = "buyer_address_country"
"""Of a buyer's columns the one that stands in the tables of lists, too: figures are told by country."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that is one cell: its column, the way to it in the fact, and where it is documented."""

    column: str
    path: tuple[str, ...]
    kind: str
    owner: type[BaseModel] | None
    """The class that declares it; None for a key or value of a dictionary."""
    listed: bool = False
    """A list of plain values, which stands in its cell as canonical JSON."""
    default: Any = None
    """What stands in the cell of an older fact that does not have the field, as JSON."""
    optional: bool = False
    """Whether it may be missing in a fact, or be nothing."""

    @property
    def amount(self) -> bool:
        """Whether it is an amount of money, which must not be added up once a line."""
        return self.column.endswith("_minor")


@dataclass(frozen=True, slots=True)
class Fold:
    """A list of values, or a dictionary, with a table of its own: one row for each of them."""

    column: str
    path: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    keyed: bool = False
    """A dictionary: its rows are keys with their values, in the order of the keys."""
    owner: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """An event's columns and its lists."""

    name: str
    leaves: tuple[Leaf, ...]
    folds: tuple[Fold, ...]

    @property
    def table(self) -> str:
        """Its table's name: `invoice.issued` is `invoice_issued`."""
        return table_of(self.name)

    def beside(self, fold: Fold) -> tuple[Leaf, ...]:
        """What a list's table repeats of its event: plain cells but amounts; the list's own name wins."""
        own = {leaf.column for leaf in fold.leaves}
        return tuple(
            leaf
            for leaf in self.leaves
            if leaf.column not in own
            and (leaf.column == COUNTRY or (len(leaf.path) == 1 and not leaf.listed and not leaf.amount))
        )


def table_of(name: str) -> str:
    """The table of an event of that name."""
    return name.replace(".", "_")


@cache
def shape_of(name: str) -> Shape:
    """The shape of the event of that name; TypeError for a field that no column can hold."""
    leaves, folds = _fields(every_event()[name], (), frozenset(LAWFUL.get(name, ())), optional=False)
    found = [leaf for leaf in leaves if leaf.path != ("member_id",)]
    clash = [leaf.column for leaf in found if leaf.column in OWN]
    if clash or len({leaf.column for leaf in found}) < len(found):
        raise TypeError(f"{name} has a field called as a column of every table, or two of one name: {clash}")
    return Shape(name, tuple(found), tuple(folds))


def _fields(
    kind: type[BaseModel], path: tuple[str, ...], lawful: frozenset[str] = frozenset(), *, optional: bool
) -> tuple[list[Leaf], list[Fold]]:
    """The cells and lists of a class; `lawful` ways lead to personal fields that are columns all the same."""
    leaves: list[Leaf] = []
    folds: list[Fold] = []
    for name, field in kind.model_fields.items():
        if is_personal(field) and ".".join((*path, name)) not in lawful:
            continue
        for one in _field(kind, (*path, name), field, lawful, optional=optional):
            (leaves if isinstance(one, Leaf) else folds).append(one)  # type: ignore[arg-type]
    return leaves, folds


def _field(
    owner: type[BaseModel], path: tuple[str, ...], field: FieldInfo, lawful: frozenset[str], *, optional: bool
) -> Iterator[Leaf | Fold]:
    kind, may_miss = without_none(field.annotation)
    missing = optional or may_miss
    if is_model(kind):
        leaves, folds = _fields(kind, path, lawful, optional=missing)
        yield from leaves
        yield from folds
    elif get_origin(kind) is tuple and is_model(get_args(kind)[0]):
        yield _list(path, get_args(kind)[0], owner)
    elif get_origin(kind) is dict:
        yield _dictionary(path, kind, owner)
    elif get_origin(kind) is tuple and get_args(kind)[1:] == (...,):
        plain_kind(get_args(kind)[0], path)
        yield Leaf("_".join(path), path, "STRING", owner, listed=True, default=[], optional=missing)
    else:
        yield Leaf(
            "_".join(path),
            path,
            plain_kind(kind, path),
            owner,
            default=_default(field),
            optional=missing or not field.is_required(),
        )


def _list(path: tuple[str, ...], kind: type[BaseModel], owner: type[BaseModel]) -> Fold:
    leaves, folds = _fields(kind, (), optional=False)
    if folds:
        raise TypeError(f"a list in a list has no table yet: {'.'.join((*path, *folds[0].path))}")
    clash = {leaf.column for leaf in leaves} & set(OWN) - {"member_id"}
    if clash:
        raise TypeError(f"{'.'.join(path)} has a field called as a column of every table: {sorted(clash)}")
    return Fold("_".join(path), path, tuple(leaves), owner=owner)


def _dictionary(path: tuple[str, ...], kind: Any, owner: type[BaseModel]) -> Fold:
    key, value = (plain_kind(one, path) for one in get_args(kind))
    named = "value_minor" if path[-1].endswith("_minor") else "value"
    cells = (Leaf("key", ("key",), key, None), Leaf(named, ("value",), value, None))
    return Fold("_".join(path), path, cells, keyed=True, owner=owner)


def is_personal(field: FieldInfo) -> bool:
    """Whether a field is declared as personal data (`common.parties.personal`): it is in no column
    unless a law asks for it (`lawful`).
    """
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get(PERSONAL) not in {None, False}


def is_model(kind: Any) -> bool:
    """Whether it is a class of values with fields."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def without_none(kind: Any) -> tuple[Any, bool]:
    """A type without `None`, and whether it had it."""
    if get_origin(kind) not in {Union, UnionType}:
        return kind, False
    rest = [one for one in get_args(kind) if one is not NoneType]
    if len(rest) != 1:
        raise TypeError(f"no column holds either of several types: {kind}")
    return rest[0], True


def plain_kind(kind: Any, path: Sequence[str]) -> str:
    """BigQuery's type for a plain one; TypeError where there is none."""
    if get_origin(kind) is Literal:
        (kind,) = {type(one) for one in get_args(kind)}
    if kind not in KINDS:
        raise TypeError(f"no column holds {'.'.join(path)}: {kind}")
    return KINDS[kind]


def _default(field: FieldInfo) -> Any:
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    return default.isoformat() if isinstance(default, date) else default
