"""The local platform's clock: the emulators' virtual time, read from the file they keep it in."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SharedClock:
    """Real time plus the offset in a file that another process may move on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at = -1
        self._offset = timedelta()

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        if self._file.exists() and (changed := self._file.stat().st_mtime_ns) != self._read_at:
            told = json.loads(self._file.read_bytes())
            self._offset = timedelta(microseconds=told["offset_microseconds"])
            self._read_at = changed  # last, so that no other thread believes an offset that is not there yet
        return datetime.now(UTC) + self._offset
