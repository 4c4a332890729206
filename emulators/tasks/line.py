"""One queue in memory: which task is next, and when its limits let it go."""

import heapq
import itertools
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

NEVER = float("inf")
_ORDER = itertools.count()


@dataclass(eq=False)
class Entry:
    """One task; `due` is a moment of the virtual clock, in seconds since 1970."""

    task: Any
    due: float
    in_flight: bool = False
    forced: bool = False
    gone: bool = False
    echo: bool = False
    """A duplicate that a fault asked for: it runs once, and nobody minds how it ends."""
    asked_at: int = -1
    """For which attempt the faults were asked."""

    def waits_forced(self) -> bool:
        """True until the run that was asked for begins."""
        return self.forced and not self.gone and not self.in_flight


@dataclass(eq=False)
class Line:
    """One queue with its tasks, and the tokens of its rate limit."""

    queue: Any
    tasks: dict[str, Entry] = field(default_factory=dict)
    heap: list[tuple[float, int, Entry]] = field(default_factory=list)
    forced: deque[Entry] = field(default_factory=deque)
    echoes: set[Entry] = field(default_factory=set)
    in_flight: int = 0
    tokens: float = 0.0
    refilled: float = field(default_factory=time.monotonic)

    def add(self, entry: Entry) -> None:
        """Puts the task in line for its due moment."""
        heapq.heappush(self.heap, (entry.due, next(_ORDER), entry))

    def repeat(self, entry: Entry) -> None:
        """Puts a duplicate of the task in line, due at once."""
        task = type(entry.task)()
        task.CopyFrom(entry.task)
        echo = Entry(task, entry.due, echo=True)
        self.echoes.add(echo)
        self.add(echo)

    def silence(self) -> None:
        """Takes out the duplicates that have not run yet."""
        for echo in tuple(self.echoes):
            echo.gone = not echo.in_flight
        self.echoes = {echo for echo in self.echoes if not echo.gone}

    def head(self) -> Entry | None:
        """The task that is due first."""
        while self.heap and self._stale(*self.heap[0]):
            heapq.heappop(self.heap)
        return self.heap[0][2] if self.heap else None

    def next_forced(self) -> Entry | None:
        """The next task that was told to run whatever its schedule says."""
        while self.forced and not self.forced[0].waits_forced():
            self.forced.popleft()
        return self.forced[0] if self.forced else None

    def _stale(self, due: float, _order: int, entry: Entry) -> bool:
        return entry.gone or entry.in_flight or entry.due != due

    def wait_s(self) -> float:
        """Real seconds until the rate limit lets the next task go; infinity until one in flight ends."""
        limits = self.queue.rate_limits
        if self.in_flight >= limits.max_concurrent_dispatches:
            return NEVER
        now, rate = time.monotonic(), limits.max_dispatches_per_second
        self.tokens = min(float(limits.max_burst_size), self.tokens + (now - self.refilled) * rate)
        self.refilled = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / rate


def moment(timestamp: Any) -> datetime:
    """A protobuf timestamp as an aware moment in UTC."""
    return timestamp.ToDatetime(tzinfo=UTC)
