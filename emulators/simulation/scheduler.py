"""One thread and one clock: who is delivered what and when, in the order a seed decides."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from common.failures import TryLater
from common.functions.declared import Function
from common.functions.entry import tick
from common.ports import Conflict, Message
from common.runtime import Runtime
from emulators.memory import MemoryClock, subscribers
from emulators.simulation.engine import Crash, FaultyEngine
from emulators.simulation.faults import Faults, Kind

MOST_TRIES: Final = 120
LONGEST_WAIT: Final = timedelta(hours=3)
PATIENT, PATIENT_WAIT = 20, timedelta(hours=12)
"""From so many tries on a message waits longer: what it waits for may be days late."""
SWEEP_AFTER: Final = timedelta(seconds=90)
MOST_COPIES: Final = 4


class Stuck(Exception):
    """The history can't go on: a message can't be delivered however often it is tried, a caller is never answered,

    or a function raised what no function may raise.
    """


Due = tuple[datetime, float, int, Callable[[], None]]
"""Something that happens at a time; what is due at once is ordered by the seed, and no two have one number."""


class Scheduler:
    """Delivers what an engine holds, late, twice and out of order; crashes are restarts.

    `told` is the history so far, a line for each thing that happened; `wrong` are callers who were told two things.
    """

    def __init__(
        self, runtime: Runtime, engine: FaultyEngine, clock: MemoryClock, functions: Sequence[Function], faults: Faults
    ) -> None:
        self.runtime = runtime
        self.engine = engine
        self.clock = clock
        self.functions = {f.name: f for f in functions}
        self.faults = faults
        self.told: list[tuple[datetime, str]] = []
        self.wrong: list[str] = []
        self.deliveries = 0
        self._due: list[Due] = []
        self._numbers = 0
        self._sweeping = False
        self._patience = SWEEP_AFTER
        self._known: dict[tuple[str, str], list[Function]] = {}

    # -- time ----------------------------------------------------------------------------------

    def at(self, moment: datetime, what: Callable[[], None], place: str = "") -> None:
        """Something will happen."""
        self._numbers += 1
        draw = self.faults.draw("order", place or str(self._numbers))
        heapq.heappush(self._due, (max(moment, self.clock.now()), draw, self._numbers, what))

    def run_until(self, moment: datetime) -> None:
        """Everything that is due up to a moment happens, and what that causes."""
        self._collect()
        while self._due and self._due[0][0] <= moment:
            at, _, _, what = heapq.heappop(self._due)
            self.clock.advance_to(at)
            what()
            self._collect()
        self.clock.advance_to(moment)

    def run_dry(self, until: datetime) -> bool:
        """Runs until nothing is left or a moment is reached; whether nothing is left."""
        self._collect()
        while self._due and self._due[0][0] <= until:
            self.run_until(self._due[0][0])
        return not self._due

    # -- callers -------------------------------------------------------------------------------

    def persist(self, place: str, action: Callable[[], Any]) -> Any:
        """A caller that repeats until it is answered; its answers must be one and the same."""
        answers = []
        for attempt in range(1, MOST_TRIES):
            self.engine.at(place, attempt)
            try:
                answers.append(action())
            except (Crash, Conflict) as fault:
                self.tell(f"{place}: {fault or type(fault).__name__}, tries again")
                self.restarted()
                continue
            if attempt > 1 or not self.faults.strikes(Kind.REPEATED_COMMAND, place):
                break
        else:
            raise Stuck(place)
        if any(answer != answers[0] for answer in answers):
            self.wrong.append(f"{place}: answered {answers[0]} and then {answers[-1]}")
        self._collect()
        return answers[0]

    def fire(self, name: str, slot: datetime) -> bool:
        """A schedule comes round: once, twice or not at all; whether it does."""
        place = f"{name} {slot.isoformat()}"
        if self.faults.strikes(Kind.SLOT_SKIPPED, place):
            self.tell(f"{name}: the slot is skipped")
            return False
        message = tick(self.functions[name], slot)
        for copy in range(2 if self.faults.strikes(Kind.SLOT_DOUBLED, place) else 1):
            self._plan(self.functions[name], message, copy, timedelta(0))
        return True

    # -- deliveries ----------------------------------------------------------------------------

    def _collect(self) -> None:
        while self.engine.published:
            message = self.engine.published.popleft()
            for function in self._subscribers(message):
                self._take(function, message, timedelta(0))
        while self.engine.tasks:
            message = heapq.heappop(self.engine.tasks)[2]
            for function in self._subscribers(message):
                self._take(function, message, max(message.at - self.clock.now(), timedelta(0)))
        if self.engine.unpublished and not self._sweeping:
            self._sweeping = True
            self.at(self.clock.now() + self._patience, self._sweep, "sweep")

    def _subscribers(self, message: Message) -> list[Function]:
        kind = (message.function, message.name)
        if kind not in self._known:
            self._known[kind] = subscribers(list(self.functions.values()), message)
        return self._known[kind]

    def _take(self, function: Function, message: Message, wait: timedelta) -> None:
        place = f"{function.name} {message.key}"
        copies = 1
        if self.faults.strikes(Kind.DUPLICATE, place):
            copies += 1 + int(self.faults.draw("copies", place) * MOST_COPIES)
        for copy in range(copies):
            self._plan(function, message, copy, wait + self._delay(f"{place} copy {copy}"))

    def _delay(self, place: str) -> timedelta:
        delay = timedelta(0)
        for kind, longest in (
            (Kind.REORDER, timedelta(minutes=5)),
            (Kind.DELAY, timedelta(hours=5)),
            (Kind.LATE, timedelta(days=30)),
        ):
            if not self.faults.is_off(kind) and self.faults.strikes(kind, place):
                delay += longest * self.faults.draw("how long", place)
        return delay

    def _plan(self, function: Function, message: Message, copy: int, wait: timedelta) -> None:
        place = f"{function.name} {message.key}"
        self.at(self.clock.now() + wait, lambda: self._deliver(function, message, copy, 1), f"{place} {copy}")

    def _deliver(self, function: Function, message: Message, copy: int, attempt: int) -> None:
        self.deliveries += 1
        place = f"{function.name} {message.key} copy {copy}"
        self.engine.at(place, attempt)
        try:
            self.runtime.deliver(function, message)
        except (Crash, Conflict, TryLater, ConnectionError) as fault:
            self.tell(f"{place}: {fault or type(fault).__name__}")
            self._again(function, message, copy, attempt)
        except Exception as fault:
            raise Stuck(f"{place} raised {type(fault).__name__}: {fault}") from fault
        else:
            self.tell(place)
        self.restarted()

    def _again(self, function: Function, message: Message, copy: int, attempt: int) -> None:
        if attempt >= MOST_TRIES:
            raise Stuck(f"{function.name} {message.key} can't be delivered")
        longest = LONGEST_WAIT if attempt < PATIENT else PATIENT_WAIT
        wait = min(timedelta(seconds=2 ** min(attempt, 16)), longest)
        following = replace(message)
        self.at(
            self.clock.now() + wait,
            lambda: self._deliver(function, following, copy, attempt + 1),
            f"{function.name} {message.key} {copy} {attempt}",
        )

    def restarted(self) -> None:
        """A process came up again, or went on: a sweep will look for what was left."""
        self._collect()

    def _sweep(self) -> None:
        """The relay's sweep, which comes every minute while something may be left."""
        self._sweeping = False
        self._numbers += 1
        self.engine.at(f"sweep {self._numbers}", 1)
        try:
            found = self.runtime.sweep()
        except Crash as fault:
            found = 1
            self.tell(f"sweep: {fault}")
        else:
            self.tell(f"the sweep published {found} commits")
        left = self.engine.unpublished = self.engine.left_unpublished
        self._patience = SWEEP_AFTER if found or not left else min(2 * self._patience, timedelta(days=30))
        self._collect()

    def tell(self, line: str) -> None:
        """One line of the history."""
        self.told.append((self.clock.now(), line))
