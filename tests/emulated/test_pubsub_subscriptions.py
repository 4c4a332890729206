"""Subscriptions as they are listed, changed from push to pull, and kept from being given more than they can hold."""

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.protobuf import field_mask_pb2
from google.pubsub_v1.types import StreamingPullRequest

from tests.emulated.pubsub_running import QUICK, SUBSCRIPTION, TOPIC, Running, serve
from tests.emulated.receiving import Endpoint, receiving, until

pytestmark = pytest.mark.emulated
SNAPSHOT = "projects/p/snapshots/noon"


@pytest.fixture
def running() -> Iterator[Running]:
    running, end = serve(None)
    running.publisher.create_topic(name=TOPIC)
    yield running
    end()


@pytest.fixture
def receiver() -> Iterator[Endpoint]:
    with receiving() as endpoint:
        yield endpoint


def test_a_topic_names_its_own_subscriptions_page_by_page(running: Running) -> None:
    other = running.publisher.create_topic(name="projects/p/topics/other").name
    names = [running.subscribe(f"projects/p/subscriptions/{name}").name for name in ("a-1", "b-1", "c-1")]
    running.subscribe("projects/p/subscriptions/d-1", topic=other)
    asked = {"topic": TOPIC, "page_size": 2}
    assert sorted(running.publisher.list_topic_subscriptions(request=asked)) == names
    with pytest.raises(exceptions.NotFound):
        list(running.publisher.list_topic_subscriptions(topic="projects/p/topics/none"))


def test_a_subscription_goes_from_push_to_pull_and_back(running: Running, receiver: Endpoint) -> None:
    running.subscribe(push_config={"push_endpoint": receiver.url}, retry_policy=QUICK)
    running.publish("pushed")
    until(lambda: len(receiver.requests) == 1)
    until(running.emulator.idle)
    running.subscriber.modify_push_config(subscription=SUBSCRIPTION, push_config={})
    running.publish("pulled")
    (pulled,) = running.pull()
    assert pulled.message.data == b"pulled"
    running.subscriber.acknowledge(subscription=SUBSCRIPTION, ack_ids=[pulled.ack_id])
    running.subscriber.modify_push_config(subscription=SUBSCRIPTION, push_config={"push_endpoint": receiver.url})
    running.publish("pushed again")
    until(lambda: len(receiver.requests) == 2)


def test_a_snapshots_labels_and_end_can_be_changed_and_nothing_else(running: Running) -> None:
    running.subscribe()
    taken = running.subscriber.create_snapshot(name=SNAPSHOT, subscription=SUBSCRIPTION)
    end = running.clock.now() + timedelta(days=1)
    change = {"name": SNAPSHOT, "labels": {"why": "noon"}, "expire_time": end}
    mask = field_mask_pb2.FieldMask(paths=["labels", "expire_time"])
    running.subscriber.update_snapshot(request={"snapshot": change, "update_mask": mask})
    found = running.subscriber.get_snapshot(snapshot=SNAPSHOT)
    assert (found.topic, dict(found.labels)) == (taken.topic, {"why": "noon"})
    assert found.expire_time == pytest.approx(end, abs=timedelta(seconds=1))
    wrong = {"snapshot": {"name": SNAPSHOT, "topic": "x"}, "update_mask": {"paths": ["topic"]}}
    with pytest.raises(exceptions.InvalidArgument):
        running.subscriber.update_snapshot(request=wrong)


def test_a_stream_is_given_no_more_messages_than_its_puller_holds(running: Running) -> None:
    running.subscribe()
    running.publish(*[str(number) for number in range(10)])
    asked: queue.Queue[Any] = queue.Queue()
    asked.put(
        StreamingPullRequest(subscription=SUBSCRIPTION, stream_ack_deadline_seconds=60, max_outstanding_messages=3)
    )
    received: list[Any] = []
    stream = running.subscriber.streaming_pull(requests=iter(asked.get, None))
    reading = threading.Thread(target=read, args=(stream, received))
    reading.start()
    until(lambda: len(received) == 3)
    with pytest.raises(AssertionError, match="it never came"):
        until(lambda: len(received) > 3, patience_s=0.3)
    asked.put(StreamingPullRequest(ack_ids=[message.ack_id for message in received[:2]]))
    until(lambda: len(received) == 5)
    stream.cancel()
    asked.put(None)
    reading.join(10)
    assert len({message.message.data for message in received}) == 5


def read(stream: Any, received: list[Any]) -> None:
    with suppress(exceptions.Cancelled):
        for response in stream:
            received.extend(response.received_messages)
