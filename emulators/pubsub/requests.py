"""What Pub/Sub refuses before it does anything: names, limits and settings no real project could have."""

import re
from collections.abc import Sequence
from typing import Any

from emulators.pubsub.filters import parse, refuse_unserved
from emulators.wire import invalid, not_served

_NAME = r"(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}"
_MAX_MESSAGES = 1000
_MAX_BYTES = 10_000_000
_MAX_KEY_BYTES = 1024
_ATTEMPTS = range(5, 101)
_ACK_DEADLINE_S = range(10, 601)
_DAY_S = 86_400
_BACKOFF_MAX_S = 600
_RETENTION_S = (600, 31 * 86_400)


def check_name(kind: str, name: str) -> None:
    """INVALID_ARGUMENT unless it is `projects/P/<kind>/N`."""
    if not re.fullmatch(rf"projects/[^/]+/{kind}/{_NAME}", name):
        raise invalid(f"Invalid [{kind}] name: (name={name})")


def check_messages(messages: Sequence[Any]) -> None:
    """INVALID_ARGUMENT for an empty request, an empty message, or more than one request may carry."""
    if not messages:
        raise invalid("The value for message_count is too small. You must have at least 1 messages.")
    if len(messages) > _MAX_MESSAGES:
        raise invalid(f"The value for message_count is too large: more than {_MAX_MESSAGES}.")
    for message in messages:
        if not message.data and not message.attributes:
            raise invalid("One or more messages in the publish request is empty.")
        if len(message.ordering_key.encode()) > _MAX_KEY_BYTES:
            raise invalid(f"An ordering key is longer than {_MAX_KEY_BYTES} bytes.")
    if sum(message.ByteSize() for message in messages) > _MAX_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {_MAX_BYTES} bytes.")


def complete(subscription: Any) -> Any:
    """The subscription with the service's defaults; refuses what is wrong or not served."""
    refuse_unserved(subscription)
    if subscription.push_config.push_endpoint and subscription.bigquery_config.table:
        raise invalid("Only one of push_config and bigquery_config can be set.")
    _complete_times(subscription)
    _complete_dead_letter(subscription)
    _check_retry(subscription)
    _check_endpoint(subscription.push_config.push_endpoint)
    parse(subscription.filter)
    subscription.state = 1
    return subscription


def _complete_times(subscription: Any) -> None:
    subscription.ack_deadline_seconds = subscription.ack_deadline_seconds or _ACK_DEADLINE_S.start
    if subscription.ack_deadline_seconds not in _ACK_DEADLINE_S:
        raise invalid(f"Invalid ack deadline given: {subscription.ack_deadline_seconds}.")
    if not subscription.HasField("message_retention_duration"):
        subscription.message_retention_duration.seconds = 7 * _DAY_S
    check_retention(subscription.message_retention_duration)
    if not subscription.HasField("expiration_policy"):
        subscription.expiration_policy.ttl.seconds = 31 * _DAY_S


def check_retention(duration: Any) -> None:
    """INVALID_ARGUMENT unless it is between ten minutes and 31 days."""
    if not _RETENTION_S[0] <= duration.seconds <= _RETENTION_S[1]:
        raise invalid(f"message_retention_duration {duration.seconds}s is not between 10 minutes and 31 days.")


def check_topic(topic: Any) -> None:
    """UNIMPLEMENTED, by name, for what a topic may ask of Pub/Sub but not of the emulator."""
    for name in ("ingestion_data_source_settings", "message_transforms"):
        if name in {field.name for field, _ in topic.ListFields()}:
            raise not_served(f"topics with {name}")
    if topic.HasField("message_retention_duration"):
        check_retention(topic.message_retention_duration)
    if topic.HasField("schema_settings") and not topic.schema_settings.encoding:
        raise invalid("schema_settings.encoding is missing.")


def _complete_dead_letter(subscription: Any) -> None:
    if not subscription.HasField("dead_letter_policy"):
        return
    policy = subscription.dead_letter_policy
    policy.max_delivery_attempts = policy.max_delivery_attempts or _ATTEMPTS.start
    if policy.max_delivery_attempts not in _ATTEMPTS:
        raise invalid(f"max_delivery_attempts {policy.max_delivery_attempts} is not between 5 and 100.")
    check_name("topics", policy.dead_letter_topic)


def _check_retry(subscription: Any) -> None:
    policy = subscription.retry_policy
    for field in ("minimum_backoff", "maximum_backoff"):
        if not 0 <= getattr(policy, field).seconds <= _BACKOFF_MAX_S:
            raise invalid(f"retry_policy.{field} is not between 0 and {_BACKOFF_MAX_S} seconds.")


def _check_endpoint(endpoint: str) -> None:
    if endpoint and not re.match(r"https?://[^/]+", endpoint):
        raise invalid(f"Invalid push endpoint given (endpoint={endpoint}).")


def delivery_id(ack_id: str) -> tuple[int, int]:
    """The delivery and the attempt that an ack id stands for."""
    found = re.fullmatch(r"(\d+)-(\d+)", ack_id)
    if found is None:
        raise invalid(f"Some acknowledgement ids in the request were invalid: {ack_id!r}.")
    return int(found[1]), int(found[2])


def ack_id(delivery: Any) -> str:
    """What the puller has to name to settle this attempt of the delivery."""
    return f"{delivery.id}-{delivery.attempts}"
