"""Which adapter speaks to which provider, made once a process from the settings."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from common.settings import Settings
from functions.payments.model.asking import ProviderName
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


def _gocardless(settings: Settings) -> Provider:
    from functions.payments.providers.gocardless import GoCardless

    return GoCardless(settings.gocardless_url, settings.gocardless_token)


def _adyen(settings: Settings) -> Provider:
    from functions.payments.providers.adyen import Adyen

    area, back = settings.adyen_area_url, settings.base_url
    return Adyen(settings.adyen_url, settings.adyen_key, settings.adyen_merchant, area_url=area, return_url=back)


def _mollie(settings: Settings) -> Provider:
    from functions.payments.providers.mollie import Mollie

    told_at = "" if settings.mollie_secrets.strip(" ,") else f"{settings.base_url}/webhooks/mollie"
    token = settings.mollie_access_token
    return Mollie(settings.mollie_url, settings.mollie_key, webhook_url=told_at, access_token=token)


MADE: dict[str, Callable[[Settings], Provider]] = {
    "stripe": _stripe,
    "adyen": _adyen,
    "gocardless": _gocardless,
    "mollie": _mollie,
}
"""Imported only when asked: an adapter costs a cold start what its imports cost."""
CREDENTIALS: Final[dict[ProviderName, str]] = {
    "stripe": "stripe_key", "adyen": "adyen_key", "gocardless": "gocardless_token", "mollie": "mollie_key"
}  # fmt: skip
"""The setting without which, or without whose address, a provider is not used."""


def in_use(settings: Settings) -> list[ProviderName]:
    """The providers that can be asked under these settings."""
    return [
        name
        for name, setting in CREDENTIALS.items()
        if name in MADE and getattr(settings, setting) and getattr(settings, f"{name}_url")
    ]
