"""Pub/Sub on one machine: at least once, durable, and with what hides concurrency bugs left out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc

from emulators.clock import Clock
from emulators.courier import Courier
from emulators.faults import Faults
from emulators.identity import Issuer
from emulators.pubsub.broker import Broker
from emulators.pubsub.publisher import Publisher
from emulators.pubsub.push import Pusher
from emulators.pubsub.subscriber import Subscriber


class PubSubEmulator:
    """Topics and subscriptions with push, pull, retries, dead letters, ordering and filters.

    `path` is a directory of its own (None: memory only). Every back-off follows real time, so `clock` isn't
    asked; it is taken for the sake of one way to make every emulator.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        issuer: Issuer,
        clock: Clock,
        faults: Faults | None = None,
        bigquery: Callable[[], str] | None = None,
    ) -> None:
        self._broker = Broker(path, clock, faults or Faults())
        self._courier = Courier(issuer)
        self._pusher = Pusher(self._broker, self._courier)

    def grpc_handlers(self) -> Sequence[grpc.GenericRpcHandler]:
        """What a gRPC server registers."""
        return (Publisher(self._broker).service(), Subscriber(self._broker).service())

    def start(self) -> None:
        """Starts pushing, with what an earlier process left unacknowledged first."""
        self._pusher.start()

    def close(self) -> None:
        """Ends pushing and closes the file; unacknowledged messages stay for the next start."""
        self._pusher.close()
        self._broker.close()
        self._courier.close()

    @property
    def activity(self) -> int:
        """Grows with every message published or settled: equal twice, and nothing happened between."""
        return self._broker.activity

    def idle(self) -> bool:
        """True when no push subscription is owed anything: nothing in flight, nothing to retry."""
        return self._broker.idle()

    def pending(self) -> dict[str, Any]:
        """`push`, `in_flight`, `pull`: counts of deliveries; `subscriptions`: the count of each."""
        return self._broker.pending()
