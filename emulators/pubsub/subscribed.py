"""One subscription as the broker has it: its settings, what it wants, and what it is still owed."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from emulators.pubsub.backlog import Backlog, Delivery
from emulators.pubsub.filters import Filter, parse


@dataclass(eq=False)
class Subscribed:
    """One subscription: its settings, what it wants, and what it is still owed."""

    settings: Any
    wants: Filter
    backlog: Backlog
    born: int = 0
    """Messages with a smaller id were published before it was made."""
    active: float = 0.0
    """When it was used last, in seconds since 1970; noted on disk once an hour."""

    @property
    def name(self) -> str:
        """The full resource name."""
        return self.settings.name

    @property
    def pushed(self) -> bool:
        """True where messages are brought, to an endpoint or into a table, instead of being pulled."""
        return bool(self.settings.push_config.push_endpoint or self.settings.bigquery_config.table)

    @property
    def exactly_once(self) -> bool:
        """True where only the newest ack id of a message counts, and a lease holds."""
        return bool(self.settings.enable_exactly_once_delivery)

    @property
    def retention(self) -> timedelta:
        """How long a message stays, acknowledged or not."""
        return timedelta(seconds=self.settings.message_retention_duration.seconds)

    def holds(self, delivery: Delivery, attempt: int) -> bool:
        """Whether this attempt's lease on the delivery still stands."""
        current = self.backlog.get(delivery.id)
        return (
            current is delivery and delivery.attempts == attempt and delivery.leased and delivery.due > time.monotonic()
        )


@dataclass(frozen=True)
class Parcel:
    """A delivery handed out, with the subscription it belongs to."""

    to: Subscribed
    delivery: Delivery


def subscribed(settings: Any) -> Subscribed:
    """A subscription that is owed nothing yet."""
    backlog = Backlog(ordered=settings.enable_message_ordering)
    return Subscribed(settings, parse(settings.filter), backlog)
