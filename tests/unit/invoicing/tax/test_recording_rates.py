"""Exchange rates are recorded once, found by the day, and let a bill through that waited for them."""

from datetime import UTC, date, datetime

import pytest

from common.failures import Rejected
from functions.invoicing.handlers import runs
from functions.invoicing.handlers.exchange_rates import rates_for, record_rates, show_rates
from functions.invoicing.model.exchange_rates import DayRates
from functions.invoicing.model.invoices import Invoice, seller_of
from functions.invoicing.model.manifests import Page
from functions.invoicing.requests.exchange_rates import RatesAnswer, RecordRates, ShowRates
from functions.invoicing.requests.runs import ChangeRun
from functions.invoicing.tax.exchange import committed
from tests.kit import Platform
from tests.unit.invoicing.given import billed, buyer, changed, charge, start

TODAY = date(2026, 12, 1)


def platform() -> Platform:
    """On 1 December 2026: the rates shipped end a month before."""
    return Platform("invoicing", start=datetime(2026, 12, 1, 12, tzinfo=UTC))


def record(here: Platform, on: date = TODAY, source: str = "ECB", **rates: str) -> RatesAnswer:
    given = RecordRates.model_validate({"source": source, "on": on, "rates": rates})
    return RatesAnswer.model_validate(here.do(record_rates, given))


def test_recorded_rates_are_found_for_a_week() -> None:
    here = platform()
    record(here, PLN="4.41", SEK="11")
    found = show_rates(ShowRates(on=date(2026, 12, 8)), here.runtime.world)
    assert (found.on, found.rates) == (TODAY, {"PLN": "4.41", "SEK": "11"})
    with pytest.raises(Rejected, match="not_found"):
        show_rates(ShowRates(on=date(2026, 12, 9)), here.runtime.world)


def test_the_rates_shipped_are_found_without_being_recorded() -> None:
    assert show_rates(ShowRates(on=date(2026, 10, 31)), platform().runtime.world).on == date(2026, 10, 30)


def test_the_same_rates_again_change_nothing_and_more_currencies_are_added() -> None:
    here = platform()
    record(here, PLN="4.40")
    record(here, PLN="4.4")
    assert [one.version for one in here.all(DayRates)] == [1]
    assert record(here, SEK="11").rates == {"PLN": "4.40", "SEK": "11"}


def test_other_rates_of_a_known_day_are_refused_recorded_or_shipped() -> None:
    here = platform()
    record(here, PLN="4.40")
    with pytest.raises(Rejected, match="rates_differ"):
        record(here, PLN="4.41")
    with pytest.raises(Rejected, match="rates_differ"):
        record(here, date(2026, 10, 30), PLN="4.41")
    assert record(here, date(2026, 10, 30), PLN="4.4038").on == date(2026, 10, 30)


def test_rates_of_tomorrow_and_of_the_home_currency_are_refused() -> None:
    with pytest.raises(Rejected, match="rates_of_the_future"):
        record(platform(), date(2026, 12, 2), PLN="4.40")
    with pytest.raises(Rejected, match="rate_of_home_currency"):
        record(platform(), EUR="1")


@pytest.mark.parametrize("rate", ["0", "0.000", "-1", "1e3", "NaN", "1,5", "", ".5", "1.", "12345678901"])
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="PLN"):
        RecordRates.model_validate({"source": "ECB", "on": TODAY, "rates": {"PLN": rate}})


def test_nothing_is_read_where_no_rate_is_needed_or_the_day_was_shipped() -> None:
    here = platform()
    before = here.engine.counts.reads
    assert rates_for(seller_of("MP"), ["EUR"], TODAY, here.read) is committed()
    assert rates_for(seller_of("MP"), ["EUR", "PLN"], date(2026, 10, 30), here.read) is committed()
    assert here.engine.counts.reads == before
    rates_for(seller_of("MP"), ["PLN"], TODAY, here.read)
    assert here.engine.counts.reads > before


def test_a_swiss_entity_asks_its_own_source_too() -> None:
    here = platform()
    record(here, source="BAZG", EUR="0.93")
    rates = rates_for(seller_of("MS"), ["EUR", "CHF"], TODAY, here.read)
    assert rates.exchange(1_000, "EUR", "CHF", TODAY).vat_minor == 930


def test_a_bill_without_a_rate_waits_and_goes_out_once_it_is_recorded() -> None:
    here = platform()
    here.tell(changed(buyer(country="PL")))
    here.tell(charge("a", 10_000, currency="PLN"))
    waiting = start(here)
    assert [skipped.reason for page in here.all(Page) for skipped in page.skipped] == ["no_exchange_rate"]
    here.do(runs.cancel_run, ChangeRun(run_id=waiting.id, reason="no rates"))
    record(here, PLN="4.00")
    billed(here)
    assert [invoice.exchange.rate for invoice in here.all(Invoice)] == ["0.25"]


def test_the_rate_is_frozen_with_the_draft() -> None:
    here = platform()
    record(here, PLN="4.00")
    here.tell(changed(buyer(country="PL")))
    here.tell(charge("a", 10_000, currency="PLN"))
    billed(here)
    (invoice,) = here.all(Invoice)
    assert (invoice.exchange.rate, invoice.exchange.on, invoice.exchange.vat_minor) == ("0.25", TODAY, 575)
