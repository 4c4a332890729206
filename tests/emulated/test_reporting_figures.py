"""Each view's figures on a small month, worked out by hand.

Two invoices of 1 and 5 October in Germany (19 % and 7 %), one of 30 October in France under OSS (20 %), one in Swiss
francs; half of the second is credited in November; the first is paid, unpaid in part, and paid again in part.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from common.events.accounting import JournalPosted, Posting
from common.events.base import Event
from common.parties import SELLERS
from common.tools.warehouse import make
from functions.accounting.posting import chart
from functions.reporting.facts.rows import Told, typed_rows
from functions.reporting.providers import event_row
from functions.reporting.provision import reporting_setup
from functions.reporting.views import VIEWS
from functions.reporting.views.dimensions import DATA
from tests.emulated.bigquery_running import connected
from tests.unit import told

pytestmark = pytest.mark.emulated
PROJECT = "billing-local"
LOADED_AT = "2026-11-20T23:00:07+00:00"
DOCUMENTS: tuple[Event, ...] = (
    told.invoice_issued("A", told.vat(10_000, 1_900)),  # 119.00
    told.invoice_issued("B", told.vat(1_000, 190), told.vat(3_000, 210, rate_basis_points=700), issued_on="2026-10-05"),
    told.invoice_issued(
        "C",
        told.vat(333, 67, country="FR", scheme="oss", rate_basis_points=2000),
        who=told.buyer(country="FR"),
        issued_on="2026-10-30",
        due_on="2026-11-30",
    ),  # 4.00
    told.invoice_issued("D", told.vat(9_007_199_254_740_993, 0, rate_basis_points=0), currency="CHF"),
    told.credit_note_issued(
        "CN", told.vat(500, 95), told.vat(1_500, 105, rate_basis_points=700), invoice_id="inv_B", issued_on="2026-11-02"
    ),  # 22.00 of 44.00
)
MONEY: tuple[Event, ...] = (
    told.payment_matched("m1", 11_900, "A"),
    told.payment_unmatched("m1", 4_000, "A"),
    told.payment_matched("m2", 1_500, "A"),
    told.payment_matched("m3", 9_007_199_254_740_992, "D", entity="MP", currency="CHF"),
)


def journal(kind: str, document: str, on: str, *lines: tuple[str, int], currency: str = "EUR") -> JournalPosted:
    """A journal by hand: a positive amount is a debit."""
    postings = tuple(Posting(account=a, debit_minor=max(n, 0), credit_minor=max(-n, 0)) for a, n in lines)
    return JournalPosted(
        journal_id=f"jnl_{kind}_{document}_{len(postings)}_{on}",
        entity="MP",
        document_type=kind,
        document=document,
        currency=currency,
        posted_on=date.fromisoformat(on),
        postings=postings,
    )


JOURNALS = (
    journal("DR", "A", "2026-10-01", ("1400", 11_900), ("8400", -10_000), ("1776", -1_900)),
    journal("DR", "B", "2026-10-05", ("1400", 4_400), ("8400", -4_000), ("1776", -400)),
    journal("DR", "C", "2026-10-30", ("1400", 400), ("8400", -333), ("1776", -67)),
    journal("DG", "CN", "2026-11-02", ("1400", -2_200), ("8400", 2_000), ("1776", 200)),
    journal("AB", "A", "2026-10-09", ("1590", 11_900), ("1400", -11_900)),
    journal("AB", "A", "2026-10-10", ("1590", -4_000), ("1400", 4_000)),
    journal("AB", "A", "2026-10-11", ("1590", 1_500), ("1400", -1_500)),
    journal("DR", "D", "2026-10-01", ("1400", 9_007_199_254_740_993), ("8400", -9_007_199_254_740_993), currency="CHF"),
    journal("AB", "D", "2026-10-09", ("1590", 9_007_199_254_740_992), ("1400", -9_007_199_254_740_992), currency="CHF"),
)


class Month:
    """Loads facts with ids of their own and reads the views."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.loaded = 0
        for definition in reporting_setup(PROJECT):
            make(client, PROJECT, definition)

    def load(self, *events: Event, at: str = "2026-11-20T22:59:00+00:00", again: int = 1) -> None:
        rows: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            self.loaded += 1
            fact = Told(event.name, f"c{self.loaded}.0", at, LOADED_AT, event.model_dump(mode="json"))
            for row in (event_row(fact), *typed_rows(fact)):
                rows.setdefault(row.table, []).append(row.cells)
        for table, found in rows.items():
            twice = found * again
            assert self.client.insert_rows_json(f"{PROJECT}.{table}", twice, row_ids=[None] * len(twice)) == []

    def empty(self) -> None:
        """Takes every row out again."""
        for table in self.client.list_tables(f"{PROJECT}.billing_raw"):
            self.client.query_and_wait(f"TRUNCATE TABLE `{PROJECT}.billing_raw.{table.table_id}`")
        self.loaded = 0

    def read(self, view: str, *names: str) -> list[tuple[Any, ...]]:
        """The named columns of a view's rows, in order of them."""
        sql = f"SELECT {', '.join(names)} FROM `{PROJECT}.billing_reporting.{view}`"  # noqa: S608 - our own names
        return sorted(tuple(row.values()) for row in self.client.query_and_wait(sql))


@pytest.fixture(scope="module")
def month() -> Iterator[Month]:
    """The month above; every third fact is loaded twice, and payments come before what they pay."""
    with connected(PROJECT) as client:
        found = Month(client)
        for number, event in enumerate((*MONEY, *JOURNALS, *DOCUMENTS)):
            found.load(event, again=1 + (number % 3 == 0))
        yield found


@pytest.fixture(scope="module")
def made() -> Iterator[Month]:
    """A warehouse of its own."""
    with connected(PROJECT) as client:
        yield Month(client)


@pytest.fixture
def another(made: Month) -> Month:
    """A warehouse with nothing in it."""
    made.empty()
    return made


def test_ageing_is_billed_less_paid_less_credited(month: Month) -> None:
    columns = ("invoice_number", "currency", "total_minor", "paid_minor", "credited_minor", "open_minor")
    assert month.read("ar_ageing", *columns) == [
        ("A", "EUR", 11_900, 9_400, 0, 2_500),
        ("B", "EUR", 4_400, 0, 2_200, 2_200),
        ("C", "EUR", 400, 0, 0, 400),
        ("D", "CHF", 9_007_199_254_740_993, 9_007_199_254_740_992, 0, 1),
    ]


def test_ageing_counts_days_from_the_due_date_to_the_newest_event(month: Month) -> None:
    assert month.read("ar_ageing", "invoice_number", "days_overdue", "bucket") == [
        ("A", 36, "31-60"), ("B", 36, "31-60"), ("C", 0, "not due"), ("D", 36, "31-60"),
    ]  # fmt: skip


BUCKETS = (
    ("2026-10-15T21:59:59+00:00", 0, "not due"), ("2026-10-15T22:00:00+00:00", 1, "1-30"),
    ("2026-11-14T12:00:00+00:00", 30, "1-30"), ("2026-11-15T12:00:00+00:00", 31, "31-60"),
    ("2026-12-14T12:00:00+00:00", 60, "31-60"), ("2026-12-15T12:00:00+00:00", 61, "61-90"),
    ("2027-01-13T12:00:00+00:00", 90, "61-90"), ("2027-01-14T12:00:00+00:00", 91, "over 90"),
)  # fmt: skip


def test_an_invoice_changes_its_bucket_at_midnight_of_the_legal_entity(another: Month) -> None:
    another.load(DOCUMENTS[0], at="2026-10-01T08:00:00+00:00")
    for at, days, bucket in BUCKETS:
        another.load(told.item_overdue(), at=at)
        assert another.read("ar_ageing", "days_overdue", "bucket") == [(days, bucket)], at


def test_the_views_know_the_time_zone_of_every_legal_entity(month: Month) -> None:
    found = month.client.query_and_wait(f"SELECT entity, time_zone FROM `{PROJECT}.billing_core.entities`")  # noqa: S608
    assert {row.entity: row.time_zone for row in found} == {code: one.time_zone for code, one in SELLERS.items()}


def test_revenue_is_net_of_credit_notes_in_their_own_month(month: Month) -> None:
    columns = ("month", "country", "currency", "invoiced_minor", "credited_minor", "net_minor")
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    assert month.read("revenue_by_country_month", *columns) == [
        (october, "DE", "CHF", 9_007_199_254_740_993, 0, 9_007_199_254_740_993),
        (october, "DE", "EUR", 14_000, 0, 14_000),
        (october, "FR", "EUR", 333, 0, 333),
        (november, "DE", "EUR", 0, 2_000, -2_000),
    ]


def test_vat_is_told_by_month_scheme_country_and_rate(month: Month) -> None:
    columns = ("month", "scheme", "country", "rate_basis_points", "currency", "document_count", "base_minor")
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    assert month.read("vat_by_country_rate", *columns, "vat_minor") == [
        (october, "domestic", "DE", 0, "CHF", 1, 9_007_199_254_740_993, 0),
        (october, "domestic", "DE", 700, "EUR", 1, 3_000, 210),
        (october, "domestic", "DE", 1900, "EUR", 2, 11_000, 2_090),
        (october, "oss", "FR", 2000, "EUR", 1, 333, 67),
        (november, "domestic", "DE", 700, "EUR", 1, -1_500, -105),
        (november, "domestic", "DE", 1900, "EUR", 1, -500, -95),
    ]


def test_the_trial_balance_moves_what_the_journals_say(month: Month) -> None:
    found = month.read("journal_by_day_account", "currency", "account", "balance_minor")
    totals: dict[tuple[str, str], int] = {}
    for currency, account, balance in found:
        totals[currency, account] = totals.get((currency, account), 0) + balance
    assert totals == {
        ("EUR", "1400"): 5_100, ("EUR", "1590"): 9_400, ("EUR", "1776"): -2_167, ("EUR", "8400"): -12_333,
        ("CHF", "1400"): 1, ("CHF", "1590"): 9_007_199_254_740_992, ("CHF", "8400"): -9_007_199_254_740_993,
    }  # fmt: skip


def test_every_day_is_balanced_and_its_receivables_are_what_was_issued(month: Month) -> None:
    columns = ("posted_on", "currency", "balanced", "documents_minor", "receivables_minor", "difference_minor")
    found = [row for row in month.read("journal_control", *columns) if row[3]]
    assert found == [
        (date(2026, 10, 1), "CHF", True, 9_007_199_254_740_993, 9_007_199_254_740_993, 0),
        (date(2026, 10, 1), "EUR", True, 11_900, 11_900, 0),
        (date(2026, 10, 5), "EUR", True, 4_400, 4_400, 0),
        (date(2026, 10, 30), "EUR", True, 400, 400, 0),
        (date(2026, 11, 2), "EUR", True, -2_200, -2_200, 0),
    ]


def test_a_document_posted_twice_shows_as_a_difference(another: Month) -> None:
    twice = journal("DR", "A", "2026-10-01", ("1400", 11_900), ("8400", -11_900))
    another.load(DOCUMENTS[0], JOURNALS[0], twice)
    assert another.read("journal_control", "documents_minor", "receivables_minor", "difference_minor", "balanced") == [
        (11_900, 23_800, -11_900, True)
    ]


def test_a_journal_without_its_document_shows_as_a_difference(another: Month) -> None:
    another.load(JOURNALS[1])
    assert another.read("journal_control", "documents_minor", "difference_minor") == [(0, -4_400)]


def test_an_unbalanced_journal_is_seen(another: Month) -> None:
    another.load(journal("DR", "A", "2026-10-01", ("1400", 11_900), ("8400", -11_899)))
    assert another.read("journal_control", "balanced") == [(False,)]


def test_the_open_items_are_the_receivables_in_the_ledger(month: Month) -> None:
    columns = ("currency", "invoiced_minor", "credited_minor", "paid_minor", "open_minor", "ledger_minor")
    assert month.read("ar_control", *columns, "difference_minor", "overpaid_items") == [
        ("CHF", 9_007_199_254_740_993, 0, 9_007_199_254_740_992, 1, 1, 0, 0),
        ("EUR", 16_700, 2_200, 9_400, 5_100, 5_100, 0, 0),
    ]


def test_a_match_that_was_not_posted_and_an_overpaid_item_are_seen(another: Month) -> None:
    another.load(DOCUMENTS[0], JOURNALS[0], told.payment_matched("m9", 12_000, "A"))
    columns = ("open_minor", "ledger_minor", "difference_minor", "overpaid_items")
    assert another.read("ar_control", *columns) == [(-100, 11_900, -12_000, 1)]
    assert another.read("ar_ageing", "open_minor") == []


def test_journals_that_do_not_say_what_an_account_is_for_are_understood_by_the_chart() -> None:
    words = chart().words
    for account, word in DATA["accounts"].items():
        assert words[word] == account


def test_every_view_says_as_of_when_it_is_and_how_fresh(month: Month) -> None:
    for view in VIEWS:
        if view.dataset == "billing_reporting":
            told_times = set(month.read(view.name, "as_of", "loaded_at"))
            newest = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
            assert told_times in (set(), {(newest, datetime(2026, 11, 20, 23, 0, 7, tzinfo=UTC))}), view.name


def test_facts_loaded_twice_are_counted_as_repeats_and_nowhere_else(month: Month) -> None:
    repeats = dict(month.read("data_freshness", "name", "repeated_rows"))
    assert sum(repeats.values()) == 6
    assert sum(count for _, count in month.read("data_freshness", "name", "event_count")) == month.loaded
