"""Counts, sums and averages over what a query finds."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from emulators.firestore.errors import invalid
from emulators.firestore.fields import Path, get_field, parse_path
from emulators.firestore.values import NUMBER, value_key
from emulators.firestore.wire import DocumentMessage, Message, Value, ValueMessage

_MOST_AGGREGATIONS: Final = 5
_INTEGERS: Final = range(-(2**63), 2**63)


def aggregated_paths(aggregations: Sequence[Message]) -> list[Path]:
    """The fields summed or averaged: documents without one of them are left out altogether."""
    if not aggregations:
        raise invalid("Aggregations can not be empty")
    if len(aggregations) > _MOST_AGGREGATIONS:
        raise invalid(f"The maximum number of aggregations allowed in a query is {_MOST_AGGREGATIONS}")
    return [
        parse_path(getattr(each, kind).field.field_path)
        for each in aggregations
        if (kind := each.WhichOneof("operator")) in {"sum", "avg"}
    ]


def aggregate(aggregations: Sequence[Message], documents: Sequence[DocumentMessage]) -> dict[str, ValueMessage]:
    """The aggregates by alias; those without an alias are named as the service names them."""
    results: dict[str, ValueMessage] = {}
    for each in aggregations:
        alias = each.alias or f"field_{len(results) + 1}"
        if alias in results:
            raise invalid(f"Aggregation aliases contain duplicate alias: {alias}")
        results[alias] = _aggregate(each, documents)
    return results


def _aggregate(aggregation: Message, documents: Sequence[DocumentMessage]) -> ValueMessage:
    kind = aggregation.WhichOneof("operator")
    if kind == "count":
        count = aggregation.count
        most = count.up_to.value if count.HasField("up_to") else len(documents)
        return Value(integer_value=min(len(documents), most))
    if kind == "sum":
        return _sum(list(_numbers(documents, parse_path(aggregation.sum.field.field_path))))
    if kind == "avg":
        return _average(list(_numbers(documents, parse_path(aggregation.avg.field.field_path))))
    raise invalid("An aggregation must be count, sum or avg")


def _numbers(documents: Sequence[DocumentMessage], path: Path) -> Iterator[int | float]:
    for document in documents:
        value = get_field(document.fields, path)
        if value is not None and value_key(value)[0] == NUMBER:
            yield getattr(value, value.WhichOneof("value_type"))


def _total(numbers: Sequence[int | float]) -> int | float:
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    return math.fsum(numbers) if all(map(math.isfinite, numbers)) else sum(numbers)


def _sum(numbers: Sequence[int | float]) -> ValueMessage:
    total = _total(numbers)
    if isinstance(total, int) and total in _INTEGERS:
        return Value(integer_value=total)
    return Value(double_value=float(total))


def _average(numbers: Sequence[int | float]) -> ValueMessage:
    return Value(double_value=_total(numbers) / len(numbers)) if numbers else Value(null_value=0)
