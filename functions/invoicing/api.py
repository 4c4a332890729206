"""The HTTP routes of `invoicing`."""

from typing import Final

from common.functions import Route, command, page, query, signed_page
from functions.invoicing.explaining_credits import ExplainedCreditNote
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import (
    downloads,
    exchange_rates,
    explanations,
    queries,
    runs,
    runs_holds,
    runs_shown,
    runs_starting,
    upcoming,
)
from functions.invoicing.requests.credit_notes import (
    CancelCreditNote,
    ClaimedAnew,
    CreditInvoice,
    CreditNoteAnswer,
    CreditNoteList,
    ListCreditNotes,
    ReissueInvoice,
    ShowCreditNote,
    ShowWholeCreditNote,
)
from functions.invoicing.requests.downloads import (
    AskCreditNoteLink,
    AskInvoiceLink,
    DocumentLink,
    DownloadPdf,
    DownloadXml,
    ShowCreditNoteXml,
    ShowInvoiceXml,
)
from functions.invoicing.requests.exchange_rates import RatesAnswer, RecordRates, ShowRates
from functions.invoicing.requests.explanations import (
    ExplainInvoice,
    Explanation,
    ShowThreshold,
    ThresholdAnswer,
)
from functions.invoicing.requests.invoices import (
    InvoiceAnswer,
    InvoiceList,
    ListInvoices,
    ShowInvoice,
    ShowWholeInvoice,
)
from functions.invoicing.requests.run_policies import PolicyAnswer, SetPolicy, ShowPolicy
from functions.invoicing.requests.runs import (
    ChangeRun,
    DecideHold,
    LeftList,
    ListLeft,
    ListRuns,
    PageAnswer,
    RunAnswer,
    RunList,
    RunProgress,
    ShowPage,
    ShowRun,
    StartRun,
)
from functions.invoicing.requests.upcoming import ShowUpcoming, UpcomingList

READ: Final = "invoices:read"
RUN: Final = "invoices:run"
POLICY: Final = "invoices:write"
CREDIT: Final = "invoices:credit"
PDF: Final = "application/pdf"
XML: Final = "application/xml"

ROUTES: Final[list[Route]] = [
    command("POST", "/v1/billing-runs", runs.start_run, StartRun, RunAnswer, scope=RUN, status=201),
    command("POST", "/v1/billing-runs/{run_id}/release", runs.release_run, ChangeRun, RunAnswer, scope=RUN),
    command("POST", "/v1/billing-runs/{run_id}/continue", runs.continue_run, ChangeRun, RunAnswer, scope=RUN),
    command("POST", "/v1/billing-runs/{run_id}/pause", runs.pause_run, ChangeRun, RunAnswer, scope=RUN),
    command("POST", "/v1/billing-runs/{run_id}/resume", runs.resume_run, ChangeRun, RunAnswer, scope=RUN),
    command("POST", "/v1/billing-runs/{run_id}/cancel", runs.cancel_run, ChangeRun, RunAnswer, scope=RUN),
    command("POST", "/v1/billing-runs/{run_id}/rerun", runs.rerun, ChangeRun, RunAnswer, scope=RUN, status=201),
    command(
        "POST",
        "/v1/billing-runs/{run_id}/holds/{hold_id}/release",
        runs_holds.release_hold,
        DecideHold,
        RunAnswer,
        scope=RUN,
    ),
    command(
        "POST", "/v1/billing-runs/{run_id}/holds/{hold_id}/drop", runs_holds.drop_hold, DecideHold, RunAnswer, scope=RUN
    ),
    query("/v1/billing-runs", runs_shown.list_runs, ListRuns, RunList, scope=READ),
    query("/v1/billing-runs/{run_id}", runs_shown.show_run, ShowRun, RunProgress, scope=READ),
    query("/v1/billing-runs/{run_id}/pages/{page}", runs_shown.show_page, ShowPage, PageAnswer, scope=READ),
    query("/v1/billing-runs/{run_id}/left", runs_shown.list_left, ListLeft, LeftList, scope=READ),
    query("/v1/billing-policies/{entity}", runs_shown.show_policy, ShowPolicy, PolicyAnswer, scope=READ),
    command("PUT", "/v1/billing-policies/{entity}", runs_starting.set_policy, SetPolicy, PolicyAnswer, scope=POLICY),
    query("/v1/upcoming-invoices", upcoming.show_upcoming, ShowUpcoming, UpcomingList, scope=READ),
    query("/v1/invoices", queries.list_invoices, ListInvoices, InvoiceList, scope=READ),
    query("/v1/invoices/{invoice_id}", queries.show_invoice, ShowWholeInvoice, InvoiceAnswer, scope=READ),
    query(
        "/v1/invoices/{invoice_id}/explanation", explanations.explain_invoice, ExplainInvoice, Explanation, scope=READ
    ),
    page("/v1/invoices/{invoice_id}/pdf", downloads.invoice_pdf, ShowInvoice, scope=READ, media=PDF),
    page("/v1/invoices/{invoice_id}/xml", downloads.invoice_xml, ShowInvoiceXml, scope=READ, media=XML),
    query("/v1/invoices/{invoice_id}/link", downloads.invoice_link, AskInvoiceLink, DocumentLink, scope=READ),
    command(
        "POST",
        "/v1/invoices/{invoice_id}/credit",
        credit_notes.credit_invoice,
        CreditInvoice,
        CreditNoteAnswer,
        scope=CREDIT,
        status=201,
    ),
    command(
        "POST",
        "/v1/invoices/{invoice_id}/reissue",
        credit_notes.reissue_invoice,
        ReissueInvoice,
        ClaimedAnew,
        scope=CREDIT,
        status=201,
    ),
    command(
        "POST",
        "/v1/credit-notes/{credit_note_id}/cancel",
        credit_notes.cancel_credit_note,
        CancelCreditNote,
        ClaimedAnew,
        scope=CREDIT,
        status=201,
    ),
    query(
        "/v1/credit-notes/{credit_note_id}/explanation",
        queries.explain_credit_note,
        ShowCreditNote,
        ExplainedCreditNote,
        scope=READ,
    ),
    query("/v1/credit-notes", queries.list_credit_notes, ListCreditNotes, CreditNoteList, scope=READ),
    query(
        "/v1/credit-notes/{credit_note_id}",
        queries.show_credit_note,
        ShowWholeCreditNote,
        CreditNoteAnswer,
        scope=READ,
    ),
    page(
        "/v1/credit-notes/{credit_note_id}/pdf",
        downloads.credit_note_pdf,
        ShowCreditNote,
        scope=READ,
        media=PDF,
    ),
    page("/v1/credit-notes/{credit_note_id}/xml", downloads.credit_note_xml, ShowCreditNoteXml, scope=READ, media=XML),
    query(
        "/v1/credit-notes/{credit_note_id}/link",
        downloads.credit_note_link,
        AskCreditNoteLink,
        DocumentLink,
        scope=READ,
    ),
    signed_page("/v1/downloads/{document_id}/pdf", downloads.download_pdf, DownloadPdf, media=PDF),
    signed_page("/v1/downloads/{document_id}/xml/{format}", downloads.download_xml, DownloadXml, media=XML),
    command("POST", "/v1/exchange-rates", exchange_rates.record_rates, RecordRates, RatesAnswer, scope=RUN, status=201),
    query("/v1/exchange-rates", exchange_rates.show_rates, ShowRates, RatesAnswer, scope=READ),
    query(
        "/v1/oss-thresholds/{entity}/{year}", explanations.show_threshold, ShowThreshold, ThresholdAnswer, scope=READ
    ),
]
