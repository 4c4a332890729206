"""Which adapter speaks to which provider, made once a process from the settings."""

from collections.abc import Callable
from functools import lru_cache

from common.settings import Settings
from functions.payments.providers.port import Provider


def provider_named(settings: Settings) -> Callable[[str], Provider]:
    """The provider of a name under these settings; one connection pool each a process. KeyError where there is none."""
    return lambda name: _made(name, settings)


@lru_cache(maxsize=16)
def _made(name: str, settings: Settings) -> Provider:
    return MADE[name](settings)


def _stripe(settings: Settings) -> Provider:
    from functions.payments.providers.stripe import Stripe

    return Stripe(settings.stripe_url, settings.stripe_key)


MADE: dict[str, Callable[[Settings], Provider]] = {"stripe": _stripe}
"""Imported only when asked: an adapter costs a cold start what its imports cost."""
