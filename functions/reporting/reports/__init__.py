"""The reports finance reads: which view each shows, by which columns it is narrowed, and what its chart tells."""

from functools import cache
from typing import Annotated, Final, Literal

from pydantic import Field

from common.values import Exact
from functions.reporting.tables import Column
from functions.reporting.views import FUNCTIONS, VIEWS, View

Group = Literal["Receivables", "Revenue and tax", "Money", "Proof"]
GROUPS: Final[tuple[Group, ...]] = ("Receivables", "Revenue and tax", "Money", "Proof")
"""In the order people look at them."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]


class Measure(Exact):
    """What a chart draws: a column added up, or, with `by`, its share of another one, added up as well.

    A column that can't be added up (days, shares) is drawn as it is, where a panel has one row for each place.
    """

    label: str
    column: str
    by: str = ""


class Chart(Exact):
    """Bars over the values of one column, for each legal entity and currency apart."""

    title: str
    x: str
    measures: tuple[Measure, ...]
    split: str = ""
    """A column whose values are series of their own; then there is one measure."""
    stacked: bool = False


class Report(Exact):
    """One report: a page, a download and a page of the build sheet."""

    name: Name
    title: str
    group: Group
    view: str
    period: str = ""
    """The column of days it is narrowed by; empty where it is as of now."""
    latest_first: bool = True
    then: str = ""
    """The table function that tells it as it was reported at any moment."""
    then_day: str = ""
    """The argument of that function which says of which day."""
    chart: Chart | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of its view, in their order."""
        return view_of(self.view).columns

    @property
    def lead(self) -> str:
        """What it tells: its view says so."""
        return view_of(self.view).description

    def has(self, column: str) -> bool:
        """Whether its view has a column of that name."""
        return any(one["name"] == column for one in self.columns)


@cache
def view_of(name: str) -> View:
    """A view or table function by name; KeyError where there is none."""
    return {view.name: view for view in (*VIEWS, *FUNCTIONS)}[name]


def _bars(title: str, x: str, *measures: tuple[str, ...], split: str = "", stacked: bool = False) -> Chart:
    made = tuple(Measure(label=one[0], column=one[1], by=one[2] if len(one) > 2 else "") for one in measures)  # noqa: PLR2004
    return Chart(title=title, x=x, measures=made, split=split, stacked=stacked)


REPORTS: Final[tuple[Report, ...]] = (
    Report(name="ageing", title="Ageing", group="Receivables", view="ar_ageing", then="ar_ageing_at", then_day="day",
           chart=_bars("Open by age", "bucket", ("Open", "open_minor"))),
    Report(name="ageing-by-month", title="Ageing by month", group="Receivables", view="ar_ageing_month_ends",
           period="month", chart=_bars("Open at each month's end, by age", "month", ("Open", "open_minor"),
                                       split="bucket", stacked=True)),
    Report(name="roll-forward", title="Roll-forward", group="Receivables", view="ar_rollforward", period="month",
           chart=_bars("From one month's end to the next", "month", ("Opening", "opening_minor"),
                       ("Invoiced", "invoiced_minor"), ("Credited", "credited_minor"), ("Cash", "cash_minor"),
                       ("Taken back", "taken_back_minor"), ("Closing", "closing_minor"))),
    Report(name="dso", title="Days sales outstanding", group="Receivables", view="dso", period="month",
           chart=_bars("Days at each month's end", "month", ("DSO", "dso_days"),
                       ("Best possible", "best_possible_days"), ("By counting back", "countback_days"))),
    Report(name="collections", title="Collections effectiveness", group="Receivables",
           view="collections_effectiveness", period="month",
           chart=_bars("What could be collected and was", "month", ("Effectiveness", "cei_basis_points"))),
    Report(name="roll-rates", title="Roll rates", group="Receivables", view="roll_rates", period="month",
           chart=_bars("Still open a month later", "month", ("Still open", "to_minor", "from_minor"),
                       split="from_bucket")),
    Report(name="cash-forecast", title="Cash forecast", group="Receivables", view="cash_forecast", period="week",
           latest_first=False, chart=_bars("Expected by week", "week", ("Expected", "expected_minor"),
                                           split="payment_method", stacked=True)),
    Report(name="revenue", title="Revenue", group="Revenue and tax", view="revenue_by_country_month", period="month",
           then="revenue_reported", then_day="of_month",
           chart=_bars("Net revenue by month and kind of fee", "month", ("Net", "net_minor"), split="kind",
                       stacked=True)),
    Report(name="deferred-revenue", title="Deferred revenue", group="Revenue and tax", view="deferred_revenue",
           period="month", chart=_bars("Billed for later months", "month", ("Deferred", "deferred_minor"),
                                       ("Earned", "earned_minor"), ("At the end", "closing_minor"),
                                       ("In the ledger", "ledger_minor"))),
    Report(name="vat", title="VAT by country and rate", group="Revenue and tax", view="vat_by_country_rate",
           period="month", then="vat_reported", then_day="of_month",
           chart=_bars("VAT by month and scheme", "month", ("VAT", "vat_minor"), split="scheme", stacked=True)),
    Report(name="vat-return", title="VAT return", group="Revenue and tax", view="vat_return", period="period_from",
           chart=_bars("VAT by period and country", "country", ("VAT", "vat_minor"), split="period")),
    Report(name="oss-return", title="One-Stop-Shop return", group="Revenue and tax", view="oss_return",
           period="quarter", chart=_bars("VAT by member state", "country", ("VAT", "vat_minor"))),
    Report(name="ec-sales-list", title="EC sales list", group="Revenue and tax", view="ec_sales_list",
           period="month", chart=_bars("Reverse charge by member state", "country", ("Base", "base_minor"))),
    Report(name="matching-rate", title="Matching rate", group="Money", view="matching_rate", period="month",
           chart=_bars("Matched by rules alone", "month", ("Of payments", "straight_through_count", "payment_count"),
                       ("Of the money", "straight_through_minor", "received_minor"))),
    Report(name="payment-success", title="Payment success", group="Money", view="payment_success", period="month",
           chart=_bars("How collecting went", "month", ("First try", "first_try_count"), ("Retried", "retried_count"),
                       ("Failed", "failed_count"), ("Under way", "in_flight_count"), stacked=True)),
    Report(name="payment-failures", title="Payment failures", group="Money", view="payment_failures", period="month",
           chart=_bars("Failed attempts by reason", "code", ("Attempts", "attempt_count"),
                       ("Brought later", "recovered_count"))),
    Report(name="refunds-and-chargebacks", title="Refunds and chargebacks", group="Money",
           view="refunds_and_chargebacks", period="month",
           chart=_bars("What went back", "month", ("Amount", "amount_minor"), split="kind")),
    Report(name="unapplied-money", title="Unapplied money", group="Money", view="unapplied_ageing",
           period="received_on", chart=_bars("Money that pays nothing yet, by age", "bucket",
                                             ("Not applied", "unapplied_minor"))),
    Report(name="clearing-accounts", title="Clearing accounts", group="Money", view="clearing_accounts",
           chart=_bars("What stands on accounts that must run empty, by age", "account",
                       ("Last 7 days", "to_7_days_minor"), ("8 to 30 days", "to_30_days_minor"),
                       ("Older", "older_minor"))),
    Report(name="provider-fees", title="Provider fees", group="Money", view="provider_fees", period="month",
           chart=_bars("Fees by month and provider", "month", ("Fees", "fees_minor"), split="provider",
                       stacked=True)),
    Report(name="journal-control", title="Journal control", group="Proof", view="journal_control",
           period="posted_on", chart=_bars("Documents and what they posted", "posted_on",
                                           ("Documents", "documents_minor"), ("Posted", "receivables_minor"))),
    Report(name="open-items-control", title="Open items and ledger", group="Proof", view="ar_control",
           chart=_bars("Open items and the ledger's receivables", "entity", ("Open items", "open_minor"),
                       ("Ledger", "ledger_minor"))),
    Report(name="journal-by-account", title="Journal by day and account", group="Proof",
           view="journal_by_day_account", period="posted_on",
           chart=_bars("Moved by account", "account", ("Debit", "debit_minor"), ("Credit", "credit_minor"))),
    Report(name="freshness", title="Freshness", group="Proof", view="data_freshness",
           chart=_bars("Events by kind", "name", ("Events", "event_count"))),
    Report(name="numbers", title="Completeness of numbers", group="Proof", view="number_completeness",
           chart=_bars("Documents by series", "series", ("Documents", "document_count"), ("Missing", "missing_count"))),
    Report(name="loading", title="Completeness of loading", group="Proof", view="completeness", period="day",
           chart=_bars("Facts told and loaded", "day", ("Told", "told_count"), ("Loaded", "loaded_count"))),
)  # fmt: skip
BY_NAME: Final = {report.name: report for report in REPORTS}
