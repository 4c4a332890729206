"""GoCardless's webhooks: many events in one, signed as a whole, sent again when refused, out of order when scripted."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Any

import urllib3

from emulators.gocardless import shapes
from emulators.gocardless.ledger import Json, Ledger, new_id
from emulators.world.clock import VirtualClock, epoch
from emulators.world.script import Step

MOST = 250
_HOUR = 3600
_ATTEMPTS = 16
_LONGEST_WAIT = 30.0
_PATIENCE = 5.0  # how long a reordered event waits for another one to overtake it
_ANSWER_WITHIN = 10.0
_READY = f"""
SELECT * FROM deliveries WHERE state = 'waiting' AND due <= :real AND hold <= :now AND (NOT late OR due + {_PATIENCE}
  <= :real OR EXISTS (SELECT 1 FROM deliveries l WHERE l.id > deliveries.id AND l.state <> 'waiting'))
ORDER BY endpoint, late, id LIMIT {MOST}
"""
Post = Callable[[str, bytes, str], str]
"""Sends to an address a body under a signature; the HTTP status as text, or why there was none."""


def signature(secret: str, body: bytes) -> str:
    """The value of the header Webhook-Signature."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def written(events: list[Json]) -> bytes:
    """A webhook's body."""
    return json.dumps({"events": events, "meta": {"webhook_id": new_id("WB")}}).encode()


class Webhooks:
    """Records events and brings them to the registered endpoints, up to 250 at a time.

    `settle` is called before each round; `first_wait` is the real time in seconds before what was refused is sent
    again, doubled at each further try.
    """

    def __init__(self, ledger: Ledger, clock: VirtualClock, *, first_wait: float) -> None:
        self.settle: Callable[[], None] = lambda: None
        self._ledger = ledger
        self._clock = clock
        self._first_wait = first_wait
        self._kick = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def register(self, url: str, secret: str) -> None:
        """Send all later events to this address as well; a known address gets the new secret."""
        with self._ledger.rows.transaction() as db:
            db.execute(
                "INSERT INTO endpoints (url, secret) VALUES (?, ?)"
                " ON CONFLICT (url) DO UPDATE SET secret = excluded.secret",
                (url, secret),
            )

    def tell(self, kind: str, action: str, thing: Json, now: int, step: Step, *, details: Json, links: Json) -> None:
        """Record an event and lay out its deliveries as the step says."""
        event = shapes.event(kind, action, thing, details, links, now)
        self._ledger.put("events", event, now)
        if "drop_webhook" not in step:
            self._lay_out(event["id"], thing["id"], now, step)
        self.kick()

    def _lay_out(self, event: str, about: str, now: int, step: Step) -> None:
        due = time.time() + step.number("delay_webhook")
        hold = now + step.number("hold_webhook") * _HOUR if "hold_webhook" in step else 0
        endpoints = self._ledger.rows.read("SELECT id FROM endpoints")
        with self._ledger.rows.transaction() as db:
            for endpoint in endpoints * (1 + step.number("repeat_webhook")):
                db.execute(
                    "INSERT INTO deliveries (endpoint, event, about, due, hold, late) VALUES (?, ?, ?, ?, ?, ?)",
                    (endpoint["id"], event, about, due, hold, "reorder_webhook" in step),
                )

    def kick(self) -> None:
        """Look for due webhooks at once."""
        self._kick.set()

    def idle(self) -> bool:
        """Whether no event waits for anything but the virtual clock."""
        sql = "SELECT count(*) FROM deliveries WHERE state = 'waiting' AND hold <= ?"
        return not self._ledger.rows.count(sql, (epoch(self._clock),))

    def start(self) -> None:
        """Start the thread that sends."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="gocardless webhooks", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread; what has not been sent stays recorded."""
        self._ending = True
        self.kick()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def bring(self, post: Post) -> int:
        """Send what is due now through `post`, one webhook an endpoint; how many were sent."""
        self.settle()
        moments = {"now": epoch(self._clock), "real": time.time()}
        sent = 0
        for endpoint, rows in groupby(self._ledger.rows.read(_READY, moments), lambda row: row["endpoint"]):
            sent += self._send(endpoint, list(rows), post)
        return sent

    def _run(self) -> None:
        with urllib3.PoolManager(retries=False, timeout=_ANSWER_WITHIN) as client:
            while not self._ending:
                self._kick.clear()
                if not self.bring(partial(_post, client)):
                    self._kick.wait(0.1 if not self.idle() else 1.0)

    def _send(self, endpoint: int, rows: list[Any], post: Post) -> int:
        place = self._ledger.rows.one("SELECT * FROM endpoints WHERE id = ?", (endpoint,))
        if place is None or self._ending:
            return 0
        found = [event for row in rows if (event := self._ledger.get("events", row["event"])) is not None]
        body = written(found)
        answer = post(place["url"], body, signature(place["secret"], body))
        for row in rows:
            self._note(row, answer)
        return 1

    def _note(self, row: Any, answer: str) -> None:
        tries = row["attempts"] + 1
        state = "delivered" if answer.startswith("2") else "given up" if tries >= _ATTEMPTS else "waiting"
        wait = min(self._first_wait * 2 ** row["attempts"], _LONGEST_WAIT)
        with self._ledger.rows.transaction() as db:
            db.execute(
                "UPDATE deliveries SET attempts = ?, state = ?, answer = ?, due = ? WHERE id = ?",
                (tries, state, answer, time.time() + wait, row["id"]),
            )


def _post(client: urllib3.PoolManager, url: str, body: bytes, signed: str) -> str:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "gocardless-webhook-service/1.1",
        "Origin": "https://api-sandbox.gocardless.com",
        "Webhook-Signature": signed,
    }
    try:
        return str(client.request("POST", url, body=body, headers=headers, redirect=False).status)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return type(error).__name__
