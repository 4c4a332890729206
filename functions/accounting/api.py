"""Accounting's HTTP routes: journals, the trial balance, batches for SAP."""

from typing import Final

from common.functions import Route, command, query
from functions.accounting import queries, requests
from functions.accounting.handlers import batches

READ: Final = "journals:read"
WRITE: Final = "journals:write"

ROUTES: Final[tuple[Route, ...]] = (
    query("/v1/journals", queries.list_journals, requests.JournalsAsked, requests.JournalsShown, scope=READ),
    query("/v1/journals/{journal_id}", queries.show_journal, requests.JournalAsked, requests.JournalShown, scope=READ),
    query("/v1/trial-balance", queries.show_balance, requests.BalanceAsked, requests.BalanceShown, scope=READ),
    query("/v1/sap-batches", queries.list_batches, requests.BatchesAsked, requests.BatchesShown, scope=READ),
    query("/v1/sap-batches/{batch_id}", queries.show_batch, requests.BatchAsked, requests.BatchShown, scope=READ),
    command(
        "POST",
        "/v1/sap-batches/{batch_id}/resend",
        batches.resend,
        requests.Resending,
        requests.BatchShown,
        scope=WRITE,
    ),
)
