"""The whole state as the invariants see it: plain bodies by collection, and every commit record."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from common.commit import COLLECTION, Record
from common.ports import Stored
from common.world import World

Body = dict[str, Any]


@dataclass
class State:
    """Everything stored at one time, read once."""

    world: World
    _seen: dict[str, dict[str, Stored]] = field(default_factory=dict)

    def stored(self, collection: str) -> Mapping[str, Stored]:
        """A collection's documents as stored, by id."""
        if collection not in self._seen:
            self._seen[collection] = {found.id: found for found in self.world.scan(collection)}
        return self._seen[collection]

    def bodies(self, collection: str) -> list[Body]:
        """A collection's documents."""
        return [orjson.loads(found.fields["body"]) for found in self.stored(collection).values()]

    @cached_property
    def records(self) -> list[Record]:
        """Every commit record, by time."""
        return self.world.records()

    def events(self, name: str) -> list[Body]:
        """Every event of a name that was ever committed."""
        return [e["body"] for record in self.records for e in record.body["events"] if e["name"] == name]

    @cached_property
    def collections(self) -> set[str]:
        """Every collection a commit ever wrote to."""
        return {entry["kind"] for record in self.records for entry in record.body["documents"]} - {COLLECTION}


def grouped(bodies: Iterable[Body], key: Callable[[Body], Any]) -> dict[Any, list[Body]]:
    """Bodies by a key."""
    found: dict[Any, list[Body]] = {}
    for body in bodies:
        found.setdefault(key(body), []).append(body)
    return found
