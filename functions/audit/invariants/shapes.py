"""Invariants of how things are stored: whole minor units, instants in UTC, bounded sizes (67 to 69)."""

import re
from collections.abc import Iterator
from typing import Final

from common.commit import COLLECTION
from common.ports import LARGEST_DOCUMENT
from functions.audit.invariants.state import State

NOT_WHOLE: Final = re.compile(r'_minor":(?!-?\d+[,}\]]|null[,}\]]|[{\[])([^,}]*)')
"""An amount that is neither a whole number nor absent nor several. It begins with a literal, which is found fast."""
NOT_UTC: Final = re.compile(r'_at":"(?!")(?![^"]*(?:Z|\+00:00)")([^"]*)"')
"""An instant that does not say that it is in UTC."""
NOT_A_DAY: Final = re.compile(r'_on":"(?!")(?!\d{4}-\d\d-\d\d")([^"]*)"')
LONGEST_LIST: Final = 10_000


def money_is_whole(state: State) -> Iterator[str]:
    """Every amount that is stored or told is a whole number of minor units."""
    return _matches(state, NOT_WHOLE)


def time_is_utc(state: State) -> Iterator[str]:
    """Every instant is in UTC and says so; every day of business is a day without a time."""
    yield from _matches(state, NOT_UTC)
    yield from _matches(state, NOT_A_DAY)


def nothing_grows_without_bounds(state: State) -> Iterator[str]:
    """Each stored document fits the store's megabyte, with lists of a bounded length."""
    commits = () if state.member_id else (COLLECTION,)
    for collection in (*sorted(state.collections), *commits):
        for stored in state.stored(collection).values():
            size = sum(len(value) for value in stored.fields.values() if isinstance(value, str))
            if size > LARGEST_DOCUMENT:
                yield f"{collection}/{stored.id} has {size} characters"
    for collection in sorted(state.collections):
        for body in state.bodies(collection):
            for name, value in body.items():
                if isinstance(value, list) and len(value) > LONGEST_LIST:
                    yield f"{collection}/{body['id']} has {len(value)} {name}"


def _matches(state: State, pattern: re.Pattern[str]) -> Iterator[str]:
    for reference, text in _texts(state):
        for found in pattern.finditer(text):
            begin = text.rfind('"', 0, found.start()) + 1
            name = text[begin : text.index('"', begin)]
            yield f"{reference}: {name} is {found[1]}"


def _texts(state: State) -> Iterator[tuple[str, str]]:
    """Everything stored, as it is stored; of the commits those that tell of this state."""
    for collection in sorted(state.collections):
        for stored in state.stored(collection).values():
            yield f"{collection}/{stored.id}", stored.fields["body"]
    for record in state.records:
        yield f"{COLLECTION}/{record.id}", record.raw
