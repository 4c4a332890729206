"""Streams events into BigQuery, one row a fact; the view `billing_core.events` drops what came twice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from common.documents import canonical
from common.events import every_event
from common.ports import Message
from common.world import World
from functions.reporting.tables import EVENTS_TABLE

LARGEST_REQUEST: Final = 500
"""Rows of one request, as BigQuery recommends."""


def load(message: Message, world: World) -> None:
    """Inserts every fact of a message; the same message again inserts the same rows."""
    rows = [(row["event_id"], row) for row in rows_of(message, world.now)]
    for start in range(0, len(rows), LARGEST_REQUEST):
        world.insert_rows(EVENTS_TABLE, rows[start : start + LARGEST_REQUEST])


def rows_of(message: Message, now: datetime) -> list[dict[str, Any]]:
    """A message's facts as rows of the raw table, loaded now."""
    found = [_row(message, *told) for told in zip(message.ids, message.facts, strict=True)]
    return [{**row, "loaded_at": now.isoformat()} for row in found]


def _row(message: Message, event_id: str, fact: Mapping[str, Any]) -> dict[str, Any]:
    kind = every_event().get(message.name)
    return {
        "event_id": event_id,
        "name": message.name,
        "schema_version": kind.schema_version if kind else 1,
        "member_id": fact.get("member_id", ""),
        "occurred_at": message.at.isoformat(),
        "entity": fact.get("entity", ""),
        "currency": fact.get("currency", ""),
        "payload": canonical(fact).decode(),
        "commit_id": event_id.partition(".")[0],
    }
