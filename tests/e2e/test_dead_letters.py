"""What Pub/Sub gives up is parked with its reason, seen, put right and replayed, over the real clients."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from common.client import Billing, Refused, every, models
from common.documents import Document
from common.events.base import Fact
from common.failures import TryLater
from common.functions.declared import DEAD_LETTERS, Delivery, Function
from common.google import channels
from common.parking import Parked
from common.ports import Message
from common.tools.local import Local
from common.tools.provision import provision, subscribe, unless_there
from common.transaction import Transaction

FUNCTION = "relay-take"
AT = datetime(2026, 10, 1, 8, tzinfo=UTC)


class ProbeTold(Fact):
    """A fact that only this test tells."""

    name: ClassVar[str] = "probe.told"

    probe: str


class Taken(Document):
    """A fact that was taken."""

    collection = "taken_probes"

    times: int = 0


class Faults:
    """What is wrong with the handler, until somebody puts it right."""

    def __init__(self) -> None:
        self.bug: Exception | None = None
        self.missing: set[str] = set()
        self.tries = 0

    def take(self, told: ProbeTold, transaction: Transaction) -> None:
        self.tries += 1
        if self.bug is not None:
            raise self.bug
        if told.probe in self.missing:
            raise TryLater(f"{told.probe} is not there yet")
        taken = transaction.find(Taken, told.probe) or Taken(id=told.probe)
        transaction.put(taken.but(times=taken.times + 1))


@pytest.fixture
def faults(platform: Local) -> Iterator[Faults]:
    """A function of the platform's host whose messages are given up after five attempts."""
    found = Faults()
    function = Function("event", "functions.relay.main", found.take, ProbeTold, _name="take")
    topic = f"projects/{platform.settings.project}/topics/{ProbeTold.name}"
    unless_there(channels.publisher(platform.settings).create_topic, name=topic)
    subscribe(function, platform.settings, Delivery(attempts=5, shortest_wait_s=0, longest_wait_s=0))
    provision([function], platform.settings)
    platform.host._pushed[FUNCTION] = function
    yield found
    del platform.host._pushed[FUNCTION]


def tell(platform: Local, key: str, *probes: str) -> None:
    facts = tuple({"probe": probe} for probe in probes)
    ids = tuple(f"{key}.{n}" for n in range(len(probes)))
    platform.engine.publish([Message(name=ProbeTold.name, key=key, facts=facts, ids=ids, at=AT)])
    platform.settle()


def publish(platform: Local, topic: str, data: bytes) -> None:
    name = f"projects/{platform.settings.project}/topics/{topic}"
    channels.publisher(platform.settings).publish(request={"topic": name, "messages": [{"data": data}]})
    platform.settle()


def waiting(billing: Billing) -> list[models.ParkedView]:
    return list(every(billing.relay.list_parked, function=FUNCTION))


def replay(platform: Local, billing: Billing, parked_id: str, *, alike: bool = False) -> None:
    billing.relay.replay(parked_id, models.ReplayBody(reason="put right", all_like_this=alike))
    platform.settle()


def discard(billing: Billing, parked_id: str) -> None:
    assert billing.relay.discard(parked_id, models.DiscardBody(reason="nonsense")).parked_ids == [parked_id]


def times(platform: Local, probe: str) -> int:
    taken = platform.runtime.world.read.find(Taken, probe)
    return taken.times if taken else 0


def state(billing: Billing, parked_id: str) -> str:
    return billing.relay.show_parked(parked_id).state


def test_a_handler_that_always_fails_is_given_up_parked_put_right_and_takes_effect_once(
    platform: Local, billing: Billing, faults: Faults
) -> None:
    faults.bug = ZeroDivisionError("the rate is nought")
    tell(platform, "bug", "p-1")
    assert faults.tries == 5
    (parked,) = waiting(billing)
    assert (parked.code, parked.attempts) == ("gave_up_zero_division_error", 5)
    assert parked.subscription == f"{FUNCTION}.{ProbeTold.name}"
    assert "gave up after 5 attempts" in parked.detail
    assert parked.detail.endswith("the rate is nought")
    assert parked.facts == [{"probe": "p-1"}]

    faults.bug = None
    replay(platform, billing, parked.id)
    assert times(platform, "p-1") == 1
    assert state(billing, parked.id) == "replayed"
    tell(platform, "bug", "p-1")
    assert times(platform, "p-1") == 1


def test_what_waited_in_vain_is_grouped_by_cause_and_replayed_together(
    platform: Local, billing: Billing, faults: Faults
) -> None:
    faults.missing = {"p-2", "p-3"}
    tell(platform, "wait-2", "p-2")
    tell(platform, "wait-3", "p-3")
    causes = [c for c in billing.relay.list_causes().items if c.function == FUNCTION]
    assert [(cause.code, cause.count) for cause in causes] == [("gave_up_try_later", 2)]
    faults.missing = set()
    replay(platform, billing, causes[0].example_id, alike=True)
    assert [times(platform, probe) for probe in ("p-2", "p-3")] == [1, 1]
    assert waiting(billing) == []


def test_a_slice_that_was_done_in_part_has_only_its_rest_done_by_the_replay(
    platform: Local, billing: Billing, faults: Faults
) -> None:
    faults.missing = {"p-5"}
    tell(platform, "slice", "p-4", "p-5", "p-6")
    (parked,) = waiting(billing)
    assert [times(platform, probe) for probe in ("p-4", "p-5", "p-6")] == [1, 0, 1]
    faults.missing = set()
    replay(platform, billing, parked.id)
    assert [times(platform, probe) for probe in ("p-4", "p-5", "p-6")] == [1, 1, 1]
    assert state(billing, parked.id) == "replayed"


def test_a_message_that_was_done_after_all_is_over_when_it_is_replayed(
    platform: Local, billing: Billing, faults: Faults
) -> None:
    faults.bug = ZeroDivisionError("for now")
    tell(platform, "late", "p-7")
    (parked,) = waiting(billing)
    faults.bug = None
    tell(platform, "late", "p-7")
    replay(platform, billing, parked.id)
    assert times(platform, "p-7") == 1
    assert state(billing, parked.id) == "replayed"


def test_what_nobody_can_read_is_kept_as_it_came_and_can_only_be_discarded(
    platform: Local, billing: Billing, faults: Faults
) -> None:
    hostile = b"\xff\x00<script>alert(1)</script>"
    publish(platform, ProbeTold.name, hostile)
    assert faults.tries == 0
    (listed,) = waiting(billing)
    assert (listed.code, listed.attempts, listed.facts) == ("unreadable", 5, [])
    assert (listed.raw, listed.raw_bytes) == ("", len(hostile))
    assert listed.allowed == ["discard"]
    assert base64.b64decode(billing.relay.show_parked(listed.id).raw) == hostile
    with pytest.raises(Refused) as refused:
        replay(platform, billing, listed.id)
    assert (refused.value.status, refused.value.code) == (422, "unreadable")
    discard(billing, listed.id)
    assert waiting(billing) == []


def test_a_message_too_large_for_a_document_is_archived_and_said_to_be(
    platform: Local, billing: Billing, faults: Faults
) -> None:
    assert faults.tries == 0
    large = b"\xfe" * 900_000
    publish(platform, ProbeTold.name, large)
    (listed,) = waiting(billing)
    assert (listed.code, listed.allowed) == ("too_large", ["discard"])
    assert platform.runtime.world.get_file(listed.raw_file) == large
    discard(billing, listed.id)


def test_a_dead_letter_published_by_hand_is_kept_too(platform: Local, billing: Billing) -> None:
    publish(platform, DEAD_LETTERS, b"{}")
    (kept,) = [p for p in platform.runtime.world.read.select(Parked, state="parked") if not p.subscription]
    assert (kept.code, base64.b64decode(kept.raw)) == ("unreadable", b"{}")
    assert billing.relay.show_parked(kept.id).allowed == ["discard"]
