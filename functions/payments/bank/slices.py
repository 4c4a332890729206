"""Payments of a long statement in a file of their own, from when it is sent in until they are taken in.

The file is JSON, and its fields are those of `Placed` and of what it holds. It is written and read by orjson and not
by a model: the payments were checked where they were read, and nobody else writes these files.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final

import orjson

from functions.payments.bank.amounts import day
from functions.payments.bank.entries import Detail, Entry
from functions.payments.bank.identity import Placed, Sighting

_DETAIL: Final = frozenset(one.name for one in fields(Detail))
_ENTRY: Final = frozenset(one.name for one in fields(Entry))


def packed(payments: Sequence[Placed]) -> bytes:
    """Payments as they are kept."""
    return orjson.dumps(payments, default=_told)


def unpacked(content: bytes) -> list[Placed]:
    """Payments that were kept; ValueError or TypeError where the file is not one of ours. Fields of a later version
    are passed over.
    """
    return [_placed(told) for told in orjson.loads(content)]


def _told(value: Any) -> Any:
    if isinstance(value, Sighting):
        return value.model_dump()
    raise TypeError(f"{type(value).__name__} is not kept")


def _placed(told: dict[str, Any]) -> Placed:
    sighting, charged = told["sighting"], told["charged"]
    return Placed(
        entry=_entry(told["entry"]),
        detail=_detail(told["detail"]),
        parts=told["parts"],
        fee_minor=told["fee_minor"],
        key=told["key"],
        strong=told["strong"],
        rank=told["rank"],
        part=told["part"],
        sighting=Sighting.model_validate(sighting) if sighting else None,
        charged=_detail(charged) if charged else None,
    )


def _entry(told: dict[str, Any]) -> Entry:
    facts = told if told.keys() == _ENTRY else {name: told[name] for name in _ENTRY & told.keys()}
    value_on = facts["value_on"]
    return Entry(
        **{**facts, "booked_on": _day(facts["booked_on"]), "details": (), "value_on": value_on and day(value_on)}
    )


def _detail(told: dict[str, Any]) -> Detail:
    facts = told if told.keys() == _DETAIL else {name: told[name] for name in _DETAIL & told.keys()}
    facts["references"] = tuple(facts["references"])
    return Detail(**facts)


def _day(text: str) -> date:
    found = day(text)
    if found is None:
        raise ValueError(f"{text!r} is no date")
    return found
