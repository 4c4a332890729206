"""The gRPC service google.pubsub.v1.Subscriber."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.pubsub_v1 import types

from emulators.pubsub.broker import Broker, Subscribed
from emulators.pubsub.policy import counted
from emulators.pubsub.requests import ack_id, check_name, complete, delivery_id
from emulators.pubsub.stream import Stream
from emulators.wire import Method, Service, invalid, merge, page, raw

PULL_PATIENCE_S = 1.0
_MAX_LEASE_S = 600
_CHANGEABLE = frozenset(
    {
        "ack_deadline_seconds",
        "dead_letter_policy",
        "expiration_policy",
        "labels",
        "message_retention_duration",
        "push_config",
        "retain_acked_messages",
        "retry_policy",
    }
)


class Subscriber:
    """Subscriptions, pulling and settling."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def service(self) -> grpc.GenericRpcHandler:
        """What a gRPC server registers."""
        settings, empty = types.Subscription, empty_pb2.Empty
        return Service(
            "google.pubsub.v1.Subscriber",
            {
                "CreateSubscription": Method(settings, settings, self._create),
                "GetSubscription": Method(types.GetSubscriptionRequest, settings, self._get),
                "UpdateSubscription": Method(types.UpdateSubscriptionRequest, settings, self._update),
                "DeleteSubscription": Method(types.DeleteSubscriptionRequest, empty, self._delete),
                "ListSubscriptions": Method(
                    types.ListSubscriptionsRequest, types.ListSubscriptionsResponse, self._subscriptions
                ),
                "ModifyPushConfig": Method(types.ModifyPushConfigRequest, empty, self._modify_push_config),
                "Pull": Method(types.PullRequest, types.PullResponse, self._pull),
                "StreamingPull": Method(
                    types.StreamingPullRequest, types.StreamingPullResponse, self._stream, streaming=True
                ),
                "Acknowledge": Method(types.AcknowledgeRequest, empty, self._acknowledge),
                "ModifyAckDeadline": Method(types.ModifyAckDeadlineRequest, empty, self._modify_ack_deadline),
            },
        )

    def _create(self, settings: Any, _context: Any) -> Any:
        check_name("subscriptions", settings.name)
        self._broker.topic(settings.topic)
        self._broker.put_subscription(complete(settings), new=True)
        return settings

    def _get(self, request: Any, _context: Any) -> Any:
        return self._broker.subscription(request.subscription).settings

    def _update(self, request: Any, _context: Any) -> Any:
        changed = self._copy(request.subscription.name)
        merge(changed, request.subscription, request.update_mask.paths, allowed=_CHANGEABLE)
        self._broker.put_subscription(complete(changed), new=False)
        return changed

    def _modify_push_config(self, request: Any, _context: Any) -> Any:
        changed = self._copy(request.subscription)
        changed.push_config.CopyFrom(request.push_config)
        self._broker.put_subscription(complete(changed), new=False)
        return empty_pb2.Empty()

    def _copy(self, name: str) -> Any:
        copy = raw(types.Subscription)()
        copy.CopyFrom(self._broker.subscription(name).settings)
        return copy

    def _delete(self, request: Any, _context: Any) -> Any:
        self._broker.delete_subscription(request.subscription)
        return empty_pb2.Empty()

    def _subscriptions(self, request: Any, _context: Any) -> Any:
        every = [s.settings for s in self._broker.subscriptions(request.project)]
        found, token = page(every, request.page_size, request.page_token)
        return raw(types.ListSubscriptionsResponse)(subscriptions=found, next_page_token=token)

    def _pull(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Waits up to a second for a first message, unless asked to answer at once."""
        if request.max_messages < 1:
            raise invalid("max_messages must be at least 1.")
        to = self._broker.subscription(request.subscription)
        patience = 0.0 if request.return_immediately else PULL_PATIENCE_S
        end = time.monotonic() + min(patience, context.time_remaining() or patience)
        with self._broker.pulling:
            while not (taken := self._lease(to, request.max_messages)) and time.monotonic() < end:
                self._broker.pulling.wait(min(end, to.backlog.next_due()) - time.monotonic())
        return raw(types.PullResponse)(received_messages=[received(to, delivery) for delivery in taken])

    def _lease(self, to: Subscribed, limit: int) -> list[Any]:
        return self._broker.pull(to, limit, to.settings.ack_deadline_seconds)

    def _stream(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        first = next(requests)
        to = self._broker.subscription(first.subscription)
        yield from Stream(self._broker, to, first).run(requests, context, settle=self._settle)

    def _acknowledge(self, request: Any, _context: Any) -> Any:
        self._acknowledge_all(self._broker.subscription(request.subscription), request.ack_ids)
        return empty_pb2.Empty()

    def _modify_ack_deadline(self, request: Any, _context: Any) -> Any:
        to = self._broker.subscription(request.subscription)
        for name in request.ack_ids:
            self._modify(to, name, request.ack_deadline_seconds)
        return empty_pb2.Empty()

    def _settle(self, to: Subscribed, request: Any) -> None:
        """Does what a request of a streaming pull says about earlier messages."""
        self._acknowledge_all(to, request.ack_ids)
        deadlines = zip(request.modify_deadline_ack_ids, request.modify_deadline_seconds, strict=True)
        for name, seconds in deadlines:
            self._modify(to, name, seconds)

    def _acknowledge_all(self, to: Subscribed, names: Iterable[str]) -> None:
        for number, _attempt in [delivery_id(name) for name in names]:
            delivery = to.backlog.get(number)
            if delivery is not None:
                self._broker.acknowledge(to, delivery)

    def _modify(self, to: Subscribed, name: str, seconds: int) -> None:
        if not 0 <= seconds <= _MAX_LEASE_S:
            raise invalid(f"Invalid ack deadline given: {seconds}.")
        number, attempt = delivery_id(name)
        delivery = to.backlog.get(number)
        if delivery is None or delivery.attempts != attempt or not delivery.leased:
            return
        if seconds:
            self._broker.extend(to, delivery, seconds)
        else:
            self._broker.refuse(to, delivery)


def received(to: Subscribed, delivery: Any) -> Any:
    """A delivery as a puller sees it."""
    return raw(types.ReceivedMessage)(
        ack_id=ack_id(delivery),
        message=delivery.message,
        delivery_attempt=delivery.attempts if counted(to.settings) else 0,
    )
