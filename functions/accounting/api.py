"""Accounting's HTTP routes: journals, periods, the trial balance, batches for SAP."""

from typing import Final

from common.functions import Route, command, query
from functions.accounting import queries, requests, requests_of_sap
from functions.accounting.handlers import batches, debtors, drilling, periods

READ: Final = "journals:read"
WRITE: Final = "journals:write"

PERIOD_VERBS: Final = {
    "close": periods.close_period,
    "reopen": periods.reopen_period,
    "keep": periods.keep_period,
}

ROUTES: Final[tuple[Route, ...]] = (
    query("/v1/journals", queries.list_journals, requests.JournalsAsked, requests.JournalsShown, scope=READ),
    query("/v1/journals/{journal_id}", queries.show_journal, requests.JournalAsked, requests.JournalShown, scope=READ),
    query("/v1/trial-balance", queries.show_balance, requests.BalanceAsked, requests.BalanceShown, scope=READ),
    query("/v1/ledgers/{member_id}", queries.show_ledger, requests.LedgerAsked, requests.LedgerShown, scope=READ),
    query("/v1/periods", queries.list_periods, requests.PeriodsAsked, requests.PeriodsShown, scope=READ),
    *(
        command(
            "POST",
            f"/v1/periods/{{period_id}}/{verb}",
            handler,
            requests.ChangePeriod,
            requests.PeriodShown,
            scope=WRITE,
        )
        for verb, handler in PERIOD_VERBS.items()
    ),
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
    command(
        "POST",
        "/v1/sap-batches/{batch_id}/reverse",
        batches.reverse,
        requests.Reversing,
        requests.BatchShown,
        scope=WRITE,
    ),
    query(
        "/v1/sap-documents/{number}",
        drilling.show_document,
        requests_of_sap.SapDocumentAsked,
        requests_of_sap.SapDocumentShown,
        scope=READ,
    ),
    query(
        "/v1/sap-debtors", queries.list_debtors, requests_of_sap.DebtorsAsked, requests_of_sap.DebtorsShown, scope=READ
    ),
    command(
        "POST",
        "/v1/sap-debtors",
        debtors.set_debtor,
        requests_of_sap.DebtorSet,
        requests_of_sap.DebtorsShown,
        scope=WRITE,
    ),
)
