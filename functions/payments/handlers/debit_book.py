"""Debits of one commit as banks' answers change them, with their payments and mandates: each fact is told once."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from common.dates import noon_utc
from common.events.payments import PaymentReceived, PaymentReturned
from common.failures import Rejected
from common.transaction import Transaction
from functions.payments.finality import finality
from functions.payments.handlers.mandates import end_by_bank
from functions.payments.handlers.payables import hold_arrived, payables_by_id
from functions.payments.handlers.recording import payments_by_id, record
from functions.payments.model.asking import Answer
from functions.payments.model.debits import (
    DEBIT,
    RAILS,
    AnnounceDebit,
    Debit,
    Return,
    receipt_id_of,
    reinstated,
    rejected,
    return_id_of,
    returned,
    settled,
)
from functions.payments.model.mandates import Debtor, Mandate, debtor_id_of, unused
from functions.payments.model.payments import Payment
from functions.payments.retries.brain import Case, decide
from functions.payments.retries.reasons import is_listed_soft
from functions.payments.sepa.reasons import reason_of

UNTIL_REOPENED: Final = timedelta(hours=1)
"""By then it is known everywhere that what a returned debit had paid is owed again."""


class DebitBook:
    """Several bookings of a slice may be about the same debit: each sees what the ones before it did."""

    def __init__(self, debits: Iterable[Debit | None], transaction: Transaction) -> None:
        self._transaction = transaction
        self._debits = {debit.id: debit for debit in debits if debit is not None}
        held = self._debits.values()
        self._payments = payments_by_id([debit.payment_id for debit in held], transaction)
        self._payables = payables_by_id([debit.invoice_id for debit in held], transaction)
        mandates = transaction.find_all(Mandate, list(dict.fromkeys(debit.mandate_id for debit in held)))
        self._mandates = {mandate.id: mandate for mandate in mandates if mandate is not None}
        ids = [debtor_id_of(mandate.member_id, mandate.entity) for mandate in self._mandates.values()]
        self._debtors = {one.id: one for one in transaction.find_all(Debtor, ids) if one is not None}

    def find(self, debit_id: str) -> Debit | None:
        """A debit as it is by now."""
        return self._debits.get(debit_id)

    def settle(self, debit: Debit, on: date) -> None:
        """It was credited; a second time changes nothing. A return that had come before counts now."""
        if "settle" not in DEBIT.allows(debit.state):
            return
        answer = Answer(
            outcome="succeeded",
            provider_id=debit.end_to_end_id,
            amount_minor=debit.amount_minor,
            currency=debit.currency,
            charged_at=noon_utc(on),
        )
        self._record(debit, answer)
        after = settled(debit, on, receipt_id_of(debit, 1))
        self._keep(after)
        if debit.early is not None:
            self._return(after, debit.early)

    def give_back(self, debit: Debit, back: Return) -> None:
        """It was taken back: told once. Before we have seen the credit it waits for that.

        Rejected `return_differs` where another amount comes back than was collected.
        """
        if back.amount_minor != debit.amount_minor:
            raise Rejected("return_differs", f"{debit.end_to_end_id}: {back.amount_minor} of {debit.amount_minor}")
        if debit.state == "settled":
            self._return(debit, back)
        elif debit.state in {"sealed", "rejected"} and debit.early is None:
            self._keep(debit.but(early=back))

    def reinstate(self, debit: Debit, on: date) -> None:
        """A return was itself taken back: the money is here again."""
        number = len(debit.receipts) + 1
        final = finality(RAILS[debit.scheme], debit.settled_on or on)
        self._keep(reinstated(debit, receipt_id_of(debit, number)))
        about = [(debit.invoice_id, debit.amount_minor)]
        hold_arrived(self._payables, about, receipt_id_of(debit, number), self._transaction)
        self._transaction.emit(
            PaymentReceived(
                member_id=debit.member_id,
                receipt_id=receipt_id_of(debit, number),
                source="sepa",
                entity=debit.entity,
                amount_minor=debit.amount_minor,
                currency=debit.currency,
                received_on=on,
                invoice_number=debit.invoice_number,
                provider_id=debit.end_to_end_id,
                text=debit.end_to_end_id,
                final_on=final.final_on,
                ways_back=final.ways_back,
            )
        )

    def reject(self, debit: Debit, code: str) -> bool:
        """It was refused before it was credited: the attempt has failed; whether it had to be told."""
        if "reject" not in DEBIT.allows(debit.state):
            return False
        self._keep(rejected(debit, code))
        mandate = self._mandates.get(debit.mandate_id)
        if mandate is not None:
            amendment = debit.order.amendment if debit.order else None
            self._mandates[mandate.id] = unused(mandate, amendment)
            self._transaction.put(self._mandates[mandate.id])
        ends = self._end_mandate(debit, code)
        soft = is_listed_soft("sepa", "direct_debit", code)
        payment = self._record(debit, Answer(outcome="failed", code=code, soft=soft), ended=ends)
        if payment.next_at is not None:
            task = AnnounceDebit(member_id=payment.member_id, payment_id=payment.id)
            self._transaction.later(task, payment.next_at)
        return True

    def _return(self, debit: Debit, back: Return) -> None:
        after = returned(debit, back)
        number = len(after.returns)
        self._keep(after)
        ends = self._end_mandate(debit, back.code)
        self._transaction.emit(
            PaymentReturned(
                member_id=debit.member_id,
                return_id=return_id_of(debit, number),
                receipt_id=debit.receipts[-1],
                source="sepa",
                kind="return",
                entity=debit.entity,
                amount_minor=back.amount_minor,
                currency=debit.currency,
                invoice_number=debit.invoice_number,
                code=back.code,
                fee_minor=back.fee_minor,
                returned_on=back.returned_on,
            )
        )
        if number == 1:
            self._try_again(debit, back.code, ended=ends)

    def _try_again(self, debit: Debit, code: str, *, ended: bool) -> None:
        """Another attempt on the day the rules say, as after a rejection: the money had come and is gone again."""
        payment = self._payments[debit.payment_id]
        if debit.attempt != len(payment.attempts):
            return
        decision = decide(_case(payment, debit, code, self._transaction, ended=ended))
        if decision.at is not None:
            task = AnnounceDebit(
                member_id=payment.member_id, payment_id=payment.id, anyway=True, not_before=decision.at.date()
            )
            self._transaction.later(task, self._transaction.now + UNTIL_REOPENED)

    def _record(self, debit: Debit, answer: Answer, *, ended: bool = False) -> Payment:
        return record(
            self._payments,
            debit.payment_id,
            debit.attempt,
            answer,
            self._transaction,
            mandate="ended" if ended else "active",
            rail=RAILS[debit.scheme],
        )

    def _end_mandate(self, debit: Debit, code: str) -> bool:
        """Suspends or ends the mandate where the reason is about it; not where it has another account since."""
        mandate = self._mandates.get(debit.mandate_id)
        if mandate is None or debit.order is None or mandate.iban != debit.order.debtor.iban:
            return mandate is None or mandate.state != "active"
        debtor = self._debtors.get(debtor_id_of(mandate.member_id, mandate.entity))
        after = end_by_bank(mandate, reason_of(code).mandate, code, debtor, self._transaction)
        self._mandates[mandate.id] = after
        return after.state != "active"

    def _keep(self, debit: Debit) -> None:
        self._debits[debit.id] = debit
        self._transaction.put(debit)


def _case(payment: Payment, debit: Debit, code: str, transaction: Transaction, *, ended: bool) -> Case:
    attempt = payment.attempt(debit.attempt)
    same = [one for one in payment.attempts if one.means == attempt.means]
    return Case(
        provider="sepa",
        method="direct_debit",
        code=code,
        soft=is_listed_soft("sepa", "direct_debit", code),
        tries=len(same),
        first_at=same[0].sent_at,
        failed_at=transaction.now,
        owed_minor=debit.amount_minor,
        currency=debit.currency,
        mandate="ended" if ended else "active",
    )
