"""What happens to a message that wasn't acknowledged: how long it waits, and when it is given up."""

from datetime import UTC
from typing import Any

from emulators.pubsub.messages import types
from emulators.wire import raw

PUSH_BACKOFF_S = (1.0, 60.0)
POLICY_BACKOFF_S = (10.0, 600.0)
_SOURCE = "CloudPubSubDeadLetterSource"


def backoff_s(settings: Any, attempts: int) -> float:
    """Seconds until the next attempt: doubling from the minimum to the maximum of the retry policy.

    Without a policy a pulled message returns at once, a pushed one after one second, doubling to a minute.
    """
    if settings.HasField("retry_policy"):
        policy = settings.retry_policy
        least = _seconds(policy, "minimum_backoff", POLICY_BACKOFF_S[0])
        most = _seconds(policy, "maximum_backoff", POLICY_BACKOFF_S[1])
    elif settings.push_config.push_endpoint:
        least, most = PUSH_BACKOFF_S
    else:
        return 0.0
    return min(most, least * 2.0 ** min(attempts - 1, 30))


def _seconds(policy: Any, field: str, default: float) -> float:
    if not policy.HasField(field):
        return default
    duration = getattr(policy, field)
    return duration.seconds + duration.nanos / 1e9


def counted(settings: Any) -> bool:
    """True where attempts are counted for the receiver to see: with a dead-letter policy."""
    return bool(settings.dead_letter_policy.dead_letter_topic)


def exhausted(settings: Any, attempts: int) -> bool:
    """True when so many attempts are all that the dead-letter policy allows."""
    return counted(settings) and attempts >= settings.dead_letter_policy.max_delivery_attempts


def obituary(settings: Any, message: Any, attempts: int) -> Any:
    """The message as the dead-letter topic gets it, with where it came from."""
    published = message.publish_time.ToDatetime(tzinfo=UTC)
    _, project, _, name = settings.name.split("/")
    dead = raw(types.PubsubMessage)(data=message.data, ordering_key=message.ordering_key)
    dead.attributes.update(message.attributes)
    dead.attributes.update(
        {
            f"{_SOURCE}DeliveryCount": str(attempts),
            f"{_SOURCE}Subscription": name,
            f"{_SOURCE}SubscriptionProject": project,
            f"{_SOURCE}TopicPublishTime": published.isoformat(),
        }
    )
    return dead
