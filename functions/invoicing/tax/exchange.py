"""VAT in the currency of the tax office, at the last rate published by the day of issue (Directive 2006/112, art. 91).

A document has one rate. The Union takes the European Central Bank's: between two other currencies, through the euro.
Switzerland takes the daily rate of its customs office (MWSTV art. 45), francs for one unit.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final, Literal

from common.events.invoicing import Exchange, VatTotal
from common.failures import Rejected
from common.money import EXPONENTS
from common.parties import Seller
from functions.invoicing.tax.territories import territory_of

Source = Literal["ECB", "BAZG"]
NAMES: Final[Mapping[Source, str]] = {
    "ECB": "European Central Bank, euro reference rate",
    "BAZG": "Bundesamt für Zoll und Grenzsicherheit, daily rate",
}
STALE: Final = timedelta(days=7)
"""No older rate is taken: banks are never closed so long."""
PLACES: Final = 10
"""Decimals of a rate that is worked out; VAT is reckoned with the rate as it is written."""

Published = Mapping[tuple[Source, date], Mapping[str, str]]
"""The rates of each day: by currency, a decimal each."""


class ExchangeRates:
    """Published rates, and what follows from them."""

    def __init__(self, published: Published) -> None:
        self._published = published

    def __or__(self, more: Published) -> "ExchangeRates":
        """These and more; what was known stays as it was."""
        days = more.keys() | self._published.keys()
        return ExchangeRates({day: {**more.get(day, {}), **self._published.get(day, {})} for day in days})

    def exchange(self, vat_minor: int, currency: str, into: str, on: date) -> Exchange:
        """VAT in another currency; Rejected `no_exchange_rate` where no rate is younger than a week on that day."""
        source = source_for(into)
        day = self._last(source, {currency, into}, on)
        rate = written(self._rate(source, day, currency, into))
        return Exchange(
            currency=into,
            rate=rate,
            on=day,
            source=NAMES[source],
            vat_minor=converted(vat_minor, rate, currency, into),
        )

    def of_day(self, source: Source, day: date) -> Mapping[str, str]:
        """What a source published that day; empty where nothing is known."""
        return self._published.get((source, day), {})

    def _last(self, source: Source, currencies: set[str], on: date) -> date:
        wanted = currencies - {HOME[source]}
        for day in days_back(on):
            if wanted <= self.of_day(source, day).keys():
                return day
        named = " and ".join(sorted(wanted))
        raise Rejected("no_exchange_rate", f"{source} rates of {named} from {on - STALE} to {on} are not known")

    def _rate(self, source: Source, day: date, currency: str, into: str) -> Fraction:
        rates = {HOME[source]: "1", **self.of_day(source, day)}
        if source == "ECB":
            return Fraction(rates[into]) / Fraction(rates[currency])
        return Fraction(rates[currency])


HOME: Final[Mapping[Source, str]] = {"ECB": "EUR", "BAZG": "CHF"}
"""The currency a source's rates are for."""


def source_for(currency: str) -> Source:
    """Whose rates a tax office with that currency takes."""
    return "BAZG" if currency == "CHF" else "ECB"


def days_back(on: date) -> list[date]:
    """The days whose rates may be taken, the latest first."""
    oldest = max(0, STALE.days if on.toordinal() > STALE.days else on.toordinal() - 1)
    return [on - timedelta(days=back) for back in range(oldest + 1)]


def tax_currency(seller: Seller, vat: Iterable[VatTotal]) -> str:
    """In which VAT is told to the tax office; what a seller outside the Union owes in it, in euro (art. 366)."""
    in_oss = any(total.scheme == "oss" for total in vat)
    return tax_currencies(seller)[-1] if in_oss else seller.vat_currency


def tax_currencies(seller: Seller) -> tuple[str, ...]:
    """The seller's currency for VAT; for one outside the Union also that of the One-Stop-Shop."""
    outside = territory_of(seller.address.country, seller.address.postcode).area != "EU"
    return (seller.vat_currency, "EUR") if outside else (seller.vat_currency,)


def converted(amount_minor: int, rate: str, currency: str, into: str) -> int:
    """An amount at a rate (units of `into` for one of `currency`), rounded half up (away from zero) once."""
    exact = Fraction(rate) * abs(amount_minor) * Fraction(10) ** (EXPONENTS[into] - EXPONENTS[currency])
    whole = _half_up(exact)
    return whole if amount_minor >= 0 else -whole


def written(rate: Fraction) -> str:
    """A rate as a decimal with at most ten places, rounded half up: `0.2270766157`."""
    scaled = _half_up(rate * 10**PLACES)
    whole, part = divmod(scaled, 10**PLACES)
    decimals = f"{part:0{PLACES}d}".rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)


@cache
def committed() -> ExchangeRates:
    """The rates this release was shipped with; later ones are recorded."""
    table = json.loads(Path(__file__).with_name("exchange_rates.json").read_text("utf-8"))
    return ExchangeRates({("ECB", date.fromisoformat(day)): rates for day, rates in table["ECB"].items()})


def _half_up(exact: Fraction) -> int:
    return int((2 * exact.numerator + exact.denominator) // (2 * exact.denominator))
