"""Members who pay by themselves on the provider's page, on one page or on two."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from common.links import link_id_of_invoice
from common.tools.simulation.cast import Actor
from functions.invoicing.model.invoices import Invoice
from functions.payments.handlers import checkouts
from functions.payments.model.checkouts import Checkout, Wanted
from functions.payments.model.payables import Payable, payable_id_of
from functions.payments.requests.checkouts import Begin

if TYPE_CHECKING:
    from common.tools.simulation.story import Story

LOOKS: Final = 12
"""So often a member comes back for a page that is not there yet, an hour apart."""
METHODS: Final = {"page": "ideal", "page_debit": "direct_debit", "page_and_transfer": "card", "two_tabs": "card"}
"""By which method each way pays on the page."""
AFTER_DAYS: Final = {"page": 8, "page_debit": 13, "page_and_transfer": 12, "two_tabs": 5}


class Visitor:
    """One member in front of the paying page."""

    def __init__(self, story: "Story", actor: Actor, invoices: Sequence[Invoice]) -> None:
        self._story = story
        self._actor = actor
        self._invoices = invoices

    def comes(self, earliest: date) -> None:
        """Plans the visit, some days after the last of the invoices."""
        day = max(self._invoices[-1].issued_on + timedelta(days=AFTER_DAYS[self._actor.way]), earliest)
        at = datetime.combine(day, time(10), UTC)
        self._at(at, lambda: self._chooses("tab 1"), "tab 1")
        if self._actor.way == "two_tabs":
            self._at(at + timedelta(minutes=40), lambda: self._chooses("tab 2"), "tab 2")

    def _chooses(self, tab: str, tries: int = 0) -> None:
        """Chooses whatever is open of their invoices, as the page shows it."""
        story, read = self._story, self._story.runtime.world.read
        found = read.find_all(Payable, [payable_id_of(invoice.id) for invoice in self._invoices])
        shown = [payable for payable in found if payable is not None and payable.payable_minor]
        if len(shown) < len(self._invoices) and tries < LOOKS:
            self._again(lambda: self._chooses(tab, tries + 1), f"{tab} {tries}")
            return
        given = Begin(
            token="token",  # noqa: S106 - nobody looks at it here
            link_id=link_id_of_invoice(self._invoices[0].id),
            key=tab.replace(" ", "-"),
            kind="pay",
            method=METHODS[self._actor.way],
            language="en",
            wanted=tuple(Wanted(one.number, one.payable_minor, one.payable_minor) for one in shown),
        )
        seen: dict[str, Any] | None = story.do(f"{self._actor.name} chooses on {tab}", checkouts.begin, given)
        if seen is not None:
            checkout_id = seen["see"].rpartition("/")[2]
            self._at(story.clock.now() + timedelta(minutes=45), lambda: self._pays(checkout_id), f"pays on {tab}")

    def _pays(self, checkout_id: str, tries: int = 0) -> None:
        """Pays on the provider's page, as soon as there is one."""
        checkout = self._story.runtime.world.read.find(Checkout, checkout_id)
        if checkout is not None and checkout.page_id:
            paid = self._story.providers[checkout.provider].pay(checkout.page_id)
            self._story.scheduler.tell(f"{self._actor.name} pays on {checkout.page_id}: {paid}")
        elif tries < LOOKS:
            self._again(lambda: self._pays(checkout_id, tries + 1), f"{checkout_id} {tries}")

    def _again(self, what: Callable[[], None], place: str) -> None:
        self._at(self._story.clock.now() + timedelta(hours=1), what, place)

    def _at(self, moment: datetime, what: Callable[[], None], place: str) -> None:
        self._story.scheduler.at(moment, what, f"{self._actor.name} {place}")
