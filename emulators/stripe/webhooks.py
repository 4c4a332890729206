"""Stripe's webhooks: signed, sent by a thread, sent again when refused, and out of order when a script says so."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import urllib3

from emulators.stripe import shapes
from emulators.stripe.ledger import Json, Ledger
from emulators.world.clock import VirtualClock, epoch
from emulators.world.script import Step

_HOUR = 3600
_ATTEMPTS = 16
_LONGEST_WAIT = 30.0
_PATIENCE = 5.0  # how long a reordered webhook waits for another one to overtake it
_BATCH = 32
_ANSWER_WITHIN = 30.0
_AT_ONCE = 4
Post = Callable[[str, bytes, str], str]
"""Sends to an address a body under a signature; the HTTP status as text, or why there was none."""
# Held by virtual time: not due before the clock has moved.
_HELD = (
    "(hold > :now OR (after_next AND EXISTS (SELECT 1 FROM timers u WHERE u.thing = deliveries.intent"
    " AND u.due > :now)))"
)
_CONTRARY: dict[str, tuple[str, Json]] = {
    "payment_intent.succeeded": (
        "payment_intent.payment_failed",
        {"status": "requires_payment_method", "amount_received": 0},
    ),
    "payment_intent.payment_failed": ("payment_intent.succeeded", {"status": "succeeded"}),
    "payment_intent.processing": ("payment_intent.succeeded", {"status": "succeeded"}),
    "refund.created": ("refund.failed", {"status": "failed", "failure_reason": "unknown"}),
    "payout.paid": ("payout.failed", {"status": "failed", "failure_code": "account_closed"}),
}
_READY = f"""
SELECT * FROM deliveries WHERE state = 'waiting' AND due <= :real AND NOT {_HELD} AND (NOT after_next OR (
  NOT EXISTS (SELECT 1 FROM deliveries l WHERE l.intent = deliveries.intent AND l.event <> deliveries.event
              AND l.id > deliveries.id AND l.state = 'waiting' AND NOT l.after_next)
  AND (due + {_PATIENCE} <= :real OR EXISTS (SELECT 1 FROM deliveries l
       WHERE l.id > deliveries.id AND l.event <> deliveries.event AND l.state <> 'waiting'))))
ORDER BY after_next, id LIMIT {_BATCH}
"""


def signature(secret: str, body: bytes, moment: int) -> str:
    """The value of the header Stripe-Signature for a body sent at `moment` (seconds, real time)."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class Webhooks:
    """Records events and brings them to the registered endpoints.

    `settle` is called before each round, so that what has come due is told in the same round; `first_wait` is
    the real time in seconds before a refused webhook is sent again, doubled at each further try. Signatures are
    of the moment `sign_at` tells, in seconds.
    """

    def __init__(
        self, ledger: Ledger, clock: VirtualClock, *, first_wait: float, sign_at: Callable[[], float] = time.time
    ) -> None:
        self.settle: Callable[[], None] = lambda: None
        self._ledger = ledger
        self._clock = clock
        self._first_wait = first_wait
        self._sign_at = sign_at
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

    def tell(self, kind: str, thing: Json, created: int, key: str | None, step: Step) -> None:
        """Record an event and lay out its deliveries as the step says."""
        self._lay_out(kind, thing, created, key, step)
        if "contradict_webhook" in step and kind in _CONTRARY:
            contrary, changes = _CONTRARY[kind]
            self._lay_out(contrary, thing | changes, created, key, step)

    def _lay_out(self, kind: str, thing: Json, created: int, key: str | None, step: Step) -> None:
        endpoints = [] if "drop_webhook" in step else self._ledger.rows.read("SELECT id FROM endpoints")
        event = shapes.event(kind, thing, created, key, len(endpoints))
        self._ledger.put(event)
        due = time.time() + step.number("delay_webhook")
        hold = created + step.number("hold_webhook") * _HOUR if "hold_webhook" in step else 0
        intent = thing.get("payment_intent") or thing["id"]
        late = "reorder_webhook" in step
        row = (event["id"], kind, intent, due, hold, late)
        with self._ledger.rows.transaction() as db:
            for endpoint in endpoints * (1 + step.number("repeat_webhook")):
                db.execute(
                    "INSERT INTO deliveries (endpoint, event, type, intent, due, hold, after_next)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (endpoint["id"], *row),
                )
        self.kick()

    def kick(self) -> None:
        """Look for due webhooks at once."""
        self._kick.set()

    def idle(self) -> bool:
        """Whether no webhook waits for anything but the virtual clock."""
        sql = f"SELECT count(*) FROM deliveries WHERE state = 'waiting' AND NOT {_HELD}"
        return not self._ledger.rows.count(sql, {"now": epoch(self._clock)})

    def start(self) -> None:
        """Start the thread that sends."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="stripe webhooks", daemon=True)
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
        moments = {"now": epoch(self._clock), "real": time.time()}
        return self._ledger.rows.read(_READY, moments)

    def _deliver(self, post: Post, row: Any) -> None:
        endpoint = self._ledger.rows.one("SELECT * FROM endpoints WHERE id = ?", (row["endpoint"],))
        event = self._ledger.get("event", row["event"])
        if endpoint is None or event is None or self._ending:
            return
        sent = json.dumps(event, indent=2).encode()
        self._note(row, post(endpoint["url"], sent, signature(endpoint["secret"], sent, int(self._sign_at()))))

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
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": signed,
    }
    try:
        return str(client.request("POST", url, body=body, headers=headers, redirect=False).status)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return type(error).__name__
