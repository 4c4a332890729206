"""A GoCardless of our own: the wire format of its API, pages and webhooks, with disorder on request and no money."""

from pathlib import Path
from typing import TYPE_CHECKING

from emulators.gocardless import ledger as kept
from emulators.gocardless.behaviours import BEHAVIOURS
from emulators.gocardless.flows import Flows
from emulators.gocardless.payments import Payments
from emulators.gocardless.site import Desk, gocardless_site
from emulators.gocardless.webhooks import Post, Webhooks
from emulators.world import script
from emulators.world.clock import VirtualClock
from emulators.world.payouts import PayTo, nobody
from emulators.world.rows import Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["GoCardlessSimulator"]


class GoCardlessSimulator:
    """Mandates, payments that move by the clock, refunds, payouts, billing requests, events and signed webhooks.

    `path` is a folder of its own for its one file, None keeps everything in memory. Things are dated by `clock`;
    delays in seconds and the waits between tries of a webhook are real time. `pay_to` books what is paid out.
    """

    def __init__(
        self, path: Path | None, *, clock: VirtualClock, first_wait: float = 0.5, pay_to: PayTo = nobody
    ) -> None:
        self._rows = Rows(path, "gocardless", kept.SCHEMA + script.SCHEMA)
        ledger = kept.Ledger(self._rows)
        behaviour = script.Script(self._rows, BEHAVIOURS)
        self._webhooks = Webhooks(ledger, clock, first_wait=first_wait)
        self._payments = Payments(ledger, behaviour, self._webhooks, clock, pay_to)
        self._webhooks.settle = self._payments.settle
        self._closed = False
        flows = Flows(ledger, self._payments, clock)
        desk = Desk(ledger, self._payments, flows, self._webhooks, behaviour)
        self.wsgi: WSGIApplication = gocardless_site(desk)
        clock.subscribe(self._moved)

    def start(self) -> None:
        """Begin to send webhooks."""
        self._webhooks.start()

    def bring(self, post: Post) -> int:
        """Instead of `start`: send the webhooks that are due through `post`; how many were sent."""
        return self._webhooks.bring(post)

    def idle(self) -> bool:
        """Whether nothing is left to do before the clock moves on."""
        return self._webhooks.idle()

    def close(self) -> None:
        """Stop sending and close the file; what is unsent goes out after the next start."""
        if not self._closed:
            self._closed = True
            self._webhooks.close()
            self._rows.close()

    def _moved(self, *_: object) -> None:
        if not self._closed:
            self._payments.settle()
            self._webhooks.kick()
