"""How near a legal entity is to the EUR 10,000 a year from which consumers are taxed at their home (art. 59c)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from common.money import EXPONENTS
from functions.invoicing.model.manifests import GroupTotal

THRESHOLD_MINOR: Final = 1_000_000
"""EUR 10,000 without VAT in the current and in the calendar year before."""
ACROSS_BORDERS: Final = frozenset({"home_rate", "oss"})
"""Schemes of sales to consumers in other member states."""


@dataclass(frozen=True, slots=True)
class Distance:
    """Sales to consumers in other member states, in euro cents without VAT, and what is left of the threshold."""

    sold_minor: int
    left_minor: int
    """0 once it is reached: the One-Stop-Shop must be used from the sale that passed it (art. 59c(2))."""
    reached: bool
    unconverted: tuple[str, ...]
    """Currencies that no rate was given for: not in the sum."""


def distance(totals: Iterable[GroupTotal], per_euro: Mapping[str, str]) -> Distance:
    """How near a year's totals of an entity (of its runs, say) are; `per_euro` has units of a currency for a euro."""
    sold: dict[str, int] = {}
    for total in totals:
        if total.scheme in ACROSS_BORDERS:
            sold[total.currency] = sold.get(total.currency, 0) + total.base_minor
    rates = {"EUR": "1", **per_euro}
    euro = sum(_in_euro(minor, currency, rates[currency]) for currency, minor in sold.items() if currency in rates)
    unknown = tuple(sorted(sold.keys() - rates.keys()))
    return Distance(euro, max(0, THRESHOLD_MINOR - euro), euro > THRESHOLD_MINOR, unknown)


def _in_euro(amount_minor: int, currency: str, per_euro: str) -> int:
    """Rounded up: rather too near to the threshold than too far."""
    exact = Fraction(amount_minor, 10 ** EXPONENTS[currency]) / Fraction(per_euro) * 100
    return ceil(exact)
