"""What a topic remembers after it was acknowledged, so that a subscription can go back to a time or to a snapshot."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import grpc

from emulators.journal import Journal
from emulators.pubsub.messages import types
from emulators.wire import Refused, already_exists, invalid, not_found, raw

SCHEMA = """
CREATE TABLE IF NOT EXISTS retained (topic TEXT NOT NULL, id INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (topic, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshots (name TEXT PRIMARY KEY, topic TEXT NOT NULL, mark INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS captured (snapshot TEXT NOT NULL, id INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (snapshot, id)) WITHOUT ROWID;
"""
SNAPSHOT_LIFETIME = timedelta(days=7)
SNAPSHOT_LEAST = timedelta(hours=1)
_PURGE_EVERY = 100


def id_at(moment: datetime) -> int:
    """The message ids published before the moment are smaller: they count microseconds since 1970."""
    return int(moment.timestamp() * 1_000_000)


class Retention:
    """Retained messages by topic, and snapshots of what a subscription had not acknowledged. The caller locks."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._snapshots: dict[str, tuple[str, int, Any]] = {}
        self._kept = 0
        for name, topic, mark, body in journal.rows("SELECT name, topic, mark, body FROM snapshots ORDER BY name"):
            self._snapshots[name] = (topic, mark, raw(types.Snapshot).FromString(body))

    # -- messages --------------------------------------------------------------------------------------

    def keep(self, topic: str, messages: Iterable[tuple[int, bytes]], oldest: datetime) -> None:
        """Keeps messages of the topic; now and then forgets those before `oldest`."""
        rows = [(topic, number, body) for number, body in messages]
        self._journal.write_many("INSERT OR IGNORE INTO retained VALUES (?, ?, ?)", rows)
        self._kept += 1
        if self._kept % _PURGE_EVERY == 0:
            self._journal.write("DELETE FROM retained WHERE topic = ? AND id < ?", (topic, id_at(oldest)))

    def since(self, topic: str, first: int) -> Iterator[tuple[int, Any]]:
        """The topic's retained messages from this id on."""
        rows = "SELECT id, body FROM retained WHERE topic = ? AND id >= ? ORDER BY id"
        for number, body in self._journal.rows(rows, (topic, first)):
            yield number, raw(types.PubsubMessage).FromString(body)

    def forget_topic(self, topic: str) -> None:
        """The topic is gone."""
        self._journal.write("DELETE FROM retained WHERE topic = ?", (topic,))

    # -- snapshots -------------------------------------------------------------------------------------

    def snapshot(self, name: str, now: datetime) -> Any:
        """The snapshot, or NOT_FOUND; an expired one is gone."""
        self._expire(now)
        if name not in self._snapshots:
            raise not_found(name.rpartition("/")[2])
        return self._snapshots[name][2]

    def snapshots(self, prefix: str, now: datetime) -> list[Any]:
        """Snapshots of a project (`projects/p/`) or of a topic, by name."""
        self._expire(now)
        found = [(name, topic, body) for name, (topic, _, body) in sorted(self._snapshots.items())]
        return [body for name, topic, body in found if name.startswith(prefix) or topic == prefix]

    def capture(self, snapshot: Any, mark: int, unacked: Iterable[tuple[int, Any]], now: datetime) -> None:
        """Keeps what is not acknowledged, and from now on what is published after `mark`.

        The snapshot lives a week, less the age of its oldest message; FAILED_PRECONDITION where that is under an hour.
        """
        self._expire(now)
        if snapshot.name in self._snapshots:
            raise already_exists(snapshot.name.rpartition("/")[2])
        rows = [(snapshot.name, number, message.SerializeToString()) for number, message in unacked]
        ends = SNAPSHOT_LIFETIME - timedelta(
            microseconds=max(0, id_at(now) - min([r[1] for r in rows] or [id_at(now)]))
        )
        if ends < SNAPSHOT_LEAST:
            raise _too_old()
        snapshot.expire_time.FromDatetime(now + ends)
        with self._journal.transaction():
            self._journal.write_many("INSERT INTO captured VALUES (?, ?, ?)", rows)
            self._write(snapshot, mark)

    def update(self, snapshot: Any) -> None:
        """Replaces a snapshot's labels and time of expiry."""
        self._write(snapshot, self._snapshots[snapshot.name][1])

    def _write(self, snapshot: Any, mark: int) -> None:
        row = (snapshot.name, snapshot.topic, mark, snapshot.SerializeToString())
        self._journal.write("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", row)
        self._snapshots[snapshot.name] = (snapshot.topic, mark, snapshot)

    def restored(self, name: str, topic: str, now: datetime) -> tuple[int, dict[int, Any]]:
        """The mark of a snapshot, and all messages it holds unacknowledged, by id."""
        self.snapshot(name, now)
        of_topic, mark, _ = self._snapshots[name]
        if of_topic != topic:
            raise invalid(f"The snapshot {name} is of another topic: {of_topic}.")
        rows = self._journal.rows("SELECT id, body FROM captured WHERE snapshot = ?", (name,))
        captured = {number: raw(types.PubsubMessage).FromString(body) for number, body in rows}
        return mark, captured | dict(self.since(topic, mark + 1))

    def delete(self, name: str, now: datetime) -> None:
        """Deletes a snapshot, or NOT_FOUND."""
        self.snapshot(name, now)
        self._drop(name)

    def has_snapshot(self, topic: str) -> bool:
        """Whether messages of the topic have to be kept for a snapshot."""
        return any(of == topic for of, _, _ in self._snapshots.values())

    def _expire(self, now: datetime) -> None:
        over = [n for n, (_, _, s) in self._snapshots.items() if s.expire_time.seconds <= now.timestamp()]
        for name in over:
            self._drop(name)

    def _drop(self, name: str) -> None:
        with self._journal.transaction():
            self._journal.write("DELETE FROM snapshots WHERE name = ?", (name,))
            self._journal.write("DELETE FROM captured WHERE snapshot = ?", (name,))
        del self._snapshots[name]


def _too_old() -> Refused:
    message = (
        "The operation could not be completed because the oldest unacknowledged message is too old for a snapshot."
    )
    return Refused(grpc.StatusCode.FAILED_PRECONDITION, message)
