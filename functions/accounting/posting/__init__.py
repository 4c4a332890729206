"""Double entry: which accounts a money event debits and credits, one pure rule an event."""

from functions.accounting.posting.charts import Account, Chart, chart, chart_of, sales_accounts
from functions.accounting.posting.entries import DocumentType, Entry, Part, journal_id
from functions.accounting.posting.rules import MOVES_NOTHING, RULES, Rule, chart_for, entry_of

__all__ = [
    "MOVES_NOTHING",
    "RULES",
    "Account",
    "Chart",
    "DocumentType",
    "Entry",
    "Part",
    "Rule",
    "chart",
    "chart_for",
    "chart_of",
    "entry_of",
    "journal_id",
    "sales_accounts",
]
