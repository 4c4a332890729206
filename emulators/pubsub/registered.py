"""Topics and subscriptions: made, changed, expired and deleted, in memory and in the journal."""

import threading
from pathlib import Path
from typing import Any

from emulators import iam
from emulators.clock import Clock
from emulators.faults import Faults
from emulators.journal import Journal
from emulators.pubsub import retention, schemas
from emulators.pubsub.backlog import Delivery
from emulators.pubsub.messages import types
from emulators.pubsub.retention import Retention, id_at
from emulators.pubsub.schemas import Schemas
from emulators.pubsub.subscribed import Subscribed, subscribed
from emulators.wire import already_exists, not_found, raw

DELETED_TOPIC = "_deleted-topic_"
_SLASHES = 3
_SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (name TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    subscription TEXT NOT NULL, id INTEGER NOT NULL, attempts INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (subscription, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS born (name TEXT PRIMARY KEY, id INTEGER NOT NULL, active REAL NOT NULL);
"""
_NOTED_EVERY_S = 3600.0


class Registered:
    """Topics, subscriptions and who may be told of changes. `pushing` and `pulling` share one lock."""

    def __init__(self, path: Path | None, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self.journal = self._journal = Journal(path, "pubsub", _SCHEMA + retention.SCHEMA + iam.SCHEMA + schemas.SCHEMA)
        self._retention = Retention(self._journal)
        self.schemas = Schemas(self._journal, clock)
        self._lock = threading.RLock()
        self.pushing = threading.Condition(self._lock)
        self.pulling = threading.Condition(self._lock)
        self.activity = 0
        self._last_id = 0
        self._turn = 0
        self._next_expiry = 0.0
        self._topics: dict[str, Any] = {}
        self._subscriptions: dict[str, Subscribed] = {}
        self._load()

    def _load(self) -> None:
        for name, body in self._journal.rows("SELECT name, body FROM topics ORDER BY name"):
            self._topics[name] = raw(types.Topic).FromString(body)
        for name, body in self._journal.rows("SELECT name, body FROM subscriptions ORDER BY name"):
            self._subscriptions[name] = subscribed(raw(types.Subscription).FromString(body))
        for name, born, active in self._journal.rows("SELECT name, id, active FROM born"):
            self._subscriptions[name].born, self._subscriptions[name].active = born, active
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
            for known in self.subscribed_to(name):
                known.settings.topic = DELETED_TOPIC
                self._keep(known.settings)
            self._journal.write("DELETE FROM topics WHERE name = ?", (name,))
            self._retention.forget_topic(name)
            self._forget_policy(name)
            del self._topics[name]

    # -- subscriptions ---------------------------------------------------------------------------------

    def subscription(self, name: str) -> Subscribed:
        """The subscription, or NOT_FOUND."""
        with self._lock:
            self._expire()
            if name not in self._subscriptions:
                raise not_found(name.rpartition("/")[2])
            return self._subscriptions[name]

    def subscriptions(self, project: str) -> list[Subscribed]:
        """The project's subscriptions by name; all of them for an empty project."""
        with self._lock:
            self._expire()
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
                self._subscriptions[settings.name] = subscribed(settings)
                self._subscriptions[settings.name].born = self._next_id()
                self._used(self._subscriptions[settings.name])
            else:
                known.settings = settings
            self.pushing.notify_all()
            self.pulling.notify_all()

    def delete_subscription(self, name: str) -> None:
        """Deletes the subscription with everything it is owed."""
        with self._lock:
            self.subscription(name)
            self._drop(name)

    def _drop(self, name: str) -> None:
        with self._journal.transaction():
            self._journal.write("DELETE FROM born WHERE name = ?", (name,))
            self._forget_policy(name)
            self._journal.write("DELETE FROM subscriptions WHERE name = ?", (name,))
            self._journal.write("DELETE FROM deliveries WHERE subscription = ?", (name,))
            del self._subscriptions[name]
            self.activity += 1

    def detach(self, name: str) -> None:
        """Parts the subscription from its topic for good; what it was owed is gone."""
        with self._lock:
            parted = self.subscription(name)
            self._detach(parted)

    def _detach(self, subscribed: Subscribed) -> None:
        with self._journal.transaction():
            subscribed.settings.detached = True
            subscribed.settings.topic = DELETED_TOPIC
            self._keep(subscribed.settings)
            for delivery in subscribed.backlog.all():
                self._settle(subscribed, delivery)

    def _forget_policy(self, resource: str) -> None:
        self._journal.write("DELETE FROM policies WHERE resource = ?", (resource,))

    def exists(self, resource: str) -> bool:
        """Whether there is a topic, subscription, snapshot or schema of this name."""
        with self._lock:
            kind = resource.split("/")[2] if resource.count("/") == _SLASHES else ""
            if kind == "snapshots":
                return any(one.name == resource for one in self._retention.snapshots(resource, self._clock.now()))
            return resource in {"topics": self._topics, "subscriptions": self._subscriptions}.get(
                kind, self.schemas.names() if kind == "schemas" else ()
            )

    def _used(self, subscribed: Subscribed) -> None:
        """Notes that somebody uses the subscription, so that it does not expire."""
        now = self._clock.now().timestamp()
        if now - subscribed.active > _NOTED_EVERY_S:
            row = (subscribed.name, subscribed.born, now)
            self._journal.write("INSERT OR REPLACE INTO born VALUES (?, ?, ?)", row)
            subscribed.active = now

    def _expire(self) -> None:
        """Deletes the subscriptions nobody used for as long as their policy says; most never expire by themselves."""
        now = self._clock.now().timestamp()
        if now < self._next_expiry:
            return
        for name, known in tuple(self._subscriptions.items()):
            ttl_s = known.settings.expiration_policy.ttl.seconds
            if ttl_s and known.active and now - known.active > ttl_s + _NOTED_EVERY_S:
                self._drop(name)
        self._next_expiry = now + _NOTED_EVERY_S

    def _keep(self, settings: Any) -> None:
        body = settings.SerializeToString()
        self._journal.write("INSERT OR REPLACE INTO subscriptions VALUES (?, ?)", (settings.name, body))

    # -- what both halves need -------------------------------------------------------------------------

    def _next_id(self) -> int:
        self._last_id = max(self._last_id + 1, id_at(self._clock.now()))
        return self._last_id

    def _settle(self, to: Subscribed, delivery: Delivery) -> None:
        self._journal.write("DELETE FROM deliveries WHERE subscription = ? AND id = ?", (to.name, delivery.id))
        to.backlog.remove(delivery)
        self._wake(to)

    def _wake(self, to: Subscribed) -> None:
        if to.pushed:
            self.pushing.notify()
        else:
            self.pulling.notify_all()
