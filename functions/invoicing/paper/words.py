"""How one language names, counts and dates things, by the Unicode Common Locale Data Repository (Babel)."""

import json
import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from common.money import EXPONENTS, decimal_text

HERE: Final = Path(__file__).parent
REGIONS: Final = {
    "en": ("IE", "GB", "MT"), "de": ("DE", "AT", "CH", "LI", "LU", "BE"), "fr": ("FR", "BE", "CH", "LU"),
    "nl": ("NL", "BE"), "it": ("IT", "CH"), "es": ("ES",), "pl": ("PL",), "el": ("GR", "CY"), "bg": ("BG",),
}  # fmt: skip
"""The languages we write, each with the countries whose own habits we follow; the first one stands for all others."""

UNPRINTABLE: Final = re.compile(
    "[^ -~\u00a0-\u02ff\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u04ff"
    "\u1e00-\u1eff\u200b\u2010-\u2027\u202f\u2030-\u2040\u20a0-\u20bf\u2190-\u2193\u2212]"
)
"""What the built-in font lacks, or what steers the text's direction; PDF/A allows no missing glyph."""
LONG: Final = 20
"""Letters of a word that may not fit a column."""
WIDE: Final = 12
"""The same where all of them are capitals or digits."""
_PARTS: Final = re.compile(r"(\S{6})(?=\S)")
BREAKS: Final = re.compile(r"[^\S\u00a0\u202f]+")
"""White space, but for what holds a number or an amount together."""


class Words:
    """How one language names, counts and dates things; English where we don't speak it."""

    def __init__(self, language: str, country: str = "") -> None:
        self.language = language if language in REGIONS else "en"
        regions = REGIONS[self.language]
        self._locale = _locale(self.language, country if country in regions else regions[0])
        self._texts = texts(self.language) | spoken_there(self.language, country)

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def get(self, name: str, otherwise: str) -> str:
        """A text, or something else where there is none of that name."""
        return self._texts.get(name, otherwise)

    def fill(self, name: str, **values: str) -> str:
        """A sentence with its gaps filled."""
        return self[name].format(**values)

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


def printable(value: Any) -> Any:
    """The same value with texts that can be set: on one line, strange characters as boxes."""
    if isinstance(value, str):
        return UNPRINTABLE.sub("□", unicodedata.normalize("NFC", BREAKS.sub(" ", value).strip()))
    if isinstance(value, dict):
        return {key: printable(part) for key, part in value.items()}
    return [printable(part) for part in value] if isinstance(value, list) else value


def breakable(text: str) -> str:
    """A text whose long words may go on in the next line; never for what is to be copied."""
    return " ".join(_PARTS.sub("\\1\u200b", word) if _is_long(word) else word for word in text.split(" "))


@cache
def texts(language: str) -> dict[str, str]:
    """Every label and sentence of a language we write."""
    found: dict[str, str] = json.loads((HERE / "texts" / f"{language}.json").read_text("utf-8"))
    return found


@cache
def spoken_there(language: str, country: str) -> dict[str, str]:
    """What is called something else in one of the language's countries: Swiss `MWST` for German `USt.`"""
    file = HERE / "texts" / f"{language}-{country}.json"
    found: dict[str, str] = json.loads(file.read_text("utf-8")) if (language, country) == ("de", "CH") else {}
    return found


@cache
def slip_texts(language: str) -> dict[str, str]:
    """The prescribed words of a Swiss payment part: German, French, Italian, and English for all others."""
    found: dict[str, dict[str, str]] = json.loads((HERE / "swiss.json").read_text("utf-8"))
    return found.get(language, found["en"])


def _is_long(word: str) -> bool:
    return len(word) > (WIDE if word == word.upper() else LONG)


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
