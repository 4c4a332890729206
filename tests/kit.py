"""A whole platform in memory for a test: say a few words, then look."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from common.commit import Cause
from common.documents import Document
from common.events.base import Event, Fact
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from emulators.bus import Bus
from emulators.memory import MemoryClock, MemoryEngine


class Platform:
    """The functions of the named areas (all, when none is named) over a memory engine."""

    def __init__(self, *areas: str, start: datetime = datetime(2026, 10, 1, 8, tzinfo=UTC), **settings: Any) -> None:
        self.engine = MemoryEngine()
        self.clock = MemoryClock(start)
        self.runtime = Runtime(self.engine, self.clock, Settings(**settings))
        self.bus = Bus(self.runtime, self.engine, self.clock, functions(*areas))
        self.read = self.runtime.world.read
        self._keys = count()
        self.told: list[tuple[str, dict[str, Any]]] = []

    def do(self, handler: Callable[..., Any], given: Any, *, key: str = "", actor: str = "machine:test") -> Any:
        """Runs a command's handler in one commit, as its route would; then delivers nothing yet."""
        cause = Cause("test", key or f"key-{next(self._keys)}", actor)
        return self.runtime.commit(cause, lambda unit: handler(given, unit))

    def tell(self, *events: Event) -> None:
        """Events as if another area had told them in one commit; delivered until all is quiet."""

        def work(unit: Any) -> None:
            for event in events:
                unit.emit(event)

        self.runtime.commit(Cause("test", f"tell-{next(self._keys)}", "machine:test"), work)
        self.settle()

    def settle(self) -> None:
        """Delivers all that is due."""
        self.bus.settle()

    def advance_to(self, moment: datetime) -> None:
        """Lets time pass, with every task on the way."""
        self.bus.advance_to(moment)

    def events(self, kind: type[Event]) -> list[Event]:
        """Every event of a kind that was committed, in no order."""
        found: list[Fact] = []
        for stored in self.engine.select("commits", {}, limit=1_000_000):
            record = self.runtime.record(stored.id) if "~" not in stored.id else None
            if record:
                found += [kind.model_validate(e["body"]) for e in record.body["events"] if e["name"] == kind.name]
        return found  # type: ignore[return-value]

    def all(self, kind: type[Document]) -> list[Any]:
        """Every document of a kind."""
        return self.read.select(kind, limit=1_000_000)
