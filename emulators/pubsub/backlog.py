"""What one subscription still owes: what may go out now, what waits, and what holds others back."""

import heapq
from collections import deque
from dataclasses import dataclass
from typing import Any

NEVER = float("inf")


@dataclass(slots=True, eq=False)
class Delivery:
    """One message on its way to one subscription; `due` is a monotonic moment in seconds."""

    id: int
    message: Any
    attempts: int = 0
    due: float = 0.0
    leased: bool = False
    echo: bool = False
    """A duplicate that a fault asked for; nobody minds how it ends."""


class Backlog:
    """The outstanding deliveries of a subscription. The caller holds the lock.

    With `ordered`, of the messages with one ordering key only the oldest goes out until it is acknowledged.
    """

    def __init__(self, *, ordered: bool) -> None:
        self._ordered = ordered
        self._all: dict[int, Delivery] = {}
        self._heap: list[tuple[float, int]] = []
        self._chains: dict[str, deque[Delivery]] = {}
        self.leased = 0

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> list[Delivery]:
        """Every delivery that is not settled, duplicates included."""
        return list(self._all.values())

    def get(self, delivery_id: int) -> Delivery | None:
        """The delivery, unless it is settled."""
        return self._all.get(delivery_id)

    def add(self, delivery: Delivery) -> None:
        """A new message."""
        self._all[delivery.id] = delivery
        key = self._key(delivery)
        if key:
            chain = self._chains.setdefault(key, deque())
            chain.append(delivery)
            if chain[0] is not delivery:
                return
        self._enqueue(delivery)

    def next_due(self) -> float:
        """When the next delivery may go out; infinity if none waits."""
        while self._heap and self._stale(*self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else NEVER

    def take(self, now: float, until: float) -> Delivery | None:
        """The next delivery that is due, leased until the moment given; its attempt is counted."""
        if self.next_due() > now:
            return None
        delivery = self._all[heapq.heappop(self._heap)[1]]
        self.leased += not delivery.leased
        delivery.leased = True
        delivery.attempts += 1
        self._schedule(delivery, until)
        return delivery

    def extend(self, delivery: Delivery, until: float) -> None:
        """Moves the end of a lease."""
        self._schedule(delivery, until)

    def release(self, delivery: Delivery, due: float) -> None:
        """Gives a delivery back, to go out again at `due`."""
        self.leased -= delivery.leased
        delivery.leased = False
        self._schedule(delivery, due)

    def remove(self, delivery: Delivery) -> None:
        """Settled: the next message with the same ordering key may follow."""
        self.leased -= delivery.leased
        del self._all[delivery.id]
        key = self._key(delivery)
        if not key:
            return
        chain = self._chains[key]
        chain.remove(delivery)
        if chain:
            self._schedule(chain[0], chain[0].due)
        else:
            del self._chains[key]

    def _key(self, delivery: Delivery) -> str:
        return delivery.message.ordering_key if self._ordered else ""

    def _schedule(self, delivery: Delivery, due: float) -> None:
        delivery.due = due
        self._enqueue(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        if delivery.due != NEVER:
            heapq.heappush(self._heap, (delivery.due, delivery.id))

    def _stale(self, due: float, delivery_id: int) -> bool:
        delivery = self._all.get(delivery_id)
        return delivery is None or delivery.due != due
