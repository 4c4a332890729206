"""A whole quarter in memory whose stored documents a test may tamper with, and put back as they were."""

from collections.abc import Callable
from typing import Any

import orjson

from common.documents import canonical
from common.ports import Stored, Write
from common.tools.simulation.story import Story
from emulators.simulation import Faults
from functions.audit.invariants.state import State

Body = dict[str, Any]
Where = Callable[[Body], Any]


def anything(_: Body) -> bool:
    """Every document will do."""
    return True


class Month:
    """What the simulation's own story left behind: members, invoices, money, dunning, SAP."""

    def __init__(self) -> None:
        self.story = Story(Faults(0, only=()))
        self.story.play()
        self.engine = self.story.engine
        self.world = self.story.runtime.world
        self._settings = self.world.settings
        self._kept = {name: dict(held) for name, held in self.engine._collections.items()}
        self._files = dict(self.engine.files)

    def restore(self) -> None:
        """Puts everything back."""
        self.engine._collections = {name: dict(held) for name, held in self._kept.items()}
        self.engine._indexes.clear()
        self.engine.files = dict(self._files)
        self.world.settings = self._settings

    @property
    def state(self) -> State:
        """What is stored now."""
        return State(self.world)

    def bodies(self, collection: str, where: Where = anything) -> list[Body]:
        """Documents that fit."""
        found = [orjson.loads(one.fields["body"]) for one in self.world.scan(collection)]
        return [body for body in found if where(body)]

    def change(self, collection: str, change: Where, where: Where = anything, *, every: bool = False) -> None:
        """Changes the first document that fits, or every one, behind the platform's back."""
        found = self.bodies(collection, where)
        assert found, f"no {collection} fits"
        for body in found if every else found[:1]:
            change(body)
            self.put(collection, body["id"], body=canonical(body).decode())

    def put(self, collection: str, document_id: str, **fields: Any) -> None:
        """Writes stored fields behind the platform's back."""
        before = self.engine.load([(collection, document_id)])[0]
        known = before.fields if before else {"version": 1, "head": ""}
        self.engine._put(Write(collection, document_id, {**known, **fields}))

    def drop(self, collection: str, where: Where = anything) -> None:
        """Takes the first document that fits away."""
        del self.engine._collections[collection][self.bodies(collection, where)[0]["id"]]
        self.engine._indexes.clear()

    def change_record(self, change: Where, where: Where = anything, *, every: bool = False) -> None:
        """Changes what a commit record says; its hash stays."""
        found = [one for one in self.world.scan("commits") if where(orjson.loads(one.fields["body"]))]
        assert found, "no commit fits"
        for stored in found if every else found[:1]:
            self._rewrite(stored, change)

    def change_event(self, name: str, change: Where, where: Where = anything, *, every: bool = False) -> None:
        """Changes what an event says that was committed."""

        def fits(event: Body) -> bool:
            return event["name"] == name and bool(where(event["body"]))

        def rewrite(record: Body) -> None:
            for event in [event for event in record["events"] if fits(event)][: None if every else 1]:
                change(event["body"])

        self.change_record(rewrite, lambda record: any(map(fits, record["events"])), every=every)

    def change_step(self, kind: str, version: int, change: Where, where: Where = anything) -> None:
        """Changes what a commit says of one version of a document."""

        def fits(entry: Body) -> bool:
            return entry["kind"] == kind and entry["version"] == version and bool(where(entry["body"]))

        def rewrite(record: Body) -> None:
            change(next(entry for entry in record["documents"] if fits(entry)))

        self.change_record(rewrite, lambda record: any(map(fits, record["documents"])))

    def _rewrite(self, stored: Stored, change: Where) -> None:
        record = orjson.loads(stored.fields["body"])
        change(record)
        self.put("commits", stored.id, body=canonical(record).decode())
