"""Recording what a provider said of an attempt, and telling what has changed by it: once, whoever hears it first."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final, Literal

from common.dates import day_in
from common.documents import id_from
from common.events.payments import CollectionAnnounced, PaymentActionRequired, PaymentFailed, PaymentReceived
from common.parties import SELLERS
from common.transaction import Transaction
from functions.payments.finality import Rail, finality
from functions.payments.model.asking import Answer
from functions.payments.model.payments import BY_FILE, AnnounceCollection, Payment, RetryPayment, answered
from functions.payments.model.planning import MandateStanding, judged
from functions.payments.retries.brain import Action
from functions.payments.retries.policies import policy_on

NET_AHEAD: Final = timedelta(minutes=30)
"""So long before an attempt it is announced: what is there already is used first, and only the rest is asked for."""
WHYS: Final[dict[Action, Literal["authenticate", "new_method", "new_mandate"]]] = {
    "ask_authentication": "authenticate",
    "ask_method": "new_method",
    "ask_mandate": "new_mandate",
}


def payments_by_id(ids: Iterable[str], transaction: Transaction) -> dict[str, Payment]:
    """The payments by id, all read before anything is written; their tasks were committed with them."""
    found = transaction.find_all(Payment, list(dict.fromkeys(ids)))
    return {payment.id: payment for payment in found if payment is not None}


def record(
    payments: dict[str, Payment],
    payment_id: str,
    number: int,
    answer: Answer,
    transaction: Transaction,
    *,
    mandate: MandateStanding = "at_provider",
    rail: Rail | None = None,
) -> Payment:
    """The payment after an answer, in `payments` too; an answer that changes nothing writes nothing.

    `mandate` and `rail` are known of debits that are handed in as files: whether it holds, by which scheme.
    """
    before = payments[payment_id]
    after = judged(answered(before, number, answer, transaction.now, rail), number, mandate)
    if after is not before:
        payments[payment_id] = after
        transaction.put(after)
        _tell(before, after, number, answer, transaction)
    return after


def _tell(before: Payment, payment: Payment, number: int, answer: Answer, transaction: Transaction) -> None:
    """Tells of a change of state, which happens once: that is why money is told once."""
    state = payment.attempt(number).state
    if state == "succeeded":
        received = _received(payment, number, answer, today_of(payment, transaction.now))
        dropped = len(payment.attempts) + 1 if before.next_at is not None else 0
        transaction.emit(received.model_copy(update={"last_attempt": dropped}))
    elif state == "failed":
        tell_failed(payment, number, transaction)


def tell_failed(payment: Payment, number: int, transaction: Transaction) -> None:
    """Tells that an attempt failed, asks the member where only they can help, and plans the next one."""
    transaction.emit(_failed(payment, number))
    _ask_member(payment, number, transaction)
    if payment.attempt(number).decision is not None:
        plan(payment, transaction)


def plan(payment: Payment, transaction: Transaction) -> None:
    """Sees to it that the planned attempt is announced and made; one handed in as a file is planned where files are."""
    if payment.next_at is None or payment.provider == BY_FILE:
        return
    if payment.next_at - NET_AHEAD > transaction.now:
        task = AnnounceCollection(member_id=payment.member_id, payment_id=payment.id)
        transaction.later(task, payment.next_at - NET_AHEAD)
    else:
        announce(payment, transaction)


def announce(payment: Payment, transaction: Transaction) -> None:
    """Tells that the planned attempt is about to be made, and makes it then."""
    at = max(payment.next_at or transaction.now, transaction.now)
    transaction.emit(
        CollectionAnnounced(
            member_id=payment.member_id,
            payment_id=payment.id,
            attempt=len(payment.attempts) + 1,
            invoice_id=payment.invoice_id,
            invoice_number=payment.invoice_number,
            entity=payment.entity,
            currency=payment.currency,
            collects_at=at,
        )
    )
    transaction.later(RetryPayment(member_id=payment.member_id, payment_id=payment.id), at)


def _failed(payment: Payment, number: int) -> PaymentFailed:
    attempt = payment.attempt(number)
    return PaymentFailed(
        member_id=payment.member_id,
        payment_id=payment.id,
        attempt=number,
        invoice_id=payment.invoice_id,
        invoice_number=payment.invoice_number,
        amount_minor=payment.asked_in(number),
        currency=payment.currency,
        code=attempt.code,
        soft=attempt.soft,
        reason_class=attempt.decision.reason_class if attempt.decision else "",
        retry_at=payment.next_at if attempt.decision else None,
    )


def _ask_member(payment: Payment, number: int, transaction: Transaction) -> None:
    """Asks the member where only they can help, unless nothing is owed any more."""
    attempt = payment.attempt(number)
    if payment.settled or attempt.decision is None or attempt.decision.action not in WHYS:
        return
    today = today_of(payment, transaction.now)
    transaction.emit(
        PaymentActionRequired(
            member_id=payment.member_id,
            payment_id=payment.id,
            attempt=number,
            invoice_id=payment.invoice_id,
            invoice_number=payment.invoice_number,
            entity=payment.entity,
            amount_minor=payment.open_minor,
            currency=payment.currency,
            method=payment.method_of(number),
            provider=payment.provider_of(number),
            why=WHYS[attempt.decision.action],
            code=attempt.code,
            act_by=today + timedelta(days=policy_on(today).member_days),
        )
    )


def _received(payment: Payment, number: int, answer: Answer, today: date) -> PaymentReceived:
    final = finality(payment.rail_of(number), today)
    return PaymentReceived(
        member_id=payment.member_id,
        receipt_id=id_from("rcp", payment.provider_of(number), answer.provider_id),
        source=payment.provider_of(number),
        entity=payment.entity,
        amount_minor=answer.amount_minor or payment.asked_in(number),
        currency=payment.currency,
        received_on=today,
        invoice_number=payment.invoice_number,
        attempt=number,
        provider_id=answer.provider_id,
        text=answer.provider_id,
        final_on=final.final_on,
        ways_back=final.ways_back,
    )


def today_of(payment: Payment, now: datetime) -> date:
    """The calendar day where the legal entity is that is owed."""
    seller = SELLERS.get(payment.entity)
    return day_in(seller.time_zone if seller else "UTC", now)
