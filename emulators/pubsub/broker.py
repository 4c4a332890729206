"""The state of Pub/Sub on its way: what is published, owed, handed out, settled, and owed again."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from emulators.pubsub.backlog import NEVER, Delivery
from emulators.pubsub.policy import backoff_s, exhausted, obituary
from emulators.pubsub.registered import Registered
from emulators.pubsub.retention import id_at
from emulators.pubsub.subscribed import Parcel, Subscribed

_DAY_S = 86_400


class Broker(Registered):
    """Thread safe. `pushing` and `pulling` are notified when something may go out; both share one lock."""

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

    def schema(self, name: str) -> Any:
        """The schema, or NOT_FOUND."""
        with self._lock:
            return self.schemas.get(name)

    def values(self, settings: Any, message: Any) -> Any:
        """What the topic's schema reads in a message; None where the subscription does not ask for it."""
        if not settings.bigquery_config.use_topic_schema:
            return None
        with self._lock:
            return self.schemas.values(self.topic(settings.topic).schema_settings, message)

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
        """Notes failed attempts; with exactly-once delivery all, so that no ack id comes twice, whatever crashes."""
        known = delivery.attempts if to.exactly_once else delivery.attempts - 1
        if known:
            self._journal.write(
                "UPDATE deliveries SET attempts = ? WHERE subscription = ? AND id = ?",
                (known, to.name, delivery.id),
            )

    def acknowledge(self, to: Subscribed, delivery: Delivery) -> None:
        """Settles the delivery; nothing happens where it is settled already."""
        with self._lock:
            if to.backlog.get(delivery.id) is not delivery or to.name not in self._subscriptions:
                return
            self.activity += 1
            self._settle(to, delivery)

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
            self._readd(to, [Delivery(number, message) for number, message in again])
        self.activity += 1
        self.pushing.notify_all()
        self.pulling.notify_all()

    @staticmethod
    def _readd(to: Subscribed, again: list[Delivery]) -> None:
        """Puts deliveries back among the others: where order counts, all of them in the order they were published."""
        if to.settings.enable_message_ordering:
            for delivery in to.backlog.all():
                to.backlog.remove(delivery)
                again.append(Delivery(delivery.id, delivery.message, delivery.attempts))
        for delivery in sorted(again, key=lambda one: one.id):
            to.backlog.add(delivery)

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
