"""Field transforms: values the server works out from what a field holds when the write is made."""

from collections.abc import Callable
from typing import Any, Final

from emulators.firestore.errors import invalid
from emulators.firestore.fields import get_field, parse_path, set_field
from emulators.firestore.values import NUMBER, value_key
from emulators.firestore.wire import Message, TimestampMessage, Value, ValueMessage

_LARGEST: Final = 2**63 - 1
_SMALLEST: Final = -(2**63)


def transform(fields: Any, message: Message, now: TimestampMessage) -> ValueMessage:
    """Applies one transform to the fields; returns the result the client is told."""
    path = parse_path(message.field_path)
    kind = message.WhichOneof("transform_type")
    if kind is None:
        raise invalid("A field transform needs a type")
    if kind == "set_to_server_value":
        result = Value(timestamp_value=now)
        set_field(fields, path, result)
        return result
    result = _TRANSFORMS[kind](get_field(fields, path), getattr(message, kind))
    set_field(fields, path, result)
    return result if kind in {"increment", "maximum", "minimum"} else Value(null_value=0)


def _is_number(value: ValueMessage | None) -> bool:
    return value is not None and value_key(value)[0] == NUMBER


def _number(value: ValueMessage) -> Any:
    return getattr(value, value.WhichOneof("value_type"))


def _check_number(operand: ValueMessage) -> None:
    if not _is_number(operand):
        raise invalid("The operand of a numeric transform must be a number")


def _incremented(before: ValueMessage | None, operand: ValueMessage) -> ValueMessage:
    _check_number(operand)
    if before is None or not _is_number(before):
        return operand
    total = _number(before) + _number(operand)
    if isinstance(total, float):
        return Value(double_value=total)
    return Value(integer_value=max(_SMALLEST, min(_LARGEST, total)))


def _larger(before: ValueMessage | None, operand: ValueMessage) -> ValueMessage:
    _check_number(operand)
    if before is None or not _is_number(before):
        return operand
    return operand if value_key(operand) > value_key(before) else Value.FromString(before.SerializeToString())


def _smaller(before: ValueMessage | None, operand: ValueMessage) -> ValueMessage:
    _check_number(operand)
    if before is None or not _is_number(before):
        return operand
    return operand if value_key(operand) < value_key(before) else Value.FromString(before.SerializeToString())


def _with_missing(before: ValueMessage | None, operand: Message) -> ValueMessage:
    elements = _elements(before)
    held = set(map(value_key, elements))
    for value in operand.values:
        key = value_key(value)
        if key not in held:
            held.add(key)
            elements.append(value)
    return _array(elements)


def _without_all(before: ValueMessage | None, operand: Message) -> ValueMessage:
    unwanted = set(map(value_key, operand.values))
    return _array([value for value in _elements(before) if value_key(value) not in unwanted])


def _elements(value: ValueMessage | None) -> list[ValueMessage]:
    return list(value.array_value.values) if value is not None else []


def _array(elements: list[ValueMessage]) -> ValueMessage:
    result = Value()
    result.array_value.SetInParent()
    result.array_value.values.extend(elements)
    return result


_TRANSFORMS: Final[dict[str, Callable[[ValueMessage | None, Any], ValueMessage]]] = {
    "increment": _incremented,
    "maximum": _larger,
    "minimum": _smaller,
    "append_missing_elements": _with_missing,
    "remove_all_from_array": _without_all,
}
