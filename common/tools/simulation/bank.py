"""The marketplace's own bank: transfers that come, debits and transfers that are handed in, statements of it all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from common.dates import next_bank_day
from common.parties import SELLERS
from common.tools.simulation.cast import Actor
from emulators.bank import pain
from emulators.simulation import Faults, Kind
from functions.payments.bank.entries import AccountStatement, Detail, Entry
from functions.payments.model.asking import PayoutSaid

ENTITY: Final = "MP"
RETURN_FEE_MINOR: Final = 300
ACCOUNT_FEE_MINOR, INTEREST_MINOR = 990, 17


@dataclass(frozen=True, slots=True)
class Comes:
    """How a payer's bank gives a debit back: why, and how long after it was collected."""

    code: str
    after: timedelta
    times: int = 1


@dataclass
class Bank:
    """One account. Files are taken once by their name; what they hold is booked as the payers' banks decide."""

    faults: Faults
    gives_back: Mapping[str, Comes]
    """By the payer's account: debits that do not stay."""
    closed: frozenset[str] = frozenset()
    """Accounts to which nothing can be transferred."""
    balance: int = 0
    booked: dict[date, list[Entry]] = field(default_factory=dict)
    """What will be on a statement, by day."""
    files: dict[str, date] = field(default_factory=dict)
    messages: set[str] = field(default_factory=set)
    collected: dict[str, int] = field(default_factory=dict)
    """How often a debit was collected, by its end-to-end id: once, or we handed it in twice."""
    transferred: dict[str, int] = field(default_factory=dict)
    debited: dict[str, date] = field(default_factory=dict)
    """Debits that are handed in and not booked yet, by their end-to-end id."""
    came_back: set[str] = field(default_factory=set)
    """Transfers that could not be delivered."""
    return_fees: int = 0
    _returned: dict[str, int] = field(default_factory=dict)

    def comes_in(self, day: date, actor: Actor, amount: int, references: tuple[str, ...], text: str) -> None:
        """A member transfers something."""
        name = f"TR {actor.name} {amount} {' '.join(references)} {text}"
        twins = sum(entry.bank_reference.startswith(name) for found in self.booked.values() for entry in found)
        detail = Detail(
            amount_minor=amount,
            references=references,
            text=text,
            payer_name=f"Member {actor.name.title()}",
            payer_iban=actor.iban,
        )
        self.book(next_bank_day(day), detail, f"{name} {twins}")

    def pays_out(self, said: PayoutSaid) -> None:
        """A provider's payout arrives."""
        provider = {"po_": "STRIPE PAYMENTS UK", "set": "ADYEN N.V.", "PO0": "GOCARDLESS LTD", "stl": "MOLLIE B.V."}
        detail = Detail(
            amount_minor=said.amount_minor, text=said.statement_text, payer_name=provider[said.provider_id[:3]]
        )
        self.book(next_bank_day(said.arrives_on or date.min), detail, f"PO {said.provider_id}")

    def charges(self, day: date) -> None:
        """The bank takes its fee for the account, and pays interest on it."""
        fee = Detail(amount_minor=-ACCOUNT_FEE_MINOR, code="ACMT-MDOP-CHRG", text="Kontoführung")
        interest = Detail(amount_minor=INTEREST_MINOR, code="ACMT-MCOP-INTR", text="Zinsen")
        self.book(next_bank_day(day), fee, f"FEE {day}")
        self.book(next_bank_day(day), interest, f"INT {day}")

    def book(self, day: date, detail: Detail, reference: str, batch: str = "") -> None:
        """Something will be on that day's statement."""
        entry = Entry(
            amount_minor=detail.amount_minor,
            booked_on=day,
            bank_reference=reference,
            code=detail.code,
            batch_id=batch,
            details=(detail,),
        )
        self.booked.setdefault(day, []).append(entry)

    def take(self, name: str, content: Callable[[], bytes | None], today: date) -> None:
        """A file is handed in; one that has been, by its name or its message's, does nothing."""
        if name in self.files:
            return
        if self.faults.strikes(Kind.BANK_LATE, f"{name} {today}"):
            return
        self.files[name] = today
        message = pain.read(content() or b"")
        if message.name in self.messages:
            return
        self.messages.add(message.name)
        for batch in message.batches:
            self._debits(batch, today) if message.debits else self._transfers(batch, today)

    def is_collecting(self, invoice_number: str) -> bool:
        """Whether a debit for an invoice is on its way."""
        return any(name.startswith(invoice_number) for name in self.debited)

    def statement(self, today: date) -> AccountStatement | None:
        """What has been booked up to today, on the first day of it that has no statement yet."""
        days = [day for day in self.booked if day <= today]
        entries = tuple(
            sorted((entry for day in days for entry in self.booked.pop(day)), key=lambda entry: entry.bank_reference)
        )
        if not entries:
            return None
        for entry in entries:
            for name in [name for name, on in self.debited.items() if on <= entry.booked_on]:
                del self.debited[name]
        opening, self.balance = self.balance, self.balance + sum(entry.amount_minor for entry in entries)
        return AccountStatement(
            format="camt.053",
            account=SELLERS[ENTITY].iban,
            number=today.isoformat(),
            currency="EUR",
            opened_on=min(days),
            closed_on=max(days),
            entries=entries,
            opening_minor=opening,
            closing_minor=self.balance,
        )

    def _debits(self, batch: pain.Batch, today: date) -> None:
        """Credited in one sum on the day they are collected; what does not stay is taken back one by one."""
        day = next_bank_day(max(batch.on, today + timedelta(days=1)))
        self.book(day, Detail(amount_minor=batch.total, code="PMNT-IDDT-ESDD"), f"DD {batch.name}", batch.name)
        for order in batch.orders:
            self.collected[order.end_to_end_id] = self.collected.get(order.end_to_end_id, 0) + 1
            self.debited[order.end_to_end_id] = day
            comes = self.gives_back.get(order.iban)
            if comes and self._returned.get(order.iban, 0) < comes.times:
                self._returned[order.iban] = self._returned.get(order.iban, 0) + 1
                self._give_back(order, comes, day)

    def _give_back(self, order: pain.Order, comes: Comes, day: date) -> None:
        self.return_fees += RETURN_FEE_MINOR
        detail = Detail(
            amount_minor=-order.amount - RETURN_FEE_MINOR,
            end_to_end_id=order.end_to_end_id,
            mandate_id=order.mandate,
            payee_name=order.party,
            payee_iban=order.iban,
            reason=comes.code,
            code="PMNT-IDDT-UPDD",
            charges_minor=RETURN_FEE_MINOR,
        )
        self.book(next_bank_day(day + comes.after), detail, f"RT {order.end_to_end_id}")

    def _transfers(self, batch: pain.Batch, today: date) -> None:
        day = next_bank_day(max(batch.on, today))
        for order in batch.orders:
            self.transferred[order.end_to_end_id] = self.transferred.get(order.end_to_end_id, 0) + 1
            detail = Detail(
                amount_minor=-order.amount,
                end_to_end_id=order.end_to_end_id,
                payee_name=order.party,
                payee_iban=order.iban,
                code="PMNT-ICDT-ESCT",
            )
            self.book(day, detail, f"CT {order.end_to_end_id}")
            if order.iban in self.closed:
                self.came_back.add(order.end_to_end_id)
                back = Detail(
                    amount_minor=order.amount,
                    end_to_end_id=order.end_to_end_id,
                    payer_name=order.party,
                    payer_iban=order.iban,
                    reason="AC04",
                    code="PMNT-ICDT-RRTN",
                )
                self.book(next_bank_day(day + timedelta(days=2)), back, f"CR {order.end_to_end_id}")
