"""Adyen's minor units and ours: they differ for a few currencies."""

from typing import Final

_FACTORS: Final = {"ISK": 100}
"""Adyen gives the Icelandic krona two decimal places, ISO 4217 none since 2007
(https://docs.adyen.com/development-resources/currency-codes)."""


def theirs(amount_minor: int, currency: str) -> int:
    """Our minor units in Adyen's."""
    return amount_minor * _FACTORS.get(currency, 1)


def ours(value: int, currency: str) -> int:
    """Adyen's minor units in ours; ValueError for a part of one."""
    whole, rest = divmod(value, _FACTORS.get(currency, 1))
    if rest:
        raise ValueError(f"{value} {currency} is a part of a minor unit")
    return whole
