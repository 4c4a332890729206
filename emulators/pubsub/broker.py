"""The state of Pub/Sub: topics, subscriptions and what each still owes, in memory and in the journal."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.pubsub_v1 import types

from emulators.clock import Clock
from emulators.faults import Faults
from emulators.journal import Journal
from emulators.pubsub.backlog import NEVER, Backlog, Delivery
from emulators.pubsub.filters import Filter, parse
from emulators.pubsub.policy import backoff_s, exhausted, obituary
from emulators.wire import already_exists, not_found, raw

DELETED_TOPIC = "_deleted-topic_"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (name TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    subscription TEXT NOT NULL, id INTEGER NOT NULL, attempts INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (subscription, id)
) WITHOUT ROWID;
"""


@dataclass(eq=False)
class Subscribed:
    """One subscription: its settings, what it wants, and what it is still owed."""

    settings: Any
    wants: Filter
    backlog: Backlog

    @property
    def name(self) -> str:
        """The full resource name."""
        return self.settings.name

    @property
    def pushed(self) -> bool:
        """True where messages are pushed to an endpoint instead of being pulled."""
        return bool(self.settings.push_config.push_endpoint)


@dataclass(frozen=True)
class Parcel:
    """A delivery handed out, with the subscription it belongs to."""

    to: Subscribed
    delivery: Delivery


class Broker:
    """Thread safe. `pushing` and `pulling` are notified when something may go out; both share one lock."""

    def __init__(self, path: Path | None, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._journal = Journal(path, "pubsub", _SCHEMA)
        self._lock = threading.RLock()
        self.pushing = threading.Condition(self._lock)
        self.pulling = threading.Condition(self._lock)
        self.activity = 0
        self._last_id = 0
        self._turn = 0
        self._topics: dict[str, Any] = {}
        self._subscriptions: dict[str, Subscribed] = {}
        self._load()

    def _load(self) -> None:
        for name, body in self._journal.rows("SELECT name, body FROM topics ORDER BY name"):
            self._topics[name] = raw(types.Topic).FromString(body)
        for name, body in self._journal.rows("SELECT name, body FROM subscriptions ORDER BY name"):
            self._subscriptions[name] = _subscribed(raw(types.Subscription).FromString(body))
        owed = "SELECT subscription, id, attempts, body FROM deliveries ORDER BY id"
        for name, number, attempts, body in self._journal.rows(owed):
            message = raw(types.PubsubMessage).FromString(body)
            self._subscriptions[name].backlog.add(Delivery(number, message, attempts))

    def close(self) -> None:
        """Ends everything that waits, and the journal."""
        with self._lock:
            self.pushing.notify_all()
            self.pulling.notify_all()
            self._journal.close()

    # -- topics ----------------------------------------------------------------------------------------

    def topic(self, name: str) -> Any:
        """The topic, or NOT_FOUND."""
        with self._lock:
            if name not in self._topics:
                raise not_found(name.rpartition("/")[2])
            return self._topics[name]

    def topics(self, project: str) -> list[Any]:
        """The project's topics by name."""
        with self._lock:
            return [self._topics[name] for name in sorted(self._topics) if name.startswith(f"{project}/")]

    def put_topic(self, topic: Any, *, new: bool) -> None:
        """Creates the topic (ALREADY_EXISTS if it is there) or replaces its settings."""
        with self._lock:
            if new and topic.name in self._topics:
                raise already_exists(topic.name.rpartition("/")[2])
            self._journal.write("INSERT OR REPLACE INTO topics VALUES (?, ?)", (topic.name, topic.SerializeToString()))
            self._topics[topic.name] = topic

    def delete_topic(self, name: str) -> None:
        """Deletes the topic; its subscriptions stay, with what they are still owed."""
        with self._lock, self._journal.transaction():
            self.topic(name)
            for subscribed in self.subscribed_to(name):
                subscribed.settings.topic = DELETED_TOPIC
                self._keep(subscribed.settings)
            self._journal.write("DELETE FROM topics WHERE name = ?", (name,))
            del self._topics[name]

    # -- subscriptions ---------------------------------------------------------------------------------

    def subscription(self, name: str) -> Subscribed:
        """The subscription, or NOT_FOUND."""
        with self._lock:
            if name not in self._subscriptions:
                raise not_found(name.rpartition("/")[2])
            return self._subscriptions[name]

    def subscriptions(self, project: str) -> list[Subscribed]:
        """The project's subscriptions by name; all of them for an empty project."""
        with self._lock:
            names = [n for n in sorted(self._subscriptions) if not project or n.startswith(f"{project}/")]
            return [self._subscriptions[name] for name in names]

    def subscribed_to(self, topic: str) -> list[Subscribed]:
        """The topic's subscriptions."""
        with self._lock:
            return [s for s in self._subscriptions.values() if s.settings.topic == topic]

    def put_subscription(self, settings: Any, *, new: bool) -> None:
        """Creates the subscription (ALREADY_EXISTS if it is there) or replaces its settings."""
        with self._lock:
            known = self._subscriptions.get(settings.name)
            if new and known is not None:
                raise already_exists(settings.name.rpartition("/")[2])
            self._keep(settings)
            if known is None:
                self._subscriptions[settings.name] = _subscribed(settings)
            else:
                known.settings = settings
            self.pushing.notify_all()
            self.pulling.notify_all()

    def delete_subscription(self, name: str) -> None:
        """Deletes the subscription with everything it is owed."""
        with self._lock, self._journal.transaction():
            self.subscription(name)
            self._journal.write("DELETE FROM subscriptions WHERE name = ?", (name,))
            self._journal.write("DELETE FROM deliveries WHERE subscription = ?", (name,))
            del self._subscriptions[name]
            self.activity += 1

    def _keep(self, settings: Any) -> None:
        body = settings.SerializeToString()
        self._journal.write("INSERT OR REPLACE INTO subscriptions VALUES (?, ?)", (settings.name, body))

    # -- messages --------------------------------------------------------------------------------------

    def publish(self, topic: str, messages: Sequence[Any]) -> list[str]:
        """Stamps the messages and owes each to every subscription that wants it; the message ids."""
        with self._lock, self._journal.transaction():
            self.topic(topic)
            return self._publish(topic, messages)

    def _publish(self, topic: str, messages: Sequence[Any]) -> list[str]:
        self.activity += 1
        numbered = [(self._stamp(message), message) for message in messages]
        bodies = [message.SerializeToString() for message in messages]
        for subscribed in self.subscribed_to(topic):
            self._owe(subscribed, zip(numbered, bodies, strict=True))
        return [message.message_id for message in messages]

    def _owe(self, to: Subscribed, messages: Iterable[tuple[tuple[int, Any], bytes]]) -> None:
        wanted = [(n, m, body) for (n, m), body in messages if to.wants(m.attributes)]
        rows = [(to.name, number, 0, body) for number, _, body in wanted]
        self._journal.write_many("INSERT INTO deliveries VALUES (?, ?, ?, ?)", rows)
        for number, message, _ in wanted:
            to.backlog.add(Delivery(number, message))
        if to.pushed:
            self.pushing.notify(len(wanted))
        else:
            self.pulling.notify_all()

    def _stamp(self, message: Any) -> int:
        self._last_id = max(self._last_id + 1, time.time_ns() // 1000)
        message.message_id = str(self._last_id)
        message.publish_time.GetCurrentTime()
        return self._last_id

    # -- handing out and settling ----------------------------------------------------------------------

    def next_push(self) -> tuple[Parcel | None, float]:
        """The next parcel to push, in turn among subscriptions; else None and when to look again."""
        with self._lock:
            pushed = [s for s in self._subscriptions.values() if s.pushed and len(s.backlog)]
            self._turn += 1
            for offset in range(len(pushed)):
                to = pushed[(self._turn + offset) % len(pushed)]
                delivery = self._take(to, NEVER)
                if delivery is not None:
                    self.pushing.notify()
                    return Parcel(to, delivery), 0.0
            return None, min((s.backlog.next_due() for s in pushed), default=NEVER)

    def pull(self, to: Subscribed, limit: int, lease_s: float) -> list[Delivery]:
        """Up to `limit` deliveries that are due, leased for `lease_s` seconds."""
        with self._lock:
            until = time.monotonic() + lease_s
            taken: list[Delivery] = []
            while len(taken) < limit and (delivery := self._take(to, until)) is not None:
                taken.append(delivery)
            return taken

    def _take(self, to: Subscribed, until: float) -> Delivery | None:
        while (delivery := to.backlog.take(time.monotonic(), until)) is not None:
            if not exhausted(to.settings, delivery.attempts - 1) or not self._bury(to, delivery):
                self._remember(to, delivery)
                return delivery
        return None

    def _remember(self, to: Subscribed, delivery: Delivery) -> None:
        if delivery.attempts > 1:
            self._journal.write(
                "UPDATE deliveries SET attempts = ? WHERE subscription = ? AND id = ?",
                (delivery.attempts - 1, to.name, delivery.id),
            )

    def acknowledge(self, to: Subscribed, delivery: Delivery) -> None:
        """Settles the delivery; nothing happens where it is settled already."""
        with self._lock:
            if to.backlog.get(delivery.id) is not delivery or to.name not in self._subscriptions:
                return
            self.activity += 1
            self._settle(to, delivery)

    def _settle(self, to: Subscribed, delivery: Delivery) -> None:
        self._journal.write("DELETE FROM deliveries WHERE subscription = ? AND id = ?", (to.name, delivery.id))
        to.backlog.remove(delivery)
        self._wake(to)

    def refuse(self, to: Subscribed, delivery: Delivery) -> None:
        """The receiver failed: back-off, or the dead-letter topic once the attempts are used up."""
        with self._lock:
            if to.backlog.get(delivery.id) is not delivery or to.name not in self._subscriptions:
                return
            self.activity += 1
            if exhausted(to.settings, delivery.attempts) and self._bury(to, delivery):
                return
            wait_s = backoff_s(to.settings, delivery.attempts)
            to.backlog.release(delivery, time.monotonic() + wait_s)
            self._wake(to)

    def extend(self, to: Subscribed, delivery: Delivery, lease_s: float) -> None:
        """Holds the delivery for `lease_s` seconds from now."""
        with self._lock:
            if delivery.leased and to.backlog.get(delivery.id) is delivery:
                to.backlog.extend(delivery, time.monotonic() + lease_s)
                self._wake(to)

    def _bury(self, to: Subscribed, delivery: Delivery) -> bool:
        target = to.settings.dead_letter_policy.dead_letter_topic
        if target not in self._topics:
            return False
        attempts = min(delivery.attempts, to.settings.dead_letter_policy.max_delivery_attempts)
        with self._journal.transaction():
            self._publish(target, [obituary(to.settings, delivery.message, attempts)])
            self._settle(to, delivery)
        return True

    def _wake(self, to: Subscribed) -> None:
        if to.pushed:
            self.pushing.notify()
        else:
            self.pulling.notify_all()

    # -- what is left ----------------------------------------------------------------------------------

    def idle(self) -> bool:
        """True when nothing is owed to a push subscription; what waits to be pulled is nobody's work."""
        with self._lock:
            return not any(s.pushed and len(s.backlog) for s in self._subscriptions.values())

    def pending(self) -> dict[str, Any]:
        """How many deliveries are owed, and by which subscription."""
        with self._lock:
            owed = [s for s in self.subscriptions("") if len(s.backlog)]
            pushed = [s for s in owed if s.pushed]
            return {
                "push": sum(len(s.backlog) for s in pushed),
                "in_flight": sum(s.backlog.leased for s in pushed),
                "pull": sum(len(s.backlog) for s in owed if not s.pushed),
                "subscriptions": {s.name: len(s.backlog) for s in owed},
            }


def _subscribed(settings: Any) -> Subscribed:
    backlog = Backlog(ordered=settings.enable_message_ordering)
    return Subscribed(settings, parse(settings.filter), backlog)
