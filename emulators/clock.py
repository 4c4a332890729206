"""Virtual time: lets a month of schedules pass in a second, and remembers it across restarts."""

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces the file in one step, so that a crash leaves the old or the new content, never half of it."""
    fresh = path.with_name(f".{path.name}.{threading.get_ident()}.new")
    fresh.write_bytes(content)
    os.replace(fresh, path)  # noqa: PTH105 - the same call, and it says that it replaces


class Clock:
    """Real time plus an offset that only grows.

    `path` is a directory of its own where the offset is kept; None keeps it in memory only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._file = None if path is None else path / "clock.json"
        if path is not None:
            path.mkdir(parents=True, exist_ok=True)
        self._offset = self._load()

    def _load(self) -> timedelta:
        if self._file is None or not self._file.exists():
            return timedelta()
        return timedelta(microseconds=json.loads(self._file.read_bytes())["offset_microseconds"])

    def _save(self, offset: timedelta) -> None:
        if self._file is not None:
            microseconds = offset // timedelta(microseconds=1)
            write_atomically(self._file, json.dumps({"offset_microseconds": microseconds}).encode())

    def now(self) -> datetime:
        """The virtual moment, aware and in UTC."""
        return datetime.now(UTC) + self._offset

    def advance_to(self, moment: datetime) -> datetime:
        """Moves on to the moment and tells all subscribers; returns the new time.

        A naive moment, or one that has passed already, is a ValueError: time never goes backwards.
        """
        if moment.tzinfo is None:
            raise ValueError("the moment needs a time zone")
        with self._lock:
            ahead = moment.astimezone(UTC) - self.now()
            if ahead < timedelta():
                raise ValueError(f"{moment.isoformat()} has passed: it is {self.now().isoformat()}")
            self._save(self._offset + ahead)  # first, so that nothing comes due before others can read the time
            self._offset += ahead
        for callback in tuple(self._callbacks):
            callback()
        return self.now()

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Calls back after every advance, in the thread that advanced the clock."""
        self._callbacks.append(callback)
