"""Nothing that was acknowledged to a publisher or a creator of tasks is lost, however often the process is killed."""

import base64
import json
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from emulators.launch import Launched, launch
from tests.emulated.pubsub_running import QUICK, SUBSCRIPTION, TOPIC, seconds
from tests.emulated.receiving import Endpoint, Received, receiving, until
from tests.emulated.tasks_running import LOCATION, QUEUE

pytestmark = pytest.mark.emulated
KILLS = 4
AT_ONCE = 3


class Storm:
    """Threads that send as fast as they can until the process dies, and remember what was acknowledged."""

    def __init__(self) -> None:
        self.numbers = count()
        self.acknowledged: set[str] = set()

    def rage(self, send: Callable[[str], None], launched: Launched) -> None:
        """Sends until the process is killed in the middle of it."""
        threads = [threading.Thread(target=self._send, args=(send,)) for _ in range(AT_ONCE)]
        before = len(self.acknowledged)
        for thread in threads:
            thread.start()
        until(lambda: len(self.acknowledged) >= before + 60, patience_s=30)
        launched.kill()
        for thread in threads:
            thread.join()

    def _send(self, send: Callable[[str], None]) -> None:
        while True:
            name = f"n{next(self.numbers)}"
            try:
                send(name)
            except exceptions.GoogleAPICallError:
                return
            self.acknowledged.add(name)


def flaky(receiver: Endpoint) -> Callable[[Received], int]:
    """Every third request fails at first."""
    return lambda _request: 500 if len(receiver.requests) % 3 == 0 else 200


def connected(launched: Launched) -> Any:
    return grpc.insecure_channel(launched.environment["PUBSUB_EMULATOR_HOST"])


def whole(receiver: Endpoint) -> list[Received]:
    """The requests that were not cut off when their sender was killed."""
    return [one for one in receiver.requests if len(one.body) == int(one.headers.get("content-length", "0"))]


def idle(launched: Launched) -> bool:
    url = f"{launched.environment['BILLING_EMULATORS_URL']}/admin/idle"
    return bool(httpx.get(url).raise_for_status().json()["idle"])


def publishing(channel: Any) -> Callable[[str], None]:
    client = PublisherClient(transport=PublisherGrpcTransport(channel=channel))

    def send(name: str) -> None:
        client.publish(request={"topic": TOPIC, "messages": [{"data": name.encode()}]}, retry=None, timeout=5)

    return send


def test_each_acknowledged_message_is_delivered_although_the_process_is_killed_again_and_again(tmp_path: Path) -> None:
    storm = Storm()
    with receiving() as receiver:
        receiver.answer = flaky(receiver)
        for number in range(KILLS):
            with launch(tmp_path) as launched, connected(launched) as channel:
                if number == 0:
                    subscribe(channel, receiver)
                storm.rage(publishing(channel), launched)
        with launch(tmp_path) as launched:
            until(lambda: idle(launched), patience_s=30)
        came = {json.loads(request.body)["message"]["data"] for request in whole(receiver)}
    assert {encoded(name) for name in storm.acknowledged} <= came


def subscribe(channel: Any, receiver: Endpoint) -> None:
    PublisherClient(transport=PublisherGrpcTransport(channel=channel)).create_topic(name=TOPIC)
    subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    config = {"push_endpoint": receiver.url}
    asked = {"name": SUBSCRIPTION, "topic": TOPIC, "push_config": config, "retry_policy": QUICK}
    subscriber.create_subscription(request=asked)


def encoded(name: str) -> str:
    return base64.b64encode(name.encode()).decode()


def test_each_acknowledged_task_runs_although_the_process_is_killed_again_and_again(tmp_path: Path) -> None:
    storm = Storm()
    with receiving() as receiver:
        receiver.answer = flaky(receiver)
        for number in range(KILLS):
            with launch(tmp_path) as launched, connected(launched) as channel:
                client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
                if number == 0:
                    quick = {"min_backoff": seconds(0.05), "max_backoff": seconds(0.1)}
                    client.create_queue(parent=LOCATION, queue={"name": QUEUE, "retry_config": quick})
                storm.rage(creating(client, receiver), launched)
        with launch(tmp_path) as launched:
            until(lambda: idle(launched), patience_s=30)
        ran = {request.headers["x-cloudtasks-taskname"] for request in receiver.requests}
    assert storm.acknowledged <= ran


def creating(client: Any, receiver: Endpoint) -> Callable[[str], None]:
    def send(name: str) -> None:
        task = {"name": f"{QUEUE}/tasks/{name}", "http_request": {"url": receiver.url}}
        client.create_task(request={"parent": QUEUE, "task": task}, retry=None, timeout=5)

    return send
