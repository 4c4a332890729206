"""Money comes in, day by day, by every method at once: what members, their banks, providers and our staff do."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from common.client import Billing, models
from common.client.transport import Refused
from common.tools.local import Local
from common.tools.month.means import METHODS
from common.tools.month.outside import Outside
from common.tools.month.pages import Pages, Visit
from common.tools.month.people import Person
from common.tools.month.sales import Transfer, transfers
from common.tools.month.staff import Staff
from common.tools.month.truth import Truth

COMES_BACK: Final = 4
"""Days after which a member looks at the page again where they could not pay."""
AFTER_FAILURE: Final = 8
"""Days after the due date on which a member whose card or account failed comes and pays."""
GOODWILL_AFTER: Final = 7
PART: Final = 3
"""The marketplace holds a third of what they owe of members who sold little."""
VISITS: Final = 3
FIRST_OF_MONTH: Final = 1
Billed = tuple[Person, models.InvoiceAnswer]


class Collecting:
    """All that moves money between the billing run and the end of the story."""

    def __init__(self, platform: Local, api: Billing, outside: Outside, truth: Truth) -> None:
        self._api = api
        self._outside = outside
        self._truth = truth
        self._staff = Staff(platform, outside, truth)
        self._pages = Pages(platform, api)
        self._transfers: dict[date, list[Transfer]] = defaultdict(list)
        self._visits: dict[date, list[Visit]] = defaultdict(list)
        self._goodwill: dict[date, list[models.InvoiceAnswer]] = defaultdict(list)
        self._won: dict[str, bool] = {}

    def close(self) -> None:
        """Ends everybody's connections."""
        self._staff.close()
        self._pages.close()

    def plan(self, billed: Sequence[Billed], first: date, seed: int) -> None:
        """What each member will do about their invoice, by their traits; nothing before the first day."""
        chance = Random(f"{seed}-paying")  # noqa: S311 - a generator, no secrets
        for person, invoice in billed:
            kept = self._keep_back(person, invoice)
            self._won[invoice.number] = person.means.won
            if kept:
                continue
            if person.means.road == "transfer":
                for sent in transfers(person, invoice, chance):
                    self._transfers[max(sent.booked_on, first)].append(sent)
            elif visit := _visits_on(person, invoice, chance):
                self._visits[max(visit, first)].append(Visit(person, invoice.buyer.member_id))
            if person.means.goodwill:
                self._goodwill[invoice.due_on + timedelta(days=GOODWILL_AFTER)].append(invoice)

    def morning(self, day: date, *, quiet: bool = False) -> None:
        """Before the bank's cut-off: files go there; what came from there yesterday is taken in."""
        self._staff.hand_in()
        if day.day == FIRST_OF_MONTH and not quiet:
            self._outside.charge(METHODS["bank_charge_minor"])

    def noon(self, day: date, *, quiet: bool = False) -> None:
        """Members and staff do what they do; then the bank tells what it has booked. `quiet`: nobody does anything."""
        if not quiet:
            self._members_act(day)
            self._staff.look_through(day)
            self._staff.approve_refunds()
            self._staff.answer_disputes(self._won)
        self._staff.take_statements(today=day)

    def close_day(self) -> None:
        """Takes in what the bank has booked and nobody was told of."""
        self._staff.take_the_rest()

    def _members_act(self, day: date) -> None:
        for number, sent in enumerate(self._transfers.pop(day, [])):
            name = f"{day:%y%m%d}-{number}"
            self._truth.transfers[name] = sent
            self._outside.transfer(sent, name)
        visits = self._visits.pop(day, [])
        self._pages.pay(visits)
        for visit in visits:
            self._truth.pages[visit.said] += 1
            visit.tried += 1
            if visit.said != "paid" and visit.tried < VISITS:
                self._visits[day + timedelta(days=COMES_BACK)].append(visit)
        for invoice in self._goodwill.pop(day, []):
            self._staff.give_goodwill(self._api.invoicing.show_invoice(invoice.id))

    def _keep_back(self, person: Person, invoice: models.InvoiceAnswer) -> bool:
        """The marketplace keeps back what a member sold for; whether nothing is left to be paid."""
        if not person.means.net:
            return False
        amount = invoice.total_minor if person.means.net == "whole" else invoice.total_minor // PART
        offer = models.OfferProceeds(
            offer=f"sale-{invoice.number}",
            member_id=invoice.buyer.member_id,
            invoice_id=invoice.id,
            amount_minor=amount,
            currency=invoice.currency,
        )
        try:
            self._truth.proceeds_minor += self._api.payments.offer_proceeds(offer).taken_minor
        except Refused as refusal:
            self._truth.pages[f"proceeds {refusal.code}"] += 1
            return False
        return person.means.net == "whole"


def _visits_on(person: Person, invoice: models.InvoiceAnswer, chance: Random) -> date | None:
    """When a member first comes to the page; None where they never do."""
    if person.means.collects:
        failing = person.means.fate not in {"pays", "soft"} and person.means.recovers
        return invoice.due_on + timedelta(days=AFTER_FAILURE) if failing else None
    if person.pays == "never":
        return None
    late = person.days_late if person.pays == "late" else -chance.randrange(1, 10)
    return invoice.due_on + timedelta(days=late)
