"""Expanding ids into what they stand for, as `expand[]` asks (https://docs.stripe.com/api/expanding_objects)."""

from collections.abc import Sequence
from typing import Any

from emulators.stripe import methods
from emulators.stripe.faults import invalid
from emulators.stripe.ledger import Json, Ledger

_DEEPEST = 4
_METHODS = ("pm_", "card_", "src_")


def expanded(ledger: Ledger, thing: Json, paths: Sequence[str]) -> Json:
    """A copy of the object with the fields at these dotted paths in full; StripeError for what can't be."""
    for path in paths:
        names = path.split(".")
        if len(names) > _DEEPEST:
            raise invalid(f"You cannot expand more than {_DEEPEST} levels of a property. Property: {path}", "expand")
        thing = _along(ledger, thing, names, path)
    return thing


def _along(ledger: Ledger, value: Any, names: list[str], path: str) -> Any:
    if not names:
        return value
    if isinstance(value, list):
        return [_along(ledger, one, names, path) for one in value]
    if value is None:
        return None
    if names[0] not in value:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    inner = value[names[0]]
    whole = _found(ledger, inner, value) if isinstance(inner, str) else inner
    return value | {names[0]: _along(ledger, whole, names[1:], path)}


def _found(ledger: Ledger, name: str, holder: Json) -> Json | str:
    found = ledger.find(name)
    if found is None and name.startswith(_METHODS):
        return methods.found(ledger, name, holder.get("customer"))
    return found or name
