"""Asking payment providers what is to be done and what has been done; several at once, an answer for each."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from common.world import World
from functions.payments.model.asking import ONLY_TOLD, Answer
from functions.payments.model.payments import UNDECIDED, AskProvider, ChargeAttempt, Payment, order
from functions.payments.model.webhooks import ProcessWebhook
from functions.payments.providers.choosing import provider_named
from functions.payments.providers.circuit import circuit_of
from functions.payments.providers.port import Provider

T = TypeVar("T")
R = TypeVar("R")
Chosen = Callable[[str], Provider]
"""The provider of a name."""
AT_ONCE: Final = 8
SAFE_DELAY: Final = timedelta(minutes=5)
"""A provider's search lags behind; younger than this, `not found` proves nothing."""


def charge(tasks: Sequence[ChargeAttempt], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """Asks the providers to collect."""
    named = chosen or provider_named(world.settings)
    now = world.now
    return at_once(lambda task: _through(named(task.provider), now, lambda one: _charged(one, task, now)), tasks)


def find_out(tasks: Sequence[AskProvider], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """Asks what became of attempts; one the provider has never seen is sent again, under the same key."""
    named = chosen or provider_named(world.settings)
    payments = world.read.find_all(Payment, [task.payment_id for task in tasks])
    pairs = list(zip(tasks, payments, strict=True))
    now = world.now
    return at_once(lambda pair: _found_out(named, *pair, now), pairs)


def look_up(tasks: Sequence[ProcessWebhook], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """The provider's present word on the payments that webhooks are about."""
    named = chosen or provider_named(world.settings)
    now = world.now
    return at_once(
        lambda task: task.said or _through(named(task.provider), now, lambda one: _looked_up(one, task)), tasks
    )


def at_once(ask: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """The answers to all, several asked at a time."""
    from concurrent.futures import ThreadPoolExecutor

    if len(things) == 1:
        return [ask(things[0])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, things))


def _through(provider: Provider, now: datetime, ask: Callable[[Provider], Answer]) -> Answer:
    """The answer of a provider that is up; one that is down is not asked by every task."""
    return circuit_of(provider).ask(lambda: ask(provider), now)


def _looked_up(provider: Provider, task: ProcessWebhook) -> Answer:
    answer = provider.get(task.intent_id)
    if answer.outcome == "not_found" and task.attempt_id and provider.searchable:
        return provider.search(task.attempt_id)
    return answer


def _charged(provider: Provider, task: ChargeAttempt, now: datetime) -> Answer:
    if now - task.sent_at < provider.key_life:
        return provider.charge(task)
    return _searched(provider, task, now)


def _searched(provider: Provider, wanted: ChargeAttempt, now: datetime) -> Answer:
    """Providers forget an idempotency key (Stripe after 24 hours): from then on we look before we send.

    One that can't be searched answers the same request as before, as long as it has not forgotten.
    """
    if not provider.searchable:
        repeats = now - wanted.sent_at < provider.key_life
        return provider.charge(wanted) if repeats else Answer(outcome="unknown", code=ONLY_TOLD)
    answer = provider.search_for(wanted)
    if answer.outcome == "not_found" and now - wanted.sent_at >= SAFE_DELAY:
        return provider.charge(wanted)
    return answer


def _found_out(named: Chosen, task: AskProvider, payment: Payment | None, now: datetime) -> Answer:
    if payment is None or payment.attempt(task.number).state not in UNDECIDED:
        return Answer(outcome="skipped")
    provider = named(payment.provider_of(task.number))
    return _through(provider, now, lambda one: _found(one, task.number, payment, now))


def _found(provider: Provider, number: int, payment: Payment, now: datetime) -> Answer:
    """What became of an attempt; where nothing is owed any more, one that was never seen is not sent again."""
    attempt, wanted = payment.attempt(number), order(payment, number)
    if attempt.provider_id:
        return provider.get(attempt.provider_id)
    if not payment.settled:
        return _searched(provider, wanted, now)
    if not provider.searchable:
        return Answer(outcome="unknown", code=ONLY_TOLD)
    answer = provider.search_for(wanted)
    return Answer(outcome="failed", code="not_needed") if answer.outcome == "not_found" else answer
