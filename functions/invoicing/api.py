"""The HTTP routes of `invoicing`."""

from typing import Final

from common.functions import Route, command, page, query
from functions.invoicing import requests
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import queries, runs

READ: Final = "invoices:read"
RUN: Final = "invoices:run"
CREDIT: Final = "invoices:credit"
PDF: Final = "application/pdf"

ROUTES: Final[list[Route]] = [
    command("POST", "/v1/billing-runs", runs.start_run, requests.StartRun, requests.RunAnswer, scope=RUN, status=201),
    command(
        "POST", "/v1/billing-runs/{run_id}/release", runs.release_run, requests.ChangeRun, requests.RunAnswer, scope=RUN
    ),
    command(
        "POST", "/v1/billing-runs/{run_id}/cancel", runs.cancel_run, requests.ChangeRun, requests.RunAnswer, scope=RUN
    ),
    query("/v1/billing-runs", queries.list_runs, requests.ListRuns, requests.RunList, scope=READ),
    query("/v1/billing-runs/{run_id}", queries.show_run, requests.ShowRun, requests.RunProgress, scope=READ),
    query(
        "/v1/billing-runs/{run_id}/pages/{page}", queries.show_page, requests.ShowPage, requests.PageAnswer, scope=READ
    ),
    query("/v1/invoices", queries.list_invoices, requests.ListInvoices, requests.InvoiceList, scope=READ),
    query("/v1/invoices/{invoice_id}", queries.show_invoice, requests.ShowInvoice, requests.InvoiceAnswer, scope=READ),
    page("/v1/invoices/{invoice_id}/pdf", queries.invoice_pdf, requests.ShowInvoice, scope=READ, media=PDF),
    command(
        "POST",
        "/v1/invoices/{invoice_id}/credit",
        credit_notes.credit_invoice,
        requests.CreditInvoice,
        requests.CreditNoteAnswer,
        scope=CREDIT,
        status=201,
    ),
    query(
        "/v1/credit-notes/{credit_note_id}",
        queries.show_credit_note,
        requests.ShowCreditNote,
        requests.CreditNoteAnswer,
        scope=READ,
    ),
    page(
        "/v1/credit-notes/{credit_note_id}/pdf",
        queries.credit_note_pdf,
        requests.ShowCreditNote,
        scope=READ,
        media=PDF,
    ),
]
