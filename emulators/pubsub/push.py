"""Carries messages to push endpoints, up to sixteen at once; triggers get them in the form of events."""

import base64
import json
import re
import threading
import time
from http import HTTPStatus
from typing import Any

from emulators.courier import Courier
from emulators.pubsub.backlog import NEVER
from emulators.pubsub.broker import Broker
from emulators.pubsub.policy import counted
from emulators.pubsub.subscribed import Parcel
from emulators.pubsub.warehouse import Warehouse
from emulators.wire import Refused

IN_FLIGHT = 16
TRIGGER_PREFIX = "eventarc-"
_BARE = "x-goog-pubsub-"
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_ACKNOWLEDGED = {
    HTTPStatus.PROCESSING,
    HTTPStatus.OK,
    HTTPStatus.CREATED,
    HTTPStatus.ACCEPTED,
    HTTPStatus.NO_CONTENT,
}


class Pusher:
    """Worker threads that take parcels from the broker, post them, and settle them by the answer."""

    def __init__(self, broker: Broker, courier: Courier, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._broker = broker
        self._courier = courier
        self._ending = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts pushing."""
        self._threads = [
            threading.Thread(target=self._work, name=f"push-{number}", daemon=True) for number in range(IN_FLIGHT)
        ]
        for thread in self._threads:
            thread.start()

    def close(self, *, patience_s: float = 2.0) -> None:
        """Takes nothing new; what takes longer than `patience_s` seconds is redelivered one day."""
        with self._broker.pushing:
            self._ending = True
            self._broker.pushing.notify_all()
        end = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while (parcel := self._next()) is not None:
            self._push(parcel)

    def _next(self) -> Parcel | None:
        with self._broker.pushing:
            while not self._ending:
                parcel, due = self._broker.next_push()
                if parcel is not None:
                    return parcel
                self._broker.pushing.wait(None if due == NEVER else max(0.0, due - time.monotonic()))
        return None

    def _push(self, parcel: Parcel) -> None:
        taken = self._stored(parcel) if parcel.to.settings.bigquery_config.table else self._posted(parcel)
        if self._ending:
            return
        if taken:
            self._broker.acknowledge(parcel.to, parcel.delivery)
        else:
            self._broker.refuse(parcel.to, parcel.delivery)

    def _posted(self, parcel: Parcel) -> bool:
        settings = parcel.to.settings
        bare = settings.push_config.HasField("no_wrapper")
        status = self._courier.send(
            "POST",
            settings.push_config.push_endpoint,
            body=parcel.delivery.message.data if bare else json.dumps(body(parcel)).encode(),
            headers=self._headers(parcel),
            timeout_s=float(settings.ack_deadline_seconds),
        )
        return status in _ACKNOWLEDGED

    def _stored(self, parcel: Parcel) -> bool:
        settings, message = parcel.to.settings, parcel.delivery.message
        try:
            return self._warehouse.write(settings, message, self._broker.values(settings, message))
        except Refused:
            return False

    def _headers(self, parcel: Parcel) -> dict[str, str]:
        config = parcel.to.settings.push_config
        headers = {"Content-Type": "application/json", "User-Agent": "CloudPubSub-Google"}
        if config.HasField("no_wrapper"):
            headers |= bare_headers(parcel)
        if config.oidc_token.service_account_email:
            audience = config.oidc_token.audience or config.push_endpoint
            headers |= self._courier.bearer(email=config.oidc_token.service_account_email, audience=audience)
        if parcel.to.name.rpartition("/")[2].startswith(TRIGGER_PREFIX):
            headers |= event_headers(parcel)
        return headers


def body(parcel: Parcel) -> dict[str, Any]:
    """The JSON a push endpoint is sent."""
    told: dict[str, Any] = {"message": _message(parcel.delivery.message), "subscription": parcel.to.name}
    if counted(parcel.to.settings):
        told["deliveryAttempt"] = parcel.delivery.attempts
    return told


def _message(message: Any) -> dict[str, Any]:
    published = message.publish_time.ToJsonString()
    told: dict[str, Any] = {
        "messageId": message.message_id,
        "message_id": message.message_id,
        "publishTime": published,
        "publish_time": published,
    }
    if message.data:
        told["data"] = base64.b64encode(message.data).decode()
    if message.attributes:
        told["attributes"] = dict(message.attributes)
    if message.ordering_key:
        told["orderingKey"] = message.ordering_key
    return told


def bare_headers(parcel: Parcel) -> dict[str, str]:
    """The headers of an unwrapped push: with `write_metadata` what the wrapper would have told, and the attributes."""
    message, config = parcel.delivery.message, parcel.to.settings.push_config
    headers = {"Content-Type": "application/octet-stream"}
    if config.no_wrapper.write_metadata:
        headers |= {name: value for name, value in message.attributes.items() if _HEADER.fullmatch(name)}
        headers |= {
            f"{_BARE}subscription-name": parcel.to.name,
            f"{_BARE}message-id": message.message_id,
            f"{_BARE}publish-time": message.publish_time.ToJsonString(),
        }
        if message.ordering_key:
            headers[f"{_BARE}ordering-key"] = message.ordering_key
    return headers


def event_headers(parcel: Parcel) -> dict[str, str]:
    """The CloudEvents headers with which a trigger delivers the message."""
    return {
        "ce-id": parcel.delivery.message.message_id,
        "ce-source": f"//pubsub.googleapis.com/{parcel.to.settings.topic}",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        "ce-time": parcel.delivery.message.publish_time.ToJsonString(),
    }
