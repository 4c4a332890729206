"""The HTTP routes of `payments`, and how raw bytes are understood."""

import hashlib
import time
from collections.abc import Mapping
from typing import Final

from common.functions import Route, Upload, command, form, page, preview, query, upload, view
from common.settings import Settings
from functions.payments.bank import files
from functions.payments.handlers import (
    checkouts,
    debits,
    debits_shown,
    deciding,
    disputes,
    inbox,
    links,
    mandates,
    paying,
    payouts,
    proceeds,
    queries,
    refunds,
    statements,
    statements_shown,
    webhooks,
)
from functions.payments.model.asking import Notice, ProviderName
from functions.payments.requests.checkouts import ByCheckout, CheckoutAnswer, CheckoutPage, ListCheckouts
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
from functions.payments.requests.disputes import ByDispute, DisputeAnswer, DisputePage, RespondToDispute, SearchDisputes
from functions.payments.requests.links import ByLink, LinkAnswer, LinkPage, ListLinks, MakeLink, RevokeLink
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
from functions.payments.requests.payments import (
    ByPayment,
    DecideAttempt,
    PaymentAnswer,
    PaymentPage,
    PreviewRetry,
    RetryPlan,
    Search,
)
from functions.payments.requests.payouts import ByPayout, PayoutAnswer, PayoutsAnswer, SearchPayouts
from functions.payments.requests.proceeds import OfferProceeds, ProceedsAnswer, ProceedsPage, SearchProceeds
from functions.payments.requests.refunds import (
    ApproveRefund,
    ByRefund,
    RefundAnswer,
    RefundPage,
    RetryRefund,
    SearchRefunds,
)
from functions.payments.requests.statements import (
    AccountPage,
    EntryPage,
    FilePage,
    SearchAccounts,
    SearchEntries,
    SearchFiles,
    SearchStatements,
    StatementFile,
    StatementPage,
    StatementsTaken,
)
from functions.payments.requests.webhooks import Webhook, WebhookTaken
from functions.payments.sepa import pain002
from functions.payments.webhooks import adyen, gocardless, mollie, stripe
from functions.payments.webhooks.signed import secrets_of

READ: Final = "payments:read"
WRITE: Final = "payments:write"
LINK: Final = "payments:link"


def from_stripe(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A webhook of Stripe's by its signature; Rejected `bad_signature`, `bad_event` or `wrong_mode` (400)."""
    now, live = time.time(), stripe.is_live(settings.stripe_key)
    return taken(
        "stripe", body, stripe.notices(body, headers, secrets_of(settings.webhook_secrets, now), now, live=live)
    )


def from_gocardless(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A webhook of GoCardless's by its signature; Rejected `bad_signature` (498) or `bad_event` (400)."""
    now = time.time()
    found = gocardless.notices(body, headers, secrets_of(settings.gocardless_secrets, now), now)
    return taken("gocardless", body, found)


def from_adyen(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A notification of Adyen's, each item by its signature; Rejected `bad_signature` or `bad_event` (400)."""
    now, merchant, live = time.time(), settings.adyen_merchant, settings.adyen_live
    keys = secrets_of(settings.adyen_hmac_keys, now)
    return taken("adyen", body, adyen.notices(body, headers, keys, now, merchant=merchant, live=live))


def from_mollie(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A webhook of Mollie's; Rejected `bad_signature` or `bad_event` (400). An unsigned one says only where to look.

    It has no id of its own and always the same bytes: each is another one, as there may be news since the last.
    """
    now = time.time()
    found = mollie.notices(body, headers, secrets_of(settings.mollie_secrets, now), now)
    return Upload(found[0].event_id, Webhook(provider="mollie", notices=found))


def taken(provider: ProviderName, body: bytes, notices: tuple[Notice, ...]) -> Upload:
    """A notification that was checked: the same bytes again are the same one, whatever they say of their id."""
    return Upload(hashlib.sha256(body).hexdigest(), Webhook(provider=provider, notices=notices))


def parse_statement(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:  # noqa: ARG001 - the port
    """A file of bank statements, checked and read; Rejected with what is wrong, and in which line."""
    found = StatementFile(statements=files.read(body), content=body)
    return Upload(hashlib.sha256(body).hexdigest(), found)


def parse_debit_report(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:  # noqa: ARG001 - the port
    """A bank's status report (pain.002), checked and read; Rejected with what is wrong."""
    return Upload(hashlib.sha256(body).hexdigest(), pain002.read(body))


ROUTES: Final[list[Route]] = [
    upload("/webhooks/stripe", webhooks.take_webhook, from_stripe, WebhookTaken, media="application/json"),
    upload("/webhooks/adyen", webhooks.take_adyen_webhook, from_adyen, WebhookTaken, media="application/json"),
    upload(
        "/webhooks/gocardless",
        webhooks.take_gocardless_webhook,
        from_gocardless,
        WebhookTaken,
        media="application/json",
    ),
    upload("/webhooks/mollie", webhooks.take_mollie_webhook, from_mollie, WebhookTaken, media="*/*"),
    upload(
        "/v1/statements",
        statements.take_statements,
        parse_statement,
        StatementsTaken,
        media="application/xml",
        scope=WRITE,
        keep=inbox.keep,
    ),
    query("/v1/statements", statements_shown.search_statements, SearchStatements, StatementPage, scope=READ),
    query(
        "/v1/statements/{statement_id}/entries", statements_shown.search_entries, SearchEntries, EntryPage, scope=READ
    ),
    query("/v1/bank-accounts", statements_shown.search_accounts, SearchAccounts, AccountPage, scope=READ),
    query("/v1/statement-files", statements_shown.search_files, SearchFiles, FilePage, scope=READ),
    query("/v1/payments", queries.search_payments, Search, PaymentPage, scope=READ),
    query("/v1/payments/{payment_id}", queries.show_payment, ByPayment, PaymentAnswer, scope=READ),
    command(
        "POST", "/v1/payments/{payment_id}/decide", deciding.decide_attempt, DecideAttempt, PaymentAnswer, scope=WRITE
    ),
    preview("/v1/payments/retry-preview", queries.preview_retry, PreviewRetry, RetryPlan, scope=READ),
    query("/v1/refunds", refunds.search_refunds, SearchRefunds, RefundPage, scope=READ),
    query("/v1/refunds/{refund_id}", refunds.show_refund, ByRefund, RefundAnswer, scope=READ),
    command(
        "POST", "/v1/refunds/{refund_id}/approve", refunds.approve_refund, ApproveRefund, RefundAnswer, scope=WRITE
    ),
    command("POST", "/v1/refunds/{refund_id}/retry", refunds.retry_refund, RetryRefund, RefundAnswer, scope=WRITE),
    query("/v1/disputes", disputes.search_disputes, SearchDisputes, DisputePage, scope=READ),
    query("/v1/disputes/{dispute_id}", disputes.show_dispute, ByDispute, DisputeAnswer, scope=READ),
    command(
        "POST",
        "/v1/disputes/{dispute_id}/respond",
        disputes.respond_to_dispute,
        RespondToDispute,
        DisputeAnswer,
        scope=WRITE,
    ),
    query("/v1/payouts", payouts.search_payouts, SearchPayouts, PayoutsAnswer, scope=READ),
    query("/v1/payouts/{payout_id}", payouts.show_payout, ByPayout, PayoutAnswer, scope=READ),
    command("POST", "/v1/proceeds", proceeds.offer_proceeds, OfferProceeds, ProceedsAnswer, scope=WRITE),
    query("/v1/proceeds", proceeds.search_proceeds, SearchProceeds, ProceedsPage, scope=READ),
    command("POST", "/v1/payment-links", links.make_link, MakeLink, LinkAnswer, scope=LINK, status=201),
    command("POST", "/v1/payment-links/{link_id}/revoke", links.revoke_link, RevokeLink, LinkAnswer, scope=LINK),
    query("/v1/payment-links", links.list_links, ListLinks, LinkPage, scope=READ),
    query("/v1/payment-links/{link_id}", links.show_link, ByLink, LinkAnswer, scope=LINK),
    query("/v1/checkouts", checkouts.list_checkouts, ListCheckouts, CheckoutPage, scope=READ),
    query("/v1/checkouts/{checkout_id}", checkouts.show_checkout, ByCheckout, CheckoutAnswer, scope=READ),
    view("/pay/{token}", paying.show_invoices, paying.refuse),
    view("/pay/{token}/transfer", paying.show_transfer, paying.refuse),
    view("/pay/{token}/checkouts", paying.show_invoices, paying.refuse),
    view("/pay/{token}/methods", paying.show_invoices, paying.refuse),
    form("/pay/{token}/checkouts", checkouts.begin, paying.understand_payment, paying.refuse),
    form("/pay/{token}/methods", checkouts.begin, paying.understand_set_up, paying.refuse),
    view("/pay/{token}/checkouts/{checkout_id}", paying.show_checkout, paying.refuse),
    view("/pay/{token}/checkouts/{checkout_id}/back", paying.show_return, paying.refuse),
    command("POST", "/v1/mandates", mandates.request_mandate, RequestMandate, MandateAnswer, scope=WRITE, status=201),
    command("POST", "/v1/mandates/{mandate_id}/sign", mandates.sign_mandate, SignMandate, MandateAnswer, scope=WRITE),
    command(
        "POST", "/v1/mandates/{mandate_id}/confirm", mandates.confirm_mandate, ByMandate, MandateAnswer, scope=WRITE
    ),
    command(
        "POST", "/v1/mandates/{mandate_id}/amend", mandates.amend_mandate, AmendMandate, MandateAnswer, scope=WRITE
    ),
    command(
        "POST", "/v1/mandates/{mandate_id}/suspend", mandates.suspend_mandate, WithReason, MandateAnswer, scope=WRITE
    ),
    command("POST", "/v1/mandates/{mandate_id}/resume", mandates.resume_mandate, ByMandate, MandateAnswer, scope=WRITE),
    command(
        "POST", "/v1/mandates/{mandate_id}/cancel", mandates.cancel_mandate, WithReason, MandateAnswer, scope=WRITE
    ),
    query("/v1/mandates", mandates.search_mandates, SearchMandates, MandatePage, scope=READ),
    query("/v1/mandates/{mandate_id}", mandates.show_mandate, ByMandate, MandateAnswer, scope=READ),
    query("/v1/debits", debits_shown.search_debits, SearchDebits, DebitPage, scope=READ),
    query("/v1/debits/{debit_id}", debits_shown.show_debit, ByDebit, DebitAnswer, scope=READ),
    query("/v1/debit-batches", debits_shown.search_batches, SearchBatches, BatchPage, scope=READ),
    query("/v1/debit-batches/{batch_id}", debits_shown.show_batch, ByBatch, BatchAnswer, scope=READ),
    page("/v1/debit-batches/{batch_id}/file", debits_shown.batch_file, ByBatch, scope=READ, media="application/xml"),
    upload(
        "/v1/debit-reports", debits.take_report, parse_debit_report, ReportTaken, media="application/xml", scope=WRITE
    ),
]
