"""Delivering what the memory engine holds: at least once, in any order, until all is quiet."""

import heapq
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from common.failures import TryLater
from common.functions.declared import DELIVERY, Function
from common.functions.entry import tick
from common.ports import Message
from common.runtime import Runtime
from emulators.memory import MemoryClock, MemoryEngine, subscribers

PATIENCE: Final = 50
"""So often one message may be tried again before the bus calls it stuck."""


class Stuck(RuntimeError):
    """A message can't be delivered however often it is tried."""


class Bus:
    """Drives functions over a memory engine; `disorder` shuffles and repeats deliveries.

    What fails by one of `again` is tried again, after waits that double as Pub/Sub's and Tasks' do; any other failure
    is a bug and is raised.
    """

    def __init__(
        self,
        runtime: Runtime,
        engine: MemoryEngine,
        clock: MemoryClock,
        functions: Sequence[Function],
        *,
        disorder: bool = False,
        again: tuple[type[Exception], ...] = (TryLater,),
    ) -> None:
        self.runtime = runtime
        self.engine = engine
        self.clock = clock
        self.functions = list(functions)
        self.disorder = disorder
        self.again = again
        self._waiting: list[tuple[Function, Message, int]] = []
        self._retries: list[tuple[datetime, int, Function, Message, int]] = []
        self._failed = 0

    def settle(self) -> None:
        """Delivers all that is due, and what that causes, until nothing moves; the clock moves on to each retry."""
        while self._collect() or self._wait():
            batch, self._waiting = self._waiting, []
            if self.disorder:
                batch = batch + [entry for entry in batch if self.engine.random.random() < 0.2]  # noqa: PLR2004
                self.engine.random.shuffle(batch)
            for function, message, attempt in batch:
                self._deliver(function, message, attempt)

    def advance_to(self, moment: datetime) -> None:
        """Moves the clock, stopping at each task that falls due on the way."""
        self.settle()
        while self.engine.tasks and self.engine.tasks[0][0] <= moment:
            self.clock.advance_to(self.engine.tasks[0][0])
            self.settle()
        self.clock.advance_to(moment)
        self.settle()

    def fire(self, name: str) -> None:
        """A schedule comes round now."""
        function = next(f for f in self.functions if f.name == name)
        self.runtime.deliver(function, tick(function, self.clock.now()))

    def _collect(self) -> bool:
        with self.engine.lock:
            while self.engine.published:
                self._route(self.engine.published.popleft())
            while self.engine.tasks and self.engine.tasks[0][0] <= self.clock.now():
                self._route(self.engine.tasks[0][2])
                heapq.heappop(self.engine.tasks)
        while self._retries and self._retries[0][0] <= self.clock.now():
            self._waiting.append(heapq.heappop(self._retries)[2:])
        return bool(self._waiting)

    def _wait(self) -> bool:
        """Lets the time of the next retry come."""
        if self._retries:
            self.clock.advance_to(self._retries[0][0])
        return bool(self._retries)

    def _route(self, message: Message) -> None:
        self._waiting += [(function, message, 1) for function in subscribers(self.functions, message)]

    def _deliver(self, function: Function, message: Message, attempt: int) -> None:
        try:
            self.runtime.deliver(function, message)
        except self.again as later:
            if attempt >= PATIENCE:
                raise Stuck(f"{function.name} {message.key}: {later}") from later
            self._failed += 1
            due = self.clock.now() + wait_after(attempt)
            heapq.heappush(self._retries, (due, self._failed, function, message, attempt + 1))


def wait_after(attempt: int) -> timedelta:
    """How long a message rests after its n-th failure: from a second, doubling, to a minute."""
    return timedelta(seconds=min(DELIVERY.longest_wait_s, DELIVERY.shortest_wait_s * 2 ** min(attempt - 1, 30)))
