"""The state of Cloud Tasks: queues, their tasks, and the names that were used lately; in memory and on disk."""

import threading
import uuid
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from emulators import iam
from emulators.clock import Clock
from emulators.faults import Faults
from emulators.journal import Journal
from emulators.tasks.line import NEVER, Entry, Line, moment
from emulators.tasks.messages import types
from emulators.tasks.policy import backoff_s, exhausted
from emulators.wire import Refused, already_exists, not_found, raw

TOMBSTONE = timedelta(hours=1)
"""For so long after its end a task's name can't be used again."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (name TEXT PRIMARY KEY, queue TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tombstones (name TEXT PRIMARY KEY, until REAL NOT NULL);
"""
_RUNNING = types.Queue.State.RUNNING
_UNKNOWN = 2


class Queues:
    """Thread safe. `changed` is notified when a task may be due."""

    def __init__(self, path: Path | None, clock: Clock, faults: Faults) -> None:
        self._faults = faults
        self.journal = self._journal = Journal(path, "tasks", _SCHEMA + iam.SCHEMA)
        self._clock = clock
        self.changed = threading.Condition(threading.RLock())
        self.activity = 0
        self._lines: dict[str, Line] = {}
        self._tombstones: dict[str, float] = {}
        self._turn = 0
        self._load()
        clock.subscribe(self._wake)

    def _load(self) -> None:
        for name, body in self._journal.rows("SELECT name, body FROM queues ORDER BY name"):
            self._lines[name] = _line(raw(types.Queue).FromString(body))
        for queue, body in self._journal.rows("SELECT queue, body FROM tasks ORDER BY name"):
            self._admit(self._lines[queue], raw(types.Task).FromString(body))
        self._tombstones = dict(self._journal.rows("SELECT name, until FROM tombstones"))

    def _wake(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def close(self) -> None:
        """Closes the journal."""
        with self.changed:
            self._journal.close()

    # -- queues ----------------------------------------------------------------------------------------

    def line(self, queue: str) -> Line:
        """The queue with its tasks, or NOT_FOUND."""
        with self.changed:
            if queue not in self._lines:
                raise not_found(queue)
            return self._lines[queue]

    def has(self, queue: str) -> bool:
        """Whether there is such a queue."""
        with self.changed:
            return queue in self._lines

    def lines(self, location: str) -> list[Any]:
        """The location's queues by name."""
        with self.changed:
            prefix = f"{location}/queues/"
            return [self._lines[name].queue for name in sorted(self._lines) if name.startswith(prefix)]

    def put_queue(self, queue: Any, *, new: bool) -> None:
        """Creates the queue (ALREADY_EXISTS if it is there) or replaces its settings."""
        with self.changed:
            if new and queue.name in self._lines:
                raise already_exists(queue.name)
            body = queue.SerializeToString()
            self._journal.write("INSERT OR REPLACE INTO queues VALUES (?, ?)", (queue.name, body))
            if queue.name in self._lines:
                self._lines[queue.name].queue = queue
            else:
                self._lines[queue.name] = _line(queue)
            self._wake()

    def delete_queue(self, name: str) -> None:
        """Deletes the queue with its tasks. Unlike the real one, its name can be used again at once."""
        with self.changed, self._journal.transaction():
            self._empty(self.line(name))
            self._journal.write("DELETE FROM queues WHERE name = ?", (name,))
            self._journal.write("DELETE FROM policies WHERE resource = ?", (name,))
            del self._lines[name]

    def purge(self, name: str) -> None:
        """Deletes all tasks of the queue."""
        with self.changed, self._journal.transaction():
            self._empty(self.line(name))

    def _empty(self, line: Line) -> None:
        self.activity += 1
        for entry in tuple(line.tasks.values()):
            self._bury(line, entry)
        line.silence()

    # -- tasks -----------------------------------------------------------------------------------------

    def task(self, name: str) -> tuple[Line, Entry]:
        """The task and its queue, or NOT_FOUND."""
        with self.changed:
            line = self.line(queue_of(name))
            if name not in line.tasks:
                raise not_found(name)
            return line, line.tasks[name]

    def tasks(self, queue: str) -> list[Any]:
        """The queue's tasks, the first to run first."""
        with self.changed:
            entries = sorted(self.line(queue).tasks.values(), key=lambda e: (e.due, e.task.name))
            return [entry.task for entry in entries]

    def add(self, queue: str, task: Any) -> Any:
        """Keeps the task; a name that is used, or was within the last hour, is ALREADY_EXISTS."""
        with self.changed:
            line = self.line(queue)
            task.name = task.name or f"{queue}/tasks/{uuid.uuid4().int % 10**20}"
            if task.name in line.tasks or self._buried(task.name):
                raise Refused(
                    already_exists("").code,
                    f"The task cannot be created because a task with this name existed too recently: {task.name}",
                )
            self._stamp(task)
            self._keep(queue, task)
            self._admit(line, task)
            self._changed()
            return task

    def _stamp(self, task: Any) -> None:
        now = self._clock.now()
        task.create_time.FromDatetime(now)
        if not task.HasField("schedule_time"):
            task.schedule_time.FromDatetime(now)

    def _buried(self, name: str) -> bool:
        until = self._tombstones.get(name)
        if until is None:
            return False
        if until > self._clock.now().timestamp():
            return True
        self._journal.write("DELETE FROM tombstones WHERE name = ?", (name,))
        del self._tombstones[name]
        return False

    def _admit(self, line: Line, task: Any) -> None:
        entry = Entry(task, moment(task.schedule_time).timestamp())
        line.tasks[task.name] = entry
        line.add(entry)

    def _keep(self, queue: str, task: Any) -> None:
        row = (task.name, queue, task.SerializeToString())
        self._journal.write("INSERT OR REPLACE INTO tasks VALUES (?, ?, ?)", row)

    def delete(self, name: str) -> None:
        """Deletes the task, or NOT_FOUND."""
        with self.changed:
            line, entry = self.task(name)
            with self._journal.transaction():
                self._bury(line, entry)
            self._changed()

    def _bury(self, line: Line, entry: Entry) -> None:
        name, until = entry.task.name, (self._clock.now() + TOMBSTONE).timestamp()
        self._journal.write("DELETE FROM tasks WHERE name = ?", (name,))
        self._journal.write("INSERT OR REPLACE INTO tombstones VALUES (?, ?)", (name, until))
        self._tombstones[name] = until
        entry.gone = True
        line.tasks.pop(name, None)

    def force(self, name: str) -> Any:
        """Makes the task due now, even in a paused queue."""
        with self.changed:
            line, entry = self.task(name)
            if not entry.in_flight:
                entry.forced = True
                line.forced.append(entry)
                self._reschedule(line, entry, self._clock.now())
            self._changed()
            return entry.task

    def _reschedule(self, line: Line, entry: Entry, when: datetime) -> None:
        entry.task.schedule_time.FromDatetime(when)
        entry.due = moment(entry.task.schedule_time).timestamp()
        self._keep(line.queue.name, entry.task)
        line.add(entry)

    def _changed(self) -> None:
        self.activity += 1
        self.changed.notify()

    # -- dispatching -----------------------------------------------------------------------------------

    def next(self) -> tuple[tuple[Line, Entry] | None, float]:
        """The next task to dispatch, in turn among queues; else None and the seconds until one may be due."""
        with self.changed:
            lines = list(self._lines.values())
            self._turn += 1
            wait_s = NEVER
            for offset in range(len(lines)):
                line = lines[(self._turn + offset) % len(lines)]
                entry, later_s = self._ready(line)
                if entry is not None:
                    self._dispatch(line, entry)
                    self.changed.notify()
                    return (line, entry), 0.0
                wait_s = min(wait_s, later_s)
            return None, wait_s

    def _ready(self, line: Line) -> tuple[Entry | None, float]:
        forced = line.next_forced()
        if forced is not None:
            return forced, 0.0
        while (entry := line.head()) is not None and line.queue.state == _RUNNING:
            until_due_s = entry.due - self._clock.now().timestamp()
            wait_s = max(until_due_s, line.wait_s() if until_due_s <= 0 else 0.0)
            if wait_s > 0:
                return None, wait_s
            if not self._put_off(line, entry):
                return entry, 0.0
        return None, NEVER

    def _put_off(self, line: Line, entry: Entry) -> bool:
        """Asks, once an attempt, whether a fault holds the task back or brings it twice."""
        if entry.echo or entry.asked_at == entry.task.dispatch_count:
            return False
        entry.asked_at = entry.task.dispatch_count
        disorder = self._faults.delivery(line.queue.name, entry.task.http_request.body)
        for _ in range(disorder.copies):
            line.repeat(entry)
        if disorder.wait_s:
            entry.due = self._clock.now().timestamp() + disorder.wait_s
            line.add(entry)
        return disorder.wait_s > 0

    def _dispatch(self, line: Line, entry: Entry) -> None:
        entry.in_flight, entry.forced = True, False
        line.in_flight += 1
        line.tokens = max(0.0, line.tokens - 1)
        now, attempt = self._clock.now(), entry.task.last_attempt
        attempt.Clear()
        attempt.schedule_time.CopyFrom(entry.task.schedule_time)
        attempt.dispatch_time.FromDatetime(now)
        entry.task.dispatch_count += 1
        if not entry.task.HasField("first_attempt"):
            entry.task.first_attempt.dispatch_time.FromDatetime(now)

    def settle(self, line: Line, entry: Entry, status: int) -> None:
        """Ends the attempt by its HTTP status (0: no answer): done, waiting for its next, or given up."""
        with self.changed, self._journal.transaction():
            entry.in_flight = False
            line.in_flight -= 1
            line.echoes.discard(entry)
            if not entry.gone and not entry.echo:
                self._note(entry.task, status)
                self._conclude(line, entry, done=HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES)
            self._changed()

    def _note(self, task: Any, status: int) -> None:
        if status:
            task.response_count += 1
            task.last_attempt.response_time.FromDatetime(self._clock.now())
        task.last_attempt.response_status.code = _UNKNOWN
        task.last_attempt.response_status.message = f"HTTP status code {status}" if status else "no answer"

    def _conclude(self, line: Line, entry: Entry, *, done: bool) -> None:
        now, task = self._clock.now(), entry.task
        retry = line.queue.retry_config
        age_s = (now - moment(task.first_attempt.dispatch_time)).total_seconds()
        if done or exhausted(retry, task.dispatch_count, age_s):
            self._bury(line, entry)
        else:
            self._reschedule(line, entry, now + timedelta(seconds=backoff_s(retry, task.dispatch_count)))

    # -- what is left ----------------------------------------------------------------------------------

    def _entries(self) -> list[Entry]:
        return [e for line in self._lines.values() if line.queue.state == _RUNNING for e in line.tasks.values()]

    def idle(self) -> bool:
        """True when nothing is in flight, due or waiting for a retry; paused queues don't count."""
        with self.changed:
            if any(line.in_flight or line.echoes for line in self._lines.values()):
                return False
            now = self._clock.now().timestamp()
            return not any(
                e.forced or e.due <= now or e.task.dispatch_count or e.asked_at >= 0 for e in self._entries()
            )

    def pending(self) -> dict[str, Any]:
        """Counts of tasks by what they wait for, and the moment of the next that waits for its time."""
        with self.changed:
            now, entries = self._clock.now().timestamp(), self._entries()
            first = min((e.due for e in entries if e.due > now), default=None)
            return {
                "tasks": sum(len(line.tasks) for line in self._lines.values()),
                "in_flight": sum(line.in_flight for line in self._lines.values()),
                "due": sum(e.due <= now and not e.in_flight for e in entries),
                "retrying": sum(e.due > now and e.task.dispatch_count > 0 for e in entries),
                "next": None if first is None else datetime.fromtimestamp(first, UTC).isoformat(),
                "queues": {name: len(line.tasks) for name, line in self._lines.items() if line.tasks},
            }


def _line(queue: Any) -> Line:
    return Line(queue, tokens=float(queue.rate_limits.max_burst_size))


def queue_of(task: str) -> str:
    """The queue's name in a task's."""
    return task.rpartition("/tasks/")[0]
