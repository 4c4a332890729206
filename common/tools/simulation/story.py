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
from common.parties import SELLERS
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from common.tools.simulation.cast import CAST, Actor, bookings, charges
from common.tools.simulation.outside import Post, Provider, Sap, VatRegister, filed
from common.world import World
from emulators.memory import MemoryClock
from emulators.simulation import Faults, FaultyEngine, Kind, Scheduler
from functions.charging import handlers as charging
from functions.charging.requests import Batch as ChargeBatch
from functions.charging.requests import Reverse
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import runs
from functions.invoicing.model.credit_notes import CreditNote, credit_note_id
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.runs import Run
from functions.invoicing.requests.credit_notes import CancelCreditNote, CreditInvoice, ReissueInvoice
from functions.invoicing.requests.runs import ChangeRun, StartRun
from functions.matching.handlers import by_hand
from functions.matching.model import Item, Receipt
from functions.matching.requests import MatchByHand, Unmatch
from functions.members import handlers as members
from functions.members import providers as registers
from functions.members.requests import Batch as MemberBatch
from functions.payments.bank.entries import AccountStatement, Detail, Entry
from functions.payments.handlers import statements, webhooks
from functions.payments.model.asking import Notice
from functions.payments.providers import asking
from functions.payments.providers.stripe import Stripe
from functions.payments.requests.statements import StatementFile
from functions.payments.requests.webhooks import Webhook

FIRST: Final = date(2026, 10, 1)
LAST: Final = 95
"""Days the story lasts; then everything still on its way arrives."""
LAST_NIGHTS: Final = 2
"""Slots that come round at the very end, however many are skipped: what came after midnight is of the day after."""
HORIZON: Final = timedelta(days=90)
CREDITED: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "bruno": ({"amount_minor": 500, "rest": "refund"}, {"lines": ({"line": 2, "amount_minor": 3},)}, {}),
    "dora": ({},),
    "anna": ({"lines": ({"line": 1},), "rest": "credit"},),
    "greta": ({"amount_minor": 700, "basis": "net"},),
    "hugo": ({"amount_minor": 1234},),
    "lena": ({"amount_minor": 999, "rest": "refund"},),
}
"""Who complains, and what is taken back for it, one credit note after the other."""
STAFF: Final = "staff:clerk@marketplace.example"
MARKETPLACE: Final = "machine:marketplace"


class Story:
    """The platform in memory, its cast, and the days they live through."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.engine = FaultyEngine(faults)
        self.clock = MemoryClock(datetime.combine(FIRST, time(6), UTC))
        self.runtime = Runtime(self.engine, self.clock, Settings())
        self.runtime.salts = self.engine.random.randbytes
        self.scheduler = Scheduler(self.runtime, self.engine, self.clock, [], faults)
        self.provider = Provider(faults, self.scheduler, self._webhook)
        self.sap = Sap(faults)
        self.register = VatRegister(faults)
        self.post = Post(self.engine, self.provider)
        self.scheduler.functions = {f.name: f for f in self._functions()}
        self.booked: dict[date, list[tuple[Actor, int, str, str]]] = {}
        self.expected: dict[str, None] = {}
        self.refused: list[dict[str, Any]] = []
        self.balance = 0

    def _functions(self) -> list[Function]:
        stripe = Stripe("http://provider.simulated", "sk", transport=self.provider)

        def chosen(_: str) -> Stripe:
            return stripe

        asks: dict[str, Callable[..., Sequence[Any]]] = {
            "payments-charge-attempts": _one_by_one(partial(asking.charge, chosen=chosen)),
            "payments-ask-provider": _one_by_one(partial(asking.find_out, chosen=chosen)),
            "payments-process-webhook": _one_by_one(partial(asking.look_up, chosen=chosen)),
            "accounting-send-batch": self.sap.send,
            "members-check-vat-ids": partial(registers.check, register=self.register),
            "notifications-send": self.post.send,
            "invoicing-render-invoices": lambda tasks, world: filed(Invoice, [t.invoice_id for t in tasks], world),
            "invoicing-render-credit-notes": lambda tasks, world: filed(
                CreditNote, [t.credit_note_id for t in tasks], world
            ),
        }
        return [
            replace(f, ask=self._asking(asks.get(f.name, f.ask)), _name=f.variable) if f.ask else f
            for f in functions()
            if f.kind != "http"
        ]

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
        sent = charges(FIRST)
        self._do("members register", members.upsert_members, MemberBatch(members=[a.details() for a in CAST]))
        number = 0
        while number < LAST or self.booked:
            day = FIRST + timedelta(days=number)
            self._night(day)
            self._morning(day, number, sent.get(day, []))
            self._afternoon(day, number)
            number += 1
        self.scheduler.run_dry(self.clock.now() + HORIZON)
        nights = 0
        while nights < LAST_NIGHTS:
            nights += self._night(self.clock.now().date() + timedelta(days=1))
        self.scheduler.run_dry(self.clock.now() + HORIZON)

    def _night(self, day: date) -> bool:
        """The books of the day before are closed; whether the schedule came round."""
        slot = datetime.combine(day, time(2, 15), UTC)
        self.scheduler.run_until(slot)
        return self.scheduler.fire("accounting-close-day", slot)

    def _morning(self, day: date, number: int, sent: list[dict[str, Any]]) -> None:
        self.scheduler.run_until(datetime.combine(day, time(9), UTC))
        if sent := [*self.refused, *sent]:
            self._charge(day, sent)
        if number == 20:  # noqa: PLR2004 - in the middle of the month
            self._carla_moves()
        if number == 29:  # noqa: PLR2004 - the last day before the run
            self._reverse("hugo-1")
        if number in {31, 80}:
            self._bill(day)

    def _afternoon(self, day: date, number: int) -> None:
        self.scheduler.run_until(datetime.combine(day, time(15), UTC))
        self._invoices_arrive(day)
        if self.booked.get(day):
            self._bank(day, self.booked.pop(day))
        if number == 50:  # noqa: PLR2004 - when the receipts are in
            self._clerk()

    # -- what they do --------------------------------------------------------------------------

    def _bill(self, day: date) -> None:
        run = self._do(f"billing run {day}", runs.start_run, StartRun(entity="MP", cut_off=day - timedelta(days=1)))
        if run is None:
            self.scheduler.at(self.clock.now() + timedelta(days=1), lambda: self._bill(day), "bill")
            return
        self.scheduler.at(self.clock.now() + timedelta(hours=3), lambda: self._release(run["id"]), "release")

    def _charge(self, day: date, sent: list[dict[str, Any]]) -> None:
        """The marketplace sends charges, and the next day again what was refused (a member not known yet)."""
        told = self._do(f"charges of {day}", charging.take_charges, ChargeBatch(charges=sent))
        self.refused = [one for one, item in zip(sent, told["items"], strict=True) if item["outcome"] == "refused"]
        if any(one["charge"] == "greta-0" for one in sent):
            self._reverse("greta-0")
        if self.faults.strikes(Kind.CHARGES_REPEATED, f"charges of {day}"):
            self._do(f"charges of {day} again", charging.take_charges, ChargeBatch(charges=sent))

    def _reverse(self, charge: str) -> None:
        """A sale fell through; as long as its charge is refused, the marketplace asks again each day."""
        place = f"{charge} is reversed on {self.clock.now().date()}"
        if self._do(place, charging.reverse_charge, Reverse(charge_id=charge, reason="unpaid")) is None:
            self.scheduler.at(self.clock.now() + timedelta(days=1), lambda: self._reverse(charge), charge)

    def _carla_moves(self) -> None:
        """Two changes of one member within a minute: the later one counts, whichever comes first."""
        carla = next(actor for actor in CAST if actor.name == "carla").details()
        for street in ("Typo Street 1", "Right Street 1"):
            moved = carla | {"address": {**carla["address"], "street": street}}
            self._do(f"carla lives in {street}", members.upsert_members, MemberBatch(members=[moved]))

    def _release(self, run_id: str) -> None:
        run = self.runtime.world.read.find(Run, run_id)
        if run is not None and run.state == "frozen":
            self._do(f"release {run_id}", runs.release_run, ChangeRun(run_id=run_id, reason="checked"), STAFF)
        elif run is not None and run.state == "freezing":
            self.scheduler.at(self.clock.now() + timedelta(hours=3), lambda: self._release(run_id), "release")

    def _invoices_arrive(self, day: date) -> None:
        """Members look at the invoices they have not seen yet and decide how to pay them."""
        if self.runtime.world.read.count(Invoice) == len(self.expected):
            return
        names = {id_from("mem", actor.name): actor for actor in CAST}
        for invoice in self.runtime.world.read.select(Invoice, limit=1000):
            if invoice.id in self.expected:
                continue
            self.expected[invoice.id] = None
            actor = names[invoice.member_id]
            for after, amount, reference, text in bookings(actor, invoice):
                when = max(invoice.issued_on + timedelta(days=after), day + timedelta(days=1))
                if amount > 0:
                    self.booked.setdefault(when, []).append((actor, amount, reference, text))

    def _bank(self, day: date, sent: list[tuple[Actor, int, str, str]]) -> None:
        entries = tuple(
            Entry(
                amount_minor=amount,
                booked_on=day,
                bank_reference=f"{day}-{n}",
                details=(
                    Detail(
                        amount_minor=amount,
                        references=(reference,) if reference else (),
                        text=text,
                        payer_name=f"Member {actor.name.title()}",
                        payer_iban=actor.iban,
                    ),
                ),
            )
            for n, (actor, amount, reference, text) in enumerate(sorted(sent, key=lambda one: (one[0].name, one[1])))
        )
        total = sum(entry.amount_minor for entry in entries)
        statement = AccountStatement(
            format="camt.053",
            account=SELLERS["MP"].iban,
            number=day.isoformat(),
            currency="EUR",
            opened_on=day,
            closed_on=day,
            entries=entries,
            opening_minor=self.balance,
            closing_minor=self.balance + total,
        )
        self.balance += total
        file = StatementFile(statements=(statement,))
        self._do(f"statement {day}", statements.take_statements, file)
        if self.faults.strikes(Kind.STATEMENT_REPEATED, f"statement {day}"):
            self._do(f"statement {day} in another file", statements.take_statements, file)

    def _clerk(self) -> None:
        """Staff put right what is in doubt: a receipt without a reference, a match on the wrong item, a complaint."""
        receipts = self.runtime.world.read.select(Receipt, limit=1000)
        items = {item.member_id: item for item in self.runtime.world.read.select(Item, limit=1000)}
        hugo = items.get(id_from("mem", "hugo"))
        for receipt in receipts:
            if receipt.text == "for everything" and receipt.unapplied_minor and hugo and hugo.open_minor:
                whole = min(receipt.unapplied_minor, hugo.open_minor)
                for amount in (whole // 3, whole - whole // 3):
                    given = MatchByHand(receipt_id=receipt.id, item_id=hugo.id, amount_minor=amount, reason="his")
                    self._do(f"match {amount} by hand", by_hand.match_by_hand, given, STAFF)
        fritz = items.get(id_from("mem", "fritz"))
        if fritz and fritz.allocations:
            first = fritz.allocations[0]
            given_back = Unmatch(receipt_id=first.receipt_id, match_id=first.match_id, reason="not his")
            self._do("unmatch", by_hand.unmatch, given_back, STAFF)
        for name, parts in CREDITED.items():
            item = items.get(id_from("mem", name))
            for number, part in enumerate(parts):
                if item is None:
                    continue
                credit = CreditInvoice(invoice_id=item.invoice_id, reason="a complaint", **part)
                self._do(f"credit {name} {number}", credit_notes.credit_invoice, credit, STAFF)
        self._put_right(items)

    def _put_right(self, items: dict[str, Item]) -> None:
        """One invoice is issued anew, and one credit note was wrong."""
        emil, anna = (items.get(id_from("mem", name)) for name in ("emil", "anna"))
        if emil is not None:
            anew = ReissueInvoice(invoice_id=emil.invoice_id, reason="the wrong name")
            self._do("reissue emil", credit_notes.reissue_invoice, anew, STAFF)
        if anna is not None:
            wrong = CancelCreditNote(credit_note_id=credit_note_id(anna.invoice_id), reason="was right after all")
            self._do("cancel anna's credit note", credit_notes.cancel_credit_note, wrong, STAFF)

    def _webhook(self, place: str, event_id: str, intent_id: str) -> None:
        notice = Notice(event_id=event_id, type="payment_intent.updated", about="payment", provider_id=intent_id)
        given = Webhook(notices=(notice,))
        self._do(place, webhooks.take_webhook, given, key=event_id)

    def _do(self, place: str, handler: Callable[..., Any], given: Any, actor: str = MARKETPLACE, key: str = "") -> Any:
        reason = "a person asked" if actor == STAFF else ""
        cause = Cause(f"story {handler.__name__}", key or place, actor, reason)
        self.scheduler.tell(f"{actor}: {place}")
        try:
            return self.scheduler.persist(place, lambda: self.runtime.commit(cause, partial(_call, handler, given)))
        except (Rejected, TryLater) as refusal:
            self.scheduler.tell(f"{place} was refused: {refusal}")
            return None


def _one_by_one(ask: Callable[..., Sequence[Any]]) -> Callable[..., Sequence[Any]]:
    """The same, a slice's questions one after the other: threads would make their own order, and share the clock."""
    return lambda tasks, world: [answer for task in tasks for answer in ask([task], world)]


def _call(handler: Callable[..., Any], given: Any, unit: Any) -> Any:
    return handler(given, unit)
