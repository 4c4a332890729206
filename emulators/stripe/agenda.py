"""What happens by itself as time passes: timers and nights, in the order of their hour however far the clock jumps."""

from collections.abc import Callable
from typing import Any

from emulators.stripe.ledger import Ledger
from emulators.world.clock import VirtualClock, epoch

DAY = 24 * 3600
_NIGHT = "next night"
Due = Callable[[str, str, int], None]
"""Does what has come due: the thing's id, the step that was noted with it, the moment."""


class Agenda:
    """Timers kept on disk; `night` is called at each midnight (UTC)."""

    def __init__(self, ledger: Ledger, clock: VirtualClock) -> None:
        self._rows = ledger.rows
        self._clock = clock
        self._tasks: dict[str, Due] = {}
        self.night: Callable[[int], None] = lambda _: None
        with self._rows.transaction() as db:
            db.execute("INSERT OR IGNORE INTO marks VALUES (?, ?)", (_NIGHT, (epoch(clock) // DAY + 1) * DAY))

    def teach(self, what: str, task: Due) -> None:
        """What is done when a timer of this name goes off."""
        self._tasks[what] = task

    def at(self, due: int, what: str, thing: str, step: str = "") -> None:
        """Set a timer."""
        with self._rows.transaction() as db:
            db.execute("INSERT INTO timers (due, what, thing, step) VALUES (?, ?, ?, ?)", (due, what, thing, step))

    def settle(self) -> None:
        """Do everything whose hour has come, each in a transaction of its own."""
        while self._one():
            pass

    def _one(self) -> bool:
        with self._rows.transaction() as db:
            now = epoch(self._clock)
            night = self._rows.count("SELECT value FROM marks WHERE name = ?", (_NIGHT,))
            row = self._rows.one("SELECT * FROM timers WHERE due <= ? ORDER BY due, id LIMIT 1", (min(now, night),))
            if row is not None:
                db.execute("DELETE FROM timers WHERE id = ?", (row["id"],))
                self._ring(row)
            elif night <= now:
                db.execute("UPDATE marks SET value = ? WHERE name = ?", (night + DAY, _NIGHT))
                self.night(night)
            return row is not None or night <= now

    def _ring(self, row: Any) -> None:
        self._tasks[row["what"]](row["thing"], row["step"], row["due"])
