"""The views finance reads, in the order they stand on each other: SQL in files, the meaning of each column here."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from functions.reporting.tables import CORE, EVENT_COLUMNS, RAW, REPORTING, Column, column

AS_OF: Final = column(
    "as_of", "TIMESTAMP", "The newest event in this answer: later ones are not in it.", mode="NULLABLE"
)
LOADED_AT: Final = column(
    "loaded_at", "TIMESTAMP", "When the newest row came in: how fresh this answer is.", mode="NULLABLE"
)
MONTH: Final = column("month", "DATE", "First day of the month of issue.", mode="NULLABLE")
TABLE: Final = re.compile(rf"\b({RAW}|{CORE}|{REPORTING})\.([a-z_]+)")


def _text(name: str, description: str) -> Column:
    return column(name, "STRING", description, mode="NULLABLE")


def _day(name: str, description: str) -> Column:
    return column(name, "DATE", description, mode="NULLABLE")


def _whole(name: str, description: str) -> Column:
    return column(name, "INTEGER", description, mode="NULLABLE")


def _moment(name: str, description: str) -> Column:
    return column(name, "TIMESTAMP", description, mode="NULLABLE")


ENTITY: Final = _text("entity", "The legal entity's code.")
CURRENCY: Final = _text("currency", "ISO 4217; all amounts are integers in its minor units.")


@dataclass(frozen=True, slots=True)
class View:
    """A view: where it stands, what it tells, each column in the order of its query."""

    dataset: str
    name: str
    description: str
    columns: tuple[Column, ...]

    @property
    def sql(self) -> str:
        """The query as written, with tables named by dataset alone."""
        return Path(__file__).with_name(f"{self.name}.sql").read_text(encoding="utf-8")

    def query(self, project: str) -> str:
        """The query with every table named in full, as a stored view needs it."""
        return TABLE.sub(rf"`{project}.\1.\2`", self.sql)

    def definition(self, project: str) -> dict[str, Any]:
        """The view as data, as BigQuery's API takes it."""
        return {
            "kind": "view",
            "dataset": self.dataset,
            "name": self.name,
            "description": self.description,
            "query": self.query(project),
            "schema": self.columns,
        }


VIEWS: Final = (
    View(CORE, "events", "Every event of the platform exactly once.", EVENT_COLUMNS),
    View(CORE, "freshness", "How far the data go and how fresh they are: one row.", (AS_OF, LOADED_AT)),
    View(
        REPORTING,
        "ar_ageing",
        "Open invoices by age: what is owed, by whom, since when.",
        (
            AS_OF,
            LOADED_AT,
            _text("invoice_number", "The invoice's number."),
            _text("invoice_id", "The invoice's id."),
            _text("member_id", "Who owes it."),
            ENTITY,
            _text("country", "The member's country when it was issued."),
            CURRENCY,
            _day("issued_on", "Day of issue."),
            _day("due_on", "Day it is due."),
            _whole("total_minor", "What was billed, with VAT."),
            _whole("paid_minor", "Payments matched, less matches taken back."),
            _whole("credited_minor", "Credit notes."),
            _whole("open_minor", "What is still owed."),
            _whole("days_overdue", "Days past due; 0 while it is not due."),
            _text("bucket", "not due, 1-30, 31-60, 61-90, over 90 days."),
        ),
    ),
    View(
        REPORTING,
        "revenue_by_country_month",
        "Net revenue by month of issue, country and kind of fee.",
        (
            AS_OF,
            LOADED_AT,
            MONTH,
            ENTITY,
            _text("country", "The member's country when it was issued."),
            _text("kind", "Kind of fee, as the charge said: listing, commission, subscription, financing and others."),
            CURRENCY,
            _whole("line_count", "Lines of invoices and credit notes."),
            _whole("invoiced_minor", "Net of invoices."),
            _whole("credited_minor", "Net of credit notes."),
            _whole("net_minor", "Invoices less credit notes, net of VAT."),
        ),
    ),
    View(
        REPORTING,
        "vat_by_country_rate",
        "VAT owed by month of issue, scheme, country and rate, in the documents' own currencies; a credit note counts "
        "in the month of its own issue, not of its invoice's.",
        (
            AS_OF,
            LOADED_AT,
            MONTH,
            ENTITY,
            _text("scheme", "domestic, home_rate, oss, reverse_charge, exempt or outside_scope."),
            _text("country", "Where the VAT is owed; empty outside scope."),
            _text("category", "EN 16931 category: S, AE, O."),
            _whole("rate_basis_points", "The rate in ten-thousandths: 1900 is 19 %."),
            CURRENCY,
            _whole("document_count", "Invoices and credit notes with such a total."),
            _whole("base_minor", "Taxable base."),
            _whole("vat_minor", "VAT."),
        ),
    ),
    View(
        REPORTING,
        "journal_by_day_account",
        "What every account moved on every day.",
        (
            AS_OF,
            LOADED_AT,
            _day("posted_on", "Day of posting, in the legal entity's time zone."),
            ENTITY,
            CURRENCY,
            _text("document_type", "SAP's: DR invoice, DG credit memo, DZ payment, AB clearing, SA payout."),
            _text("account", "General ledger account."),
            _text("tax_code", "SAP's tax code; empty where no tax."),
            _text("country", "Where the VAT is owed; empty where none."),
            _whole("debit_minor", "Sum of debits."),
            _whole("credit_minor", "Sum of credits."),
            _whole("balance_minor", "Debits less credits."),
        ),
    ),
    View(
        REPORTING,
        "journal_control",
        "Each day's proof: the journal is balanced, and its receivables are what was issued.",
        (
            AS_OF,
            LOADED_AT,
            _day("posted_on", "Day of posting; for a document without a journal, its day of issue."),
            ENTITY,
            CURRENCY,
            _whole("debit_minor", "Sum of debits."),
            _whole("credit_minor", "Sum of credits."),
            column("balanced", "BOOLEAN", "Whether debits equal credits.", mode="NULLABLE"),
            _whole("documents_minor", "Invoices less credit notes, with VAT."),
            _whole("receivables_minor", "What invoices and credit notes posted to receivables."),
            _whole("difference_minor", "Documents less receivables: 0 when all is well."),
            _whole("unposted_documents", "Documents without a journal: 0 when all is well."),
        ),
    ),
    View(
        REPORTING,
        "ar_control",
        "The proof of the open items: they add up to the receivables in the ledger.",
        (
            AS_OF,
            LOADED_AT,
            ENTITY,
            CURRENCY,
            _whole("invoiced_minor", "Invoices, with VAT."),
            _whole("credited_minor", "Credit notes, with VAT."),
            _whole("paid_minor", "Payments matched, less matches taken back."),
            _whole("open_minor", "What is still owed: invoices less credit notes less payments."),
            _whole("ledger_minor", "Balance of the receivables account."),
            _whole("difference_minor", "Open items less ledger: 0 when all is well."),
            _whole("overpaid_items", "Invoices with more credited and paid than billed: 0 when all is well."),
        ),
    ),
    View(
        REPORTING,
        "data_freshness",
        "How fresh and complete the data are, by kind of event.",
        (
            AS_OF,
            LOADED_AT,
            _text("name", "The event."),
            _whole("event_count", "How many happened."),
            _whole("member_count", "How many members they are about."),
            _moment("first_at", "The first one."),
            _moment("last_at", "The newest one."),
            _whole("repeated_rows", "Rows loaded more than once, which the views leave out."),
        ),
    ),
)
