"""The gRPC service google.pubsub.v1.Publisher."""

from typing import Any

import grpc
from google.protobuf import empty_pb2

from emulators.pubsub.broker import Broker
from emulators.pubsub.messages import types
from emulators.pubsub.requests import check_messages, check_name, check_topic
from emulators.wire import Method, Service, merge, page, raw

_CHANGEABLE = frozenset(
    {"kms_key_name", "labels", "message_retention_duration", "message_storage_policy", "schema_settings"}
)


class Publisher:
    """Topics and publishing."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def service(self) -> grpc.GenericRpcHandler:
        """What a gRPC server registers."""
        topic = types.Topic
        return Service(
            "google.pubsub.v1.Publisher",
            {
                "CreateTopic": Method(topic, topic, self._create),
                "UpdateTopic": Method(types.UpdateTopicRequest, topic, self._update),
                "GetTopic": Method(types.GetTopicRequest, topic, self._get),
                "DeleteTopic": Method(types.DeleteTopicRequest, empty_pb2.Empty, self._delete),
                "ListTopics": Method(types.ListTopicsRequest, types.ListTopicsResponse, self._topics),
                "ListTopicSubscriptions": Method(
                    types.ListTopicSubscriptionsRequest,
                    types.ListTopicSubscriptionsResponse,
                    self._subscriptions,
                ),
                "ListTopicSnapshots": Method(
                    types.ListTopicSnapshotsRequest, types.ListTopicSnapshotsResponse, self._snapshots
                ),
                "DetachSubscription": Method(
                    types.DetachSubscriptionRequest, types.DetachSubscriptionResponse, self._detach
                ),
                "Publish": Method(types.PublishRequest, types.PublishResponse, self._publish),
            },
        )

    def _create(self, topic: Any, _context: Any) -> Any:
        check_name("topics", topic.name)
        self._check(topic)
        topic.state = types.Topic.State.ACTIVE
        self._broker.put_topic(topic, new=True)
        return topic

    def _check(self, topic: Any) -> None:
        check_topic(topic)
        if topic.schema_settings.schema:
            self._broker.schema(topic.schema_settings.schema)

    def _update(self, request: Any, _context: Any) -> Any:
        changed = raw(types.Topic)()
        changed.CopyFrom(self._broker.topic(request.topic.name))
        merge(changed, request.topic, request.update_mask.paths, allowed=_CHANGEABLE)
        self._check(changed)
        self._broker.put_topic(changed, new=False)
        return changed

    def _get(self, request: Any, _context: Any) -> Any:
        return self._broker.topic(request.topic)

    def _delete(self, request: Any, _context: Any) -> Any:
        self._broker.delete_topic(request.topic)
        return empty_pb2.Empty()

    def _topics(self, request: Any, _context: Any) -> Any:
        found, token = page(self._broker.topics(request.project), request.page_size, request.page_token)
        return raw(types.ListTopicsResponse)(topics=found, next_page_token=token)

    def _subscriptions(self, request: Any, _context: Any) -> Any:
        self._broker.topic(request.topic)
        names = sorted(s.name for s in self._broker.subscribed_to(request.topic))
        found, token = page(names, request.page_size, request.page_token)
        return raw(types.ListTopicSubscriptionsResponse)(subscriptions=found, next_page_token=token)

    def _snapshots(self, request: Any, _context: Any) -> Any:
        self._broker.topic(request.topic)
        names = [snapshot.name for snapshot in self._broker.snapshots(request.topic)]
        found, token = page(names, request.page_size, request.page_token)
        return raw(types.ListTopicSnapshotsResponse)(snapshots=found, next_page_token=token)

    def _detach(self, request: Any, _context: Any) -> Any:
        self._broker.detach(request.subscription)
        return raw(types.DetachSubscriptionResponse)()

    def _publish(self, request: Any, _context: Any) -> Any:
        check_messages(request.messages)
        return raw(types.PublishResponse)(message_ids=self._broker.publish(request.topic, list(request.messages)))
