"""Clients, one a process each, connected to the cloud or, in local mode, to the emulators and nothing else."""

import os
from functools import lru_cache
from typing import Any

from google.auth.credentials import AnonymousCredentials

from common.settings import Settings


def emulated(variable: str) -> str:
    """The address of an emulator, or empty in the cloud."""
    return os.environ.get(variable, "")


def transport(variable: str, kind: Any) -> Any:
    """A plain-text transport to an emulator, or None for the cloud's own."""
    address = emulated(variable)
    if not address:
        return None
    import grpc

    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    return kind(channel=grpc.insecure_channel(address, options=options))


@lru_cache(maxsize=4)
def firestore_client(settings: Settings) -> Any:
    """The Firestore client, connected; it reads FIRESTORE_EMULATOR_HOST itself."""
    from google.cloud import firestore

    credentials = AnonymousCredentials() if emulated("FIRESTORE_EMULATOR_HOST") else None
    client = firestore.Client(project=settings.project, credentials=credentials)
    # It would connect with its first request. Of two threads that make one at once, the slower's connection stays, and
    # the other's goes, with what is asked over it: CANCELLED, "Channel deallocated".
    _ = client._firestore_api  # noqa: SLF001 - there is no public way to connect
    return client


@lru_cache(maxsize=4)
def publisher(settings: Settings) -> Any:  # noqa: ARG001 - one client for each settings
    """Pub/Sub's publisher without the batching thread: one call publishes one topic's messages."""
    from google.pubsub_v1 import PublisherClient
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

    return PublisherClient(transport=transport("PUBSUB_EMULATOR_HOST", PublisherGrpcTransport))


@lru_cache(maxsize=4)
def subscriber(settings: Settings) -> Any:  # noqa: ARG001 - one client for each settings
    """Pub/Sub's subscriptions, for provisioning."""
    from google.pubsub_v1 import SubscriberClient
    from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

    return SubscriberClient(transport=transport("PUBSUB_EMULATOR_HOST", SubscriberGrpcTransport))


@lru_cache(maxsize=4)
def tasks_client(settings: Settings) -> Any:  # noqa: ARG001 - one client for each settings
    """Cloud Tasks."""
    from google.cloud import tasks_v2
    from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

    return tasks_v2.CloudTasksClient(transport=transport("CLOUD_TASKS_EMULATOR_HOST", CloudTasksGrpcTransport))


@lru_cache(maxsize=4)
def storage_client(settings: Settings) -> Any:
    """Cloud Storage; it reads STORAGE_EMULATOR_HOST itself."""
    from google.cloud import storage

    if emulated("STORAGE_EMULATOR_HOST"):
        return storage.Client(project=settings.project, credentials=AnonymousCredentials())
    return storage.Client(project=settings.project)


@lru_cache(maxsize=4)
def bigquery_client(settings: Settings) -> Any:
    """BigQuery; never imported by a function that serves HTTP."""
    from google.cloud import bigquery

    address = emulated("BIGQUERY_EMULATOR_HOST")
    if address:
        return bigquery.Client(
            project=settings.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": address},
        )
    return bigquery.Client(project=settings.project)
