"""Cloud Tasks on one machine: named once, scheduled by the virtual clock, retried as the queue says, durable."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc

from emulators.clock import Clock
from emulators.courier import Courier
from emulators.faults import Faults
from emulators.identity import Issuer
from emulators.tasks.cloud_tasks import CloudTasks
from emulators.tasks.dispatch import Dispatcher
from emulators.tasks.queues import Queues


class TasksEmulator:
    """Queues and HTTP tasks.

    `path` is a directory of its own (None: memory only). Schedules, back-off and the memory of used names
    follow `clock`; moving it on dispatches what is due then. Identity tokens are signed by `issuer`;
    `faults` may duplicate, delay and reorder dispatches.
    """

    def __init__(self, path: Path | None, *, issuer: Issuer, clock: Clock, faults: Faults | None = None) -> None:
        self._queues = Queues(path, clock, faults or Faults())
        self._courier = Courier(issuer)
        self._dispatcher = Dispatcher(self._queues, self._courier)
        self._service = CloudTasks(self._queues, clock).service()

    def grpc_handlers(self) -> Sequence[grpc.GenericRpcHandler]:
        """What a gRPC server registers."""
        return (self._service,)

    def start(self) -> None:
        """Starts dispatching, with what an earlier process left undone."""
        self._dispatcher.start()

    def close(self) -> None:
        """Ends dispatching and closes the file; unfinished tasks stay for the next start."""
        self._dispatcher.close()
        self._queues.close()
        self._courier.close()

    @property
    def activity(self) -> int:
        """Grows with every task created or settled: equal twice, and nothing happened between."""
        return self._queues.activity

    def idle(self) -> bool:
        """True when nothing is in flight, due now or waiting for a retry; paused queues don't count."""
        return self._queues.idle()

    def pending(self) -> dict[str, Any]:
        """Counts `tasks`, `in_flight`, `due`, `retrying`; `next` schedule time (ISO or None); `queues`."""
        return self._queues.pending()
