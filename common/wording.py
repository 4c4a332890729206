"""How one language counts and dates things, by the Unicode Common Locale Data Repository (Babel)."""

from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final

from common.money import EXPONENTS, decimal_text

REGIONS: Final = {
    "en": ("IE", "GB", "MT"), "de": ("DE", "AT", "CH", "LI", "LU", "BE"), "fr": ("FR", "BE", "CH", "LU"),
    "nl": ("NL", "BE"), "it": ("IT", "CH"), "es": ("ES",), "pl": ("PL",), "el": ("GR", "CY"), "bg": ("BG",),
}  # fmt: skip
"""The languages we write, each with the countries whose own habits we follow; the first one stands for all others."""


class Wording:
    """How one language counts and dates things; English where we don't speak it."""

    def __init__(self, language: str, country: str = "") -> None:
        self.language = language if language in REGIONS else "en"
        regions = REGIONS[self.language]
        self._locale = _locale(self.language, country if country in regions else regions[0])

    def day(self, day: date) -> str:
        """A day as people write it."""
        return _day(self._locale, day)

    def period(self, first: date, last: date) -> str:
        """The days from the first to the last; one alone where they are the same."""
        return self.day(first) if first == last else f"{self.day(first)} – {self.day(last)}"

    def country(self, code: str) -> str:
        """A country's name; its code where it has none."""
        return str(self._locale.territories.get(code, code))

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount with its currency by its ISO code, on the side where the language has it: `EUR 1,234.50`."""
        amount = self.amount(amount_minor, currency)
        before = self._locale.currency_formats["standard"].pattern.startswith("¤")
        return f"{currency}\u00a0{amount}" if before else f"{amount}\u00a0{currency}"

    def amount(self, amount_minor: int, currency: str) -> str:
        """An amount alone, exact: `1,234.50`."""
        exact = Decimal(decimal_text(amount_minor, currency))
        return _signed(_pattern(EXPONENTS[currency]).apply(exact, self._locale, decimal_quantization=False))

    def rate(self, basis_points: int) -> str:
        """A rate: `25.5%`, `25,5 %`."""
        percent = self._locale.percent_formats[None]
        return str(percent.apply(Decimal(basis_points) / 10_000, self._locale, decimal_quantization=False))

    def number(self, decimal: str) -> str:
        """A decimal with all its places: `0.9512`."""
        places = len(decimal.partition(".")[2])
        return _signed(_pattern(places).apply(Decimal(decimal), self._locale, decimal_quantization=False))


def _signed(shown: str) -> str:
    return shown.replace("-", "−")


@cache
def _locale(language: str, region: str) -> Any:
    from babel import Locale

    return Locale(language, region)


@cache
def _pattern(places: int) -> Any:
    from babel.numbers import parse_pattern

    return parse_pattern("#,##0" + ("." + "0" * places if places else ""))


@lru_cache(maxsize=4096)
def _day(locale: Any, day: date) -> str:
    from babel.dates import format_date

    return str(format_date(day, "medium", locale))
