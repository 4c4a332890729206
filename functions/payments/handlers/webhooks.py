"""Webhooks: on record before they are acknowledged, the truth fetched afterwards."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.failures import Rejected
from common.transaction import Transaction
from functions.payments.handlers.recording import payments_by_id, record
from functions.payments.model.asking import Answer
from functions.payments.model.payments import ProcessWebhook
from functions.payments.requests.webhooks import Webhook, WebhookTaken

WEBHOOK_WAIT: Final = timedelta(minutes=5)
WEBHOOK_TRIES: Final = 6


def take_webhook(given: Webhook, transaction: Transaction) -> WebhookTaken:
    """Takes a provider's webhook in; the commit record is the inbox, and the work is done later."""
    for notice in given.notices:
        if notice.about == "payment" and notice.provider_id:
            task = ProcessWebhook(
                event_id=notice.event_id, type=notice.type, intent_id=notice.provider_id, provider=given.provider
            )
            transaction.later(task)
    return WebhookTaken()


def record_webhooks(tasks: Sequence[ProcessWebhook], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Moves payments towards what the provider says now, whatever the webhook said.

    Rejected `unknown_payment` where it is none of ours, `provider_silent` where the provider can't be asked.
    """
    payments = payments_by_id([answer.payment_id for answer in answers if answer.payment_id], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        if answer.outcome == "unknown" and not answer.provider_id:
            _look_later(task, transaction)
            continue
        payment = payments.get(answer.payment_id)
        number = payment.number_of(answer.attempt_id) if payment else 0
        if not number:
            raise Rejected("unknown_payment", f"{task.type} {task.event_id}: {task.intent_id} is no payment of ours")
        record(payments, answer.payment_id, number, answer, transaction)


def _look_later(task: ProcessWebhook, transaction: Transaction) -> None:
    if task.tries >= WEBHOOK_TRIES:
        raise Rejected("provider_silent", f"{task.event_id}: the provider does not answer about {task.intent_id}")
    again = task.model_copy(update={"tries": task.tries + 1})
    transaction.later(again, transaction.now + WEBHOOK_WAIT * 2**task.tries)
