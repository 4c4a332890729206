"""What a document or a query may not exceed, from "Quotas and limits" of the service's documentation."""

import re
from collections.abc import Iterable
from math import prod
from typing import Any, Final

from emulators.firestore.errors import invalid
from emulators.firestore.values import document_size
from emulators.firestore.wire import DocumentMessage, Message, StructuredQuery, ValueMessage

MAX_DOCUMENT_BYTES: Final = 1_048_576
MAX_COMMIT_BYTES: Final = 10 * 1024 * 1024
MAX_BATCH_WRITES: Final = 500
MAX_TRANSFORMS: Final = 500
_LONGEST_VALUE_BYTES: Final = MAX_DOCUMENT_BYTES - 89
_LONGEST_NAME_BYTES: Final = 6 * 1024
_LONGEST_ID_BYTES: Final = 1500
_LONGEST_FIELD_NAME_BYTES: Final = 1500
_DEEPEST_COLLECTION: Final = 100
_DEEPEST_FIELD: Final = 20
_MOST_DISJUNCTS: Final = 30
_MOST_RANGE_FIELDS: Final = 10
# No value counts for more than twice its length on the wire, so smaller messages need no counting.
_SURELY_SMALL_BYTES: Final = MAX_DOCUMENT_BYTES // 2 - 4096
_RESERVED: Final = re.compile(r"__.*__", re.DOTALL)
_NUMERIC_ID: Final = re.compile(r"__id-?\d+__")
_PATTERN: Final = "__regex__"
_PATTERN_OPTIONS: Final = frozenset("imsux")
_OR: Final = StructuredQuery.CompositeFilter.Operator.Value("OR")
_OPERATOR: Final = StructuredQuery.FieldFilter.Operator
_ALTERNATIVES: Final = {_OPERATOR.Value("IN"), _OPERATOR.Value("ARRAY_CONTAINS_ANY")}
_CONTAINS: Final = {_OPERATOR.Value("ARRAY_CONTAINS"), _OPERATOR.Value("ARRAY_CONTAINS_ANY")}


def check_name(name: str) -> str:
    """The name itself, refused when it is not the name of a document."""
    segments = name.split("/")
    ids = segments[5:]
    if len(ids) % 2 or not ids or segments[0] != "projects" or segments[4] != "documents":
        raise invalid(f"Document name {name!r} lacks a collection or document id")
    if len(name.encode()) > _LONGEST_NAME_BYTES or len(ids) > 2 * _DEEPEST_COLLECTION:
        raise invalid(f"Document name {name[:200]!r} is longer than {_LONGEST_NAME_BYTES} bytes, or too deep")
    for each in ids:
        if not each or each in {".", ".."} or len(each.encode()) > _LONGEST_ID_BYTES:
            raise invalid(f"Resource id {each[:80]!r} in {name[:200]!r} is not valid")
        if each.startswith("__") and _RESERVED.fullmatch(each) and not _NUMERIC_ID.fullmatch(each):
            raise invalid(f'Resource id "{each}" is invalid because it is reserved.')
    return name


def check_document(document: DocumentMessage) -> None:
    """Refuses a document that the service would not keep."""
    for name, value in document.fields.items():
        if name.startswith("__") and _RESERVED.fullmatch(name):
            raise invalid(f'Property name "{name}" is reserved.')
        _check_field(name, value, 1)
    if document.ByteSize() > _SURELY_SMALL_BYTES and (size := document_size(document)) > MAX_DOCUMENT_BYTES:
        raise invalid(
            f"Document '{document.name}' cannot be written because its size ({size:,} bytes)"
            f" exceeds the maximum allowed size of {MAX_DOCUMENT_BYTES:,} bytes."
        )


def check_commit_size(request: Message) -> None:
    """Refuses a commit larger than the service takes."""
    if request.ByteSize() > MAX_COMMIT_BYTES:
        raise invalid("Transaction too big. Decrease transaction size.")


def check_transforms(transforms: Iterable[Any]) -> None:
    """Refuses too many transforms of one document."""
    if len(list(transforms)) > MAX_TRANSFORMS:
        raise invalid(f"A document can have at most {MAX_TRANSFORMS} field transforms in one commit.")


def check_filter(where: Message, range_fields: Iterable[Any]) -> None:
    """Refuses a filter with more alternatives, array memberships or inequality fields than the service takes."""
    if len(list(range_fields)) > _MOST_RANGE_FIELDS:
        raise invalid(f"A query can have inequalities on at most {_MOST_RANGE_FIELDS} fields.")
    if _alternatives(where) > _MOST_DISJUNCTS:
        raise invalid(f"Maximum number of disjunctions exceeded: at most {_MOST_DISJUNCTS} are allowed.")
    if _memberships(where) > 1:
        raise invalid("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.")


def _check_field(name: str, value: ValueMessage, depth: int) -> None:
    if len(name) * 4 > _LONGEST_FIELD_NAME_BYTES and len(name.encode()) > _LONGEST_FIELD_NAME_BYTES:
        raise invalid(f'Property name "{name[:80]}..." is longer than {_LONGEST_FIELD_NAME_BYTES} bytes.')
    _check_value(name, value, depth)


def _check_value(name: str, value: ValueMessage, depth: int) -> None:
    kind = value.WhichOneof("value_type")
    if kind == "map_value":
        _check_depth(name, depth)
        _check_pattern(value.map_value.fields.get(_PATTERN))
        for inner, each in value.map_value.fields.items():
            _check_field(inner, each, depth + 1)
    elif kind == "array_value":
        _check_depth(name, depth)
        for each in value.array_value.values:
            if each.HasField("array_value"):
                raise invalid(f'Property "{name}" contains an array directly in an array.')
            _check_value(name, each, depth + 1)
    elif kind in {"string_value", "bytes_value"} and value.ByteSize() > _LONGEST_VALUE_BYTES:
        _check_length(name, value)


def _check_pattern(pattern: ValueMessage | None) -> None:
    """Refuses options that a regular expression of the Enterprise edition doesn't have."""
    told = None if pattern is None else pattern.map_value.fields.get("options")
    options = "" if told is None else told.string_value
    if not set(options) <= _PATTERN_OPTIONS:
        raise invalid(f"Invalid regex option in {options!r}: only {''.join(sorted(_PATTERN_OPTIONS))} are supported.")


def _check_depth(name: str, depth: int) -> None:
    if depth > _DEEPEST_FIELD:
        raise invalid(f'Property "{name}" lies in maps or arrays more than {_DEEPEST_FIELD} deep.')


def _check_length(name: str, value: ValueMessage) -> None:
    length = len(value.bytes_value) or len(value.string_value.encode())
    if length > _LONGEST_VALUE_BYTES:
        raise invalid(f'The value of property "{name}" is longer than {_LONGEST_VALUE_BYTES} bytes.')


def _alternatives(where: Message) -> int:
    kind = where.WhichOneof("filter_type")
    if kind == "composite_filter":
        counts = [_alternatives(part) for part in where.composite_filter.filters]
        return sum(counts) if where.composite_filter.op == _OR else prod(counts)
    if kind == "field_filter" and where.field_filter.op in _ALTERNATIVES:
        return len(where.field_filter.value.array_value.values)
    return 1


def _memberships(where: Message) -> int:
    kind = where.WhichOneof("filter_type")
    if kind == "composite_filter":
        counts = [_memberships(part) for part in where.composite_filter.filters]
        return max(counts, default=0) if where.composite_filter.op == _OR else sum(counts)
    return int(kind == "field_filter" and where.field_filter.op in _CONTAINS)
