"""A Cloud Tasks emulator for tests, on a port of its own, with the real client connected to it."""

from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import grpc
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.protobuf import duration_pb2, timestamp_pb2

from emulators.clock import Clock
from emulators.faults import Faults
from emulators.identity import Issuer
from emulators.tasks import TasksEmulator

LOCATION = "projects/p/locations/europe-west1"
QUEUE = f"{LOCATION}/queues/reminders"
NAMED = f"{QUEUE}/tasks/invoice-1"
UNCLAIMED = "http://127.0.0.1:9/x"


@dataclass
class Running:
    """An emulator on a port, and the client that talks to it."""

    emulator: TasksEmulator
    issuer: Issuer
    clock: Clock
    client: Any
    faults: Faults

    def queue(self, **settings: Any) -> Any:
        return self.client.create_queue(parent=LOCATION, queue={"name": QUEUE, **settings})

    def create(self, url: str, *, at: datetime | None = None, name: str = "", **call: Any) -> Any:
        task: dict[str, Any] = {"name": name, "http_request": {"url": url, **call}}
        if at is not None:
            task["schedule_time"] = stamp(at)
        return self.client.create_task(parent=QUEUE, task=task)


def stamp(at: datetime) -> timestamp_pb2.Timestamp:
    moment = timestamp_pb2.Timestamp()
    moment.FromDatetime(at)
    return moment


def seconds(amount: float) -> duration_pb2.Duration:
    return duration_pb2.Duration(seconds=int(amount), nanos=int(amount % 1 * 1e9))


def serve(path: Path | None) -> tuple[Running, Callable[[], None]]:
    issuer, clock, faults = Issuer(), Clock(), Faults()
    emulator = TasksEmulator(path, issuer=issuer, clock=clock, faults=faults)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    server.add_generic_rpc_handlers(tuple(emulator.grpc_handlers()))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    emulator.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))

    def end() -> None:
        channel.close()
        server.stop(None).wait()
        emulator.close()

    return Running(emulator, issuer, clock, client, faults), end
