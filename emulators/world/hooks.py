"""Webhooks of a simulated provider: laid out with their disorder, sent by a thread, sent again when refused."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import urllib3

from emulators.world.clock import VirtualClock, epoch
from emulators.world.kept import Kept
from emulators.world.script import Step

SCHEMA = """
CREATE TABLE IF NOT EXISTS endpoints (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, url TEXT NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL, body BLOB NOT NULL,
  headers TEXT NOT NULL, due REAL NOT NULL, hold INTEGER NOT NULL, after_next INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting', answer TEXT);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_by_about ON deliveries (about);
"""
BEHAVIOURS: dict[str, type] = {
    "delay_webhook": int,
    "hold_webhook": int,
    "repeat_webhook": int,
    "reorder_webhook": str,
    "drop_webhook": str,
}
"""Seconds late; virtual hours late; so often more; after the next one about the same; never."""
_HOUR = 3600
_ATTEMPTS = 16
_LONGEST_WAIT = 30.0
_PATIENCE = 5.0  # how long a reordered webhook waits for another one to overtake it
_BATCH = 32
_ANSWER_WITHIN = 30.0
_AT_ONCE = 4
Post = Callable[[str, bytes, dict[str, str]], str]
"""Sends to an address a body with headers; the HTTP status as text, or why there was none."""
# Held by virtual time: not due before the clock has moved.
_HELD = (
    "(hold > :now OR (after_next AND EXISTS (SELECT 1 FROM timers t WHERE t.thing = deliveries.about"
    " AND t.due > :now)))"
)
_READY = f"""
SELECT * FROM deliveries WHERE state = 'waiting' AND due <= :real AND NOT {_HELD} AND (NOT after_next OR (
  NOT EXISTS (SELECT 1 FROM deliveries l WHERE l.about = deliveries.about AND l.id > deliveries.id
              AND l.state = 'waiting' AND NOT l.after_next)
  AND (due + {_PATIENCE} <= :real OR EXISTS (SELECT 1 FROM deliveries l
       WHERE l.id > deliveries.id AND l.about = deliveries.about AND l.state <> 'waiting'))))
ORDER BY after_next, id LIMIT {_BATCH}
"""


class Hooks:
    """Webhooks to send, durable. `settle` is called before each round, so that what has come due is told in it.

    `first_wait` is the real time in seconds before a refused one is sent again, doubled at each further try.
    """

    def __init__(self, kept: Kept, clock: VirtualClock, name: str, *, first_wait: float) -> None:
        self.settle: Callable[[], None] = lambda: None
        self._rows = kept.rows
        self._clock = clock
        self._name = name
        self._first_wait = first_wait
        self._kick = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def register(self, url: str, secret: str) -> None:
        """Send all that comes later to this address as well; a known address gets the new secret."""
        with self._rows.transaction() as db:
            db.execute(
                "INSERT INTO endpoints (url, secret) VALUES (?, ?)"
                " ON CONFLICT (url) DO UPDATE SET secret = excluded.secret",
                (url, secret),
            )

    def endpoints(self) -> list[tuple[str, str]]:
        """The registered addresses and their secrets."""
        return [(row["url"], row["secret"]) for row in self._rows.read("SELECT * FROM endpoints ORDER BY id")]

    def lay(self, url: str, kind: str, about: str, body: bytes, headers: dict[str, str], step: Step) -> None:
        """Lay out one webhook, with the disorder of the step."""
        if "drop_webhook" in step:
            return
        hold = epoch(self._clock) + step.number("hold_webhook") * _HOUR if "hold_webhook" in step else 0
        due = time.time() + step.number("delay_webhook")
        row = (url, kind, about, body, json.dumps(headers), due, hold, "reorder_webhook" in step)
        with self._rows.transaction() as db:
            for _ in range(1 + step.number("repeat_webhook")):
                db.execute(
                    "INSERT INTO deliveries (url, kind, about, body, headers, due, hold, after_next)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
        self.kick()

    def kick(self) -> None:
        """Look for due webhooks at once."""
        self._kick.set()

    def idle(self) -> bool:
        """Whether no webhook waits for anything but the virtual clock."""
        sql = f"SELECT count(*) FROM deliveries WHERE state = 'waiting' AND NOT {_HELD}"
        return not self._rows.count(sql, {"now": epoch(self._clock)})

    def latest(self, limit: int) -> list[Any]:
        """The newest ones, to be shown."""
        return self._rows.read("SELECT * FROM deliveries ORDER BY id DESC LIMIT ?", (limit,))

    def start(self) -> None:
        """Start the thread that sends."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"{self._name} webhooks", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread; what has not been sent stays recorded."""
        self._ending = True
        self.kick()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def bring(self, post: Post) -> int:
        """Send what is due now through `post` instead of over the wire, one by one; how many were sent."""
        self.settle()
        rows = self._ready()
        for row in rows:
            self._deliver(post, row)
        return len(rows)

    def _run(self) -> None:
        client = urllib3.PoolManager(maxsize=_AT_ONCE, retries=False, timeout=_ANSWER_WITHIN)
        with client, ThreadPoolExecutor(_AT_ONCE) as pool:
            while not self._ending:
                self._kick.clear()
                self.settle()
                sent = list(pool.map(lambda row: self._deliver(partial(_post, client), row), self._ready()))
                if not sent:
                    self._kick.wait(0.1 if not self.idle() else 1.0)

    def _ready(self) -> list[Any]:
        return self._rows.read(_READY, {"now": epoch(self._clock), "real": time.time()})

    def _deliver(self, post: Post, row: Any) -> None:
        if not self._ending:
            self._note(row, post(row["url"], row["body"], json.loads(row["headers"])))

    def _note(self, row: Any, answer: str) -> None:
        tries = row["attempts"] + 1
        state = "delivered" if answer.startswith("2") else "given up" if tries >= _ATTEMPTS else "waiting"
        wait = min(self._first_wait * 2 ** row["attempts"], _LONGEST_WAIT)
        with self._rows.transaction() as db:
            db.execute(
                "UPDATE deliveries SET attempts = ?, state = ?, answer = ?, due = ? WHERE id = ?",
                (tries, state, answer, time.time() + wait, row["id"]),
            )


def _post(client: urllib3.PoolManager, url: str, body: bytes, headers: dict[str, str]) -> str:
    try:
        return str(client.request("POST", url, body=body, headers=headers, redirect=False).status)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return type(error).__name__
