"""Webhooks: on record before they are acknowledged, each event worked on once, the truth fetched afterwards.

The commit record of a notification is the inbox, with a document for each event in it. An event that comes again,
in another notification or when the provider is polled, finds its document and does nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from common.failures import Rejected
from common.transaction import Transaction
from functions.payments.handlers.recording import payments_by_id, record
from functions.payments.handlers.recording_checkouts import known_checkouts, record_checkout
from functions.payments.model.asking import SET_UP, About, Answer, Notice, ProviderName
from functions.payments.model.webhooks import (
    WAITS,
    LookAtSetUp,
    ProcessWebhook,
    ProviderEvent,
    ReportEvent,
    Told,
    contradicts,
    event_key,
    heard,
    looking,
)
from functions.payments.requests.webhooks import Webhook, WebhookTaken

HANDLED: Final[frozenset[About]] = frozenset({"payment", "refund", "dispute", "payout", "set_up", "mandate"})
"""What a notice may be about to be worked on: whoever adds a function for a task of `model/webhooks.py` adds its word
here. What came before is kept, and worked on when it is told again (a poll looks back some hours)."""
UNREADABLE: Final = "unreadable"
"""See `webhooks/signed.py`."""


def take_webhook(given: Webhook, transaction: Transaction) -> WebhookTaken:
    """Takes a notification of Stripe's in: stored with the commit that acknowledges it; the work is done later."""
    take_in(given.provider, given.notices, "webhook", transaction)
    return WebhookTaken()


def take_adyen_webhook(given: Webhook, transaction: Transaction) -> WebhookTaken:
    """Takes a notification of Adyen's in, each of its items once."""
    return take_webhook(given, transaction)


def take_gocardless_webhook(given: Webhook, transaction: Transaction) -> WebhookTaken:
    """Takes a notification of GoCardless's in, up to 250 events, each once."""
    return take_webhook(given, transaction)


def take_mollie_webhook(given: Webhook, transaction: Transaction) -> WebhookTaken:
    """Takes a notification of Mollie's in: a hint to look, where it is not signed."""
    return take_webhook(given, transaction)


def take_in(
    provider: ProviderName,
    notices: Sequence[Notice],
    by: Told,
    transaction: Transaction,
    *,
    most: int | None = None,
) -> int:
    """Makes a task of each notice that has none, of so many at most; how many are left. Reads once, then writes."""
    keys = [event_key(provider, notice) for notice in notices]
    ids = list(dict.fromkeys(keys))
    known = dict(zip(ids, transaction.find_all(ProviderEvent, ids), strict=True))
    reused: set[str] = set()
    taken = left = 0
    for key, notice in zip(keys, notices, strict=True):
        event = known[key]
        if event is not None and contradicts(event, notice):
            if key not in reused:
                _report_reuse(event, notice, transaction)
            reused.add(key)
        elif event is None or not _is_done(event, notice):
            if most is not None and taken >= most:
                left += 1
                continue
            known[key] = _take(provider, event, notice, by, transaction)
            taken += 1
    return left


def _is_done(event: ProviderEvent, notice: Notice) -> bool:
    return notice.about in (event.worked if _is_work(notice) else event.topics)


def _is_work(notice: Notice) -> bool:
    return notice.about in HANDLED and bool(notice.provider_id)


def _take(
    provider: ProviderName, known: ProviderEvent | None, notice: Notice, by: Told, transaction: Transaction
) -> ProviderEvent:
    works = _is_work(notice)
    after = heard(known, provider, notice, by, transaction.now, works=works)
    transaction.put(after)
    if works:
        transaction.later(looking(provider, notice))
    elif notice.type == UNREADABLE:
        _report(provider, notice.event_id, "event_unreadable", "nothing can be made of it", transaction)
    return after


def _report_reuse(known: ProviderEvent, notice: Notice, transaction: Transaction) -> None:
    """The first that was told under an id is kept; that it was told otherwise later, somebody is to know."""
    said = f"told as {known.type} about {known.provider_id}, now otherwise as {notice.type} {notice.provider_id}"
    _report(known.provider, notice.event_id, "event_id_reused", said, transaction)


def _report(provider: ProviderName, event_id: str, code: str, detail: str, transaction: Transaction) -> None:
    transaction.later(ReportEvent(provider=provider, event_id=event_id, code=code, detail=detail))


def report_event(task: ReportEvent, transaction: Transaction) -> None:  # noqa: ARG001 - the port
    """Parks what people are to look at: Rejected with the task's own code."""
    raise Rejected(task.code, f"{task.provider} {task.event_id}: {task.detail}")


def record_webhooks(tasks: Sequence[ProcessWebhook], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Moves payments towards what the provider says now, whatever the webhook said.

    What is not known yet is looked at again. Rejected `unknown_payment` where it stays none of ours,
    `provider_silent` where the provider can't be asked.
    """
    payments = payments_by_id(_payment_ids(answers), transaction)
    checkouts = known_checkouts(_payment_ids(answers), transaction)
    for task, answer in zip(tasks, answers, strict=True):
        payment = payments.get(answer.payment_id)
        number = payment.number_of(answer.attempt_id) if payment else 0
        if answer.outcome == "skipped":
            _look_at_set_up(task, answer, transaction)
            continue
        if answer.outcome == "unknown" and not answer.provider_id:
            _look_later(task, answer, "provider_silent", "the provider does not answer about", transaction)
        elif not number and not record_checkout(answer, checkouts, transaction):
            _look_later(task, answer, "unknown_payment", "we know no payment of", transaction)
        elif number:
            record(payments, answer.payment_id, number, answer, transaction)


def _payment_ids(answers: Iterable[Answer]) -> list[str]:
    return [answer.payment_id for answer in answers if answer.payment_id]


def _look_at_set_up(task: ProcessWebhook, answer: Answer, transaction: Transaction) -> None:
    """Where a provider sets methods up by payments (Mollie), what was told of as one is looked at as what it is."""
    if answer.code == SET_UP:
        looked = LookAtSetUp(
            provider=task.provider, provider_id=answer.provider_id, event_id=task.event_id, type=task.type
        )
        transaction.later(looked)


def _look_later(task: ProcessWebhook, answer: Answer, code: str, why: str, transaction: Transaction) -> None:
    if task.tries >= len(WAITS[code]):
        raise Rejected(code, f"{task.provider} {task.type} {task.event_id}: {why} {task.intent_id}")
    wait = max(WAITS[code][task.tries], timedelta(seconds=answer.retry_after_s))
    transaction.later(task.model_copy(update={"tries": task.tries + 1}), transaction.now + wait)
