"""Each view on the golden month, against figures worked out by hand; how each came about stands beside it.

The month (`month.jsonl`), in cents. MP is German, MB Belgian (below the OSS threshold), MS Swiss:
    MP 12 107.10 DE 19 %, issued 20 August, due 31 August     MP 01 119.00 DE 19 %, paid on the 9th
    MP 02  44.00 DE 10 at 19 % + 30 at 7 %, half credited in October
    MP 03  36.00 FR OSS 20 %, for September to November; paid by card, charged back on the 20th (fee 15.00)
    MP 04  61.00 IT OSS 22 %, second try by card, then credited and refunded on the 18th
    MP 05 200.00 FR reverse charge, 150.00 matched by a person    MP 06 80.00 AT reverse charge
    MP 07  40.00 GB outside scope, 45.00 came      MP 08 12.34 DE exempt, card stolen
    MP 10 1250.00 SEK, OSS 25 %, 0.0885 EUR each   MP 13 238.00 DE 19 %, paid by card
    MP 11  23.80 DE 19 %, issued 30 September but committed on 5 October: the late item
    MB 01  12.10 NL at home rate 21 %, debited and returned (fee 2.50)
    MS 01 108.10 CHF 8.1 %, paid on the 20th       MS 02 60.05 CHF 8.1 %, due on the 30th
No MP 09: its number is missing on purpose. Due on 15 September unless said. The newest event is of 5 October, a Monday.
"""

import random
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from google.cloud import bigquery

from common.tools.warehouse import make
from functions.reporting.provision import reporting_setup
from functions.reporting.views import FUNCTIONS
from tests.emulated.bigquery_running import connected
from tests.golden import month
from tests.golden.conftest import LATE, REPORTS, Answer, everything, read
from tests.unit import told

pytestmark = pytest.mark.emulated
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)


# Roll-forward of MP in euro. September: invoices 119.00 + 44.00 + 36.00 + 61.00 + 200.00 + 80.00 + 40.00 + 12.34
# + 238.00 + late 23.80 = 854.14; credited 61.00; cash 119.00 + 36.00 + 61.00 + 150.00 + 40.00 + 238.00 = 644.00;
# taken back 36.00 + 61.00 = 97.00; 107.10 + 854.14 - 61.00 - 644.00 + 97.00 = 353.24.
# Open one by one: 44.00 + 36.00 + 50.00 + 80.00 + 12.34 + 23.80 + 107.10 = 353.24. October: 22.00 credited.
ROLLED = [
    (AUGUST, "MP", "EUR", 0, 10_710, 0, 0, 0, 10_710, 10_710, 0),
    (SEPTEMBER, "MB", "EUR", 0, 1_210, 0, 1_210, 1_210, 1_210, 1_210, 0),
    (SEPTEMBER, "MP", "EUR", 10_710, 85_414, 6_100, 64_400, 9_700, 35_324, 35_324, 0),
    (SEPTEMBER, "MP", "SEK", 0, 125_000, 0, 0, 0, 125_000, 125_000, 0),
    (SEPTEMBER, "MS", "CHF", 0, 16_815, 0, 10_810, 0, 6_005, 6_005, 0),
    (OCTOBER, "MB", "EUR", 1_210, 0, 0, 0, 0, 1_210, 1_210, 0),
    (OCTOBER, "MP", "EUR", 35_324, 0, 2_200, 0, 0, 33_124, 33_124, 0),
    (OCTOBER, "MP", "SEK", 125_000, 0, 0, 0, 0, 125_000, 125_000, 0),
    (OCTOBER, "MS", "CHF", 6_005, 0, 0, 0, 0, 6_005, 6_005, 0),
]
# On 30 September all due on the 15th are 15 days late, MP 12 (due 31 August) is 30: 44.00 + 36.00 + 50.00 + 80.00
# + 12.34 + 107.10 = 329.44. MP 11 (due 30 October) and MS 02 (due that very day) are not due.
AGED = [
    ("MB", "EUR", "1-30", 1, 1_210),
    ("MP", "EUR", "1-30", 6, 32_944),
    ("MP", "EUR", "not due", 1, 2_380),
    ("MP", "SEK", "1-30", 1, 125_000),
    ("MS", "CHF", "not due", 1, 6_005),
]
# Days of September. MP: 353.24 x (31 + 30) / (107.10 + 854.14 - 61.00 = 900.24) = 23.935; not due 23.80 x 61 / 900.24
# = 1.613; back from 353.24: all in September's 793.14, x 30 = 13.361. MS: 60.05 x 61 / 168.15 = 21.784, x 30 = 10.714.
DSO = [
    ("MB", "EUR", Decimal(61), Decimal(0), Decimal(30)),
    ("MP", "EUR", Decimal("23.9"), Decimal("1.6"), Decimal("13.4")),
    ("MP", "SEK", Decimal(61), Decimal(0), Decimal(30)),
    ("MS", "CHF", Decimal("21.8"), Decimal("21.8"), Decimal("10.7")),
]
# MP, EUR, Germany: 100.00 + 10.00 + late 20.00 commission. Italy: 50.00 and 50.00 back.
REVENUE = [
    ("MB", "NL", "commission", "EUR", 1, 1_000, 0, 1_000),
    ("MP", "AT", "commission", "EUR", 1, 8_000, 0, 8_000),
    ("MP", "DE", "commission", "EUR", 3, 13_000, 0, 13_000),
    ("MP", "DE", "financing", "EUR", 1, 1_234, 0, 1_234),
    ("MP", "DE", "listing", "EUR", 1, 3_000, 0, 3_000),
    ("MP", "DE", "promotion", "EUR", 1, 20_000, 0, 20_000),
    ("MP", "FR", "commission", "EUR", 1, 20_000, 0, 20_000),
    ("MP", "FR", "subscription", "EUR", 1, 3_000, 0, 3_000),
    ("MP", "GB", "service_fee", "EUR", 1, 4_000, 0, 4_000),
    ("MP", "IT", "commission", "EUR", 2, 5_000, 5_000, 0),
    ("MP", "SE", "commission", "SEK", 1, 100_000, 0, 100_000),
    ("MS", "CH", "commission", "CHF", 2, 15_555, 0, 15_555),
]
# 30.00 over 30 + 31 + 30 days: 989.01 + 1021.98 + 989.01 cents, cut 989 + 1021 + 989, the cent left to October.
DEFERRED = [
    (SEPTEMBER, "MP", "EUR", 0, 2_011, 0, 2_011),
    (OCTOBER, "MP", "EUR", 2_011, 0, 1_022, 989),
    (date(2026, 11, 1), "MP", "EUR", 989, 0, 989, 0),
]
# Domestic 19 %: 100.00 + 10.00 + 20.00 + 200.00, VAT 19.00 + 1.90 + 3.80 + 38.00; the quarter has 90.00 of August, too.
# SEK in euro: 1000.00 x 0.0885 = 88.50, VAT 250.00 x 0.0885 = 22.125, which the document says as 22.13.
# CHF: 100.00 + 55.55, 8.10 + 4.50 (8.1 % of 55.55 is 4.49955).
VAT = [
    ("MB", "home_rate", "BE", 2100, "EUR", 1, 1_000, 210),
    ("MP", "domestic", "DE", 1900, "EUR", 4, 33_000, 6_270),
    ("MP", "domestic", "DE", 700, "EUR", 1, 3_000, 210),
    ("MP", "exempt", "DE", 0, "EUR", 1, 1_234, 0),
    ("MP", "oss", "FR", 2000, "EUR", 1, 3_000, 600),
    ("MP", "oss", "IT", 2200, "EUR", 2, 0, 0),
    ("MP", "oss", "SE", 2500, "EUR", 1, 8_850, 2_213),
    ("MP", "outside_scope", "", 0, "EUR", 1, 4_000, 0),
    ("MP", "reverse_charge", "AT", 0, "EUR", 1, 8_000, 0),
    ("MP", "reverse_charge", "FR", 0, "EUR", 1, 20_000, 0),
    ("MS", "domestic", "CH", 810, "CHF", 2, 15_555, 1_260),
]
# ECB on 30 September 2026: 11.331 kronor a euro; 1000.00 / 11.331 = 88.2535, 250.00 / 11.331 = 22.0634.
OSS = [
    ("FR", 2000, "EUR", 1, 3_000, 600, Decimal(1), 3_000, 600),
    ("IT", 2200, "EUR", 2, 0, 0, Decimal(1), 0, 0),
    ("SE", 2500, "SEK", 1, 100_000, 25_000, Decimal("11.331"), 8_825, 2_206),
]
# MP: (107.10 + 793.14 - 353.24) / (107.10 + 793.14 - 23.80) = 547.00 / 876.44 = 62.41 %. MS: 108.10 / 108.10.
CEI = [("MB", "EUR", 0), ("MP", "EUR", 6_241), ("MP", "SEK", 0), ("MS", "CHF", 10_000)]
# Bank: of 119.00, 45.00 (5.00 left over) and 150.00 (a person's) one is straight through; rules put on 119.00 + 40.00.
MATCHED = [
    ("MB", "EUR", "gocardless", 1, 1, 10_000, 1_210, 1_210, 10_000),
    ("MP", "EUR", "bank", 3, 1, 3_333, 31_400, 15_900, 5_064),
    ("MP", "EUR", "stripe", 3, 3, 10_000, 33_500, 33_500, 10_000),
    ("MS", "CHF", "bank", 1, 1, 10_000, 10_810, 10_810, 10_000),
]
# Cards: 36.00 and 238.00 at once, 61.00 at the second try, 12.34 never: 347.34 asked, 335.00 brought.
COLLECTED = [
    ("MB", "EUR", "gocardless", "direct_debit", 1, 1, 0, 0, 0, 1_210, 1_210, 10_000, 10_000),
    ("MP", "EUR", "stripe", "card", 4, 2, 1, 1, 0, 34_734, 33_500, 5_000, 7_500),
]
FAILED = [
    ("MP", "EUR", "stripe", "card", "insufficient_funds", "soft", 1, 6_100, 1),
    ("MP", "EUR", "stripe", "card", "stolen_card", "stop", 1, 1_234, 0),
]
WENT_BACK = [
    ("MB", "EUR", "gocardless", "return", "AM04", 1, 1_210, 250),
    ("MP", "EUR", "stripe", "chargeback", "4853", 1, 3_600, 1_500),
    ("MP", "EUR", "stripe", "refund_paid", "", 1, 6_100, 0),
    ("MP", "EUR", "stripe", "refund_requested", "", 1, 6_100, 0),
]
# 45.00 less 40.00, on 5 October 21 days after the 14th.
UNAPPLIED = [("rcp_MP-2026-0000007", "m07", "MP", "EUR", "bank", date(2026, 9, 14), 4_500, 500, 21, "8-30")]
# Stripe: 335.00 - 61.00 - 36.00 - 15.00 fee = 223.00, all paid out (219.65 + 3.35). GoCardless: 12.10 - 12.10 - 2.50.
# Unapplied 5.00: the newest credit on that account is the chargeback's of the 20th.
CLEARING = [
    ("MB", "EUR", "money.gocardless", -250, 0, -250, 0, date(2026, 9, 17)),
    ("MB", "EUR", "unapplied", 0, 0, 0, 0, None),
    ("MP", "EUR", "in_transit", 0, 0, 0, 0, None),
    ("MP", "EUR", "money.stripe", 0, 0, 0, 0, None),
    ("MP", "EUR", "refunds", 0, 0, 0, 0, None),
    ("MP", "EUR", "unapplied", -500, 0, -500, 0, date(2026, 9, 20)),
    ("MS", "CHF", "unapplied", 0, 0, 0, 0, None),
]
# Fees of the payout 3.35 of 335.00 collected: 1 %. Bank fee 7.70.
FEES = [
    ("MB", "EUR", "gocardless", 0, 0, 0, 250, 0, 0, 250, None),
    ("MP", "EUR", "bank", 0, 0, 0, 0, 0, 770, 770, None),
    ("MP", "EUR", "stripe", 1, 33_500, 335, 1_500, 0, 0, 1_835, 100),
]
# Days late so far: transfers of MP -6 (MP 01) and -1 (MP 07), so -3.5, -4; cards -12, -9, -11, so -10.67, -11;
# debits of MB -5; MS -10. All but MP 11 should have come: 22.00 + 50.00 + 80.00 + 107.10 by transfer, 36.00 + 12.34 by
# card. MP 11 is due on Friday the 30th, so expected on Monday the 26th.
FORECAST = [
    ("MB", "EUR", "direct_debit", date(2026, 10, 5), -5, 1, 1_210, 1_210),
    ("MP", "EUR", "card", date(2026, 10, 5), -11, 2, 4_834, 4_834),
    ("MP", "EUR", "transfer", date(2026, 10, 5), -4, 4, 25_910, 25_910),
    ("MP", "EUR", "transfer", date(2026, 10, 26), -4, 1, 2_380, 0),
    ("MP", "SEK", "transfer", date(2026, 10, 5), -4, 1, 125_000, 125_000),
    ("MS", "CHF", "transfer", date(2026, 10, 5), -10, 1, 6_005, 6_005),
]
# What was open at the month's end before: 107.10 all still is; of 329.44 in October 22.00 was credited.
ROLLED_ON = [
    (SEPTEMBER, "MP", "EUR", "not due", 10_710, 10_710, 10_000),
    (OCTOBER, "MB", "EUR", "1-30", 1_210, 1_210, 10_000),
    (OCTOBER, "MP", "EUR", "1-30", 32_944, 30_744, 9_332),
    (OCTOBER, "MP", "EUR", "not due", 2_380, 2_380, 10_000),
    (OCTOBER, "MP", "SEK", "1-30", 125_000, 125_000, 10_000),
    (OCTOBER, "MS", "CHF", "not due", 6_005, 6_005, 10_000),
]
SALES = [("ATU13585627", "m06", "AT", "EUR", 1, 8_000), ("FR40303265045", "m05", "FR", "EUR", 1, 20_000)]
NUMBERS = [("MB-2026-", 1, 1, 0), ("MP-2026-", 13, 12, 1), ("MPC-2026-", 2, 2, 0), ("MS-2026-", 2, 2, 0)]
CONTROL = [
    ("MB", "EUR", 1_210, 0, 0, 1_210, 1_210, 0, 0),
    ("MP", "EUR", 96_124, 8_300, 54_700, 33_124, 33_124, 0, 0),
    ("MP", "SEK", 125_000, 0, 0, 125_000, 125_000, 0, 0),
    ("MS", "CHF", 16_815, 0, 10_810, 6_005, 6_005, 0, 0),
]
BY_MONTH = "month = '2026-09-01'"
FIGURES: list[tuple[str, str, str, Answer]] = [
    ("ar_rollforward", ("month entity currency opening_minor invoiced_minor credited_minor cash_minor taken_back_minor "
     "closing_minor items_minor difference_minor"), "closing_minor != 0 OR invoiced_minor != 0", ROLLED),
    ("ar_ageing_month_ends", "entity currency bucket invoice_count open_minor", BY_MONTH, AGED),
    ("dso", "entity currency dso_days best_possible_days countback_days", BY_MONTH, DSO),
    ("revenue_by_country_month", "entity country kind currency line_count invoiced_minor credited_minor net_minor",
     BY_MONTH, REVENUE),
    ("deferred_revenue", "month entity currency opening_minor deferred_minor earned_minor closing_minor", "TRUE",
     DEFERRED),
    ("vat_return", "entity scheme country rate_basis_points currency document_count base_minor vat_minor",
     "period = 'month' AND period_from = '2026-09-01'", VAT),
    ("vat_return", "base_minor vat_minor document_count", ("period = 'quarter' AND period_from = '2026-07-01' "
     "AND entity = 'MP' AND rate_basis_points = 1900"), [(42_000, 7_980, 5)]),
    ("vat_by_country_rate", "base_minor vat_minor", "month = '2026-10-01'", [(-1_500, -105), (-500, -95)]),
    ("oss_return", ("country rate_basis_points currency document_count base_minor vat_minor ecb_rate base_eur_minor "
     "vat_eur_minor"), "quarter = '2026-07-01' AND corrects_quarter = quarter AND entity = 'MP'", OSS),
    ("ec_sales_list", "vat_id member_id country currency document_count base_minor", BY_MONTH, SALES),
    ("collections_effectiveness", "entity currency cei_basis_points", BY_MONTH, CEI),
    ("roll_rates", "month entity currency from_bucket from_minor to_minor roll_basis_points", "TRUE", ROLLED_ON),
    ("matching_rate", ("entity currency source payment_count straight_through_count count_basis_points received_minor "
     "straight_through_minor minor_basis_points"), BY_MONTH, MATCHED),
    ("payment_success", ("entity currency provider method collection_count first_try_count retried_count failed_count "
     "in_flight_count asked_minor collected_minor first_try_basis_points success_basis_points"), BY_MONTH, COLLECTED),
    ("payment_failures", "entity currency provider method code reason_class attempt_count failed_minor recovered_count",
     BY_MONTH, FAILED),
    ("refunds_and_chargebacks", "entity currency source kind code case_count amount_minor fee_minor", BY_MONTH,
     WENT_BACK),
    ("unapplied_ageing", ("receipt_id member_id entity currency source received_on received_minor unapplied_minor days "
     "bucket"), "TRUE", UNAPPLIED),
    ("clearing_accounts", "entity currency word balance_minor to_7_days_minor to_30_days_minor older_minor oldest_on",
     "TRUE", CLEARING),
    ("provider_fees", ("entity currency provider payout_count charges_minor payout_fees_minor return_fees_minor "
     "adjustments_minor bank_fees_minor fees_minor fee_basis_points"), BY_MONTH, FEES),
    ("cash_forecast", "entity currency payment_method week late_days invoice_count expected_minor overdue_minor",
     "TRUE", FORECAST),
    ("number_completeness", "series last_number document_count missing_count", "TRUE", NUMBERS),
    ("ar_control", ("entity currency invoiced_minor credited_minor paid_minor open_minor ledger_minor difference_minor "
     "overpaid_items"), "TRUE", CONTROL),
    ("journal_control", "COUNT(*)", "NOT balanced OR difference_minor != 0 OR unposted_documents != 0", [(0,)]),
    ("journal_by_day_account", "SUM(balance_minor)", "TRUE", [(0,)]),
    ("data_freshness", "SUM(repeated_rows)", "TRUE", [(0,)]),
    ("ar_ageing", "days_overdue bucket open_minor", "invoice_number IN ('MP-2026-0000012', 'MS-2026-0000002')",
     [(35, "31-60", 10_710), (5, "1-30", 6_005)]),
]  # fmt: skip


@pytest.mark.parametrize(("view", "names", "where", "expected"), FIGURES, ids=[f"{f[0]}-{f[2][:20]}" for f in FIGURES])
def test_the_figures_are_those_worked_out_by_hand(
    books: bigquery.Client, view: str, names: str, where: str, expected: Answer
) -> None:
    columns = [names] if "(" in names else names.split()
    assert read(books, f"{view}`", *columns, where=where) == sorted(expected, key=str)


def test_every_view_has_figures_of_its_own_here() -> None:
    assert {view.name for view in REPORTS} == {view for view, *_ in FIGURES}


def test_every_view_says_as_of_when_it_is_and_how_fresh(books: bigquery.Client) -> None:
    for view in REPORTS:
        for as_of, loaded_at in read(books, f"{view.name}`", "as_of", "loaded_at"):
            assert as_of == LATE, view.name
            assert loaded_at >= LATE, view.name


OFFICE = "SUM(COALESCE(office_vat_minor, vat_minor))"
TIES = [
    ("SUM(net_minor)", "revenue_by_country_month", "TRUE", "SUM(net_minor)"),
    ("SUM(base_minor)", "vat_by_country_rate", "TRUE", "SUM(net_minor)"),
    ("SUM(vat_minor)", "vat_by_country_rate", "TRUE", "SUM(vat_minor)"),
    ("SUM(vat_minor)", "vat_return", "period = 'month'", OFFICE),
    ("SUM(vat_minor)", "vat_return", "period = 'quarter'", OFFICE),
    ("SUM(invoiced_minor - credited_minor)", "ar_rollforward", "TRUE", "SUM(total_minor)"),
    ("SUM(documents_minor)", "journal_control", "TRUE", "SUM(total_minor)"),
    ("SUM(total_minor) - SUM(paid_minor) - SUM(credited_minor) - SUM(open_minor)", "ar_ageing", "TRUE", "0"),
]


@pytest.mark.parametrize(("told_as", "view", "where", "documents"), TIES, ids=[f"{t[1]}-{t[2]}" for t in TIES])
def test_the_reports_tie_to_the_documents_own_totals(
    books: bigquery.Client, told_as: str, view: str, where: str, documents: str
) -> None:
    sql = f"SELECT DISTINCT {documents} FROM `{month.PROJECT}.billing_core.documents`"  # noqa: S608 - our own names
    assert read(books, f"{view}`", told_as, where=where) == [tuple(row.values()) for row in books.query_and_wait(sql)]


CENT = {"invoice_issued": "total_minor", "invoice_issued_vat": "vat_minor", "payment_matched": "amount_minor"}


@pytest.mark.parametrize(("table", "column"), CENT.items())
def test_one_cent_too_much_in_one_row_is_seen(books: bigquery.Client, table: str, column: str) -> None:
    before = everything(books)
    spoilt = {kept: [dict(row) for row in rows] for kept, rows in month.rows().items()}
    spoilt[f"billing_raw.{table}"][1][column] += 1
    try:
        month.emptied(books, list(spoilt))
        month.load(books, spoilt)
        assert everything(books) != before
    finally:
        month.emptied(books, list(month.rows()))
        month.load(books, month.rows())


KNOWN = [("2026-10-04 00:00:00+00", 11_000, 32_944), ("2026-10-06 00:00:00+00", 13_000, 35_324)]


@pytest.mark.parametrize(("known_at", "revenue", "still_open"), KNOWN, ids=["before the late item", "after it"])
def test_a_past_month_is_shown_as_it_was_reported_then(
    books: bigquery.Client, known_at: str, revenue: int, still_open: int
) -> None:
    """The late invoice is of September, and nobody knew of it before 5 October."""
    at = f"DATE '2026-09-30', TIMESTAMP '{known_at}')"
    of_mp = "entity = 'MP' AND currency = 'EUR'"
    assert read(books, f"ar_ageing_at`({at}", "SUM(open_minor)", where=of_mp) == [(still_open,)]
    german = f"{of_mp} AND country = 'DE' AND kind = 'commission'"
    assert read(books, f"revenue_reported`({at}", "net_minor", "month", where=german) == [(revenue, SEPTEMBER)]
    domestic = f"{of_mp} AND scheme = 'domestic' AND rate_basis_points = 1900"
    assert read(books, f"vat_reported`({at}", "base_minor", where=domestic) == [(20_000 + revenue,)]  # and promotion


def test_what_was_reported_of_a_day_does_not_change_with_what_comes_later(books: bigquery.Client) -> None:
    """On 10 September, as known on the 10th: MP 03, 04 and 13 are paid, the chargeback and the refund not yet there."""
    asked = "ar_ageing_at`(DATE '2026-09-10', TIMESTAMP '2026-09-10 23:00:00+00')"
    found = read(books, asked, "invoice_number", "open_minor", "as_of", where="entity = 'MP' AND currency = 'EUR'")
    assert [(number[-2:], cents) for number, cents, _ in found] == [
        ("02", 4_400), ("05", 20_000), ("06", 8_000), ("07", 4_000), ("08", 1_234), ("12", 10_710),
    ]  # fmt: skip
    assert {as_of for _, _, as_of in found} == {datetime(2026, 9, 10, 8, tzinfo=UTC)}


def shuffled() -> month.Rows:
    """The month's rows in another order."""
    order = random.Random(6)  # noqa: S311 - an order, not a secret
    return {table: order.sample(rows, len(rows)) for table, rows in month.rows().items()}


def test_rows_that_come_twice_and_in_another_order_change_nothing(books: bigquery.Client) -> None:
    before = everything(books)
    month.load(books, shuffled())
    try:
        assert everything(books) == before
        assert read(books, "data_freshness`", "SUM(repeated_rows)") != [(0,)]
    finally:
        month.emptied(books, list(month.rows()))
        month.load(books, month.rows())


def test_one_more_payment_changes_only_what_it_must(books: bigquery.Client) -> None:
    """Money that nobody has matched: what is owed, billed and taxed stays as it is."""
    before = everything(books)
    added = month.rows_of(LATE, told.payment_received("rcp_x", 777, received_on="2026-10-05", entity="MP"))
    month.load(books, added)
    try:
        after = everything(books)
    finally:
        month.emptied(books, list(month.rows()))
        month.load(books, month.rows())
    assert {name for name in before if before[name] != after[name]} == {
        "matching_rate", "unapplied_ageing", "data_freshness",
    }  # fmt: skip
    assert [row for row in after["unapplied_ageing"] if row not in before["unapplied_ageing"]] == [
        (LATE, "rcp_x", "mem_1", "MP", "EUR", "bank", date(2026, 10, 5), 777, 777, 0, "0-7")
    ]


def test_an_empty_warehouse_answers_every_report_without_a_row() -> None:
    with connected(month.PROJECT) as client:
        for definition in reporting_setup(month.PROJECT):
            make(client, month.PROJECT, definition)
        assert {name: rows for name, rows in everything(client).items() if rows} == {}
        assert {function.name for function in FUNCTIONS} == {"ar_ageing_at", "revenue_reported", "vat_reported"}
