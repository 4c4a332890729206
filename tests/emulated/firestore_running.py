"""Runs the Firestore emulator on a port of its own, with the real client speaking to it."""

import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

from emulators.clock import Clock
from emulators.firestore import FirestoreEmulator
from emulators.firestore.transactions import Concurrency

LARGEST_MESSAGE = 64 * 1024 * 1024


@contextmanager
def listening(
    path: Path | None = None,
    concurrency: Concurrency = "pessimistic",
    indexes: Path | None = None,
    clock: Clock | None = None,
) -> Iterator[str]:
    """The address of an emulator that ends with the block."""
    emulator = FirestoreEmulator(path, concurrency=concurrency, indexes=indexes, clock=clock)
    with futures.ThreadPoolExecutor(64) as threads:
        server = grpc.server(threads, options=[("grpc.max_receive_message_length", LARGEST_MESSAGE)])
        server.add_generic_rpc_handlers(tuple(emulator.grpc_handlers()))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait()
            emulator.close()


def client_of(address: str, database: str = "(default)") -> Any:
    """The real client, made as the emulator variable makes it, without touching the environment."""
    channel = grpc.insecure_channel(address)
    client = firestore.Client(project="p", credentials=AnonymousCredentials(), database=database)
    client._firestore_api_internal = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
    client._emulator_host = address
    return client


@contextmanager
def serve(
    path: Path | None = None,
    concurrency: Concurrency = "pessimistic",
    indexes: Path | None = None,
    clock: Clock | None = None,
) -> Iterator[Any]:
    """A client of an emulator that ends with the block."""
    with listening(path, concurrency, indexes, clock) as address:
        client = client_of(address)
        yield client
        client._firestore_api_internal.transport.close()


def together(count: int, work: Callable[[int], None]) -> None:
    """Runs work in so many threads at once; raises what any of them raised."""
    start = threading.Barrier(count)

    def begin(number: int) -> None:
        start.wait()
        work(number)

    with futures.ThreadPoolExecutor(count) as threads:
        for done in [threads.submit(begin, number) for number in range(count)]:
            done.result(timeout=60)
