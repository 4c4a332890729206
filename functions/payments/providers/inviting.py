"""Asking payment providers for the page on which a member pays, and what became of it."""

from collections.abc import Callable, Sequence
from typing import Final

from common.links import address_of
from common.world import World
from functions.payments.model.asking import Answer, SetUp
from functions.payments.model.checkouts import (
    Checkout,
    ClosePage,
    InviteMember,
    LookAtCheckout,
    Looked,
    PageGiven,
    invitation_of,
)
from functions.payments.providers.asking import at_once
from functions.payments.providers.choosing import provider_named
from functions.payments.providers.port import NOT_OFFERED, Provider

Chosen = Callable[[str], Provider]
NOT_MADE: Final = PageGiven(outcome="failed", code=NOT_OFFERED)


def invite(tasks: Sequence[InviteMember], world: World, chosen: Chosen | None = None) -> list[PageGiven]:
    """The page of the first provider that offers the method; the same for the same checkout."""
    named = chosen or provider_named(world.settings)
    checkouts = world.read.find_all(Checkout, [task.checkout_id for task in tasks])
    return at_once(lambda checkout: _invited(named, checkout, world), checkouts)


def look(tasks: Sequence[LookAtCheckout], world: World, chosen: Chosen | None = None) -> list[Looked]:
    """What became of checkouts: of their money, and of the method that was to be kept."""
    named = chosen or provider_named(world.settings)
    checkouts = world.read.find_all(Checkout, [task.checkout_id for task in tasks])
    return at_once(lambda checkout: _looked(named, checkout), checkouts)


def close(tasks: Sequence[ClosePage], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """Closes pages on which nobody is to pay any more; one that nobody gave is closed."""
    named = chosen or provider_named(world.settings)
    checkouts = world.read.find_all(Checkout, [task.checkout_id for task in tasks])
    return at_once(lambda checkout: _closed(named, checkout), checkouts)


def _closed(named: Chosen, checkout: Checkout | None) -> Answer:
    if checkout is None or not checkout.page_id or checkout.state in {"succeeded", "processing", "expired"}:
        return Answer(outcome="skipped")
    return named(checkout.provider).close_page(checkout.page_id)


def _invited(named: Chosen, checkout: Checkout | None, world: World) -> PageGiven:
    if checkout is None or checkout.state not in {"open", "unknown"}:
        return PageGiven(outcome="skipped")
    settings = world.settings
    address = address_of(settings.base_url, checkout.link_id, settings.link_secrets)
    wanted = invitation_of(checkout, f"{address}/checkouts/{checkout.id}/back")
    for name in checkout.providers:
        try:
            provider = named(name)
        except KeyError:
            continue
        answer = provider.invite(wanted)
        if (answer.outcome, answer.code) != ("failed", NOT_OFFERED):
            return PageGiven(provider=name, **answer.model_dump())
    return NOT_MADE


def _looked(named: Chosen, checkout: Checkout | None) -> Looked:
    if checkout is None or not checkout.page_id:
        return Looked(answer=Answer(outcome="skipped"))
    provider = named(checkout.provider)
    if checkout.kind == "set_up":
        set_up = provider.get_set_up(checkout.page_id)
        outcome = "unknown" if set_up.outcome == "processing" else set_up.outcome
        told = Answer(outcome=outcome, provider_id=set_up.provider_id, code=set_up.code)
        return Looked(answer=told, set_up=set_up)
    answer = _money(provider, checkout)
    return Looked(answer=answer, set_up=_kept(provider, checkout, answer))


def _money(provider: Provider, checkout: Checkout) -> Answer:
    """By the payment's id where we know it, else by the page's, which is the payment's at some providers."""
    if checkout.provider_id:
        return provider.get(checkout.provider_id)
    answer = provider.get(checkout.page_id)
    return provider.search(checkout.attempt_id) if answer.outcome == "not_found" and provider.searchable else answer


def _kept(provider: Provider, checkout: Checkout, answer: Answer) -> SetUp | None:
    paid = answer.outcome == "succeeded" or checkout.state == "succeeded"
    return provider.get_set_up(checkout.page_id) if paid and checkout.keep_method and not checkout.kept else None
