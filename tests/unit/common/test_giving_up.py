"""A task that fails again and again is parked before its queue forgets it, and its replay does the work once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from common.functions.declared import DELIVERY
from common.parking import Parked
from common.ports import Message
from common.world import World
from functions.accounting.model.batches import SapBatch, SendBatch, batch_id, opened
from functions.accounting.model.parts import Exchange, Part, SapAnswer
from tests.kit import Platform

FUNCTION = "accounting-send-batch"

PART = Part(number=1, document_type="DR", first=0, last=0, posting=Exchange(message_id="msg_1"))


def broken(_: object, __: World) -> list[list[SapAnswer]]:
    raise KeyError("a bug")


@pytest.fixture
def platform() -> Platform:
    found = Platform("accounting", "relay")
    day = found.clock.now().date()
    batch = opened(day, "MP", "EUR").but(state="sent", parts=(PART,))
    found.do(lambda _, unit: unit.put(batch), None)
    return found


def message(platform: Platform) -> Message:
    task = SendBatch(batch_id=batch_id(platform.clock.now().date(), "MP", "EUR"))
    return Message("accounting.send_batch", "some:task", (task.model_dump(mode="json"),), platform.clock.now(), ("t",))


def deliver(platform: Platform, attempt: int, ask: Callable[..., Any]) -> None:
    right = next(f for f in platform.bus.functions if f.name == FUNCTION)
    function = replace(right, ask=ask, _name=right.variable)
    platform.runtime.deliver(function, message(platform), attempt=attempt)


def test_a_failing_task_goes_back_to_its_queue(platform: Platform) -> None:
    with pytest.raises(KeyError):
        deliver(platform, DELIVERY.attempts - 1, broken)
    assert platform.all(Parked) == []


def test_a_task_that_failed_too_often_is_parked_with_its_reason(platform: Platform) -> None:
    deliver(platform, DELIVERY.attempts, broken)
    (parked,) = platform.all(Parked)
    assert (parked.function, parked.code, parked.detail, parked.state) == (FUNCTION, "key_error", "'a bug'", "parked")


def test_its_replay_does_the_work_and_unparks_it(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(platform, DELIVERY.attempts, broken)
    (parked,) = platform.all(Parked)
    function = next(f for f in platform.bus.functions if f.name == FUNCTION)
    monkeypatch.setattr(function, "ask", lambda *_: [[SapAnswer(message_id="msg_1", kind="accepted", document="18")]])
    platform.runtime.replay(parked)
    platform.settle()
    assert [one.state for one in platform.all(Parked)] == ["replayed"]
    assert [batch.state for batch in platform.all(SapBatch)] == ["accepted"]
