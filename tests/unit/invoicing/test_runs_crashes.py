"""The process dies at every one of a run's steps: the run goes on from there, and ends as if nothing had happened."""

import heapq
import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import pytest

from common.commit import Cause
from common.functions.declared import Function
from common.ports import Message
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from emulators.memory import MemoryClock, MemoryEngine, subscribers
from emulators.simulation.engine import Crash
from functions.invoicing.handlers import runs, runs_starting
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.run_policies import Policy
from functions.invoicing.model.runs import Run, RunSlot
from functions.invoicing.requests.run_policies import SetPolicy
from functions.invoicing.requests.runs import ChangeRun, StartRun
from tests.unit.invoicing.given import SEPTEMBER, buyer, changed, charge

MEMBERS: Final = 9
WITHOUT_TRACE: Final = ("at", "started_at", "frozen_at", "completed_at", "released_at", "archived_at", "head")


class Mortal(MemoryEngine):
    """Dies once, at one of its steps: before a commit, after it, or when its messages are out but not noted so."""

    def __init__(self, dies_at: int = 0) -> None:
        super().__init__()
        self.dies_at = dies_at
        self.steps = 0

    def step(self) -> None:
        """One more place to die at."""
        self.steps += 1
        if self.steps == self.dies_at:
            raise Crash("here")

    def transact(self, work: Callable[[Any], tuple[Sequence[Any], Any]]) -> Any:
        """See Engine."""
        self.step()
        result = super().transact(work)
        self.step()
        return result

    def mark_published(self, commit_ids: Sequence[str]) -> None:
        """See Engine."""
        self.step()
        super().mark_published(commit_ids)


class Life:
    """One run over nine members with a canary, a second slice and a follow-up, by callers who never give up."""

    def __init__(self, dies_at: int = 0) -> None:
        self.engine = Mortal()
        self.clock = MemoryClock(datetime(2026, 10, 1, 8, tzinfo=UTC))
        self.runtime = Runtime(self.engine, self.clock, Settings())
        self.functions = [f for f in functions("invoicing") if not f.name.startswith("invoicing-render")]
        self.waiting: deque[tuple[Function, Message]] = deque()
        self.keys = 0
        self._members()
        self.engine.steps, self.engine.dies_at = 0, dies_at

    def _members(self) -> None:
        names = [f"member-{n:02d}" for n in range(MEMBERS)]
        given = SetPolicy(entity="MP", policy=Policy(slice_pages=1, canary_minutes=0), reason="a test")
        self.do(runs_starting.set_policy, given)
        self._tell([changed(buyer(name)) for name in names[1:]])
        self._tell([charge(f"c-{name}", member=name) for name in names])

    def _tell(self, events: Sequence[Any]) -> None:
        def work(unit: Any) -> None:
            for event in events:
                unit.emit(event)

        self.do(lambda _, unit: work(unit), None)

    def do(self, handler: Callable[..., Any], given: Any) -> Any:
        """A caller that asks again until it is answered."""
        self.keys += 1
        cause = Cause("test", f"{self.keys}", "machine:test")
        answer = self._alive(lambda: self.runtime.commit(cause, lambda unit: handler(given, unit)))
        self.wait(0)
        return answer

    def wait(self, seconds: int) -> None:
        """Time passes, and all that is due on the way is delivered."""
        moment = self.clock.now() + timedelta(seconds=seconds)
        while self._collect() or (self.engine.tasks and self.engine.tasks[0][0] <= moment):
            if not self.waiting:
                self.clock.advance_to(self.engine.tasks[0][0])
                continue
            function, message = self.waiting[0]
            self._alive(partial(self.runtime.deliver, function, message))
            self.waiting.popleft()
        self.clock.advance_to(moment)

    def _collect(self) -> bool:
        while self.engine.published or (self.engine.tasks and self.engine.tasks[0][0] <= self.clock.now()):
            queue = self.engine.published
            message = queue.popleft() if queue else heapq.heappop(self.engine.tasks)[2]
            self.waiting += [(function, message) for function in subscribers(self.functions, message)]
        return bool(self.waiting)

    def _alive(self, action: Callable[[], Any]) -> Any:
        """Whoever dies comes up again and is given the same once more; the sweep publishes what was left."""
        while True:
            try:
                return action()
            except Crash:
                self.clock.advance_to(self.clock.now() + timedelta(seconds=61))
                self.runtime.sweep()

    def live(self) -> None:
        """The run and its follow-up."""
        run_id = self.do(runs.start_run, StartRun(entity="MP", cut_off=SEPTEMBER, canary=3))["id"]
        self._change(runs.release_run, run_id)
        self.wait(30)
        self._change(runs.continue_run, run_id)
        self.wait(60)
        self._tell([changed(buyer("member-00"))])
        again = self._change(runs.rerun, run_id)["id"]
        self._change(runs.release_run, again)
        self.wait(60)

    def _change(self, handler: Callable[..., Any], run_id: str) -> Any:
        return self.do(handler, ChangeRun(run_id=run_id, reason="a test"))

    def state(self) -> dict[str, Any]:
        """Every document but the commit records, without what depends on the time it took."""
        found = {}
        for collection, held in self.engine._collections.items():
            if collection != "commits":
                for document_id, one in held.items():
                    body = json.loads(one.stored.fields["body"])
                    found[f"{collection}/{document_id}"] = timeless(body)
        return found


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: timeless(inner) for name, inner in value.items() if name not in WITHOUT_TRACE}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def undisturbed() -> Life:
    life = Life()
    life.live()
    return life


def test_the_undisturbed_run_is_whole(undisturbed: Life) -> None:
    read = undisturbed.runtime.world.read
    states = [run.state for run in read.select(Run)]
    assert states == ["completed", "completed"]
    numbers = sorted(invoice.number for invoice in read.select(Invoice, limit=1000))
    assert numbers == [f"MP-2026-{n:07d}" for n in range(1, MEMBERS + 1)]
    assert [slot.run_id for slot in read.select(RunSlot)] == [""]
    assert undisturbed.engine.steps >= 20


def test_a_run_that_is_killed_anywhere_ends_as_if_nothing_had_happened(undisturbed: Life) -> None:
    """SAFETY.md, fault 40: each of its steps, of which there are more than 20, is a place to die at."""
    expected, differs = undisturbed.state(), []
    for position in range(1, undisturbed.engine.steps + 1):
        life = Life(position)
        life.live()
        if life.state() != expected or life.engine.steps <= undisturbed.engine.steps:
            differs.append(position)
    assert differs == []
