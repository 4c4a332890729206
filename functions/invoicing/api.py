"""The HTTP routes of `invoicing`."""

from typing import Final

from common.functions import Route, command, page, query
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import queries, runs
from functions.invoicing.requests.credit_notes import CreditInvoice, CreditNoteAnswer, ShowCreditNote
from functions.invoicing.requests.invoices import InvoiceAnswer, InvoiceList, ListInvoices, ShowInvoice
from functions.invoicing.requests.runs import (
    ChangeRun,
    ListRuns,
    PageAnswer,
    RunAnswer,
    RunList,
    RunProgress,
    ShowPage,
    ShowRun,
    StartRun,
)

READ: Final = "invoices:read"
RUN: Final = "invoices:run"
CREDIT: Final = "invoices:credit"
PDF: Final = "application/pdf"

ROUTES: Final[list[Route]] = [
    command("POST", "/v1/billing-runs", runs.start_run, StartRun, RunAnswer, scope=RUN, status=201),
    command("POST", "/v1/billing-runs/{run_id}/release", runs.release_run, ChangeRun, RunAnswer, scope=RUN),
    command("POST", "/v1/billing-runs/{run_id}/cancel", runs.cancel_run, ChangeRun, RunAnswer, scope=RUN),
    query("/v1/billing-runs", queries.list_runs, ListRuns, RunList, scope=READ),
    query("/v1/billing-runs/{run_id}", queries.show_run, ShowRun, RunProgress, scope=READ),
    query("/v1/billing-runs/{run_id}/pages/{page}", queries.show_page, ShowPage, PageAnswer, scope=READ),
    query("/v1/invoices", queries.list_invoices, ListInvoices, InvoiceList, scope=READ),
    query("/v1/invoices/{invoice_id}", queries.show_invoice, ShowInvoice, InvoiceAnswer, scope=READ),
    page("/v1/invoices/{invoice_id}/pdf", queries.invoice_pdf, ShowInvoice, scope=READ, media=PDF),
    command(
        "POST",
        "/v1/invoices/{invoice_id}/credit",
        credit_notes.credit_invoice,
        CreditInvoice,
        CreditNoteAnswer,
        scope=CREDIT,
        status=201,
    ),
    query(
        "/v1/credit-notes/{credit_note_id}",
        queries.show_credit_note,
        ShowCreditNote,
        CreditNoteAnswer,
        scope=READ,
    ),
    page(
        "/v1/credit-notes/{credit_note_id}/pdf",
        queries.credit_note_pdf,
        ShowCreditNote,
        scope=READ,
        media=PDF,
    ),
]
