"""One quarter of a small marketplace: registered, charged, billed, paid in every way, reminded, closed, proven."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from common.commit import Cause
from common.documents import id_from
from common.failures import Rejected, TryLater
from common.functions.declared import Function
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from common.tools.simulation import desk
from common.tools.simulation.accounting import Accounting
from common.tools.simulation.bank import Bank, Comes
from common.tools.simulation.cast import CAST, STRANGER, Actor, bookings, charges
from common.tools.simulation.dealings import HABITS
from common.tools.simulation.outside import Post, VatRegister, filed
from common.tools.simulation.providers import SimulatedProvider
from common.tools.simulation.questions import asked_of_providers
from common.tools.simulation.sap import Sap
from common.tools.simulation.visits import METHODS, Visitor
from common.tools.simulation.waiting import waits_for
from common.world import World
from emulators.memory import MemoryClock
from emulators.simulation import Faults, FaultyEngine, Kind, Scheduler, Stuck
from functions.charging import handlers as charging
from functions.charging.requests import Batch as ChargeBatch
from functions.charging.requests import Reverse
from functions.invoicing.handlers import runs
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.runs import Run
from functions.invoicing.requests.runs import ChangeRun, StartRun
from functions.members import handlers as members
from functions.members import providers as registers
from functions.members.requests import Batch as MemberBatch
from functions.payments.handlers import mandates, proceeds, statements, webhooks
from functions.payments.model.asking import Notice, ProviderName
from functions.payments.model.debits import Debit
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.model.refunds import Refund
from functions.payments.model.webhooks import PollCursor, ProviderEvent, event_key
from functions.payments.requests.mandates import RequestMandate
from functions.payments.requests.proceeds import OfferProceeds
from functions.payments.requests.statements import StatementFile
from functions.payments.requests.webhooks import Webhook
from functions.payments.sepa.banks import first_collection

FIRST: Final = date(2026, 10, 1)
LAST: Final = 95
"""Days the story lasts; then everything still on its way arrives."""
MOST_DAYS: Final = 500
LAST_NIGHTS: Final = 2
"""Slots that come round at the very end, however many are skipped: what came after midnight is of the day after."""
HORIZON: Final = timedelta(days=90)
AFTER_ALL: Final = timedelta(hours=12)
"""In which the sweep publishes what the last one of all left."""
RUNS: Final = frozenset({31, 61, 80})
"""The days of the billing runs."""
PAID_OUT_EVERY, PAID_OUT_FROM = 14, 43
MOVES_ON, CANCELS_ON = 20, 29
"""In the middle of the month, and on the last day before its run."""
OFFERS_ON, CLERK_ON, GIVES_BACK_ON = 40, 50, 60
"""Before anything is collected; when the receipts are in; and what is too much of them."""
BANK_CHARGES_ON: Final = frozenset({30, 60, 90})
CLOSED_EVERY: Final = 2
"""So many nights: what a closing finds is the same, a day at a time, and takes a tenth of the story."""
GIVES_BACK: Final = {
    "rosa": Comes("AM04", timedelta(days=2)),
    "sven": Comes("AC04", timedelta(days=2)),
    "tina": Comes("MD06", timedelta(weeks=7)),
}
CLOSED: Final = ("fritz",)
"""Whose account was closed after they had paid from it."""
MARKETPLACE: Final = "machine:marketplace"


class Story:
    """The platform in memory, its cast, and the days they live through."""

    def __init__(self, faults: Faults, cast: Sequence[Actor] = CAST) -> None:
        self.faults = faults
        self.cast = {actor.name: actor for actor in cast}
        self.engine = FaultyEngine(faults)
        self.clock = MemoryClock(datetime.combine(FIRST, time(1), UTC))
        self.runtime = Runtime(self.engine, self.clock, Settings())
        self.runtime.salts = self.engine.random.randbytes
        self.scheduler = Scheduler(self.runtime, self.engine, self.clock, [], faults)
        self.bank = Bank(
            faults,
            {self.cast[name].iban: comes for name, comes in GIVES_BACK.items() if name in self.cast},
            frozenset(self.cast[name].iban for name in CLOSED if name in self.cast),
        )
        self.providers: dict[str, SimulatedProvider] = {
            name: SimulatedProvider(name, faults, self.scheduler, self._webhook, self.bank.pays_out) for name in HABITS
        }
        self.sap = Sap(faults)
        self.accounting = Accounting(self, FIRST)
        self.register = VatRegister(faults)
        self.post = Post(self.engine, self._on_its_way)
        self.scheduler.functions = {f.name: f for f in self._functions()}
        self.expected: dict[str, Invoice] = {}
        self.refused: list[dict[str, Any]] = []
        self.offered: dict[str, int] = {}
        """Of the marketplace's own books: what it kept back of members' proceeds."""
        self._polled = self._matched = False

    def _functions(self) -> list[Function]:
        asks = asked_of_providers(self.providers) | {
            "accounting-send-batch": self.sap.send,
            "members-check-vat-ids": partial(registers.check, register=self.register),
            "notifications-send": self.post.send,
            "invoicing-render-invoices": lambda tasks, world: filed(Invoice, [t.invoice_id for t in tasks], world),
            "invoicing-render-credit-notes": lambda tasks, world: filed(
                CreditNote, [t.credit_note_id for t in tasks], world
            ),
            "payments-poll-providers": lambda ticks, _: [list(self.providers) for _ in ticks],
        }
        found = [f for f in functions() if f.kind != "http"]
        found = [replace(f, handler=self._early(f.handler), _name=f.variable) if f.whole_slices else f for f in found]
        return [replace(f, ask=self._asking(asks.get(f.name, f.ask)), _name=f.variable) if f.ask else f for f in found]

    def _early(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The same handler, for which something of a slice of several facts is not there yet."""

        def handled(facts: Sequence[Any], *others: Any) -> Any:
            if len(facts) > 1 and self.engine.strikes(Kind.NOT_YET):
                raise TryLater(Kind.NOT_YET)
            return handler(facts, *others)

        return handled

    def _asking(self, ask: Callable[..., Sequence[Any]]) -> Callable[..., Sequence[Any]]:
        """The same question, around which the process may die."""

        def asked(facts: Sequence[Any], world: World) -> Sequence[Any]:
            self.engine.crash(Kind.CRASH_BEFORE_ASKING)
            answers = ask(facts, world)
            self.engine.crash(Kind.CRASH_AFTER_ASKING)
            return answers

        return asked

    # -- the days ------------------------------------------------------------------------------

    def play(self) -> None:
        """The quarter, day by day, and then whatever is still under way."""
        sent = charges(FIRST, [*self.cast.values()])
        self._begin()
        number = 0
        while number < LAST or waits_for(self):
            while number < LAST or waits_for(self):
                self._live(FIRST + timedelta(days=number), number, sent)
                number += 1
                if number > MOST_DAYS:
                    raise Stuck(f"after {number} days something is still on its way: {waits_for(self)}")
            self.scheduler.run_dry(self.clock.now() + HORIZON)
            number = max(number, (self.clock.now().date() - FIRST).days + 1)
        nights = 0
        while nights < LAST_NIGHTS:
            nights += self._night(self.clock.now().date() + timedelta(days=1))
        self.scheduler.run_dry(self.clock.now() + HORIZON)
        self.accounting.end(self._night)
        self.scheduler.run_dry(self.clock.now() + HORIZON)
        self.scheduler.run_until(self.clock.now() + AFTER_ALL)

    def _begin(self) -> None:
        self.do(
            "members register", members.upsert_members, MemberBatch(members=[a.details() for a in self.cast.values()])
        )
        for actor in (one for one in self.cast.values() if one.provider == "sepa"):
            given = RequestMandate(
                member_id=id_from("mem", actor.name),
                entity="MP",
                iban=actor.iban,
                debtor_name=f"Member {actor.name.title()}",
                signed_on=FIRST,
            )
            self.do(f"{actor.name} signs a mandate", mandates.request_mandate, given)

    def _live(self, day: date, number: int, sent: dict[date, list[dict[str, Any]]]) -> None:
        self._night(day, closes=number % CLOSED_EVERY == 0)
        self._files_go_out(day)
        self._morning(day, number, sent.get(day, []))
        self._afternoon(day, number)

    def _night(self, day: date, *, closes: bool = True) -> bool:
        """The books of the days before are closed; whether the schedule came round."""
        slot = datetime.combine(day, time(2, 15), UTC)
        fired = self.accounting.night(day, lambda: closes and self._fire_at("accounting-close-day", slot))
        if not self._is_polled() or self.is_unheard():
            slot = datetime.combine(day, time(3, 25), UTC)
            self.scheduler.run_until(slot)
            self.scheduler.fire("payments-poll-providers", slot)
        return fired

    def _files_go_out(self, day: date) -> None:
        """Where there is something to hand in, its schedule comes round; the bank takes the files at noon."""
        read = self.runtime.world.read
        slot = datetime.combine(day, time(6), UTC)
        waiting = [debit for debit in read.select(Debit, batch_id="", limit=1000) if debit.state == "announced"]
        if waiting and min(debit.collect_on for debit in waiting) <= first_collection("MP", "CORE", slot):
            self._fires("payments-hand-in-debits", slot)
        if any(refund.way == "transfer" for refund in read.select(Refund, state="requested", limit=1000)):
            self._fires("payments-start-transfers", datetime.combine(day, time(6, 10), UTC))

    def _fires(self, name: str, slot: datetime) -> None:
        if slot.weekday() < 5:  # noqa: PLR2004 - Monday to Friday
            self._fire_at(name, slot)

    def _fire_at(self, name: str, slot: datetime) -> bool:
        self.scheduler.run_until(slot)
        return self.scheduler.fire(name, slot)

    def _morning(self, day: date, number: int, sent: list[dict[str, Any]]) -> None:
        self.scheduler.run_until(datetime.combine(day, time(9), UTC))
        if sent := [*self.refused, *sent]:
            self._charge(day, sent)
        if number == MOVES_ON and "carla" in self.cast:
            self._moves(self.cast["carla"].details())
        if number == CANCELS_ON and "hugo" in self.cast:
            self._reverse("hugo-1")
        if number in RUNS:
            self._bill(day)
        if number >= LAST or (number >= PAID_OUT_FROM and (number - PAID_OUT_FROM) % PAID_OUT_EVERY == 0):
            for provider in self.providers.values():
                provider.pay_out()

    def _afternoon(self, day: date, number: int) -> None:
        self.scheduler.run_until(datetime.combine(day, time(15), UTC))
        self._invoices_arrive(day)
        for name in self.bank_files():
            self.bank.take(name, partial(self.engine.get_file, name), day)
        if number in BANK_CHARGES_ON:
            self.bank.charges(day)
        self._bank(day)
        if number == OFFERS_ON:
            self._offer_proceeds("olaf", 300)
        if number == CLERK_ON:
            desk.clerk(self)
        if number >= CLERK_ON and "hugo" in self.cast:
            self._matched = self._matched or desk.match_by_hand(self)
        if number == GIVES_BACK_ON:
            desk.give_back(self)
        self.accounting.day(day, number)
        desk.look_at_parked(self, day.isoformat())
        desk.look_at_refunds(self, day.isoformat())

    def _is_polled(self) -> bool:
        """Whether every provider was asked once: the schedule comes every hour, and from then on knows since when."""
        self._polled = self._polled or all(self.runtime.world.read.find_all(PollCursor, list(self.providers)))
        return self._polled

    def is_unheard(self) -> bool:
        """Whether a provider told of something that we have not heard of, so that we have to ask."""
        for provider in self.providers.values():
            keys = [event_key(provider.name, notice) for notice in provider.unheard]
            known = self.runtime.world.read.find_all(ProviderEvent, keys) if keys else []
            provider.unheard = [one for one, event in zip(provider.unheard, known, strict=True) if event is None]
        return any(provider.unheard for provider in self.providers.values())

    def bank_files(self) -> list[str]:
        """The files we have for the bank."""
        return sorted(name for name in self.engine.files if name.startswith(("debits/", "transfers/")))

    # -- what they do --------------------------------------------------------------------------

    def _bill(self, day: date) -> None:
        run = self.do(f"billing run {day}", runs.start_run, StartRun(entity="MP", cut_off=day - timedelta(days=1)))
        if run is None:
            self.scheduler.at(self.clock.now() + timedelta(days=1), lambda: self._bill(day), "bill")
            return
        self.scheduler.at(self.clock.now() + timedelta(hours=3), lambda: self._release(run["id"]), "release")

    def _charge(self, day: date, sent: list[dict[str, Any]]) -> None:
        """The marketplace sends charges, and the next day again what was refused (a member not known yet)."""
        told = self.do(f"charges of {day}", charging.take_charges, ChargeBatch(charges=sent))
        self.refused = [one for one, item in zip(sent, told["items"], strict=True) if item["outcome"] == "refused"]
        if any(one["charge"] == "greta-0" for one in sent):
            self._reverse("greta-0")
        if self.faults.strikes(Kind.CHARGES_REPEATED, f"charges of {day}"):
            self.do(f"charges of {day} again", charging.take_charges, ChargeBatch(charges=sent))

    def _reverse(self, charge: str) -> None:
        """A sale fell through; as long as its charge is refused, the marketplace asks again each day."""
        place = f"{charge} is reversed on {self.clock.now().date()}"
        if self.do(place, charging.reverse_charge, Reverse(charge_id=charge, reason="unpaid")) is None:
            self.scheduler.at(self.clock.now() + timedelta(days=1), lambda: self._reverse(charge), charge)

    def _moves(self, member: dict[str, Any]) -> None:
        """Two changes of one member within a minute: the later one counts, whichever comes first."""
        for street in ("Typo Street 1", "Right Street 1"):
            moved = member | {"address": {**member["address"], "street": street}}
            self.do(f"{member['external_id']} lives in {street}", members.upsert_members, MemberBatch(members=[moved]))

    def _release(self, run_id: str) -> None:
        run = self.runtime.world.read.find(Run, run_id)
        if run is not None and run.state == "frozen":
            self.do(f"release {run_id}", runs.release_run, ChangeRun(run_id=run_id, reason="checked"), desk.STAFF)
        elif run is not None and run.state == "freezing":
            self.scheduler.at(self.clock.now() + timedelta(hours=3), lambda: self._release(run_id), "release")

    def _offer_proceeds(self, name: str, amount_minor: int) -> None:
        """The marketplace keeps so much of a member's proceeds back for what they owe."""
        for invoice in self.expected.values():
            if invoice.member_id != id_from("mem", name):
                continue
            offer = OfferProceeds(
                offer=f"offer-{name}",
                member_id=invoice.member_id,
                invoice_id=invoice.id,
                amount_minor=amount_minor,
                currency="EUR",
            )
            answer = self.do(f"proceeds of {name}", proceeds.offer_proceeds, offer)
            self.offered[offer.offer] = answer["taken_minor"] if answer else 0

    def _invoices_arrive(self, day: date) -> None:
        """Members look at the invoices they have not seen yet and decide how to pay them."""
        if self.runtime.world.read.count(Invoice) == len(self.expected):
            return
        names = {id_from("mem", name): actor for name, actor in self.cast.items()}
        for invoice in self.runtime.world.read.select(Invoice, limit=1000):
            if invoice.id not in self.expected:
                self.expected[invoice.id] = invoice
                self._pays(names[invoice.member_id], invoice, day + timedelta(days=1))

    def _pays(self, actor: Actor, invoice: Invoice, earliest: date) -> None:
        for after, amount, reference, text in bookings(actor, invoice):
            if amount > 0:
                when = max(invoice.issued_on + timedelta(days=after), earliest)
                self.bank.comes_in(when, actor, amount, (reference,) if reference else (), text)
        theirs = [one for one in self.expected.values() if one.member_id == invoice.member_id]
        theirs.sort(key=lambda one: one.number)
        whole = len(theirs) > 1 or invoice.issued_on >= FIRST + timedelta(days=60)
        if actor.way in METHODS and (whole or actor.way != "page"):
            Visitor(self, actor, theirs).comes(earliest)
        if actor.way == "together" and whole:
            total = sum(one.total_minor for one in theirs)
            when = max(invoice.issued_on + timedelta(days=7), earliest)
            self.bank.comes_in(
                when, actor, total, tuple(one.reference for one in theirs), " ".join(one.number for one in theirs)
            )

    def _bank(self, day: date) -> None:
        if day == FIRST + timedelta(days=45):
            self.bank.comes_in(day, STRANGER, 777, (), "with kind regards")
        statement = self.bank.statement(day)
        if statement is None:
            return
        file = StatementFile(statements=(statement,))
        if self.faults.strikes(Kind.REPORT_AHEAD, f"statement {day}"):
            report = replace(statement, format="camt.052", opening_minor=None, closing_minor=None)
            self.do(f"report {day}", statements.take_statements, StatementFile(statements=(report,)))
        self.do(f"statement {day}", statements.take_statements, file)
        if self.faults.strikes(Kind.STATEMENT_REPEATED, f"statement {day}"):
            self.do(f"statement {day} in another file", statements.take_statements, file)

    def _on_its_way(self, invoice_number: str) -> str:
        """Where money for an invoice moves or is about to, whoever knows of it."""
        for provider in self.providers.values():
            if any(invoice_number in there.text and there.collects for there in provider.each()):
                return provider.name
        if self.bank.is_collecting(invoice_number):
            return "bank"
        invoice_id = next((one.id for one in self.expected.values() if one.number == invoice_number), "")
        payment = self.runtime.world.read.find(Payment, payment_id_of(invoice_id)) if invoice_id else None
        planned = payment is not None and payment.next_at is not None and not payment.settled
        return "planned" if planned else ""

    def _webhook(self, place: str, provider: ProviderName, notices: tuple[Notice, ...]) -> None:
        given = Webhook(provider=provider, notices=notices)
        key = f"{notices[0].event_id} {notices[0].fingerprint}"
        self.do(place, webhooks.take_webhook, given, key=key)

    def do(self, place: str, handler: Callable[..., Any], given: Any, actor: str = MARKETPLACE, key: str = "") -> Any:
        """Somebody asks the platform for something until it is answered; None where it is refused."""
        reason = "a person asked" if actor.startswith("staff:") else ""
        cause = Cause(f"story {handler.__name__}", key or place, actor, reason)
        self.scheduler.tell(f"{actor}: {place}")
        try:
            return self.scheduler.persist(place, lambda: self.runtime.commit(cause, partial(_call, handler, given)))
        except (Rejected, TryLater) as refusal:
            self.scheduler.tell(f"{place} was refused: {refusal}")
            return None


def _call(handler: Callable[..., Any], given: Any, unit: Any) -> Any:
    return handler(given, unit)
