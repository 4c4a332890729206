"""A Mollie of our own: the wire format of its API, pages, settlements and webhooks, with disorder on request."""

from pathlib import Path
from typing import TYPE_CHECKING

from emulators.mollie.payments import BEHAVIOURS, Payments
from emulators.mollie.settlements import Settlements
from emulators.mollie.site import mollie_site
from emulators.mollie.telling import Telling
from emulators.world import hooks, kept, script
from emulators.world.clock import VirtualClock
from emulators.world.payouts import PayTo, nobody
from emulators.world.rows import Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["MollieSimulator"]


class MollieSimulator:
    """Customers, mandates, payments, refunds, chargebacks and settlements of one profile, and both kinds of webhook.

    `path` is a folder of its own for its one file, None keeps everything in memory. All is dated by `clock`: what
    comes later, and a settlement for each day, comes as it moves. `pay_to` books what is paid out.
    """

    def __init__(
        self, path: Path | None, *, clock: VirtualClock, first_wait: float = 0.5, pay_to: PayTo = nobody
    ) -> None:
        self._rows = Rows(path, "mollie", kept.SCHEMA + hooks.SCHEMA + script.SCHEMA)
        ledger = kept.Kept(self._rows)
        behaviour = script.Script(self._rows, BEHAVIOURS)
        self.hooks = hooks.Hooks(ledger, clock, "mollie", first_wait=first_wait)
        settlements = Settlements(ledger, clock, pay_to)
        self.payments = Payments(ledger, behaviour, Telling(self.hooks), settlements, clock)
        self.hooks.settle = self.payments.settle
        self._closed = False
        self.wsgi: WSGIApplication = mollie_site(ledger, self.payments, self.hooks, behaviour)
        clock.subscribe(self._moved)

    def start(self) -> None:
        """Begin to send webhooks."""
        self.hooks.start()

    def idle(self) -> bool:
        """Whether nothing is left to do before the clock moves on."""
        return self.hooks.idle()

    def close(self) -> None:
        """Stop sending and close the file; what is unsent goes out after the next start."""
        if not self._closed:
            self._closed = True
            self.hooks.close()
            self._rows.close()

    def _moved(self, *_: object) -> None:
        if not self._closed:
            self.payments.settle()
            self.hooks.kick()
