"""Making on one machine what Terraform makes in the cloud: topics, subscriptions, queues, bucket, tables."""

from collections.abc import Sequence
from typing import Any

from google.api_core import exceptions

from common.events import every_event
from common.functions.declared import DEAD_LETTERS, DELIVERY, Delivery, Function
from common.google import channels
from common.settings import Settings


def provision(functions: Sequence[Function], settings: Settings) -> None:
    """Makes what is missing; what is there stays."""
    project = f"projects/{settings.project}"
    for name in [*every_event(), DEAD_LETTERS]:
        unless_there(channels.publisher(settings).create_topic, name=f"{project}/topics/{name}")
    for function in functions:
        subscribe(function, settings)
        if function.kind != "http":
            _queue(function, settings)
    bucket = channels.storage_client(settings).bucket(settings.bucket)
    try:
        bucket.create()
    except exceptions.Conflict:
        return


def topics_of(function: Function) -> list[str]:
    """The topics a function listens to."""
    if function.kind == "dead_letter":
        return [DEAD_LETTERS]
    if function.kind == "stream":
        return list(every_event())
    return [function.trigger.name] if function.kind == "event" and function.trigger else []


def unless_there(make: Any, **request: Any) -> None:
    """Makes a resource unless it exists."""
    try:
        make(request=request)
    except exceptions.AlreadyExists:
        return


def subscribe(function: Function, settings: Settings, delivery: Delivery = DELIVERY) -> None:
    """Push subscriptions of all topics a function listens to. They never expire, however long nothing happens.

    What is given up goes to the dead letters; a dead letter itself is tried until it is kept.
    """
    url = settings.function_url(function.name)
    for topic in topics_of(function):
        unless_there(
            channels.subscriber(settings).create_subscription,
            name=f"projects/{settings.project}/subscriptions/{function.name}.{topic}",
            topic=f"projects/{settings.project}/topics/{topic}",
            ack_deadline_seconds=60,
            push_config={
                "push_endpoint": url,
                "oidc_token": {"service_account_email": settings.pusher, "audience": url},
            },
            expiration_policy={},
            retry_policy={
                "minimum_backoff": {"seconds": delivery.shortest_wait_s},
                "maximum_backoff": {"seconds": delivery.longest_wait_s},
            },
            dead_letter_policy=None if topic == DEAD_LETTERS else _given_up(settings, delivery),
        )


def _given_up(settings: Settings, delivery: Delivery) -> dict[str, Any]:
    return {
        "dead_letter_topic": f"projects/{settings.project}/topics/{DEAD_LETTERS}",
        "max_delivery_attempts": delivery.attempts,
    }


def _queue(function: Function, settings: Settings) -> None:
    parent = f"projects/{settings.project}/locations/{settings.region}"
    unless_there(
        channels.tasks_client(settings).create_queue,
        parent=parent,
        queue={
            "name": f"{parent}/queues/{function.name}",
            "rate_limits": {"max_dispatches_per_second": 500, "max_concurrent_dispatches": 8},
            "retry_config": {
                "max_attempts": 100,
                "min_backoff": {"seconds": 1},
                "max_backoff": {"seconds": 60},
            },
        },
    )
