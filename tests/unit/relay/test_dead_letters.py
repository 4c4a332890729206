"""What Pub/Sub gave up is parked once, with the last known error, and never over what went through meanwhile."""

import base64
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson
import pytest
from pydantic import ValidationError

from common.documents import Document
from common.events.base import Fact
from common.failures import Rejected, TryLater
from common.functions.declared import Function
from common.functions.entry import dead_letter, pack
from common.parking import Failing, Parked
from common.ports import Message
from common.transaction import Transaction
from functions.relay import handlers
from functions.relay.requests import Discard, Replay
from tests.kit import Platform

AT = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
SOURCE = "CloudPubSubDeadLetterSource"


class ProbeTold(Fact):
    """A fact that only this test tells."""

    name: ClassVar[str] = "probe.told"

    probe: str


class Taken(Document):
    """A fact that was taken."""

    collection = "taken_probes"


class Stage:
    """A platform with one function whose handler can be made to fail."""

    def __init__(self) -> None:
        self.platform = Platform("relay")
        self.fault: Exception | None = None
        self.function = Function("event", "functions.relay.main", self.take, ProbeTold, _name="take")
        self.platform.bus.functions.append(self.function)
        self.seen: list[datetime] = []

    def take(self, told: ProbeTold, transaction: Transaction) -> None:
        if self.fault is not None:
            raise self.fault
        transaction.put(Taken(id=told.probe))

    def deliver(self, message: Message, *, attempt: int = 0) -> None:
        self.platform.runtime.deliver(self.function, message, attempt=attempt)

    def fail(self, message: Message, fault: Exception, attempt: int) -> None:
        self.fault = fault
        with pytest.raises(type(fault)):
            self.deliver(message, attempt=attempt)
        self.fault = None

    def give_up(self, data: bytes, number: int = 1, subscription: str = "relay-take.probe.told") -> None:
        """As Pub/Sub's push to the dead letters' function."""
        attributes = {f"{SOURCE}Subscription": subscription, f"{SOURCE}DeliveryCount": "50"} if subscription else {}
        told: dict[str, Any] = {
            "data": base64.b64encode(data).decode(),
            "messageId": f"m{number}",
            "publishTime": "2026-10-01T09:00:00Z",
            "attributes": attributes,
        }
        function = next(f for f in self.platform.bus.functions if f.kind == "dead_letter")
        self.platform.runtime.deliver(function, dead_letter(function, told))

    def parked(self) -> list[Parked]:
        return self.platform.all(Parked)

    def replay(self) -> None:
        self.platform.do(handlers.replay, Replay(parked_id=self.parked()[0].id, reason="put right"))
        self.platform.settle()


@pytest.fixture
def stage() -> Stage:
    return Stage()


def probe(key: str = "k", *names: str) -> Message:
    facts = tuple({"probe": name} for name in names or ("p",))
    return Message(name="probe.told", key=key, facts=facts, ids=tuple("abc"[: len(facts)]), at=AT)


def test_the_same_dead_letter_twice_is_parked_once(stage: Stage) -> None:
    for _ in range(2):
        stage.give_up(pack(probe()))
    assert [parked.version for parked in stage.parked()] == [1]
    stage.give_up(pack(probe()), number=2)
    assert [(parked.version, parked.key) for parked in stage.parked()] == [(2, "k")]


def test_the_last_noted_error_is_the_reason(stage: Stage) -> None:
    stage.fail(probe(), TryLater("the member is not there yet"), attempt=5)
    stage.fail(probe(), KeyError("rate"), attempt=10)
    stage.give_up(pack(probe()))
    (parked,) = stage.parked()
    assert parked.code == "gave_up_key_error"
    assert parked.detail == (
        "relay-take.probe.told gave up after 50 attempts. "
        "Last known error, at attempt 10, 2026-10-01T08:00:00+00:00: 'rate'"
    )


def test_without_a_noted_error_it_says_so(stage: Stage) -> None:
    stage.fail(probe(), KeyError("early"), attempt=4)
    stage.give_up(pack(probe()))
    assert stage.parked()[0].code == "gave_up"
    assert "No error is known" in stage.parked()[0].detail


def test_a_validation_error_is_noted_without_the_value_it_is_about(stage: Stage) -> None:
    wrong = Message(name="probe.told", key="k", facts=({"probe": {"iban": "DE02"}},), ids=("a",), at=AT)
    with pytest.raises(ValidationError):
        stage.deliver(wrong, attempt=5)
    (noted,) = stage.platform.all(Failing)
    assert noted.fault == "validation_error"
    assert noted.detail.startswith("probe: ")
    assert "DE02" not in noted.detail


def test_a_replay_says_when_the_message_was_told_not_when_it_is_replayed(stage: Stage) -> None:
    stage.give_up(pack(probe()))
    seen: list[datetime] = []
    stage.function.kind = "stream"
    stage.function.handler = lambda message, _world: seen.append(message.at)
    stage.replay()
    assert seen == [AT]
    assert stage.parked()[0].state == "replayed"


def test_a_replay_that_has_to_wait_again_can_be_replayed_again(stage: Stage) -> None:
    stage.give_up(pack(probe()))
    first = stage.parked()[0]
    sent: list[Message] = []
    stage.platform.runtime.engine.publish = sent.extend  # type: ignore[method-assign,assignment]
    for minute in range(2):
        stage.platform.clock.advance_to(datetime(2026, 10, 1, 10, minute, tzinfo=UTC))
        stage.platform.runtime.replay(first)
    assert sent[0].parked_id != sent[1].parked_id


def test_a_slice_replayed_parks_what_is_refused_of_it_on_its_own(stage: Stage) -> None:
    stage.give_up(pack(probe("k", "good", "bad")))

    def picky(told: ProbeTold, transaction: Transaction) -> None:
        if told.probe == "bad":
            raise Rejected("bad_probe")
        transaction.put(Taken(id=told.probe))

    stage.function.handler = picky
    stage.replay()
    assert [taken.id for taken in stage.platform.all(Taken)] == ["good"]
    assert {(parked.key, parked.state) for parked in stage.parked()} == {("k", "replayed"), ("k#1", "parked")}


def test_what_was_discarded_or_went_through_is_not_parked_again(stage: Stage) -> None:
    stage.give_up(pack(probe("k1")), number=1)
    stage.replay()
    stage.give_up(pack(probe("k1")), number=2)
    assert [parked.state for parked in stage.parked()] == ["replayed"]


def test_a_discarded_message_whose_replay_was_under_way_stays_discarded(stage: Stage) -> None:
    stage.give_up(pack(probe()))
    (parked,) = stage.parked()
    stage.platform.runtime.replay(parked)
    stage.platform.do(handlers.discard, Discard(parked_id=parked.id, reason="not wanted"))
    stage.platform.settle()
    assert [one.state for one in stage.parked()] == ["discarded"]
    assert stage.platform.all(Taken) == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff", b"[]", b"{}", b"null", b'"text"', b"{" * 10_000, pack(probe())[:-2],
        pack(probe()).replace(b'"facts":[{', b'"facts":[1,{'), pack(probe()).replace(b"+00:00", b""),
        pack(probe()).replace(b'"name":"probe.told"', b'"name":7'),
        orjson.dumps({**orjson.loads(pack(probe())), "facts": []}),
    ],
)  # fmt: skip
def test_what_nobody_can_read_is_kept_as_it_came(stage: Stage, data: bytes) -> None:
    stage.give_up(data)
    (parked,) = stage.parked()
    assert (parked.code, parked.name, parked.facts) == ("unreadable", "probe.told", ())
    assert base64.b64decode(parked.raw) == data
    with pytest.raises(Rejected, match="unreadable"):
        stage.replay()


def test_what_could_not_be_read_is_replayed_once_todays_code_can(stage: Stage) -> None:
    stage.give_up(b"not yet")
    (parked,) = stage.parked()
    fixed = base64.b64encode(pack(probe("k", "late"))).decode()
    stage.platform.do(lambda _given, unit: unit.put(unit.get(Parked, parked.id).but(raw=fixed)), None)
    stage.replay()
    assert [taken.id for taken in stage.platform.all(Taken)] == ["late"]
    assert stage.parked()[0].state == "replayed"


def test_all_like_this_leaves_out_what_nobody_can_read(stage: Stage) -> None:
    stage.give_up(b"not yet", number=1)
    stage.give_up(b"never", number=2)
    first = next(one for one in stage.parked() if base64.b64decode(one.raw) == b"not yet")
    fixed = base64.b64encode(pack(probe("k", "late"))).decode()
    stage.platform.do(lambda _given, unit: unit.put(unit.get(Parked, first.id).but(raw=fixed)), None)
    moved = stage.platform.do(handlers.replay, Replay(parked_id=first.id, reason="put right", all_like_this=True))
    stage.platform.settle()
    assert moved["parked_ids"] == [first.id]
    assert {one.state for one in stage.parked()} == {"replayed", "parked"}
