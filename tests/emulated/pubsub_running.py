"""A Pub/Sub emulator for tests, on a port of its own, with the real clients connected to it."""

from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.cloud import pubsub_v1
from google.protobuf import duration_pb2
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.schema_service import SchemaServiceClient
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from emulators.clock import Clock
from emulators.faults import Faults, FaultyAnswers
from emulators.identity import Issuer
from emulators.pubsub import PubSubEmulator

TOPIC = "projects/p/topics/fees"
SUBSCRIPTION = "projects/p/subscriptions/rating"


@dataclass
class Running:
    """An emulator on a port, and the clients that talk to it."""

    emulator: PubSubEmulator
    issuer: Issuer
    publisher: Any
    subscriber: Any
    schemas: Any
    clock: Clock
    faults: Faults

    def publish(self, *texts: str, **attributes: str) -> list[str]:
        sent = [self.publisher.publish(TOPIC, text.encode(), **attributes) for text in texts]
        return [each.result(timeout=10) for each in sent]

    def subscribe(self, name: str = SUBSCRIPTION, topic: str = TOPIC, **settings: Any) -> Any:
        return self.subscriber.create_subscription(request={"name": name, "topic": topic, **settings})

    def pull(self, name: str = SUBSCRIPTION, limit: int = 100) -> list[Any]:
        answer = self.subscriber.pull(request={"subscription": name, "max_messages": limit}, timeout=10)
        return list(answer.received_messages)


def serve(path: Path | None, bigquery: Callable[[], str] | None = None) -> tuple[Running, Callable[[], None]]:
    issuer, clock, faults = Issuer(), Clock(), Faults()
    emulator = PubSubEmulator(path, issuer=issuer, clock=clock, faults=faults, bigquery=bigquery)
    pool = futures.ThreadPoolExecutor(max_workers=16)
    server = grpc.server(pool, interceptors=[FaultyAnswers(faults)])
    server.add_generic_rpc_handlers(tuple(emulator.grpc_handlers()))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    emulator.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    batching = pubsub_v1.types.BatchSettings(max_messages=1)
    ordering = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
    running = Running(
        emulator,
        issuer,
        pubsub_v1.PublisherClient(
            transport=PublisherGrpcTransport(channel=channel),
            batch_settings=batching,
            publisher_options=ordering,
        ),
        pubsub_v1.SubscriberClient(transport=SubscriberGrpcTransport(channel=channel)),
        SchemaServiceClient(transport=SchemaServiceGrpcTransport(channel=channel)),
        clock,
        faults,
    )

    def end() -> None:
        channel.close()
        server.stop(None).wait()
        emulator.close()

    return running, end


def seconds(amount: float) -> duration_pb2.Duration:
    return duration_pb2.Duration(nanos=int(amount * 1e9))


QUICK = {"minimum_backoff": seconds(0.05), "maximum_backoff": seconds(0.2)}
