"""A Stripe of our own: the wire format of its API and webhooks, with disorder on request and no money."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from emulators.stripe import ledger as kept
from emulators.stripe.site import stripe_site
from emulators.stripe.webhooks import Post
from emulators.stripe.works import Works
from emulators.world import script
from emulators.world.clock import VirtualClock
from emulators.world.payouts import PayTo, nobody
from emulators.world.rows import Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["StripeSimulator"]


class StripeSimulator:
    """Payments, pages to pay on, refunds, disputes, payouts, events and signed webhooks.

    `path` is a folder of its own for its one file, None keeps everything in memory. Objects are dated by
    `clock`; delays in seconds, the waits between tries of a webhook and, unless `sign_at` says otherwise, the
    moments of signatures are real time. `pay_to` books what is paid out.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: VirtualClock,
        first_wait: float = 0.5,
        sign_at: Callable[[], float] = time.time,
        pay_to: PayTo = nobody,
    ) -> None:
        self._rows = Rows(path, "stripe", kept.SCHEMA + script.SCHEMA)
        self._works = Works.over(self._rows, clock, first_wait, sign_at, pay_to)
        self._closed = False
        self.wsgi: WSGIApplication = stripe_site(self._works)
        clock.subscribe(self._moved)

    def start(self) -> None:
        """Begin to send webhooks."""
        self._works.webhooks.start()

    def bring(self, post: Post) -> int:
        """Instead of `start`: send the webhooks that are due through `post`; how many were sent."""
        return self._works.webhooks.bring(post)

    def idle(self) -> bool:
        """Whether nothing is left to do before the clock moves on."""
        return self._works.webhooks.idle()

    def close(self) -> None:
        """Stop sending and close the file; what is unsent goes out after the next start."""
        if not self._closed:
            self._closed = True
            self._works.webhooks.close()
            self._rows.close()

    def _moved(self, *_: object) -> None:
        if not self._closed:
            self._works.agenda.settle()
            self._works.webhooks.kick()
