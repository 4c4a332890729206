"""What both engines promise of messages and tasks, by one suite."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from common.commit import Cause, Record
from common.documents import Document
from common.events.base import Fact, Task
from common.failures import Rejected, TryLater
from common.functions.declared import TASK_FUNCTIONS, Function
from common.parking import Parked
from common.ports import Message
from common.transaction import Transaction
from tests.contracts.delivering import Delivering, Died, in_memory, over_google

MODULE = "functions.contract.main"


class NumberTold(Fact):
    """A number; it waits until the one it comes after is known."""

    name: ClassVar[str] = "number.told"

    number: int
    after: int = 0


class Remind(Task, name="contract.remind"):
    """Remember a number."""

    number: int


class Number(Document):
    """A number that was told or remembered."""

    collection = "contract_numbers"

    times: int = 0


@dataclass
class Desk:
    """Two functions, what is wrong with them, and when they were tried."""

    now_not: int = 0
    """So many deliveries come too early."""
    refused: set[int] = field(default_factory=set)
    reminds_at: datetime | None = None
    tries: dict[str, list[datetime]] = field(default_factory=dict)
    at: Delivering = field(init=False)

    @property
    def functions(self) -> list[Function]:
        return [
            Function("event", MODULE, self.take, NumberTold, _name="take"),
            Function("task", MODULE, self.remind, Remind, _name="remind"),
        ]

    def take(self, told: NumberTold, transaction: Transaction) -> None:
        self._try("take")
        if told.number in self.refused:
            raise Rejected("odd", f"{told.number} is odd")
        if told.after:
            transaction.get(Number, f"told-{told.after}")
        remember(f"told-{told.number}", transaction)
        if self.reminds_at is not None:
            transaction.later(Remind(number=told.number), self.reminds_at)

    def remind(self, task: Remind, transaction: Transaction) -> None:
        self._try("remind")
        remember(f"reminded-{task.number}", transaction)

    def _try(self, what: str) -> None:
        tries = self.tries.setdefault(what, [])
        tries.append(self.at.runtime.clock.now())
        if len(tries) <= self.now_not:
            raise TryLater("not yet")

    def tell(self, *facts: NumberTold, key: str = "") -> None:
        """Publishes facts as one message, and waits for nothing."""
        bodies = tuple(fact.model_dump(mode="json") for fact in facts)
        named = key or f"number-{facts[0].number}"
        ids = tuple(f"{named}.{n}" for n in range(len(bodies)))
        now = self.at.runtime.clock.now()
        self.at.runtime.engine.publish([Message(NumberTold.name, named, bodies, now, ids)])

    def times(self, name: str) -> int:
        """How often a number took effect."""
        found = self.at.runtime.world.read.find(Number, name)
        return found.times if found else 0

    def parked(self) -> list[Parked]:
        return self.at.runtime.world.read.select(Parked)


def remember(name: str, transaction: Transaction) -> None:
    known = transaction.find(Number, name) or Number(id=name)
    transaction.put(known.but(times=known.times + 1))


@pytest.fixture(params=["memory", pytest.param("google", marks=pytest.mark.emulated)])
def desk(request: pytest.FixtureRequest, project: str) -> Iterator[Desk]:
    found = Desk()
    functions = found.functions
    with ExitStack() as opened:
        if request.param == "memory":
            found.at = opened.enter_context(in_memory(functions))
        else:
            emulators = request.getfixturevalue("emulators")
            found.at = opened.enter_context(over_google(functions, emulators, project))
        yield found
    del TASK_FUNCTIONS[Remind.name]


def die_before_publishing(desk: Desk) -> None:
    """The next commit stands, and its process ends before it tells anybody."""
    runtime = desk.at.runtime

    def died(record: Record) -> None:
        del runtime.publish
        raise Died(record.id)

    runtime.publish = died  # type: ignore[method-assign]


def test_a_message_delivered_twice_has_one_effect(desk: Desk) -> None:
    for _ in range(2):
        desk.tell(NumberTold(number=1))
    desk.at.settle()
    assert desk.times("told-1") == 1


def test_a_message_that_overtakes_its_predecessor_waits_for_it(desk: Desk) -> None:
    desk.tell(NumberTold(number=3, after=2))
    desk.tell(NumberTold(number=2, after=1))
    desk.tell(NumberTold(number=1))
    desk.at.settle()
    assert [desk.times(f"told-{number}") for number in (1, 2, 3)] == [1, 1, 1]


def test_a_function_that_dies_after_its_commit_is_called_again_without_effect(desk: Desk) -> None:
    desk.reminds_at = desk.at.runtime.clock.now()
    die_before_publishing(desk)
    desk.tell(NumberTold(number=1))
    desk.at.settle()
    assert (len(desk.tries["take"]), desk.times("told-1")) == (1, 1)
    assert desk.times("reminded-1") == 1, "whoever meets a record that was not told tells it"

    desk.at.wait_until(desk.at.runtime.clock.now() + timedelta(seconds=61))
    assert desk.at.runtime.sweep() == 0


def test_a_caller_whose_answer_was_lost_asks_again_and_is_answered_alike(desk: Desk) -> None:
    due = desk.at.runtime.clock.now() + timedelta(hours=1)

    def work(unit: Any) -> dict[str, int]:
        remember("asked", unit)
        unit.later(Remind(number=7), due)
        return {"number": 7}

    die_before_publishing(desk)
    asked = Cause("contract", "key-1", "machine:test", fingerprint="one body")
    with pytest.raises(Died):
        desk.at.runtime.commit(asked, work)
    assert desk.at.runtime.commit(asked, work) == {"number": 7}
    assert desk.times("asked") == 1
    with pytest.raises(Rejected, match="idempotency_key_reused"):
        desk.at.runtime.commit(Cause("contract", "key-1", "machine:test", fingerprint="another body"), work)


def test_what_nobody_asks_for_again_is_told_by_the_sweep(desk: Desk) -> None:
    desk.reminds_at = desk.at.runtime.clock.now()
    die_before_publishing(desk)
    asked = Cause("contract", "key-1", "machine:test")
    with pytest.raises(Died):
        desk.at.runtime.commit(asked, lambda unit: unit.later(Remind(number=7)))
    assert desk.at.runtime.sweep() == 0, "its process may still be at it"
    desk.at.wait_until(desk.at.runtime.clock.now() + timedelta(seconds=61))
    assert desk.at.runtime.sweep() == 1
    desk.at.settle()
    assert desk.times("reminded-7") == 1
    assert desk.at.runtime.sweep() == 0


def test_what_comes_too_early_is_tried_again_after_waits_that_grow(desk: Desk) -> None:
    desk.now_not = 3
    desk.tell(NumberTold(number=1))
    desk.at.runtime.commit(Cause("contract", "1", "machine:test"), lambda unit: unit.later(Remind(number=1)))
    desk.at.settle()
    for tries in (desk.tries["take"], desk.tries["remind"]):
        waits = [(later - earlier).total_seconds() for earlier, later in pairwise(tries)]
        assert len(waits) == 3
        assert waits[0] > 0.1
        assert waits == sorted(waits)
        assert waits[2] > 2 * waits[0]
    assert (desk.times("told-1"), desk.times("reminded-1")) == (1, 1)


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=40)], ids=["within_the_day", "beyond_a_queue"])
def test_a_task_is_done_when_it_is_due_and_not_before(desk: Desk, ahead: timedelta) -> None:
    due = desk.at.runtime.clock.now() + ahead
    desk.reminds_at = due
    desk.tell(NumberTold(number=1))
    desk.at.settle()
    desk.at.wait_until(due - timedelta(minutes=5))
    assert (desk.times("told-1"), desk.times("reminded-1")) == (1, 0)
    desk.at.wait_until(due)
    assert desk.times("reminded-1") == 1
    assert desk.tries["remind"][0] >= due


def test_a_refused_message_is_parked_with_its_reason_and_not_delivered_again(desk: Desk) -> None:
    desk.refused = {1}
    desk.tell(NumberTold(number=1))
    desk.at.settle()
    (parked,) = desk.parked()
    assert (parked.state, parked.function, parked.code, parked.detail) == (
        "parked",
        "contract-take",
        "odd",
        "1 is odd",
    )
    assert parked.facts == ({"member_id": "", "number": 1, "after": 0},)
    assert len(desk.tries["take"]) == 1


def test_a_parked_message_is_replayed_and_takes_effect_once(desk: Desk) -> None:
    desk.refused = {1}
    desk.tell(NumberTold(number=1))
    desk.at.settle()
    desk.at.runtime.replay(desk.parked()[0])
    desk.at.settle()
    assert [parked.state for parked in desk.parked()] == ["parked"]

    desk.refused = set()
    for _ in range(2):
        desk.at.runtime.replay(desk.parked()[0])
        desk.at.settle()
    assert [parked.state for parked in desk.parked()] == ["replayed"]
    assert desk.times("told-1") == 1


def test_of_a_slice_only_what_is_refused_is_parked(desk: Desk) -> None:
    desk.refused = {2}
    desk.tell(NumberTold(number=1), NumberTold(number=2), NumberTold(number=4, after=3), key="slice")
    desk.tell(NumberTold(number=3))
    desk.at.settle()
    assert [desk.times(f"told-{number}") for number in (1, 2, 3, 4)] == [1, 0, 1, 1]
    assert [parked.facts[0]["number"] for parked in desk.parked()] == [2]
