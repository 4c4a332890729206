"""The routes of payments that are collected: what became of them, what would follow, and a member's proceeds."""

from typing import Final

from common.functions import Route, command, preview, query
from functions.payments.api.scopes import READ, WRITE
from functions.payments.handlers import deciding, proceeds, queries
from functions.payments.requests.payments import (
    ByPayment,
    DecideAttempt,
    PaymentAnswer,
    PaymentPage,
    PreviewRetry,
    RetryPlan,
    Search,
)
from functions.payments.requests.proceeds import OfferProceeds, ProceedsAnswer, ProceedsPage, SearchProceeds

PAYMENT: Final = "/v1/payments/{payment_id}"
ROUTES: Final[list[Route]] = [
    query("/v1/payments", queries.search_payments, Search, PaymentPage, scope=READ),
    query(PAYMENT, queries.show_payment, ByPayment, PaymentAnswer, scope=READ),
    command("POST", f"{PAYMENT}/decide", deciding.decide_attempt, DecideAttempt, PaymentAnswer, scope=WRITE),
    preview("/v1/payments/retry-preview", queries.preview_retry, PreviewRetry, RetryPlan, scope=READ),
    command("POST", "/v1/proceeds", proceeds.offer_proceeds, OfferProceeds, ProceedsAnswer, scope=WRITE),
    query("/v1/proceeds", proceeds.search_proceeds, SearchProceeds, ProceedsPage, scope=READ),
]
