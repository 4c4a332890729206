"""What callers send and are told of exchange rates."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from common.functions.routes import Input, Output
from common.money import Currency
from functions.invoicing.tax.exchange import Source


def _positive(decimal: str) -> str:
    if not decimal.strip("0."):
        raise ValueError("a rate is greater than nothing")
    return decimal


Decimal = Annotated[
    str, Field(pattern=r"^\d{1,9}(\.\d{1,10})?$", max_length=20, examples=["4.4038"]), AfterValidator(_positive)
]


class RecordRates(Input):
    """What a source published on a day; by currency, units for one euro (ECB) or francs for one unit (BAZG)."""

    source: Source
    on: date
    rates: Annotated[dict[Currency, Decimal], Field(min_length=1, max_length=100)]


class ShowRates(Input):
    """The rates that an invoice of that day is reckoned with."""

    source: Source = "ECB"
    on: date


class RatesAnswer(Output):
    """A day's rates."""

    source: Source
    on: date
    """The day they were published, up to a week before the one asked for."""
    rates: dict[str, str]
