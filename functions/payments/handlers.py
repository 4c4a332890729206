"""Collecting, recording what the provider said, and showing it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from common.dates import day_in
from common.documents import id_from
from common.events.invoicing import InvoiceIssued
from common.events.matching import CreditNoteApplied, ItemReopened, ItemSettled
from common.events.payments import PaymentFailed, PaymentReceived, PaymentRequested
from common.failures import Rejected
from common.parking import frozen_among
from common.parties import SELLERS
from common.transaction import Transaction
from common.world import World
from functions.payments.model import (
    FINAL_AFTER,
    LOOK_AGAIN,
    Answer,
    AskProvider,
    ChargeAttempt,
    Payment,
    PaymentFreeze,
    ProcessWebhook,
    RetryPayment,
    answered,
    followed,
    may_retry,
    next_question,
    order,
    payment_id_of,
    requested,
    retried,
    retry_at,
)
from functions.payments.requests import ByPayment, PaymentAnswer, PaymentPage, Search, Webhook, WebhookTaken

PROVIDER: Final = "stripe"
WEBHOOK_WAIT: Final = timedelta(minutes=5)
WEBHOOK_TRIES: Final = 6


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
    payments = _payments([task.payment_id for task in tasks], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        payment = _record(payments, task.payment_id, task.number, answer, transaction)
        _ask_later(payment, task.number, None, transaction)


def record_findings(tasks: Sequence[AskProvider], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what the provider knew of undecided attempts."""
    payments = _payments([task.payment_id for task in tasks], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        payment = _record(payments, task.payment_id, task.number, answer, transaction)
        _ask_later(payment, task.number, task, transaction)


def retry(tasks: Sequence[RetryPayment], transaction: Transaction) -> None:
    """Makes the next attempts that are still right; those of a frozen member wait."""
    payments = _payments([task.payment_id for task in tasks], transaction)
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


def take_webhook(given: Webhook, transaction: Transaction) -> WebhookTaken:
    """Takes a provider's webhook in; the commit record is the inbox, and the work is done later."""
    if given.intent_id:
        transaction.later(ProcessWebhook(event_id=given.event_id, type=given.type, intent_id=given.intent_id))
    return WebhookTaken()


def record_webhooks(tasks: Sequence[ProcessWebhook], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Moves payments towards what the provider says now, whatever the webhook said.

    Rejected `unknown_payment` where it is none of ours, `provider_silent` where the provider can't be asked.
    """
    ours = [answer.payment_id for answer in answers if answer.payment_id]
    payments = {payment.id: payment for payment in transaction.find_all(Payment, ours) if payment is not None}
    for task, answer in zip(tasks, answers, strict=True):
        if answer.outcome == "unknown" and not answer.provider_id:
            _look_later(task, transaction)
            continue
        payment = payments.get(answer.payment_id)
        number = payment.number_of(answer.attempt_id) if payment else 0
        if not number:
            raise Rejected("unknown_payment", f"{task.type} {task.event_id}: {task.intent_id} is no payment of ours")
        _record(payments, answer.payment_id, number, answer, transaction)


def show_payment(given: ByPayment, world: World) -> PaymentAnswer:
    """A payment with its attempts."""
    payment = world.read.find(Payment, given.payment_id)
    if payment is None:
        raise Rejected("not_found", "there is no such payment", status=404)
    return PaymentAnswer.of(payment)


def search_payments(given: Search, world: World) -> PaymentPage:
    """Payments of a member, of an invoice or in a state."""
    if given.invoice_id:
        payment = world.read.find(Payment, payment_id_of(given.invoice_id))
        return PaymentPage(items=[PaymentAnswer.of(payment)] if payment else [])
    equals = {name: value for name, value in (("member_id", given.member_id), ("state", given.state)) if value}
    found = world.read.select(Payment, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return PaymentPage(items=[PaymentAnswer.of(payment) for payment in found], next_page_token=following)


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
            provider=PROVIDER,
        )
    )
    transaction.later(order(payment, attempt.number))


def _try_later(payment: Payment, transaction: Transaction) -> None:
    task = RetryPayment(member_id=payment.member_id, payment_id=payment.id)
    transaction.later(task, transaction.now + LOOK_AGAIN)


def _payments(ids: Iterable[str], transaction: Transaction) -> dict[str, Payment]:
    """The payments by id, all read before anything is written; their tasks were committed with them."""
    found = transaction.find_all(Payment, list(dict.fromkeys(ids)))
    return {payment.id: payment for payment in found if payment is not None}


def _record(
    payments: dict[str, Payment], payment_id: str, number: int, answer: Answer, transaction: Transaction
) -> Payment:
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
        receipt_id=id_from("rcp", PROVIDER, answer.provider_id),
        source=PROVIDER,
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


def _ask_later(payment: Payment, number: int, asked: AskProvider | None, transaction: Transaction) -> None:
    following = next_question(payment, number, asked)
    if following is not None:
        task, wait = following
        transaction.later(task, transaction.now + wait)


def _look_later(task: ProcessWebhook, transaction: Transaction) -> None:
    if task.tries >= WEBHOOK_TRIES:
        raise Rejected("provider_silent", f"{task.event_id}: the provider does not answer about {task.intent_id}")
    again = task.model_copy(update={"tries": task.tries + 1})
    transaction.later(again, transaction.now + WEBHOOK_WAIT * 2**task.tries)
