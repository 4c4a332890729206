"""Asking providers to give money back, and what became of it."""

from collections.abc import Sequence
from datetime import datetime

from common.world import World
from functions.payments.model.asking import Answer
from functions.payments.model.refunds import UNDECIDED, AskRefund, Refund, SendRefund, order
from functions.payments.model.webhooks import LookAtRefund
from functions.payments.providers.asking import SAFE_DELAY, Chosen, at_once
from functions.payments.providers.choosing import provider_named
from functions.payments.providers.port import Provider


def send(tasks: Sequence[SendRefund], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """Asks the providers to give money back; the same order again gives it back once."""
    named = chosen or provider_named(world.settings)
    return at_once(lambda task: _sent(named(task.provider), task, world.now), tasks)


def find_out(tasks: Sequence[AskRefund], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """Asks what became of refunds; an order the provider has never seen is sent again."""
    named = chosen or provider_named(world.settings)
    refunds = world.read.find_all(Refund, [task.refund_id for task in tasks])
    pairs = list(zip(tasks, refunds, strict=True))
    return at_once(lambda pair: _found_out(named, *pair, world.now), pairs)


def look_at(tasks: Sequence[LookAtRefund], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """The providers' present word on refunds; what a signed notice said where a provider can't be asked."""
    named = chosen or provider_named(world.settings)
    return at_once(lambda task: task.said or named(task.provider).get_refund(task.provider_id), tasks)


def _sent(provider: Provider, task: SendRefund, now: datetime) -> Answer:
    if now - task.sent_at < provider.key_life:
        return provider.refund(task.order)
    answer = provider.search_refund(task.order) if provider.searchable else Answer(outcome="unknown", code="only_told")
    return provider.refund(task.order) if answer.outcome == "not_found" else answer


def _found_out(named: Chosen, task: AskRefund, refund: Refund | None, now: datetime) -> Answer:
    asked = refund is not None and refund.state in UNDECIDED and refund.tries == task.tries
    if refund is None or not asked or refund.way == "transfer":
        return Answer(outcome="skipped")
    provider = named(refund.way)
    if refund.provider_id:
        return provider.get_refund(refund.provider_id)
    sent_at = refund.sent_at or now
    if not provider.searchable:
        young = now - sent_at < provider.key_life
        return provider.refund(order(refund)) if young else Answer(outcome="unknown", code="only_told")
    answer = provider.search_refund(order(refund))
    if answer.outcome == "not_found" and now - sent_at >= SAFE_DELAY:
        return provider.refund(order(refund))
    return answer
