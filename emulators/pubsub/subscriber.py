"""The gRPC service google.pubsub.v1.Subscriber."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import error_details_pb2, status_pb2

from emulators.pubsub.broker import Broker
from emulators.pubsub.messages import types
from emulators.pubsub.policy import counted
from emulators.pubsub.requests import ack_id, check_name, complete, delivery_id
from emulators.pubsub.snapshots import Snapshots
from emulators.pubsub.stream import Stream
from emulators.pubsub.subscribed import Subscribed
from emulators.pubsub.warehouse import Warehouse
from emulators.wire import Method, Service, invalid, merge, page, raw

PULL_PATIENCE_S = 1.0
_MAX_LEASE_S = 600
_INVALID = "PERMANENT_FAILURE_INVALID_ACK_ID"
_CHANGEABLE = frozenset(
    {
        "ack_deadline_seconds",
        "bigquery_config",
        "dead_letter_policy",
        "enable_exactly_once_delivery",
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

    def __init__(self, broker: Broker, warehouse: Warehouse) -> None:
        self._broker = broker
        self._warehouse = warehouse
        self._snapshots = Snapshots(broker)

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
                **self._snapshots.methods(),
            },
        )

    def _create(self, settings: Any, _context: Any) -> Any:
        check_name("subscriptions", settings.name)
        topic = self._broker.topic(settings.topic)
        self._check(complete(settings))
        if topic.HasField("message_retention_duration"):
            settings.topic_message_retention_duration.CopyFrom(topic.message_retention_duration)
        self._broker.put_subscription(settings, new=True)
        return settings

    def _check(self, settings: Any) -> None:
        config = settings.bigquery_config
        if not config.table:
            return
        self._warehouse.check(config)
        if config.use_topic_schema and not self._broker.topic(settings.topic).schema_settings.schema:
            raise invalid(f"use_topic_schema needs a schema of {settings.topic}.")
        config.state = types.BigQueryConfig.State.ACTIVE

    def _get(self, request: Any, _context: Any) -> Any:
        return self._broker.subscription(request.subscription).settings

    def _update(self, request: Any, _context: Any) -> Any:
        changed = self._copy(request.subscription.name)
        merge(changed, request.subscription, request.update_mask.paths, allowed=_CHANGEABLE)
        self._check(complete(changed))
        self._broker.put_subscription(changed, new=False)
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

    def _acknowledge(self, request: Any, context: grpc.ServicerContext) -> Any:
        to = self._broker.subscription(request.subscription)
        self._tell(to, context, self._acknowledge_all(to, request.ack_ids))
        return empty_pb2.Empty()

    def _modify_ack_deadline(self, request: Any, context: grpc.ServicerContext) -> Any:
        to = self._broker.subscription(request.subscription)
        each = [(name, request.ack_deadline_seconds) for name in request.ack_ids]
        self._tell(to, context, self._modify_all(to, each))
        return empty_pb2.Empty()

    def _tell(self, to: Subscribed, context: grpc.ServicerContext, invalid_ids: list[str]) -> None:
        """With exactly-once delivery, ids that no longer count are an error that names them."""
        if not invalid_ids or not to.exactly_once:
            return
        info = error_details_pb2.ErrorInfo(reason="INVALID_ACK_ID", domain="pubsub.googleapis.com")
        info.metadata.update(dict.fromkeys(invalid_ids, _INVALID))
        detail = any_pb2.Any()
        detail.Pack(info)
        refused = invalid("Some acknowledgement ids in the request were invalid.")
        status = status_pb2.Status(code=refused.code.value[0], message=refused.message, details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        raise refused

    def _settle(self, to: Subscribed, request: Any) -> Any:
        """Does what a request of a streaming pull says about earlier messages; what it is told about that."""
        bad_acks = self._acknowledge_all(to, request.ack_ids)
        deadlines = zip(request.modify_deadline_ack_ids, request.modify_deadline_seconds, strict=True)
        bad_deadlines = self._modify_all(to, deadlines)
        response = raw(types.StreamingPullResponse)()
        if request.ack_ids:
            _confirm(response.acknowledge_confirmation, request.ack_ids, bad_acks)
        if request.modify_deadline_ack_ids:
            _confirm(response.modify_ack_deadline_confirmation, request.modify_deadline_ack_ids, bad_deadlines)
        return response

    def _acknowledge_all(self, to: Subscribed, names: Iterable[str]) -> list[str]:
        """Settles deliveries; the ids that no longer count, which matters with exactly-once delivery only."""
        refused = []
        for name, (number, attempt) in [(name, delivery_id(name)) for name in names]:
            delivery = to.backlog.get(number)
            if delivery is None or (to.exactly_once and not to.holds(delivery, attempt)):
                refused.append(name)
            else:
                self._broker.acknowledge(to, delivery)
        return refused

    def _modify_all(self, to: Subscribed, each: Iterable[tuple[str, int]]) -> list[str]:
        return [name for name, seconds in each if not self._modify(to, name, seconds)]

    def _modify(self, to: Subscribed, name: str, seconds: int) -> bool:
        if not 0 <= seconds <= _MAX_LEASE_S:
            raise invalid(f"Invalid ack deadline given: {seconds}.")
        number, attempt = delivery_id(name)
        delivery = to.backlog.get(number)
        if delivery is None or delivery.attempts != attempt or not delivery.leased:
            return False
        if to.exactly_once and not to.holds(delivery, attempt):
            return False
        if seconds:
            self._broker.extend(to, delivery, seconds)
        else:
            self._broker.refuse(to, delivery)
        return True


def _confirm(confirmation: Any, asked: Iterable[str], refused: list[str]) -> None:
    confirmation.ack_ids.extend(name for name in asked if name not in refused)
    confirmation.invalid_ack_ids.extend(refused)


def received(to: Subscribed, delivery: Any) -> Any:
    """A delivery as a puller sees it."""
    return raw(types.ReceivedMessage)(
        ack_id=ack_id(delivery),
        message=delivery.message,
        delivery_attempt=delivery.attempts if counted(to.settings) else 0,
    )
