"""Recording what central banks publish, and finding the rates that an invoice is reckoned with."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from common.dates import day_in
from common.failures import Rejected
from common.parties import Seller
from common.transaction import Reader, Transaction
from common.world import World
from functions.invoicing.model.exchange_rates import DayRates, must_agree, rates_id, with_recorded
from functions.invoicing.requests.exchange_rates import RatesAnswer, RecordRates, ShowRates
from functions.invoicing.tax.exchange import (
    HOME,
    ExchangeRates,
    Source,
    committed,
    days_back,
    source_for,
    tax_currencies,
)

ZONE: Final = "Europe/Berlin"
"""Where both sources publish their rates, in the afternoon and at night."""


def record_rates(given: RecordRates, transaction: Transaction) -> RatesAnswer:
    """Record a day's exchange rates, once; the same ones again change nothing."""
    if given.on > day_in(ZONE, transaction.now):
        raise Rejected("rates_of_the_future", f"nobody has published rates of {given.on} yet")
    if HOME[given.source] in given.rates:
        raise Rejected("rate_of_home_currency", f"{given.source} has no rate of {HOME[given.source]}: it is one")
    known = transaction.find(DayRates, rates_id(given.source, given.on))
    must_agree(given.source, given.on, given.rates, known, committed())
    if known is None:
        known = DayRates(id=rates_id(given.source, given.on), source=given.source, on=given.on, rates=given.rates)
        transaction.put(known)
    elif given.rates.keys() - known.rates.keys():
        known = known.but(rates={**given.rates, **known.rates})
        transaction.put(known)
    return RatesAnswer(source=known.source, on=known.on, rates={**known.rates})


def show_rates(asked: ShowRates, world: World) -> RatesAnswer:
    """The last exchange rates published by a day, up to a week before."""
    rates = _rates([asked.source], asked.on, world.read)
    for day in days_back(asked.on):
        if found := rates.of_day(asked.source, day):
            return RatesAnswer(source=asked.source, on=day, rates=dict(found))
    raise Rejected("not_found", f"no {asked.source} rates up to {asked.on} are known", status=404)


def rates_for(seller: Seller, currencies: Iterable[str], on: date, reader: Reader | Transaction) -> ExchangeRates:
    """The rates that documents of a seller in these currencies, issued on that day, may need; one round trip at most.

    Nothing is read where the release was shipped with that day's rates, or none is needed.
    """
    wanted = {(source_for(into), code) for into in tax_currencies(seller) for code in currencies if code != into}
    shipped = committed()
    if all(code == HOME[source] or code in shipped.of_day(source, on) for source, code in wanted):
        return shipped
    return _rates(sorted({source for source, _ in wanted}), on, reader)


def _rates(sources: list[Source], on: date, reader: Reader | Transaction) -> ExchangeRates:
    ids = [rates_id(source, day) for source in sources for day in days_back(on)]
    return with_recorded(committed(), [one for one in reader.find_all(DayRates, ids) if one])
