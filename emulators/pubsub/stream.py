"""A streaming pull: sends messages as they come due, while the puller settles earlier ones."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from emulators.pubsub.backlog import NEVER, Delivery
from emulators.pubsub.broker import Broker
from emulators.pubsub.messages import types
from emulators.pubsub.policy import counted
from emulators.pubsub.requests import ack_id
from emulators.pubsub.subscribed import Subscribed
from emulators.wire import Refused, raw

_BATCH = 1000
Settle = Callable[[Subscribed, Any], Any]
"""Settles what a request says of earlier messages, and answers with their confirmations."""


class Stream:
    """One call; it holds at most `max_outstanding_messages` unsettled messages, if the puller says so."""

    def __init__(self, broker: Broker, to: Subscribed, first: Any) -> None:
        self._broker = broker
        self._to = to
        self._lease_s = first.stream_ack_deadline_seconds or to.settings.ack_deadline_seconds
        self._limit = first.max_outstanding_messages or NEVER
        self._sent: list[tuple[Delivery, int]] = []
        self._confirmed: deque[Any] = deque()
        self._open = True

    def run(self, requests: Iterator[Any], context: grpc.ServicerContext, *, settle: Settle) -> Iterator[Any]:
        """The responses, until the puller ends the call."""
        context.add_callback(self._end)
        reader = threading.Thread(target=self._read, args=(requests, settle), daemon=True)
        reader.start()
        while (response := self._next()) is not None:
            yield response

    def _read(self, requests: Iterator[Any], settle: Settle) -> None:
        try:
            for request in requests:
                if request.stream_ack_deadline_seconds:
                    self._lease_s = request.stream_ack_deadline_seconds
                confirmation = settle(self._to, request)
                if self._to.exactly_once and confirmation.ByteSize():
                    self._confirm(confirmation)
        except (grpc.RpcError, Refused, ValueError):
            pass
        except Exception as fault:  # grpc raises a bare one when the call is cancelled
            if type(fault) is not Exception:
                raise
        finally:
            self._end()

    def _confirm(self, confirmation: Any) -> None:
        with self._broker.pulling:
            self._confirmed.append(confirmation)
            self._broker.pulling.notify_all()

    def _end(self) -> None:
        with self._broker.pulling:
            self._open = False
            self._broker.pulling.notify_all()

    def _next(self) -> Any:
        with self._broker.pulling:
            while self._open:
                if self._confirmed:
                    return self._confirmed.popleft()
                if taken := self._take():
                    return self._response(taken)
                due = self._to.backlog.next_due()
                full = len(self._sent) >= self._limit
                self._broker.pulling.wait(None if full or due == NEVER else max(0.0, due - time.monotonic()))
        return None

    def _take(self) -> list[Delivery]:
        if len(self._sent) >= self._limit:
            self._sent = [(d, attempt) for d, attempt in self._sent if self._holds(d, attempt)]
        room = int(min(_BATCH, self._limit - len(self._sent)))
        taken = self._broker.pull(self._to, room, self._lease_s)
        if self._limit != NEVER:
            self._sent += [(delivery, delivery.attempts) for delivery in taken]
        return taken

    def _holds(self, delivery: Delivery, attempt: int) -> bool:
        current = self._to.backlog.get(delivery.id)
        return current is delivery and delivery.leased and delivery.attempts == attempt

    def _response(self, taken: list[Delivery]) -> Any:
        response = raw(types.StreamingPullResponse)()
        response.subscription_properties.message_ordering_enabled = self._to.settings.enable_message_ordering
        response.subscription_properties.exactly_once_delivery_enabled = self._to.exactly_once
        for delivery in taken:
            attempts = delivery.attempts if counted(self._to.settings) else 0
            response.received_messages.add(ack_id=ack_id(delivery), message=delivery.message, delivery_attempt=attempts)
        return response
