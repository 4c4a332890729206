"""Collecting, and recording what the provider said of it."""

from collections.abc import Sequence

from common.events.invoicing import InvoiceIssued
from common.events.matching import CreditNoteApplied, ItemReopened, ItemSettled
from common.events.payments import PaymentRequested
from common.parking import frozen_among
from common.transaction import Transaction
from functions.payments.handlers.recording import payments_by_id, record
from functions.payments.model.asking import Answer
from functions.payments.model.payments import (
    LOOK_AGAIN,
    AskProvider,
    ChargeAttempt,
    Payment,
    PaymentFreeze,
    RetryPayment,
    followed,
    may_retry,
    next_question,
    order,
    payment_id_of,
    requested,
    retried,
)


def collect(invoices: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """Starts to collect what the buyer's method collects by itself: first on record, then at the provider.

    What a frozen member owes is put on record and waits.
    """
    members = [one.buyer.member_id for one in invoices if one.buyer.payment_method != "transfer"]
    frozen = frozen_among(PaymentFreeze, members, transaction)
    for invoice in invoices:
        payment = requested(invoice, transaction.now, waits=invoice.buyer.member_id in frozen)
        if payment is not None and payment.attempts:
            _send(payment, transaction)
        elif payment is not None:
            transaction.put(payment)
            _try_later(payment, transaction)


def record_charges(tasks: Sequence[ChargeAttempt], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what became of charges; an undecided one is asked for later."""
    payments = payments_by_id([task.payment_id for task in tasks], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        payment = record(payments, task.payment_id, task.number, answer, transaction)
        _ask_later(payment, task.number, None, transaction)


def record_findings(tasks: Sequence[AskProvider], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what the provider knew of undecided attempts."""
    payments = payments_by_id([task.payment_id for task in tasks], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        payment = record(payments, task.payment_id, task.number, answer, transaction)
        _ask_later(payment, task.number, task, transaction)


def retry(tasks: Sequence[RetryPayment], transaction: Transaction) -> None:
    """Makes the next attempts that are still right; those of a frozen member wait."""
    payments = payments_by_id([task.payment_id for task in tasks], transaction)
    frozen = frozen_among(PaymentFreeze, [payment.member_id for payment in payments.values()], transaction)
    for payment in payments.values():
        if may_retry(payment) and payment.member_id in frozen:
            _try_later(payment, transaction)
        elif may_retry(payment):
            _send(retried(payment, transaction.now), transaction)


def follow_items(news: Sequence[ItemSettled | ItemReopened | CreditNoteApplied], transaction: Transaction) -> None:
    """Notes what is still owed, by the newest news of each item; a further attempt asks for that, or is not made."""
    newest: dict[str, ItemSettled | ItemReopened | CreditNoteApplied] = {}
    for told in sorted(news, key=lambda told: told.item_version):
        newest[payment_id_of(told.invoice_id)] = told
    for payment in transaction.find_all(Payment, list(newest)):
        if payment is None or payment.state == "succeeded" or payment.item_version >= newest[payment.id].item_version:
            continue
        after = followed(payment, newest[payment.id])
        transaction.put(after)
        if payment.settled and may_retry(after):
            _try_later(after, transaction)


def _send(payment: Payment, transaction: Transaction) -> None:
    attempt = payment.attempts[-1]
    transaction.put(payment)
    transaction.emit(
        PaymentRequested(
            member_id=payment.member_id,
            payment_id=payment.id,
            attempt=attempt.number,
            invoice_id=payment.invoice_id,
            invoice_number=payment.invoice_number,
            entity=payment.entity,
            amount_minor=payment.asked_in(attempt.number),
            currency=payment.currency,
            provider=payment.provider,
        )
    )
    transaction.later(order(payment, attempt.number))


def _try_later(payment: Payment, transaction: Transaction) -> None:
    task = RetryPayment(member_id=payment.member_id, payment_id=payment.id)
    transaction.later(task, transaction.now + LOOK_AGAIN)


def _ask_later(payment: Payment, number: int, asked: AskProvider | None, transaction: Transaction) -> None:
    following = next_question(payment, number, asked)
    if following is not None:
        task, wait = following
        transaction.later(task, transaction.now + wait)
