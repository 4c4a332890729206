"""The state of Pub/Sub: topics, subscriptions and what each still owes, in memory and in the journal."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from google.pubsub_v1 import types

from emulators import iam
from emulators.clock import Clock
from emulators.faults import Faults
from emulators.journal import Journal
from emulators.pubsub import retention, schemas
from emulators.pubsub.backlog import NEVER, Backlog, Delivery
from emulators.pubsub.filters import Filter, parse
from emulators.pubsub.policy import backoff_s, exhausted, obituary
from emulators.pubsub.retention import Retention, id_at
from emulators.pubsub.schemas import Schemas
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
_DAY_S = 86_400
_NOTED_EVERY_S = 3600.0


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


class Broker:
    """Thread safe. `pushing` and `pulling` are notified when something may go out; both share one lock."""

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
            self._subscriptions[name] = _subscribed(raw(types.Subscription).FromString(body))
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
            for subscribed in self.subscribed_to(name):
                subscribed.settings.topic = DELETED_TOPIC
                self._keep(subscribed.settings)
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
                self._subscriptions[settings.name] = _subscribed(settings)
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
        with self._lock, self._journal.transaction():
            subscribed = self.subscription(name)
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
        for name, subscribed in tuple(self._subscriptions.items()):
            ttl_s = subscribed.settings.expiration_policy.ttl.seconds
            if ttl_s and subscribed.active and now - subscribed.active > ttl_s + _NOTED_EVERY_S:
                self._drop(name)
        self._next_expiry = now + _NOTED_EVERY_S

    def _keep(self, settings: Any) -> None:
        body = settings.SerializeToString()
        self._journal.write("INSERT OR REPLACE INTO subscriptions VALUES (?, ?)", (settings.name, body))

    # -- messages --------------------------------------------------------------------------------------

    def publish(self, topic: str, messages: Sequence[Any]) -> list[str]:
        """Stamps the messages and owes each to every subscription that wants it; the message ids.

        INVALID_ARGUMENT where the topic has a schema and a message does not follow it.
        """
        with self._lock, self._journal.transaction():
            settings = self.topic(topic)
            if settings.schema_settings.schema:
                self.schemas.check(settings.schema_settings, messages)
            return self._publish(topic, messages)

    def _publish(self, topic: str, messages: Sequence[Any]) -> list[str]:
        self.activity += 1
        numbered = [(self._stamp(message), message) for message in messages]
        bodies = [message.SerializeToString() for message in messages]
        kept_s = self._retained_s(topic)
        if kept_s:
            kept = zip([number for number, _ in numbered], bodies, strict=True)
            self._retention.keep(topic, kept, self._clock.now() - timedelta(seconds=kept_s))
        for subscribed in self.subscribed_to(topic):
            self._owe(subscribed, zip(numbered, bodies, strict=True))
        return [message.message_id for message in messages]

    def _owe(self, to: Subscribed, messages: Iterable[tuple[tuple[int, Any], bytes]]) -> None:
        wanted = [(n, m, body) for (n, m), body in messages if to.wants(m.attributes)]
        rows = [(to.name, number, 0, body) for number, _, body in wanted]
        self._journal.write_many("INSERT INTO deliveries VALUES (?, ?, ?, ?)", rows)
        for number, message, _ in wanted:
            self._add(to, number, message)
        if to.pushed:
            self.pushing.notify(len(wanted))
        else:
            self.pulling.notify_all()

    def _add(self, to: Subscribed, number: int, message: Any) -> None:
        disorder = self._faults.delivery(to.name, message.data)
        due = time.monotonic() + disorder.wait_s if disorder.wait_s else 0.0
        to.backlog.add(Delivery(number, message, due=due))
        for _ in range(0 if to.exactly_once else disorder.copies):
            to.backlog.add(Delivery(self._next_id(), message, due=due, echo=True))

    def _retained_s(self, topic: str) -> int:
        """For how long the topic's messages are kept for those who want to go back; 0 where nobody does."""
        wanted = [s.settings for s in self.subscribed_to(topic) if s.settings.retain_acked_messages]
        kept_s = [s.message_retention_duration.seconds for s in wanted]
        if topic in self._topics:
            kept_s.append(self._topics[topic].message_retention_duration.seconds)
        return max([*kept_s, 7 * _DAY_S * self._retention.has_snapshot(topic)], default=0)

    def _next_id(self) -> int:
        self._last_id = max(self._last_id + 1, id_at(self._clock.now()))
        return self._last_id

    def _stamp(self, message: Any) -> int:
        message.message_id = str(self._next_id())
        message.publish_time.FromDatetime(self._clock.now())
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
                    self._used(to)
                    self.pushing.notify()
                    return Parcel(to, delivery), 0.0
            return None, min((s.backlog.next_due() for s in pushed), default=NEVER)

    def pull(self, to: Subscribed, limit: int, lease_s: float) -> list[Delivery]:
        """Up to `limit` deliveries that are due, leased for `lease_s` seconds."""
        with self._lock:
            self._used(to)
            until = time.monotonic() + lease_s
            taken: list[Delivery] = []
            while len(taken) < limit and (delivery := self._take(to, until)) is not None:
                taken.append(delivery)
            return taken

    def _take(self, to: Subscribed, until: float) -> Delivery | None:
        oldest = id_at(self._clock.now() - to.retention)
        while (delivery := to.backlog.take(time.monotonic(), until)) is not None:
            if delivery.id < oldest:
                self._settle(to, delivery)
                continue
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
            if delivery.echo:
                self._settle(to, delivery)
                return
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

    # -- going back ------------------------------------------------------------------------------------

    def seek(self, to: Subscribed, moment: datetime) -> None:
        """What was published before the moment is acknowledged; what was after it and is still kept is owed again."""
        with self._lock:
            first = id_at(moment)
            floor = max(first, to.born if to.settings.retain_acked_messages else 0)
            kept_s = max(self._kept_for_s(to), 0)
            floor = max(floor, id_at(self._clock.now() - timedelta(seconds=kept_s)))
            owed = dict(self._retention.since(to.settings.topic, floor)) if kept_s else {}
            owed |= {d.id: d.message for d in to.backlog.all() if d.id >= first and not d.echo}
            self._replace(to, owed)

    def seek_snapshot(self, to: Subscribed, snapshot: str) -> None:
        """The subscription is owed what it was when the snapshot was taken, and what was published since."""
        with self._lock:
            mark, owed = self._retention.restored(snapshot, to.settings.topic, self._clock.now())
            owed |= {d.id: d.message for d in to.backlog.all() if d.id > mark and not d.echo}
            self._replace(to, owed)

    def _kept_for_s(self, to: Subscribed) -> int:
        own = to.settings.message_retention_duration.seconds if to.settings.retain_acked_messages else 0
        topic = self._topics.get(to.settings.topic)
        return max(own, topic.message_retention_duration.seconds if topic is not None else 0)

    def _replace(self, to: Subscribed, owed: dict[int, Any]) -> None:
        known = {delivery.id for delivery in to.backlog.all()}
        with self._journal.transaction():
            for delivery in to.backlog.all():
                if delivery.id not in owed:
                    self._settle(to, delivery)
            again = [(n, m) for n, m in sorted(owed.items()) if n not in known and to.wants(m.attributes)]
            rows = [(to.name, number, 0, message.SerializeToString()) for number, message in again]
            self._journal.write_many("INSERT INTO deliveries VALUES (?, ?, ?, ?)", rows)
            for number, message in again:
                to.backlog.add(Delivery(number, message))
        self.activity += 1
        self.pushing.notify_all()
        self.pulling.notify_all()

    def snapshot(self, name: str) -> Any:
        """The snapshot, or NOT_FOUND."""
        with self._lock:
            return self._retention.snapshot(name, self._clock.now())

    def snapshots(self, prefix: str) -> list[Any]:
        """Snapshots of a project (`projects/p/`) or of a topic, by name."""
        with self._lock:
            return self._retention.snapshots(prefix, self._clock.now())

    def take_snapshot(self, snapshot: Any, to: Subscribed) -> None:
        """Keeps what the subscription has not acknowledged."""
        with self._lock:
            unacked = [(d.id, d.message) for d in to.backlog.all() if not d.echo]
            snapshot.topic = to.settings.topic
            self._retention.capture(snapshot, self._next_id(), unacked, self._clock.now())

    def put_snapshot(self, snapshot: Any) -> None:
        """Replaces a snapshot's settings."""
        with self._lock:
            self._retention.update(snapshot)

    def delete_snapshot(self, name: str) -> None:
        """Deletes the snapshot, or NOT_FOUND."""
        with self._lock:
            self._retention.delete(name, self._clock.now())
            self._forget_policy(name)

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
