"""Structured queries compiled once and run over any view of the documents."""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from emulators.firestore.collection import Probe
from emulators.firestore.errors import invalid, unserved
from emulators.firestore.fields import NAME, Path, parse_path, select_fields
from emulators.firestore.filters import Predicate, compile_filter, field_key
from emulators.firestore.limits import check_filter
from emulators.firestore.values import Key, value_key
from emulators.firestore.wire import DocumentMessage, Message, StructuredQuery

_DESCENDING: Final = StructuredQuery.Direction.Value("DESCENDING")


class Order(NamedTuple):
    """One field the results are ordered by."""

    path: Path
    descending: bool


class Cursor(NamedTuple):
    """A position among the ordered results: before or after those that begin with these keys."""

    keys: tuple[Key, ...]
    before: bool


class Scope(NamedTuple):
    """Where a query looks: one collection, or all of that id below a parent."""

    parent: str
    collection_id: str
    descend: bool

    def covers(self, collection_path: str) -> bool:
        """Whether the documents of a collection are in scope; an empty id means any collection."""
        if not self.descend:
            return collection_path == f"{self.parent}/{self.collection_id}"
        return collection_path.startswith(f"{self.parent}/") and (
            not self.collection_id or collection_path.endswith(f"/{self.collection_id}")
        )


@dataclass(frozen=True, eq=False)
class Query:
    """A query ready to run; ``matches`` says whether a document meets its filter and has its fields."""

    scope: Scope
    matches: Predicate
    probes: Sequence[Probe]
    orders: Sequence[Order]
    start: Cursor | None
    end: Cursor | None
    offset: int
    limit: int | None
    selected: Sequence[Path] | None

    def run(self, candidates: Iterable[DocumentMessage]) -> list[DocumentMessage]:
        """The documents the query finds among the candidates, whole and in order."""
        found = [document for document in candidates if self.matches(document)]
        self._sort(found)
        if self.start is not None or self.end is not None:
            found = [document for document in found if self._between_cursors(document)]
        end = None if self.limit is None else self.offset + self.limit
        return found[self.offset : end]

    def project(self, documents: Iterable[DocumentMessage]) -> Iterator[DocumentMessage]:
        """The documents cut down to the fields selected."""
        if self.selected is None:
            return iter(documents)
        return (select_fields(document, self.selected) for document in documents)

    def touches(self, name: str, document: DocumentMessage | None) -> bool:
        """Whether a state of a document would be looked at by this query (cursors and limit aside)."""
        return document is not None and self.scope.covers(name.rpartition("/")[0]) and self.matches(document)

    def _sort(self, found: list[DocumentMessage]) -> None:
        for order in reversed(self.orders):
            found.sort(key=self._sorting(order.path, found), reverse=order.descending)

    def _sorting(self, path: Path, found: Iterable[DocumentMessage]) -> Callable[[DocumentMessage], Any]:
        """The sort key of a field; within one collection plain names sort as their segments do."""
        if path == NAME and not self.scope.descend and not any("__id" in each.name for each in found):
            return operator.attrgetter("name")
        return lambda document: field_key(document, path) or ()

    def _between_cursors(self, document: DocumentMessage) -> bool:
        if self.start is not None:
            side = self._side(document, self.start)
            if side < 0 or (side == 0 and not self.start.before):
                return False
        if self.end is None:
            return True
        side = self._side(document, self.end)
        return side < 0 or (side == 0 and not self.end.before)

    def _side(self, document: DocumentMessage, cursor: Cursor) -> int:
        """-1, 0 or 1: the document comes before, at or after the cursor's keys."""
        for order, bound in zip(self.orders, cursor.keys, strict=False):
            key = field_key(document, order.path)
            if key is not None and key != bound:
                return 1 if (key > bound) != order.descending else -1
        return 0


def compile_query(parent: str, message: Message, aggregated: Iterable[Path] = ()) -> Query:
    """Compiles a query below a parent; ``aggregated`` fields must be there and order like inequalities."""
    if message.HasField("find_nearest"):
        raise unserved("find_nearest (vector search)")
    if message.offset < 0 or message.limit.value < 0:
        raise invalid("limit and offset must not be negative")
    condition = compile_filter(message.where)
    check_filter(message.where, condition.inequality_paths)
    orders = _orders(message, condition.inequality_paths | set(aggregated))
    return Query(
        scope=_scope(parent, message),
        matches=_with_fields(condition.matches, orders),
        probes=condition.probes,
        orders=orders,
        start=_cursor(message, "start_at", orders),
        end=_cursor(message, "end_at", orders),
        offset=message.offset,
        limit=message.limit.value if message.HasField("limit") else None,
        selected=_selected(message),
    )


def _scope(parent: str, message: Message) -> Scope:
    if len(message.from_) != 1:
        raise invalid("A query must look at exactly one collection or collection group")
    source = message.from_[0]
    return Scope(parent, source.collection_id, source.all_descendants)


def _orders(message: Message, implied: frozenset[Path]) -> list[Order]:
    orders = [Order(parse_path(each.field.field_path), each.direction == _DESCENDING) for each in message.order_by]
    descending = bool(orders) and orders[-1].descending
    named = {order.path for order in orders}
    orders += [Order(path, descending) for path in sorted(implied - named - {NAME})]
    if NAME not in named:
        orders.append(Order(NAME, descending))
    return orders


def _with_fields(matches: Predicate, orders: Sequence[Order]) -> Predicate:
    """A document without a field the results are ordered by is never found."""
    paths = [order.path for order in orders if order.path != NAME]
    if not paths:
        return matches
    return lambda doc: matches(doc) and all(field_key(doc, path) is not None for path in paths)


def _cursor(message: Message, end: str, orders: Sequence[Order]) -> Cursor | None:
    if not message.HasField(end):
        return None
    cursor = getattr(message, end)
    if len(cursor.values) > len(orders):
        raise invalid("A cursor has more values than the query has orders")
    return Cursor(tuple(map(value_key, cursor.values)), cursor.before)


def _selected(message: Message) -> list[Path] | None:
    if not message.HasField("select"):
        return None
    return [parse_path(field.field_path) for field in message.select.fields]


def mask_paths(mask: Message) -> list[Path]:
    """The field paths of a document mask."""
    return [parse_path(path) for path in mask.field_paths]
