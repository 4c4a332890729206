"""What central banks published on a day, as it was recorded."""

from datetime import date

from common.documents import Document, id_from
from common.failures import Rejected
from functions.invoicing.tax.exchange import ExchangeRates, Source


class DayRates(Document):
    """The rates one source published on a day. Never changed: invoices were reckoned with them."""

    collection = "exchange_rates"

    source: Source
    on: date
    rates: dict[str, str]
    """By currency (ISO 4217): units for one euro (ECB), francs for one unit (BAZG)."""


def rates_id(source: Source, on: date) -> str:
    """The id of a day's rates."""
    return id_from("xr", source, on.isoformat())


def must_agree(source: Source, on: date, rates: dict[str, str], known: DayRates | None, shipped: ExchangeRates) -> None:
    """Rejected `rates_differ` (409) where other rates of that day are known: recorded, or shipped with the release."""
    before = {**(known.rates if known else {}), **shipped.of_day(source, on)}
    differing = sorted(code for code in rates.keys() & before.keys() if not _same(rates[code], before[code]))
    if differing:
        raise Rejected(
            "rates_differ", f"{source} of {on} is known with other rates of {', '.join(differing)}", status=409
        )


def with_recorded(rates: ExchangeRates, recorded: list[DayRates]) -> ExchangeRates:
    """Rates with what was recorded; what was known stays as it was."""
    return rates | {(one.source, one.on): one.rates for one in recorded}


def _same(one: str, other: str) -> bool:
    """Whether two decimals are one number: `4.40` and `4.4`."""
    return one == other or _digits(one) == _digits(other)


def _digits(decimal: str) -> tuple[str, str]:
    whole, _, part = decimal.partition(".")
    return whole.lstrip("0"), part.rstrip("0")
