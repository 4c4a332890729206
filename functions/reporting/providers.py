"""Facts as rows of BigQuery: all of them as they were told, and each in the tables of its kind."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from common.documents import canonical
from common.events import every_event
from common.ports import Message
from common.world import World
from functions.reporting.facts.rows import Row, Told, typed_rows
from functions.reporting.tables import EVENTS_TABLE

LARGEST_REQUEST: Final = 500
"""Rows of one request, as BigQuery recommends."""


def load(message: Message, world: World) -> None:
    """Inserts the rows of every fact of a message; the same message again inserts the same rows."""
    for table, found in groupby(rows_of(message, world.now), key=lambda row: row.table):
        rows = [(row.insert_id, row.cells) for row in found]
        for start in range(0, len(rows), LARGEST_REQUEST):
            world.insert_rows(table, rows[start : start + LARGEST_REQUEST])


def rows_of(message: Message, now: datetime) -> list[Row]:
    """A message's facts as rows loaded now, table by table; an event nobody knows any more has no table of its own."""
    told = [
        Told(message.name, event_id, message.at.isoformat(), now.isoformat(), fact)
        for event_id, fact in zip(message.ids, message.facts, strict=True)
    ]
    rows = [*map(event_row, told), *_typed(message.name, told)]
    return sorted(rows, key=lambda row: row.table)


def _typed(name: str, told: list[Told]) -> Iterator[Row]:
    if name in every_event():
        for one in told:
            yield from typed_rows(one)


def event_row(told: Told) -> Row:
    """A fact as a row of the table of all events."""
    kind = every_event().get(told.name)
    fact: Mapping[str, Any] = told.fact
    cells = {
        "event_id": told.event_id,
        "name": told.name,
        "schema_version": kind.schema_version if kind else 1,
        "member_id": fact.get("member_id", ""),
        "occurred_at": told.occurred_at,
        "entity": fact.get("entity", ""),
        "currency": fact.get("currency", ""),
        "payload": canonical(fact).decode(),
        "commit_id": told.event_id.partition(".")[0],
        "loaded_at": told.loaded_at,
    }
    return Row(EVENTS_TABLE, told.event_id, cells)
