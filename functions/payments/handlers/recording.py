"""Recording what a provider said of an attempt, and telling what has changed by it: once, whoever hears it first."""

from collections.abc import Iterable
from datetime import date

from common.dates import day_in
from common.documents import id_from
from common.events.payments import PaymentFailed, PaymentReceived
from common.parties import SELLERS
from common.transaction import Transaction
from functions.payments.model.asking import Answer
from functions.payments.model.payments import FINAL_AFTER, Payment, RetryPayment, answered, may_retry, retry_at


def payments_by_id(ids: Iterable[str], transaction: Transaction) -> dict[str, Payment]:
    """The payments by id, all read before anything is written; their tasks were committed with them."""
    found = transaction.find_all(Payment, list(dict.fromkeys(ids)))
    return {payment.id: payment for payment in found if payment is not None}


def record(
    payments: dict[str, Payment], payment_id: str, number: int, answer: Answer, transaction: Transaction
) -> Payment:
    """The payment after an answer, in `payments` too; an answer that changes nothing writes nothing."""
    before = payments[payment_id]
    after = answered(before, number, answer)
    if after is not before:
        payments[payment_id] = after
        transaction.put(after)
        _tell(after, number, answer, transaction)
    return after


def _tell(payment: Payment, number: int, answer: Answer, transaction: Transaction) -> None:
    """Tells of a change of state, which happens once: that is why money is told once."""
    attempt = payment.attempt(number)
    if attempt.state == "succeeded":
        transaction.emit(_received(payment, number, answer, _today(payment, transaction)))
    elif attempt.state == "failed":
        transaction.emit(
            PaymentFailed(
                member_id=payment.member_id,
                payment_id=payment.id,
                attempt=number,
                invoice_id=payment.invoice_id,
                invoice_number=payment.invoice_number,
                amount_minor=payment.asked_in(number),
                currency=payment.currency,
                code=attempt.code,
                soft=attempt.soft,
            )
        )
        if may_retry(payment):
            task = RetryPayment(member_id=payment.member_id, payment_id=payment.id)
            transaction.later(task, retry_at(transaction.now))


def _received(payment: Payment, number: int, answer: Answer, today: date) -> PaymentReceived:
    return PaymentReceived(
        member_id=payment.member_id,
        receipt_id=id_from("rcp", payment.provider, answer.provider_id),
        source=payment.provider,
        entity=payment.entity,
        amount_minor=answer.amount_minor or payment.asked_in(number),
        currency=payment.currency,
        received_on=today,
        invoice_number=payment.invoice_number,
        attempt=number,
        text=answer.provider_id,
        final_on=today + FINAL_AFTER[payment.method],
    )


def _today(payment: Payment, transaction: Transaction) -> date:
    seller = SELLERS.get(payment.entity)
    return day_in(seller.time_zone if seller else "UTC", transaction.now)
