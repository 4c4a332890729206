"""Revenue of later months waits as a contract liability and is set free month by month, to the cent."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.accounting import RevenueReleased
from common.events.invoicing import CreditNoteIssued, InvoiceIssued, Line
from functions.accounting.model.deferrals import Deferral
from functions.accounting.model.journals import Journal
from functions.accounting.posting import chart_of, entry_of
from functions.accounting.posting.deferring import days_by_month, deferred
from functions.accounting.posting.sales import invoice
from tests.kit import Platform
from tests.unit import told

YEAR = (date(2026, 10, 1), date(2027, 9, 30))


def line(amount: int, first: date, last: date, charge: str = "chg_1") -> Line:
    return Line(
        charge_id=charge, kind="subscription", description="Shop", occurred_on=first, amount_minor=amount, rule="r",
        category="S", rate_basis_points=1900, service_from=first, service_to=last,
    )  # fmt: skip


def subscription(amount: int = 36_500, days: tuple[date, date] = YEAR, **changes: Any) -> InvoiceIssued:
    total = told.vat(amount, 0)
    return told.invoice_issued(told.NUMBER, total, lines=(line(amount, *days),), **changes)


def credit(amount: int, number: str = "MPC-2026-000001") -> CreditNoteIssued:
    return told.credit_note_issued(number, told.vat(amount, 0), lines=(line(amount, *YEAR),))


def balances(platform: Platform) -> Counter[str]:
    found: Counter[str] = Counter()
    for journal in platform.all(Journal):
        for posting in journal.postings:
            found[posting.account] += posting.debit_minor - posting.credit_minor
    return found


def month(platform: Platform, at: datetime) -> None:
    platform.advance_to(at)
    platform.bus.fire("accounting-start-releases")
    platform.settle()


@pytest.fixture
def platform() -> Platform:
    return Platform("accounting")


def test_the_days_of_a_service_are_counted_by_month() -> None:
    assert days_by_month(date(2026, 1, 30), date(2026, 3, 1)) == {"2026-01": 2, "2026-02": 28, "2026-03": 1}
    assert days_by_month(date(2026, 12, 31), date(2027, 1, 1)) == {"2026-12": 1, "2027-01": 1}


def test_revenue_of_days_after_the_month_is_a_contract_liability(platform: Platform) -> None:
    platform.tell(subscription())
    assert balances(platform) == {"1400": 36_500, "4400": -3_100, "3900": -33_400}
    (held,) = platform.all(Deferral)
    assert (held.left_minor, held.due) == (33_400, "2026-11|MP")


def test_it_is_set_free_month_by_month_until_nothing_is_left(platform: Platform) -> None:
    platform.tell(subscription())
    month(platform, datetime(2026, 11, 1, 2, tzinfo=UTC))
    assert balances(platform) == {"1400": 36_500, "4400": -6_100, "3900": -30_400}
    month(platform, datetime(2026, 11, 2, 2, tzinfo=UTC))
    assert balances(platform)["4400"] == -6_100
    for year, number in [(2026, 12), *((2027, n) for n in range(1, 11))]:
        month(platform, datetime(year, number, 1, 2, tzinfo=UTC))
    assert balances(platform) == {"1400": 36_500, "4400": -36_500, "3900": 0}
    assert len(platform.events(RevenueReleased)) == 11
    assert platform.all(Deferral)[0].due == ""


def test_missed_nights_are_made_up_for(platform: Platform) -> None:
    platform.tell(subscription())
    month(platform, datetime(2027, 2, 1, 2, tzinfo=UTC))
    assert balances(platform)["3900"] == -36_500 + 3_100 + 3_000 + 3_100 + 3_100 + 2_800


def test_a_release_that_is_delivered_again_is_not_posted_again(platform: Platform) -> None:
    platform.bus.disorder = True
    platform.tell(subscription())
    for day in (1, 2, 3):
        month(platform, datetime(2026, 11, day, 2, tzinfo=UTC))
    assert balances(platform)["3900"] == -30_400
    assert len(platform.all(Journal)) == 2


def test_a_credit_note_takes_back_unreleased_revenue_first_the_latest_months_first(platform: Platform) -> None:
    platform.tell(subscription())
    platform.tell(credit(3_500))
    assert balances(platform) == {"1400": 33_000, "4400": -3_100, "3900": -29_900}
    (held,) = platform.all(Deferral)
    assert [part.left_minor for part in held.parts][-2:] == [2_600, 0]


def test_a_full_credit_note_leaves_nothing_to_release(platform: Platform) -> None:
    platform.tell(subscription())
    month(platform, datetime(2026, 11, 1, 2, tzinfo=UTC))
    platform.tell(credit(36_500))
    month(platform, datetime(2026, 12, 1, 2, tzinfo=UTC))
    assert {account: minor for account, minor in balances(platform).items() if minor} == {}
    assert platform.all(Deferral)[0].due == ""


def test_two_credit_notes_of_one_message_take_different_parts(platform: Platform) -> None:
    platform.tell(subscription())
    platform.tell(credit(3_000), credit(3_000, "MPC-2026-000002"))
    assert balances(platform)["3900"] == -27_400
    assert platform.all(Deferral)[0].left_minor == 27_400


def test_a_credit_note_that_comes_before_its_invoice_waits(platform: Platform) -> None:
    def both(_: Any, unit: Any) -> None:
        unit.emit(credit(36_500))
        unit.emit(subscription())

    platform.do(both, None)
    platform.settle()
    platform.advance_to(datetime(2026, 10, 2, tzinfo=UTC))
    assert {account: minor for account, minor in balances(platform).items() if minor} == {}
    assert len(platform.all(Journal)) == 2


def test_what_a_charge_without_days_books_is_revenue_at_once(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    assert platform.all(Deferral) == []


def test_an_entity_that_does_not_defer_books_revenue_at_once() -> None:
    at_once = chart_of("MP", date(2026, 10, 1)).model_copy(update={"defers": False})
    entry = invoice(subscription(), at_once)
    assert [posting.word for posting in entry.postings] == ["receivables", "revenue.domestic"]
    assert entry.deferred == ()


@pytest.mark.parametrize(
    "days",
    [
        (date(2026, 10, 1), date(2026, 10, 31)),
        (date(2026, 9, 1), date(2026, 9, 30)),
        (date(2027, 1, 1), date(2026, 1, 1)),
        (date(2026, 10, 1), date(9999, 12, 31)),
    ],
)
def test_days_of_the_month_or_without_sense_are_not_deferred(days: tuple[date, date]) -> None:
    assert entry_of(subscription(days=days)).deferred == ()


def test_a_service_that_begins_later_is_deferred_whole() -> None:
    parts = entry_of(subscription(days=(date(2027, 1, 1), date(2027, 2, 28)))).deferred
    assert sum(part.amount_minor for part in parts) == 36_500


days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(st.integers(-(10**7), 10**7), days, days)
def test_what_is_deferred_and_what_is_not_is_the_whole(amount: int, one: date, other: date) -> None:
    event = subscription(amount, (min(one, other), max(one, other)))
    entry = entry_of(event)
    chart = chart_of("MP", event.issued_on)
    assert sum(posting.debit_minor - posting.credit_minor for posting in entry.postings) == 0
    later = sum(part.amount_minor for part in deferred(event, chart))
    booked = Counter[str]()
    for posting in entry.postings:
        booked[posting.word] += posting.credit_minor - posting.debit_minor
    assert (booked["contract_liability"], booked["revenue.domestic"]) == (later, amount - later)
    assert all(part.month > "2026-10" for part in entry.deferred)
