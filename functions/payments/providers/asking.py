"""Asking payment providers what is to be done and what has been done; several at once, an answer for each."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from common.world import World
from functions.payments.model.asking import Answer
from functions.payments.model.payments import UNDECIDED, AskProvider, ChargeAttempt, Payment, ProcessWebhook, order
from functions.payments.providers.choosing import provider_named
from functions.payments.providers.port import Provider

T = TypeVar("T")
R = TypeVar("R")
Chosen = Callable[[str], Provider]
"""The provider of a name."""
AT_ONCE: Final = 8
KEY_LIFE: Final = timedelta(hours=23)
"""Providers forget an idempotency key (Stripe after 24 hours): from then on we look before we send."""
SAFE_DELAY: Final = timedelta(minutes=5)
"""A provider's search lags behind; younger than this, `not found` proves nothing."""


def charge(tasks: Sequence[ChargeAttempt], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """Asks the providers to collect."""
    named = chosen or provider_named(world.settings)
    return at_once(lambda task: _charged(named(task.provider), task, world.now), tasks)


def find_out(tasks: Sequence[AskProvider], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """Asks what became of attempts; one the provider has never seen is sent again, under the same key."""
    named = chosen or provider_named(world.settings)
    payments = world.read.find_all(Payment, [task.payment_id for task in tasks])
    pairs = list(zip(tasks, payments, strict=True))
    return at_once(lambda pair: _found_out(named, *pair, world.now), pairs)


def look_up(tasks: Sequence[ProcessWebhook], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """The provider's present word on the payments that webhooks are about."""
    named = chosen or provider_named(world.settings)
    return at_once(lambda task: named(task.provider).get(task.intent_id), tasks)


def at_once(ask: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """The answers to all, several asked at a time."""
    from concurrent.futures import ThreadPoolExecutor

    if len(things) == 1:
        return [ask(things[0])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, things))


def _charged(provider: Provider, task: ChargeAttempt, now: datetime) -> Answer:
    if now - task.sent_at < KEY_LIFE:
        return provider.charge(task)
    return _searched(provider, task, now)


def _searched(provider: Provider, wanted: ChargeAttempt, now: datetime) -> Answer:
    answer = provider.search(wanted.attempt_id)
    if answer.outcome == "not_found" and now - wanted.sent_at >= SAFE_DELAY:
        return provider.charge(wanted)
    return answer


def _found_out(named: Chosen, task: AskProvider, payment: Payment | None, now: datetime) -> Answer:
    if payment is None or payment.attempt(task.number).state not in UNDECIDED:
        return Answer(outcome="skipped")
    attempt, provider = payment.attempt(task.number), named(payment.provider)
    if attempt.provider_id:
        return provider.get(attempt.provider_id)
    if not payment.settled:
        return _searched(provider, order(payment, task.number), now)
    answer = provider.search(attempt.id)
    return Answer(outcome="failed", code="not_needed") if answer.outcome == "not_found" else answer
