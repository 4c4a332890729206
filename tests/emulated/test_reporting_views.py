"""What finance reads, computed by the real client from rows the platform loaded."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from google.cloud import bigquery

from common.tools.warehouse import make
from functions.reporting.provision import reporting_setup
from functions.reporting.tables import EVENTS_TABLE
from functions.reporting.views import VIEWS
from tests.emulated.bigquery_running import connected
from tests.kit import Platform
from tests.unit import told

pytestmark = pytest.mark.emulated
PROJECT = "billing-local"
Row = dict[str, Any]


class Warehouse:
    """A platform whose events end in an emulated BigQuery."""

    def __init__(self, client: bigquery.Client) -> None:
        self.client = client
        self.platform = Platform("accounting", "reporting", start=datetime(2026, 10, 1, 8, tzinfo=UTC))
        for definition in reporting_setup(PROJECT):
            make(client, PROJECT, definition)

    def load(self, times: int = 1) -> None:
        for table, kept in self.platform.engine.rows.items():
            rows = list(kept.values())
            for _ in range(times):
                faults = self.client.insert_rows_json(f"{PROJECT}.{table}", rows, row_ids=[None] * len(rows))
                assert faults == []

    def read(self, view: str, order: str = "1") -> list[Row]:
        found = self.client.query_and_wait(f"SELECT * FROM `{PROJECT}.{view}` ORDER BY {order}")  # noqa: S608 - our own names
        return [dict(row) for row in found]


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with connected(PROJECT) as client:
        yield Warehouse(client)


def test_a_fact_loaded_twice_stands_in_the_core_once(warehouse: Warehouse) -> None:
    warehouse.platform.tell(told.invoice_issued())
    warehouse.load(times=2)
    assert warehouse.client.get_table(f"{PROJECT}.{EVENTS_TABLE}").num_rows == 4
    assert sorted(row["name"] for row in warehouse.read("billing_core.events")) == ["invoice.issued", "journal.posted"]
    assert {row["repeated_rows"] for row in warehouse.read("billing_reporting.data_freshness")} == {1}


def test_what_is_open_is_billed_less_paid_less_credited(warehouse: Warehouse) -> None:
    platform = warehouse.platform
    platform.tell(*(told.invoice_issued(f"MP-2026-000000{n}") for n in (1, 2, 3)))
    platform.tell(told.payment_matched("mat_1", 5_000), told.payment_matched("mat_2", 900))
    platform.tell(told.payment_unmatched("mat_2", 900), told.payment_matched("mat_3", 11_900, "MP-2026-0000002"))
    platform.advance_to(datetime(2026, 11, 20, 12, tzinfo=UTC))
    credit = told.credit_note_issued("MPC-2026-000001", told.vat(1_000, 190), invoice_id="inv_MP-2026-0000003")
    platform.tell(credit)
    warehouse.load()
    rows = warehouse.read("billing_reporting.ar_ageing", "invoice_number")
    assert [(r["invoice_number"], r["open_minor"], r["days_overdue"], r["bucket"]) for r in rows] == [
        ("MP-2026-0000001", 6_900, 36, "31-60"),
        ("MP-2026-0000003", 10_710, 36, "31-60"),
    ]
    assert rows[0]["as_of"] == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_an_invoice_that_is_not_due_is_in_no_bucket_of_late_ones(warehouse: Warehouse) -> None:
    warehouse.platform.tell(told.invoice_issued())
    warehouse.load()
    (row,) = warehouse.read("billing_reporting.ar_ageing")
    assert (row["bucket"], row["days_overdue"], row["country"]) == ("not due", 0, "DE")


def test_revenue_counts_credit_notes_against_their_month(warehouse: Warehouse) -> None:
    french = told.buyer(country="FR")
    platform = warehouse.platform
    platform.tell(told.invoice_issued(), told.invoice_issued("MP-2026-0000002"))
    platform.tell(told.invoice_issued("MP-2026-0000003", told.vat(country="FR", scheme="oss"), who=french))
    platform.tell(told.credit_note_issued("MPC-2026-000001", told.vat(2_000, 380), issued_on=date(2026, 11, 3)))
    warehouse.load()
    rows = warehouse.read("billing_reporting.revenue_by_country_month", "month, country")
    assert [(r["month"], r["country"], r["net_minor"], r["kind"]) for r in rows] == [
        (date(2026, 10, 1), "DE", 20_000, "commission"),
        (date(2026, 10, 1), "FR", 10_000, "commission"),
        (date(2026, 11, 1), "DE", -2_000, "commission"),
    ]


def test_vat_is_told_by_country_and_rate(warehouse: Warehouse) -> None:
    totals = (told.vat(), told.vat(1_000, 70, rate_basis_points=700))
    warehouse.platform.tell(told.invoice_issued(told.NUMBER, *totals), told.credit_note_issued())
    warehouse.load()
    rows = warehouse.read("billing_reporting.vat_by_country_rate", "rate_basis_points")
    assert [(r["country"], r["rate_basis_points"], r["base_minor"], r["vat_minor"]) for r in rows] == [
        ("DE", 700, 1_000, 70),
        ("DE", 1900, 0, 0),
    ]


def test_the_journal_is_proven_against_the_documents(warehouse: Warehouse) -> None:
    platform = warehouse.platform
    platform.tell(told.invoice_issued(), told.credit_note_issued(), told.payment_received(), told.payment_matched())
    warehouse.load()
    (row,) = warehouse.read("billing_reporting.journal_control")
    assert (row["posted_on"], row["balanced"], row["difference_minor"]) == (date(2026, 10, 1), True, 0)
    assert row["unposted_documents"] == 0
    accounts = warehouse.read("billing_reporting.journal_by_day_account")
    assert sum(r["balance_minor"] for r in accounts) == 0
    assert row["debit_minor"] == 4 * 11_900


def test_a_document_without_a_journal_shows_in_the_control(warehouse: Warehouse) -> None:
    warehouse.platform.tell(told.invoice_issued(total_minor=11_901))  # accounting parks it
    warehouse.load()
    (row,) = warehouse.read("billing_reporting.journal_control")
    assert (row["unposted_documents"], row["difference_minor"], row["debit_minor"]) == (1, 11_901, 0)


def test_every_view_has_exactly_the_columns_it_describes(warehouse: Warehouse) -> None:
    for view in VIEWS:
        found = warehouse.client.query_and_wait(view.query(PROJECT))
        assert [field.name for field in found.schema] == [c["name"] for c in view.columns], view.name
        types = {"INTEGER": "INT64", "BOOLEAN": "BOOL"}
        assert [types.get(f.field_type, f.field_type) for f in found.schema] == [
            types.get(c["type"], c["type"]) for c in view.columns
        ], view.name
