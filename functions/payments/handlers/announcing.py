"""Announcing direct debits of our own: what an invoice of a member with a mandate begins, or a retry."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from common.dates import day_in
from common.events.invoicing import InvoiceIssued
from common.events.payments import PaymentRequested
from common.parking import frozen_among
from common.parties import SELLERS
from common.transaction import Transaction
from functions.payments.handlers.recording import payments_by_id, record
from functions.payments.handlers.succession import forerunners, present
from functions.payments.model.asking import Answer
from functions.payments.model.debits import AnnounceDebit, CollectWaiting, Debit, announced, owed_on, told_announced
from functions.payments.model.mandates import Debtor, Mandate, debtor_id_of, usable
from functions.payments.model.payables import Payable, payable_id_of
from functions.payments.model.payments import (
    BY_FILE,
    LOOK_AGAIN,
    MOST_ATTEMPTS,
    Payment,
    PaymentFreeze,
    may_retry,
    retried,
    scheduled,
)
from functions.payments.sepa.banks import collection_day, terms_of
from functions.payments.sepa.identifiers import debit_id_of, end_to_end_id

PAGE: Final = 100
NO_MANDATE: Final = "MD01"
"""The scheme's own word, which whoever decides on retries knows."""
NOT_OFFERED: Final = "not_offered"
"""Not in euro, or of a legal entity that collects no debits."""
Mandates = dict[tuple[str, str], Mandate | None]


def announce(invoices: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """Begins to collect what is to be debited by files of our own: in flight from now on.

    What a frozen member owes is put on record and waits; what can't be debited has failed at once, with the reason.
    """
    own = {one.invoice_id: one for one in invoices if one.buyer.payment_provider == BY_FILE}
    begun = [payment for one in own.values() if (payment := scheduled(one, transaction.now)) is not None]
    frozen = frozen_among(PaymentFreeze, [payment.member_id for payment in begun], transaction)
    mandates = mandates_of(begun, transaction)
    for payment in begun:
        waiting = payment.but(next_at=None, method="direct_debit")
        if payment.member_id in frozen:
            transaction.put(waiting)
            task = AnnounceDebit(member_id=payment.member_id, payment_id=payment.id)
            transaction.later(task, transaction.now + LOOK_AGAIN)
        else:
            mandate = mandates[payment.member_id, payment.entity]
            _announce(waiting, mandate, own[payment.invoice_id].due_on, transaction)


def announce_debits(tasks: Sequence[AnnounceDebit], transaction: Transaction) -> None:
    """Announces the debits of what had to wait, and of further attempts that are planned or possible now."""
    payments = payments_by_id([task.payment_id for task in tasks], transaction)
    frozen = frozen_among(PaymentFreeze, [payment.member_id for payment in payments.values()], transaction)
    mandates = mandates_of(payments.values(), transaction)
    gone = _taken_back(payments.values(), transaction)
    payables = transaction.find_all(Payable, [payable_id_of(one.invoice_id) for one in payments.values()])
    owed = {one.id: owed_on(one, payable) for one, payable in zip(payments.values(), payables, strict=True)}
    for task in {task.payment_id: task for task in tasks}.values():
        payment = payments.get(task.payment_id)
        if payment is None or not owed[payment.id] or not _may_begin(payment, gone, anyway=task.anyway):
            continue
        if payment.member_id in frozen:
            transaction.later(task, transaction.now + LOOK_AGAIN)
            continue
        day = _planned(payment, task, transaction)
        mandate = mandates[payment.member_id, payment.entity]
        _announce(payment, mandate, day, transaction, owed[payment.id])


def collect_waiting(task: CollectWaiting, transaction: Transaction) -> None:
    """Announces what a member owes that waited for a mandate, and what those owe in whose place they go on."""
    former = [] if task.after else forerunners(task.member_id, transaction)
    page = transaction.select(Payment, limit=PAGE, after=task.after, member_id=task.member_id, state="failed")
    for payment in page:
        decision = payment.attempts[-1].decision
        waits = decision is not None and decision.action == "ask_mandate"
        if waits and payment.entity == task.entity and payment.provider == BY_FILE:
            transaction.later(AnnounceDebit(member_id=payment.member_id, payment_id=payment.id, anyway=True))
    for member_id in former:
        transaction.later(task.model_copy(update={"member_id": member_id}))
    if len(page) == PAGE:
        transaction.later(task.model_copy(update={"after": page[-1].id}))


def mandates_of(payments: Iterable[Payment], transaction: Transaction) -> Mandates:
    """Which mandate holds for each member and legal entity of these payments, or for who took their place.

    None where none does. Three reads for all.
    """
    keys = list(dict.fromkeys((one.member_id, one.entity) for one in payments))
    payers = present([member_id for member_id, _ in keys], transaction)
    debtors = transaction.find_all(Debtor, [debtor_id_of(payers[member_id], entity) for member_id, entity in keys])
    ids = [debtor.mandate_id if debtor else "" for debtor in debtors]
    found = transaction.find_all(Mandate, [one for one in ids if one])
    by_id = {mandate.id: mandate for mandate in found if mandate is not None}
    return {key: by_id.get(mandate_id) for key, mandate_id in zip(keys, ids, strict=True)}


def _planned(payment: Payment, task: AnnounceDebit, transaction: Transaction) -> date:
    """The first day that is right: as planned, and of a first attempt not before it is due."""
    days = [_today(payment, transaction)]
    days += [payment.next_at.date()] if payment.next_at else []
    days += [task.not_before] if task.not_before else []
    days += [payment.due_on] if payment.due_on and not payment.attempts else []
    return max(days)


def _taken_back(payments: Iterable[Payment], transaction: Transaction) -> set[str]:
    """Those whose last debit had been collected and came back."""
    names = [end_to_end_id(one.invoice_number, len(one.attempts)) for one in payments if one.attempts]
    found = transaction.find_all(Debit, [debit_id_of(name) for name in names])
    return {debit.payment_id for debit in found if debit is not None and debit.state == "returned"}


def _may_begin(payment: Payment, gone: set[str], *, anyway: bool) -> bool:
    if payment.settled or payment.provider != BY_FILE or len(payment.attempts) >= MOST_ATTEMPTS:
        return False
    return may_retry(payment) or (anyway and (payment.state == "failed" or payment.id in gone))


def _announce(
    payment: Payment, mandate: Mandate | None, not_before: date, transaction: Transaction, owed: int | None = None
) -> None:
    """The payment's next attempt: on its way from now on, or failed for want of a mandate."""
    means = f"{mandate.id}@{mandate.revision}" if mandate else ""
    begun = retried(payment.but(token=means), transaction.now, owed)
    number = len(begun.attempts)
    terms = terms_of(begun.entity)
    if terms is None or begun.currency != "EUR":
        _fail(begun, number, NOT_OFFERED, transaction)
        return
    again = number > 1 and mandate is not None and mandate.uses > 0
    notice = terms.again_notice_days if again else terms.notice_days
    if mandate is not None and mandate.notice_days is not None:
        notice = min(notice, mandate.notice_days)
    scheme = mandate.scheme if mandate else "CORE"
    collect_on = collection_day(begun.entity, scheme, not_before, notice, transaction.now)
    if mandate is None or not usable(mandate, collect_on):
        _fail(begun, number, NO_MANDATE, transaction)
        return
    debit = announced(begun, mandate, _today(begun, transaction), collect_on, notice)
    transaction.put(begun)
    transaction.put(debit)
    transaction.emit(_requested(begun, number))
    transaction.emit(told_announced(debit, mandate))


def _fail(payment: Payment, number: int, code: str, transaction: Transaction) -> None:
    held = {payment.id: payment}
    record(held, payment.id, number, Answer(outcome="failed", code=code), transaction, mandate="ended")


def _requested(payment: Payment, number: int) -> PaymentRequested:
    return PaymentRequested(
        member_id=payment.member_id,
        payment_id=payment.id,
        attempt=number,
        invoice_id=payment.invoice_id,
        invoice_number=payment.invoice_number,
        entity=payment.entity,
        amount_minor=payment.asked_in(number),
        currency=payment.currency,
        provider=payment.provider,
    )


def _today(payment: Payment, transaction: Transaction) -> date:
    seller = SELLERS.get(payment.entity)
    return day_in(seller.time_zone if seller else "UTC", transaction.now)
