"""Pub/Sub's memory: exactly-once leases, seeking to a time or a snapshot, retention and expiry."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.pubsub_v1.subscriber import exceptions as acks
from google.protobuf import duration_pb2, field_mask_pb2

from tests.emulated.pubsub_running import SUBSCRIPTION, TOPIC, Running, serve
from tests.emulated.receiving import until

pytestmark = pytest.mark.emulated
SNAPSHOT = "projects/p/snapshots/before"
HOUR = duration_pb2.Duration(seconds=3600)


@pytest.fixture
def running() -> Iterator[Running]:
    running, end = serve(None)
    running.publisher.create_topic(name=TOPIC)
    yield running
    end()


def texts(pulled: list[Any]) -> list[str]:
    return sorted(one.message.data.decode() for one in pulled)


def acknowledge(running: Running, pulled: list[Any]) -> None:
    running.subscriber.acknowledge(subscription=SUBSCRIPTION, ack_ids=[one.ack_id for one in pulled])


# -- exactly once --------------------------------------------------------------------------------------


def test_an_old_ack_id_no_longer_counts_and_is_named(running: Running) -> None:
    running.subscribe(enable_exactly_once_delivery=True)
    running.publish("one", "two")
    first = {one.message.data: one.ack_id for one in running.pull()}
    running.subscriber.modify_ack_deadline(subscription=SUBSCRIPTION, ack_ids=[first[b"one"]], ack_deadline_seconds=0)
    (again,) = running.pull()
    with pytest.raises(exceptions.InvalidArgument) as refused:
        running.subscriber.acknowledge(subscription=SUBSCRIPTION, ack_ids=list(first.values()))
    told = [dict(detail.metadata) for detail in refused.value.details]
    assert told == [{first[b"one"]: "PERMANENT_FAILURE_INVALID_ACK_ID"}]
    acknowledge(running, [again])
    assert running.emulator.pending()["pull"] == 0


def test_a_stream_confirms_acknowledgements_to_the_client(running: Running) -> None:
    running.subscribe(enable_exactly_once_delivery=True)
    confirmed: list[Any] = []

    def take(message: Any) -> None:
        confirmed.append(message.ack_with_response().result(timeout=10))

    pulling = running.subscriber.subscribe(SUBSCRIPTION, take)
    running.publish("a", "b", "c")
    until(lambda: len(confirmed) == 3)
    pulling.cancel()
    pulling.result(timeout=10)
    assert set(confirmed) == {acks.AcknowledgeStatus.SUCCESS}
    assert running.emulator.pending()["pull"] == 0


def test_without_exactly_once_an_old_ack_id_is_taken(running: Running) -> None:
    running.subscribe()
    running.publish("one")
    first = running.pull()
    running.subscriber.modify_ack_deadline(subscription=SUBSCRIPTION, ack_ids=[first[0].ack_id], ack_deadline_seconds=0)
    running.pull()
    acknowledge(running, first)
    assert running.emulator.pending()["pull"] == 0


# -- seeking -------------------------------------------------------------------------------------------


def test_seeking_back_brings_again_what_was_acknowledged_since(running: Running) -> None:
    running.subscribe(retain_acked_messages=True)
    running.publish("early")
    acknowledge(running, running.pull())
    between = running.clock.now()
    running.publish("late")
    acknowledge(running, running.pull())
    running.subscriber.seek(request={"subscription": SUBSCRIPTION, "time": between})
    assert texts(running.pull()) == ["late"]


def test_seeking_ahead_acknowledges_everything_before(running: Running) -> None:
    running.subscribe()
    running.publish("x", "y")
    running.subscriber.seek(request={"subscription": SUBSCRIPTION, "time": running.clock.now()})
    assert running.pull() == []
    assert running.emulator.pending()["pull"] == 0


def test_a_topic_that_retains_serves_a_subscription_that_does_not(running: Running) -> None:
    mask = field_mask_pb2.FieldMask(paths=["message_retention_duration"])
    running.publisher.update_topic(topic={"name": TOPIC, "message_retention_duration": HOUR}, update_mask=mask)
    start = running.clock.now()
    running.publish("before the subscription")
    running.subscribe()
    assert running.pull() == []
    running.subscriber.seek(request={"subscription": SUBSCRIPTION, "time": start})
    assert texts(running.pull()) == ["before the subscription"]


def test_a_snapshot_brings_back_what_was_open_then_and_came_since(running: Running) -> None:
    running.subscribe()
    running.publish("done", "open")
    pulled = running.pull()
    acknowledge(running, [one for one in pulled if one.message.data == b"done"])
    running.subscriber.create_snapshot(name=SNAPSHOT, subscription=SUBSCRIPTION)
    acknowledge(running, [one for one in pulled if one.message.data == b"open"])
    running.publish("since")
    acknowledge(running, running.pull())
    running.subscriber.seek(request={"subscription": SUBSCRIPTION, "snapshot": SNAPSHOT})
    assert texts(running.pull()) == ["open", "since"]


def test_snapshots_are_listed_expire_after_a_week_and_can_be_deleted(running: Running) -> None:
    running.subscribe()
    taken = running.subscriber.create_snapshot(name=SNAPSHOT, subscription=SUBSCRIPTION)
    assert taken.expire_time == pytest.approx(running.clock.now() + timedelta(days=7), abs=timedelta(seconds=5))
    assert [s.name for s in running.subscriber.list_snapshots(project="projects/p")] == [SNAPSHOT]
    assert list(running.publisher.list_topic_snapshots(topic=TOPIC)) == [SNAPSHOT]
    with pytest.raises(exceptions.AlreadyExists):
        running.subscriber.create_snapshot(name=SNAPSHOT, subscription=SUBSCRIPTION)
    running.subscriber.delete_snapshot(snapshot=SNAPSHOT)
    running.subscriber.create_snapshot(name=SNAPSHOT, subscription=SUBSCRIPTION)
    running.clock.advance_to(running.clock.now() + timedelta(days=7, minutes=1))
    with pytest.raises(exceptions.NotFound):
        running.subscriber.get_snapshot(snapshot=SNAPSHOT)


def test_messages_with_an_ordering_key_come_again_in_their_order(running: Running) -> None:
    running.subscribe(retain_acked_messages=True, enable_message_ordering=True)
    start = running.clock.now()
    for text in (b"1", b"2", b"3"):
        running.publisher.publish(TOPIC, text, ordering_key="k").result(timeout=5)
    acknowledge(running, running.pull(limit=1))
    running.subscriber.seek(request={"subscription": SUBSCRIPTION, "time": start})
    came = []
    for _ in range(3):
        pulled = running.pull()
        came += [one.message.data for one in pulled]
        acknowledge(running, pulled)
    assert came == [b"1", b"2", b"3"]


def test_after_a_crash_an_ack_id_of_before_no_longer_counts(tmp_path: Any) -> None:
    running, end = serve(tmp_path)
    running.publisher.create_topic(name=TOPIC)
    running.subscribe(enable_exactly_once_delivery=True)
    running.publish("one")
    before = running.pull()
    end()
    running, end = serve(tmp_path)
    after = running.pull()
    assert after[0].ack_id != before[0].ack_id
    with pytest.raises(exceptions.InvalidArgument):
        acknowledge(running, before)
    acknowledge(running, after)
    end()


def test_a_seek_to_nothing_is_refused(running: Running) -> None:
    running.subscribe()
    with pytest.raises(exceptions.InvalidArgument):
        running.subscriber.seek(request={"subscription": SUBSCRIPTION})
    with pytest.raises(exceptions.NotFound):
        running.subscriber.seek(request={"subscription": SUBSCRIPTION, "snapshot": SNAPSHOT})


# -- retention and expiry ------------------------------------------------------------------------------


def test_a_message_nobody_takes_is_gone_after_its_retention(running: Running) -> None:
    running.subscribe(message_retention_duration=HOUR)
    running.publish("old")
    running.clock.advance_to(running.clock.now() + timedelta(hours=2))
    running.publish("new")
    assert texts(running.pull()) == ["new"]
    with pytest.raises(exceptions.InvalidArgument, match="retention"):
        running.subscribe("projects/p/subscriptions/brief", message_retention_duration=duration_pb2.Duration(seconds=5))


def test_a_subscription_nobody_uses_expires_and_one_without_a_policy_never_does(running: Running) -> None:
    running.subscribe()
    running.subscribe("projects/p/subscriptions/for-ever", expiration_policy={})
    running.clock.advance_to(running.clock.now() + timedelta(days=20))
    assert running.pull() == []
    running.clock.advance_to(running.clock.now() + timedelta(days=20))
    assert running.subscriber.get_subscription(subscription=SUBSCRIPTION)
    running.clock.advance_to(running.clock.now() + timedelta(days=32))
    names = [one.name for one in running.subscriber.list_subscriptions(project="projects/p")]
    assert names == ["projects/p/subscriptions/for-ever"]


def test_a_detached_subscription_is_owed_nothing_more(running: Running) -> None:
    running.subscribe()
    running.publish("x")
    running.publisher.detach_subscription(request={"subscription": SUBSCRIPTION})
    running.publish("y")
    kept = running.subscriber.get_subscription(subscription=SUBSCRIPTION)
    assert kept.detached
    assert running.emulator.pending()["pull"] == 0


# -- policies ------------------------------------------------------------------------------------------


def test_a_policy_is_kept_and_an_old_one_is_not_taken_over_a_newer(running: Running) -> None:
    policy = running.publisher.get_iam_policy(request={"resource": TOPIC})
    stale = policy.etag
    policy.bindings.add(role="roles/pubsub.viewer", members=["user:a@example.com"])
    running.publisher.set_iam_policy(request={"resource": TOPIC, "policy": policy})
    kept = running.publisher.get_iam_policy(request={"resource": TOPIC})
    assert [b.role for b in kept.bindings] == ["roles/pubsub.viewer"]
    policy.etag = stale
    with pytest.raises(exceptions.Aborted):
        running.publisher.set_iam_policy(request={"resource": TOPIC, "policy": policy})
    asked = {"resource": TOPIC, "permissions": ["pubsub.topics.publish"]}
    assert list(running.publisher.test_iam_permissions(request=asked).permissions) == ["pubsub.topics.publish"]
    with pytest.raises(exceptions.NotFound):
        running.publisher.get_iam_policy(request={"resource": "projects/p/topics/none"})


def test_what_is_kept_outlives_the_process(tmp_path: Any) -> None:
    running, end = serve(tmp_path)
    running.publisher.create_topic(name=TOPIC)
    running.subscribe(retain_acked_messages=True)
    start = running.clock.now()
    running.publish("one")
    running.subscriber.create_snapshot(name=SNAPSHOT, subscription=SUBSCRIPTION)
    acknowledge(running, running.pull())
    end()
    running, end = serve(tmp_path)
    running.subscriber.seek(request={"subscription": SUBSCRIPTION, "time": start})
    assert texts(running.pull()) == ["one"]
    running.subscriber.seek(request={"subscription": SUBSCRIPTION, "snapshot": SNAPSHOT})
    assert texts([*running.pull()]) in ([], ["one"])
    assert running.emulator.pending()["pull"] == 1
    end()
