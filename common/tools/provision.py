"""Making on one machine what Terraform makes in the cloud: topics, subscriptions, queues, bucket, tables."""

from collections.abc import Sequence
from typing import Any

from google.api_core import exceptions

from common.events import every_event
from common.functions.declared import Function
from common.google import channels
from common.settings import Settings


def provision(functions: Sequence[Function], settings: Settings) -> None:
    """Makes what is missing; what is there stays."""
    project = f"projects/{settings.project}"
    for name in every_event():
        unless_there(channels.publisher(settings).create_topic, name=f"{project}/topics/{name}")
    unless_there(channels.publisher(settings).create_topic, name=f"{project}/topics/dead-letters")
    unless_there(
        channels.subscriber(settings).create_subscription,
        name=f"{project}/subscriptions/dead-letters",
        topic=f"{project}/topics/dead-letters",
    )
    for function in functions:
        if function.kind in {"event", "stream"}:
            _subscribe(function, settings)
        if function.kind != "http":
            _queue(function, settings)
    bucket = channels.storage_client(settings).bucket(settings.bucket)
    try:
        bucket.create()
    except exceptions.Conflict:
        return


def topics_of(function: Function) -> list[str]:
    """The events a function listens to."""
    if function.kind == "stream":
        return list(every_event())
    return [function.trigger.name] if function.kind == "event" and function.trigger else []


def unless_there(make: Any, **request: Any) -> None:
    """Makes a resource unless it exists."""
    try:
        make(request=request)
    except exceptions.AlreadyExists:
        return


def _subscribe(function: Function, settings: Settings) -> None:
    url = f"{settings.base_url}/_functions/{function.name}"
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
            retry_policy={"minimum_backoff": {"seconds": 1}, "maximum_backoff": {"seconds": 60}},
            dead_letter_policy={
                "dead_letter_topic": f"projects/{settings.project}/topics/dead-letters",
                "max_delivery_attempts": 50,
            },
        )


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
