"""The routes of our own SEPA direct debit: mandates, debits, their files, and what banks report of them."""

import hashlib
from collections.abc import Mapping
from typing import Final

from common.functions import Route, Upload, command, page, query, upload
from common.settings import Settings
from functions.payments.api.scopes import READ, WRITE
from functions.payments.handlers import debits, mandates
from functions.payments.handlers import debits_shown as shown
from functions.payments.requests.debits import (
    BatchAnswer,
    BatchPage,
    ByBatch,
    ByDebit,
    DebitAnswer,
    DebitPage,
    ReportTaken,
    SearchBatches,
    SearchDebits,
)
from functions.payments.requests.mandates import (
    AmendMandate,
    ByMandate,
    MandateAnswer,
    MandatePage,
    RequestMandate,
    SearchMandates,
    SignMandate,
    WithReason,
)
from functions.payments.sepa import pain002

XML: Final = "application/xml"
MANDATE: Final = "/v1/mandates/{mandate_id}"
BATCH: Final = "/v1/debit-batches/{batch_id}"


def parse_debit_report(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:  # noqa: ARG001 - the port
    """A bank's status report (pain.002), checked and read; Rejected with what is wrong."""
    return Upload(hashlib.sha256(body).hexdigest(), pain002.read(body))


ROUTES: Final[list[Route]] = [
    command("POST", "/v1/mandates", mandates.request_mandate, RequestMandate, MandateAnswer, scope=WRITE, status=201),
    command("POST", f"{MANDATE}/sign", mandates.sign_mandate, SignMandate, MandateAnswer, scope=WRITE),
    command("POST", f"{MANDATE}/confirm", mandates.confirm_mandate, ByMandate, MandateAnswer, scope=WRITE),
    command("POST", f"{MANDATE}/amend", mandates.amend_mandate, AmendMandate, MandateAnswer, scope=WRITE),
    command("POST", f"{MANDATE}/suspend", mandates.suspend_mandate, WithReason, MandateAnswer, scope=WRITE),
    command("POST", f"{MANDATE}/resume", mandates.resume_mandate, ByMandate, MandateAnswer, scope=WRITE),
    command("POST", f"{MANDATE}/cancel", mandates.cancel_mandate, WithReason, MandateAnswer, scope=WRITE),
    query("/v1/mandates", mandates.search_mandates, SearchMandates, MandatePage, scope=READ),
    query(MANDATE, mandates.show_mandate, ByMandate, MandateAnswer, scope=READ),
    query("/v1/debits", shown.search_debits, SearchDebits, DebitPage, scope=READ),
    query("/v1/debits/{debit_id}", shown.show_debit, ByDebit, DebitAnswer, scope=READ),
    query("/v1/debit-batches", shown.search_batches, SearchBatches, BatchPage, scope=READ),
    query(BATCH, shown.show_batch, ByBatch, BatchAnswer, scope=READ),
    page(f"{BATCH}/file", shown.batch_file, ByBatch, scope=READ, media=XML),
    upload("/v1/debit-reports", debits.take_report, parse_debit_report, ReportTaken, media=XML, scope=WRITE),
]
