"""Query filters compiled to functions over documents, and to probes an index can answer."""

import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from emulators.firestore.collection import Probe
from emulators.firestore.errors import invalid, unserved
from emulators.firestore.fields import NAME, Path, get_field, parse_path
from emulators.firestore.values import NAN_KEY, NULL_KEY, REFERENCE, Key, element_keys, name_key, value_key
from emulators.firestore.wire import DocumentMessage, Message, StructuredQuery, ValueMessage

Predicate = Callable[[DocumentMessage], bool]

_FIELD: Final = StructuredQuery.FieldFilter.Operator
_UNARY: Final = StructuredQuery.UnaryFilter.Operator
_COMPOSITE: Final = StructuredQuery.CompositeFilter.Operator
_MOST_DISJUNCTS: Final = 30

_RANGES: Final[dict[int, Callable[[Key, Key], bool]]] = {
    _FIELD.Value("LESS_THAN"): operator.lt,
    _FIELD.Value("LESS_THAN_OR_EQUAL"): operator.le,
    _FIELD.Value("GREATER_THAN"): operator.gt,
    _FIELD.Value("GREATER_THAN_OR_EQUAL"): operator.ge,
}
_LISTS: Final = {_FIELD.Value(name) for name in ("IN", "NOT_IN", "ARRAY_CONTAINS_ANY")}
_INEQUALITIES: Final = {*_RANGES, _FIELD.Value("NOT_EQUAL"), _FIELD.Value("NOT_IN")}
_IN_ARRAY: Final = {_FIELD.Value("ARRAY_CONTAINS"), _FIELD.Value("ARRAY_CONTAINS_ANY")}
_FIXED: Final = {_FIELD.Value("EQUAL"), _FIELD.Value("IN"), *_IN_ARRAY}
_UNARY_INEQUALITIES: Final = {_UNARY.Value("IS_NOT_NAN"), _UNARY.Value("IS_NOT_NULL")}


class Filter(NamedTuple):
    """What a query's ``where`` asks for."""

    matches: Predicate
    probes: Sequence[Probe]
    inequality_paths: frozenset[Path]


def field_key(document: DocumentMessage, path: Path) -> Key | None:
    """The key of a document's field (or of its name), or nothing where the field is missing."""
    if path == NAME:
        return (REFERENCE, name_key(document.name))
    value = get_field(document.fields, path)
    return None if value is None else value_key(value)


def compile_filter(message: Message) -> Filter:
    """Compiles a ``StructuredQuery.Filter``; one that is empty matches everything."""
    kind = message.WhichOneof("filter_type")
    if kind == "composite_filter":
        return _composite(message.composite_filter)
    if kind == "field_filter":
        return _field(message.field_filter)
    if kind == "unary_filter":
        return _unary(message.unary_filter)
    return Filter(lambda _: True, (), frozenset())


def disjuncts(message: Message) -> list[frozenset[tuple[Path, bool]]]:
    """The alternatives of a filter: of each the paths fixed to a value, with whether it is an element of the array."""
    kind = message.WhichOneof("filter_type")
    if kind == "composite_filter":
        parts = [disjuncts(part) for part in message.composite_filter.filters]
        if message.composite_filter.op == _COMPOSITE.Value("OR"):
            return [each for part in parts for each in part]
        return [frozenset[tuple[Path, bool]]().union(*each) for each in product(*parts)]
    if kind == "field_filter" and message.field_filter.op in _FIXED:
        return [frozenset({(parse_path(message.field_filter.field.field_path), message.field_filter.op in _IN_ARRAY)})]
    if kind == "unary_filter" and message.unary_filter.op not in _UNARY_INEQUALITIES:
        return [frozenset({(parse_path(message.unary_filter.field.field_path), False)})]
    return [frozenset()]


def _composite(message: Message) -> Filter:
    parts = [compile_filter(part) for part in message.filters]
    tests = [part.matches for part in parts]
    inequalities = frozenset[Path]().union(*(part.inequality_paths for part in parts))
    if message.op == _COMPOSITE.Value("AND"):
        probes = [probe for part in parts for probe in part.probes]
        return Filter(lambda doc: all(test(doc) for test in tests), probes, inequalities)
    if message.op == _COMPOSITE.Value("OR"):
        return Filter(lambda doc: any(test(doc) for test in tests), (), inequalities)
    raise invalid("A composite filter must be AND or OR")


def _unary(message: Message) -> Filter:
    path = parse_path(message.field.field_path)
    key = NAN_KEY if message.op in {_UNARY.Value("IS_NAN"), _UNARY.Value("IS_NOT_NAN")} else NULL_KEY
    if message.op in _UNARY_INEQUALITIES:
        return Filter(_differs(path, frozenset({key})), (), frozenset({path}))
    if message.op == 0:
        raise invalid("A unary filter needs an operator")
    return _equals(path, frozenset({key}))


def _field(message: Message) -> Filter:
    path = parse_path(message.field.field_path)
    if message.op in _RANGES:
        return Filter(_in_range(path, message), (), frozenset({path}))
    keys = frozenset(_operands(message))
    if message.op in {_FIELD.Value("EQUAL"), _FIELD.Value("IN")}:
        return _equals(path, keys)
    if message.op in {_FIELD.Value("NOT_EQUAL"), _FIELD.Value("NOT_IN")}:
        return Filter(_differs(path, keys), (), frozenset({path}))
    if message.op in _IN_ARRAY:
        return _holds(path, keys)
    raise unserved(f"the filter operator {message.op}")


def _operands(message: Message) -> Iterator[Key]:
    if message.op not in _LISTS:
        yield value_key(message.value)
        return
    values: Sequence[ValueMessage] = message.value.array_value.values
    if not 1 <= len(values) <= _MOST_DISJUNCTS:
        raise invalid(f"'{_FIELD.Name(message.op)}' requires a non-empty array of at most {_MOST_DISJUNCTS} values")
    yield from map(value_key, values)


def _in_range(path: Path, message: Message) -> Predicate:
    compare = _RANGES[message.op]
    bound = value_key(message.value)

    def matches(document: DocumentMessage) -> bool:
        key = field_key(document, path)
        return key is not None and key[0] == bound[0] and compare(key, bound)

    return matches


def _equals(path: Path, keys: frozenset[Key]) -> Filter:
    probes = () if path == NAME else (Probe(path, in_array=False, keys=keys),)
    return Filter(lambda doc: field_key(doc, path) in keys, probes, frozenset())


def _differs(path: Path, keys: frozenset[Key]) -> Predicate:
    if NULL_KEY in keys and len(keys) > 1:
        return lambda _: False  # not-in with null matches nothing, as in the service

    def matches(document: DocumentMessage) -> bool:
        key = field_key(document, path)
        return key is not None and key != NULL_KEY and key not in keys

    return matches


def _holds(path: Path, keys: frozenset[Key]) -> Filter:
    def matches(document: DocumentMessage) -> bool:
        return not keys.isdisjoint(element_keys(get_field(document.fields, path)))

    return Filter(matches, (Probe(path, in_array=True, keys=keys),), frozenset())
