"""An Adyen of our own: the wire format of its API, reports and notices, with disorder on request and no money."""

from pathlib import Path
from typing import TYPE_CHECKING

from emulators.adyen.batches import Batches
from emulators.adyen.notices import Notices
from emulators.adyen.payments import BEHAVIOURS, Payments
from emulators.adyen.site import adyen_site
from emulators.world import hooks, kept, script
from emulators.world.clock import VirtualClock
from emulators.world.payouts import PayTo, nobody
from emulators.world.rows import Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["AdyenSimulator"]


class AdyenSimulator:
    """Payments, refunds, payment links, disputes, settlement reports and signed notices of one merchant account.

    `path` is a folder of its own for its one file, None keeps everything in memory. All is dated by `clock`: what
    comes later, and a batch for each day, comes as it moves. `pay_to` books what is paid out.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: VirtualClock,
        first_wait: float = 0.5,
        merchant: str = "MarketplaceBilling",
        pay_to: PayTo = nobody,
    ) -> None:
        self._rows = Rows(path, "adyen", kept.SCHEMA + hooks.SCHEMA + script.SCHEMA)
        ledger = kept.Kept(self._rows)
        behaviour = script.Script(self._rows, BEHAVIOURS)
        self.hooks = hooks.Hooks(ledger, clock, "adyen", first_wait=first_wait)
        notices = Notices(self.hooks, clock, merchant)
        batches = Batches(ledger, notices, clock, merchant, pay_to)
        self.payments = Payments(ledger, behaviour, notices, batches, clock)
        self.hooks.settle = self.payments.settle
        self._closed = False
        self.wsgi: WSGIApplication = adyen_site(ledger, self.payments, batches, self.hooks, behaviour, merchant)
        clock.subscribe(self._moved)

    def start(self) -> None:
        """Begin to send notices."""
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
