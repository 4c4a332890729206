"""Pub/Sub's promises, kept by the emulator as the real client sees them."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from itertools import pairwise
from pathlib import Path
from typing import Any

import jwt
import pytest
from google.api_core import exceptions
from google.protobuf import field_mask_pb2

from tests.emulated.pubsub_running import QUICK, SUBSCRIPTION, TOPIC, Running, seconds, serve
from tests.emulated.receiving import Endpoint, Received, receiving, until

pytestmark = pytest.mark.emulated
GRAVE = "projects/p/topics/parked"


@pytest.fixture
def receiver() -> Iterator[Endpoint]:
    with receiving() as endpoint:
        yield endpoint


def bodies(receiver: Endpoint) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in receiver.requests]


def texts(receiver: Endpoint) -> list[str]:
    return [base64.b64decode(body["message"]["data"]).decode() for body in bodies(receiver)]


@pytest.fixture
def running() -> Iterator[Running]:
    running, end = serve(None)
    running.publisher.create_topic(name=TOPIC)
    yield running
    end()


def push_to(receiver: Endpoint, **config: Any) -> dict[str, Any]:
    return {"push_endpoint": receiver.url, **config}


# -- topics and subscriptions --------------------------------------------------------------------------


def test_a_topic_is_created_once_listed_and_deleted(running: Running) -> None:
    with pytest.raises(exceptions.AlreadyExists):
        running.publisher.create_topic(name=TOPIC)
    assert [t.name for t in running.publisher.list_topics(project="projects/p")] == [TOPIC]
    running.publisher.delete_topic(topic=TOPIC)
    with pytest.raises(exceptions.NotFound):
        running.publisher.get_topic(topic=TOPIC)


def test_a_name_that_google_refuses_is_refused(running: Running) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        running.publisher.create_topic(name="projects/p/topics/1x")


def test_a_subscription_needs_its_topic(running: Running) -> None:
    with pytest.raises(exceptions.NotFound):
        running.subscribe(topic="projects/p/topics/none")


def test_an_update_changes_the_fields_of_its_mask_and_no_other(running: Running) -> None:
    running.subscribe(ack_deadline_seconds=20, labels={"area": "charging"})
    mask = field_mask_pb2.FieldMask(paths=["retry_policy", "push_config"])
    changed = running.subscriber.update_subscription(
        subscription={
            "name": SUBSCRIPTION,
            "retry_policy": QUICK,
            "push_config": {"push_endpoint": "http://127.0.0.1:9/x"},
            "ack_deadline_seconds": 60,
        },
        update_mask=mask,
    )
    kept = running.subscriber.get_subscription(subscription=SUBSCRIPTION)
    assert kept == changed
    assert kept.ack_deadline_seconds == 20
    assert kept.push_config.push_endpoint == "http://127.0.0.1:9/x"
    assert dict(kept.labels) == {"area": "charging"}


def test_a_filter_cannot_be_changed(running: Running) -> None:
    running.subscribe()
    with pytest.raises(exceptions.InvalidArgument):
        running.subscriber.update_subscription(
            subscription={"name": SUBSCRIPTION, "filter": "attributes:a"},
            update_mask=field_mask_pb2.FieldMask(paths=["filter"]),
        )


def test_what_is_not_served_says_so_by_name(running: Running) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match="cloud_storage_config"):
        running.subscribe(cloud_storage_config={"bucket": "b"})
    with pytest.raises(exceptions.MethodNotImplemented, match="message_transforms"):
        running.publisher.create_topic(
            request={"name": GRAVE, "message_transforms": [{"javascript_udf": {"function_name": "f", "code": "x"}}]}
        )
    with pytest.raises(exceptions.MethodNotImplemented, match="where no BigQuery runs beside"):
        running.subscribe(bigquery_config={"table": "p.d.t"})


# -- filters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ('attributes.kind = "fee"', True),
        ('attributes.kind = "tax"', False),
        ('attributes.kind != "tax"', True),
        ('hasPrefix(attributes.market, "de")', True),
        ('hasPrefix(attributes.market, "fr")', False),
        ('attributes.kind = "fee" AND hasPrefix(attributes.market, "de-")', True),
        ('attributes.kind = "fee" AND attributes.market = "fr"', False),
        ('attributes.kind = "tax" OR NOT attributes:refund', True),
        ('NOT (attributes.kind = "fee" AND attributes:market)', False),
        ('attributes."kind" = "fee"', True),
    ],
)
def test_a_filter_lets_through_what_it_says(running: Running, source: str, wanted: bool) -> None:
    running.subscribe(filter=source)
    running.publish("x", kind="fee", market="de-by")
    assert bool(running.emulator.pending()["pull"]) is wanted


@pytest.mark.parametrize(
    "source", ["attributes.kind =", 'kind = "fee"', "attributes.kind = fee", "???", "attributes:a AND"]
)
def test_a_broken_filter_is_an_invalid_argument(running: Running, source: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        running.subscribe(filter=source)


# -- pulling -------------------------------------------------------------------------------------------


def test_a_message_is_pulled_until_it_is_acknowledged(running: Running) -> None:
    running.subscribe()
    (number,) = running.publish("one", kind="fee")
    (first,) = running.pull()
    assert (first.message.data, dict(first.message.attributes)) == (b"one", {"kind": "fee"})
    assert first.message.message_id == number
    running.subscriber.modify_ack_deadline(subscription=SUBSCRIPTION, ack_ids=[first.ack_id], ack_deadline_seconds=0)
    (again,) = running.pull()
    assert again.message.message_id == number
    running.subscriber.acknowledge(subscription=SUBSCRIPTION, ack_ids=[again.ack_id])
    assert running.emulator.pending()["pull"] == 0


def test_a_leased_message_comes_back_after_its_deadline(running: Running) -> None:
    running.subscribe()
    running.publish("one")
    (first,) = running.pull()
    assert running.pull() == []
    running.subscriber.modify_ack_deadline(subscription=SUBSCRIPTION, ack_ids=[first.ack_id], ack_deadline_seconds=1)
    until(lambda: [m.message.data for m in running.pull()] == [b"one"])


def test_an_empty_message_is_refused(running: Running) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        running.publisher.publish(TOPIC, b"").result(timeout=5)


def test_a_streaming_pull_brings_every_message_once_acknowledged(running: Running) -> None:
    running.subscribe()
    seen: list[bytes] = []

    def take(message: Any) -> None:
        seen.append(message.data)
        message.ack()

    pulling = running.subscriber.subscribe(SUBSCRIPTION, take)
    running.publish(*[str(n) for n in range(200)])
    until(lambda: running.emulator.pending()["pull"] == 0)
    pulling.cancel()
    pulling.result(timeout=10)
    assert sorted(seen, key=int) == [str(n).encode() for n in range(200)]


def test_a_streaming_pull_redelivers_what_was_refused(running: Running) -> None:
    running.subscribe()
    seen: list[bytes] = []

    def take(message: Any) -> None:
        seen.append(message.data)
        (message.ack if len(seen) > 2 else message.nack)()

    pulling = running.subscriber.subscribe(SUBSCRIPTION, take)
    running.publish("x")
    until(lambda: running.emulator.pending()["pull"] == 0)
    pulling.cancel()
    pulling.result(timeout=10)
    assert seen == [b"x"] * 3


# -- pushing -------------------------------------------------------------------------------------------


def test_a_push_has_the_wrapped_form(running: Running, receiver: Endpoint) -> None:
    running.subscribe(push_config=push_to(receiver), enable_message_ordering=True)
    number = running.publisher.publish(TOPIC, b"hi", ordering_key="m1", kind="fee").result(timeout=5)
    until(running.emulator.idle)
    (request,), (body,) = receiver.requests, bodies(receiver)
    headers = request.headers
    message = body["message"]
    assert headers["content-type"] == "application/json"
    assert not any(name.startswith("ce-") for name in headers)
    assert body["subscription"] == SUBSCRIPTION
    assert "deliveryAttempt" not in body
    assert message == {
        "data": base64.b64encode(b"hi").decode(),
        "attributes": {"kind": "fee"},
        "messageId": number,
        "message_id": number,
        "orderingKey": "m1",
        "publishTime": message["publish_time"],
        "publish_time": message["publish_time"],
    }


def test_a_trigger_gets_the_message_as_a_cloud_event(running: Running, receiver: Endpoint) -> None:
    running.subscribe("projects/p/subscriptions/eventarc-rating", push_config=push_to(receiver))
    (number,) = running.publish("hi")
    until(running.emulator.idle)
    (request,), (body,) = receiver.requests, bodies(receiver)
    headers = request.headers
    assert headers["ce-id"] == number
    assert headers["ce-source"] == f"//pubsub.googleapis.com/{TOPIC}"
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-type"] == "google.cloud.pubsub.topic.v1.messagePublished"
    assert headers["ce-time"] == body["message"]["publishTime"]


def test_a_push_shows_a_token_of_its_service_account(running: Running, receiver: Endpoint) -> None:
    account = {"service_account_email": "pusher@p", "audience": "https://billing"}
    running.subscribe(push_config=push_to(receiver, oidc_token=account))
    running.publish("hi")
    until(running.emulator.idle)
    token = receiver.requests[0].headers["authorization"].removeprefix("Bearer ")
    keys = jwt.PyJWKSet.from_dict(running.issuer.jwks())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="https://billing")
    assert (claims["email"], claims["email_verified"]) == ("pusher@p", True)


def test_a_token_without_audience_is_for_the_endpoint(running: Running, receiver: Endpoint) -> None:
    running.subscribe(push_config=push_to(receiver, oidc_token={"service_account_email": "pusher@p"}))
    running.publish("hi")
    until(running.emulator.idle)
    token = receiver.requests[0].headers["authorization"].removeprefix("Bearer ")
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == receiver.url


def test_a_refused_push_is_tried_again_with_growing_waits(running: Running, receiver: Endpoint) -> None:
    receiver.answer = lambda _request: 500 if len(receiver.requests) < 4 else 200
    policy = {"minimum_backoff": seconds(0.1), "maximum_backoff": seconds(0.2)}
    running.subscribe(push_config=push_to(receiver), retry_policy=policy)
    running.publish("x")
    until(running.emulator.idle)
    waits = [after - before for before, after in pairwise(r.at for r in receiver.requests)]
    assert len(receiver.requests) == 4
    assert 0.1 <= waits[0] < 0.2 <= waits[1]
    assert waits[2] < 0.4


def test_an_unreachable_endpoint_keeps_the_message(running: Running) -> None:
    running.subscribe(push_config={"push_endpoint": "http://127.0.0.1:9/x"}, retry_policy=QUICK)
    running.publish("x")
    assert not running.emulator.idle()
    assert running.emulator.pending()["push"] == 1


def test_a_message_that_keeps_failing_is_parked_with_its_origin(running: Running, receiver: Endpoint) -> None:
    receiver.answer = lambda _request: 500
    running.publisher.create_topic(name=GRAVE)
    running.subscribe("projects/p/subscriptions/parked", GRAVE)
    running.subscribe(
        push_config=push_to(receiver),
        retry_policy=QUICK,
        dead_letter_policy={"dead_letter_topic": GRAVE, "max_delivery_attempts": 5},
    )
    running.publish("x", kind="fee")
    until(running.emulator.idle)
    assert [body["deliveryAttempt"] for body in bodies(receiver)] == [1, 2, 3, 4, 5]
    (parked,) = running.pull("projects/p/subscriptions/parked")
    attributes = dict(parked.message.attributes)
    assert parked.message.data == b"x"
    assert attributes.pop("CloudPubSubDeadLetterSourceTopicPublishTime")
    assert attributes == {
        "kind": "fee",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": "rating",
        "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
    }


def test_messages_with_one_ordering_key_arrive_in_order_though_one_fails(running: Running, receiver: Endpoint) -> None:
    receiver.answer = lambda _request: 500 if len(receiver.requests) == 2 else 200
    running.subscribe(push_config=push_to(receiver), enable_message_ordering=True, retry_policy=QUICK)
    sent = [running.publisher.publish(TOPIC, str(n).encode(), ordering_key="m") for n in range(5)]
    futures.wait(sent, timeout=10)
    until(running.emulator.idle)
    assert list(dict.fromkeys(texts(receiver))) == ["0", "1", "2", "3", "4"]
    assert len(texts(receiver)) == 6


def test_sixteen_messages_are_in_flight_together(running: Running, receiver: Endpoint) -> None:
    together = threading.Barrier(16)

    def answer(_request: Received) -> int:
        together.wait(timeout=5)
        return 200

    receiver.answer = answer
    running.subscribe(push_config=push_to(receiver))
    running.publish(*[str(n) for n in range(32)])
    until(running.emulator.idle)
    assert receiver.most_at_once == 16
    assert len(receiver.requests) == 32


def test_an_unacknowledged_message_outlives_the_process(receiver: Endpoint, tmp_path: Path) -> None:
    receiver.answer = lambda _request: 500
    running, end = serve(tmp_path)
    running.publisher.create_topic(name=TOPIC)
    running.subscribe(push_config=push_to(receiver), retry_policy=QUICK)
    (number,) = running.publish("x")
    until(lambda: receiver.requests)
    end()
    receiver.answer = lambda _request: 200
    running, end = serve(tmp_path)
    until(running.emulator.idle)
    end()
    assert {body["message"]["messageId"] for body in bodies(receiver)} == {number}
    assert texts(receiver)[-1] == "x"


def test_an_acknowledged_message_is_not_pushed_again_after_a_restart(receiver: Endpoint, tmp_path: Path) -> None:
    running, end = serve(tmp_path)
    running.publisher.create_topic(name=TOPIC)
    running.subscribe(push_config=push_to(receiver))
    running.publish("x")
    until(running.emulator.idle)
    end()
    running, end = serve(tmp_path)
    assert running.emulator.idle()
    assert [t.name for t in running.publisher.list_topics(project="projects/p")] == [TOPIC]
    end()
    assert texts(receiver) == ["x"]


def test_waiting_costs_no_time_of_the_processor(running: Running, receiver: Endpoint) -> None:
    running.subscribe(push_config=push_to(receiver))
    running.publish("x")
    until(running.emulator.idle)
    before = time.process_time()
    threading.Event().wait(0.5)
    assert time.process_time() - before < 0.05
