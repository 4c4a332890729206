"""Pub/Sub on one machine: at least once, durable, and with what hides concurrency bugs left out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc

from emulators.clock import Clock
from emulators.courier import Courier
from emulators.faults import Faults
from emulators.iam import Policies
from emulators.identity import Issuer
from emulators.pubsub.broker import Broker
from emulators.pubsub.publisher import Publisher
from emulators.pubsub.push import Pusher
from emulators.pubsub.registry import Registry
from emulators.pubsub.subscriber import Subscriber
from emulators.pubsub.warehouse import Warehouse
from emulators.wire import Service


class PubSubEmulator:
    """Topics, subscriptions, snapshots and schemas.

    `path` is a directory of its own (None: memory only). Back-off and leases follow real time; publish times,
    retention and expiry follow `clock`. `bigquery` says where the BigQuery is that subscriptions write to;
    `faults` may duplicate, delay and reorder deliveries.
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
        self._warehouse = Warehouse(bigquery)
        self._courier = Courier(issuer)
        self._pusher = Pusher(self._broker, self._courier, self._warehouse)

    def grpc_handlers(self) -> Sequence[grpc.GenericRpcHandler]:
        """What a gRPC server registers."""
        policies = Policies(self._broker.journal, self._broker.exists)
        return (
            Publisher(self._broker).service(),
            Subscriber(self._broker, self._warehouse).service(),
            Registry(self._broker).service(),
            Service("google.iam.v1.IAMPolicy", policies.methods()),
        )

    def start(self) -> None:
        """Starts pushing, with what an earlier process left unacknowledged first."""
        self._pusher.start()

    def close(self) -> None:
        """Ends pushing and closes the file; unacknowledged messages stay for the next start."""
        self._pusher.close()
        self._broker.close()
        self._courier.close()
        self._warehouse.close()

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
