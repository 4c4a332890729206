"""What is parked can be seen, replayed and given up; what a crash left is published."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from common.commit import Cause
from common.documents import Document
from common.events.matching import ItemSettled
from common.failures import Rejected, TryLater
from common.functions.declared import Function
from common.parking import Parked
from common.transaction import Transaction
from functions.relay import handlers
from functions.relay.api import list_parked
from functions.relay.requests import Discard, ParkedList, Replay
from tests.kit import Platform


class Seen(Document):
    """A fact that went through."""

    collection = "seen"


broken = {"yes"}


def listen(facts: Sequence[ItemSettled], transaction: Transaction) -> None:
    for fact in facts:
        if fact.item_id in broken:
            raise Rejected("item_is_broken", fact.item_id)
        if fact.item_id == "later":
            raise TryLater("not yet")
        transaction.put(Seen(id=fact.item_id))


def settled(item_id: str) -> ItemSettled:
    return ItemSettled(
        member_id="mem_1",
        item_id=item_id,
        item_version=1,
        open_minor=0,
        invoice_id="inv_1",
        invoice_number="MP-2026-0000001",
        currency="EUR",
        total_minor=100,
        settled_on=datetime(2026, 10, 1, tzinfo=UTC).date(),
    )


@pytest.fixture
def platform() -> Platform:
    found = Platform("relay")
    function = Function("event", "functions.relay.main", listen, ItemSettled, whole_slices=True, _name="listen")
    found.bus.functions.append(function)
    broken.clear()
    broken.add("bad")
    return found


def test_one_bad_fact_is_parked_and_the_rest_of_its_slice_goes_on(platform: Platform) -> None:
    platform.tell(settled("a"), settled("bad"), settled("b"))
    assert {seen.id for seen in platform.all(Seen)} == {"a", "b"}
    (parked,) = platform.all(Parked)
    assert (parked.function, parked.code, parked.state) == ("relay-listen", "item_is_broken", "parked")


def test_a_slice_taken_apart_and_delivered_again_has_no_second_effect(platform: Platform) -> None:
    platform.tell(settled("a"), settled("bad"))
    messages = [m for r in platform.runtime.world.records(subjects="mem_1") for m in r.messages()]
    platform.engine.publish(messages)
    platform.settle()
    assert [seen.version for seen in platform.all(Seen)] == [1]
    assert len(platform.all(Parked)) == 1


def test_replaying_after_the_fix_unparks_in_the_commit_that_goes_through(platform: Platform) -> None:
    platform.tell(settled("bad"))
    (parked,) = platform.all(Parked)
    broken.clear()
    platform.do(handlers.replay, Replay(parked_id=parked.id, reason="fixed the item"))
    platform.settle()
    assert platform.all(Parked)[0].state == "replayed"
    assert [seen.id for seen in platform.all(Seen)] == ["bad"]


def test_replaying_too_early_parks_it_again_and_later_it_goes_through(platform: Platform) -> None:
    platform.tell(settled("bad"))
    for _ in range(2):
        platform.do(handlers.replay, Replay(parked_id=platform.all(Parked)[0].id, reason="try again"))
        platform.settle()
        assert platform.all(Parked)[0].state == "parked"
    broken.clear()
    platform.do(handlers.replay, Replay(parked_id=platform.all(Parked)[0].id, reason="try again"))
    platform.settle()
    assert platform.all(Parked)[0].state == "replayed"


def test_all_like_this_replays_the_same_cause_only(platform: Platform) -> None:
    broken.add("worse")
    platform.tell(settled("bad"), settled("worse"))
    broken.clear()
    first = platform.all(Parked)[0]
    platform.do(handlers.replay, Replay(parked_id=first.id, reason="fixed", all_like_this=True))
    platform.settle()
    assert {parked.state for parked in platform.all(Parked)} == {"replayed"}


def test_what_was_discarded_cannot_be_replayed(platform: Platform) -> None:
    platform.tell(settled("bad"))
    (parked,) = platform.all(Parked)
    platform.do(handlers.discard, Discard(parked_id=parked.id, reason="test data"))
    with pytest.raises(Rejected, match="wrong_state"):
        platform.do(handlers.replay, Replay(parked_id=parked.id, reason="again"))
    assert list_parked(ParkedList(), platform.runtime.world).items == []


def test_the_sweep_publishes_what_a_crash_between_commit_and_publish_left(platform: Platform) -> None:
    platform.runtime.publish = lambda record: None  # type: ignore[method-assign]  # noqa: ARG005 - its own name
    platform.runtime.commit(Cause("test", "crash", "machine:test"), lambda unit: unit.emit(settled("a")))
    del platform.runtime.publish
    platform.settle()
    assert platform.all(Seen) == []
    platform.clock.advance_to(datetime(2026, 10, 1, 9, tzinfo=UTC))
    platform.bus.fire("relay-sweep")
    platform.settle()
    assert [seen.id for seen in platform.all(Seen)] == ["a"]
    assert platform.runtime.sweep() == 0
