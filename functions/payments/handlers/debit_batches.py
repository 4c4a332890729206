"""Handing in: what is due goes into a batch, which is sealed once and made into a file for the bank."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from common.dates import next_bank_day
from common.functions.declared import Tick
from common.parking import frozen_among
from common.transaction import Transaction
from functions.payments.handlers.announcing import NO_MANDATE
from functions.payments.handlers.recording import payments_by_id, record
from functions.payments.model.asking import Answer
from functions.payments.model.awaiting import Suggestions, Wait, suggestions_id_of, waiting
from functions.payments.model.debit_batches import (
    PAGE,
    DebitBatch,
    FileBatch,
    FiledBatch,
    SealBatch,
    batch_of,
    closed,
    filed,
    filled,
    opened,
)
from functions.payments.model.debits import RAILS, Debit, dropped, due_key, owed_on, postponed, sealed
from functions.payments.model.mandates import Mandate, sequence_for, usable, used
from functions.payments.model.payables import Payable, payable_id_of
from functions.payments.model.payments import UNDECIDED, Payment, PaymentFreeze, with_attempt
from functions.payments.sepa.banks import (
    SCHEMES,
    days_to_collect,
    first_collection,
    hand_in_on,
    terms_by_entity,
    terms_of,
)

NOT_NEEDED: Final = "not_needed"
"""Nothing is owed any more when it is to be handed in."""


def start_batches(tick: Tick, transaction: Transaction) -> None:  # noqa: ARG001 - what counts is the commit's moment
    """Begins a batch for each legal entity and scheme that has to hand in something today, before the cut-off.

    Days that nobody handed in are caught up. On a day on which banks do not work nothing is handed in.
    """
    for entity in terms_by_entity():
        if terms_of(entity) is None or hand_in_on(entity, transaction.now) != transaction.now.date():
            continue
        for scheme in SCHEMES:
            days = tuple(
                day
                for day in days_to_collect(entity, scheme, transaction.now)
                if transaction.select(Debit, limit=1, due=due_key(entity, scheme, day))
            )
            if days:
                on = hand_in_on(entity, transaction.now)
                transaction.later(SealBatch(entity=entity, scheme=scheme, hand_in_on=on, days=days))


def seal_batch(task: SealBatch, transaction: Transaction) -> None:
    """Puts a page of what is due into the open batch, looks again at what is owed, and goes on or seals it."""
    batch = transaction.find(DebitBatch, batch_of(task))
    if batch is not None and batch.state != "open":
        transaction.later(task.model_copy(update={"number": task.number + 1}))
        return
    terms = terms_by_entity()[task.entity]
    first = first_collection(task.entity, task.scheme, transaction.now)
    batch = batch or opened(task, first, transaction.now)
    room = min(PAGE, terms.most_transactions - batch.count)
    due = transaction.select(Debit, limit=room, due=due_key(task.entity, task.scheme, task.days[0]))
    desk = _Desk(batch.id, max(first, batch.collect_on), due, transaction)
    desk.work(first_as_recurring=terms.first_as_recurring)
    if desk.taken:
        batch = filled(batch, desk.taken)
    days = task.days if len(due) == room else task.days[1:]
    _go_on(task, batch, days, first, transaction)


def note_file(task: FileBatch, what: FiledBatch, transaction: Transaction) -> None:
    """Notes where a batch's file lies; a repetition notes nothing."""
    batch = transaction.get(DebitBatch, task.batch_id)
    if batch.state == "sealed":
        transaction.put(filed(batch, what))


def _go_on(task: SealBatch, batch: DebitBatch, days: tuple[date, ...], first: date, transaction: Transaction) -> None:
    full = batch.count >= terms_by_entity()[task.entity].most_transactions
    if days and not full:
        if batch.count:
            transaction.put(batch)
        transaction.later(task.model_copy(update={"days": days}))
        return
    if batch.count:
        transaction.put(closed(batch, first, transaction.now))
        transaction.later(FileBatch(batch_id=batch.id))
    if days:
        transaction.later(task.model_copy(update={"days": days, "number": task.number + 1}))


@dataclass
class _Desk:
    """One page of debits as they are handed in, or not: the last look."""

    batch_id: str
    collect_on: date
    due: Sequence[Debit]
    transaction: Transaction
    taken: list[Debit] = field(default_factory=list)

    def __post_init__(self) -> None:
        ids = [debit.payment_id for debit in self.due]
        self._payments = payments_by_id(ids, self.transaction)
        members = [debit.member_id for debit in self.due]
        self._frozen = frozen_among(PaymentFreeze, members, self.transaction)
        payables = self.transaction.find_all(Payable, [payable_id_of(debit.invoice_id) for debit in self.due])
        names = list(dict.fromkeys(suggestions_id_of(debit.invoice_number) for debit in self.due))
        suggested = self.transaction.find_all(Suggestions, names)
        self._suggested = {one.id: one for one in suggested if one is not None}
        self._payables = {payable.invoice_id: payable for payable in payables if payable is not None}
        mandates = self.transaction.find_all(Mandate, list(dict.fromkeys(debit.mandate_id for debit in self.due)))
        self._mandates = {mandate.id: mandate for mandate in mandates if mandate is not None}

    def work(self, *, first_as_recurring: bool) -> None:
        """Decides on each."""
        for debit in self.due:
            payment = self._payments[debit.payment_id]
            mandate = self._mandates.get(debit.mandate_id)
            owed = min(debit.amount_minor, owed_on(payment, self._payables.get(debit.invoice_id)))
            if debit.member_id in self._frozen or self._is_paying(debit):
                self._postpone(debit)
            elif payment.attempt(debit.attempt).state not in UNDECIDED:
                self.transaction.put(dropped(debit, NOT_NEEDED))
            elif not owed:
                self._drop(debit, NOT_NEEDED)
            elif mandate is None or not usable(mandate, self.collect_on):
                self._drop(debit, NO_MANDATE)
            elif wait := self._waits(debit, payment):
                self.transaction.put(payment.but(wait=wait))
                self._postpone(debit)
            else:
                self._take(debit, payment, mandate, owed, first_as_recurring=first_as_recurring)
        for mandate_id in dict.fromkeys(debit.mandate_id for debit in self.taken):
            self.transaction.put(self._mandates[mandate_id])

    def _take(self, debit: Debit, payment: Payment, mandate: Mandate, owed: int, *, first_as_recurring: bool) -> None:
        sequence = sequence_for(mandate, first_as_recurring=first_as_recurring)
        after = sealed(debit, self.batch_id, mandate, sequence, owed, self.collect_on)
        attempt = payment.attempt(debit.attempt)
        lowered = with_attempt(payment, attempt.model_copy(update={"amount_minor": after.amount_minor}))
        self._payments[payment.id] = lowered
        answer = Answer(outcome="processing", provider_id=debit.end_to_end_id)
        record(self._payments, payment.id, debit.attempt, answer, self.transaction, rail=RAILS[debit.scheme])
        self._mandates[mandate.id] = used(mandate, self.collect_on)
        self.transaction.put(after)
        self.taken.append(after)

    def _drop(self, debit: Debit, code: str) -> None:
        self.transaction.put(dropped(debit, code))
        answer = Answer(outcome="failed", code=code)
        record(self._payments, debit.payment_id, debit.attempt, answer, self.transaction, mandate="ended")

    def _postpone(self, debit: Debit) -> None:
        self.transaction.put(postponed(debit, next_bank_day(self.collect_on + timedelta(days=1))))

    def _waits(self, debit: Debit, payment: Payment) -> Wait | None:
        """Whether people are to say first whether money that came is for it."""
        suggested = self._suggested.get(suggestions_id_of(debit.invoice_number))
        return waiting(suggested, payment.wait, debit.attempt, self.transaction.now)

    def _is_paying(self, debit: Debit) -> bool:
        """Whether the member is paying it just now by another road."""
        payable = self._payables.get(debit.invoice_id)
        return payable is not None and any(not held.arrived for held in payable.held)
