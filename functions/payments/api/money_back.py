"""The routes of money that goes back: refunds that we owe, and payments that members dispute."""

from typing import Final

from common.functions import Route, command, query
from functions.payments.api.scopes import READ, WRITE
from functions.payments.handlers import disputes, refunds
from functions.payments.requests.disputes import ByDispute, DisputeAnswer, DisputePage, RespondToDispute, SearchDisputes
from functions.payments.requests.refunds import (
    ApproveRefund,
    ByRefund,
    DecideRefund,
    RefundAnswer,
    RefundPage,
    RetryRefund,
    SearchRefunds,
)

REFUND: Final = "/v1/refunds/{refund_id}"
DISPUTE: Final = "/v1/disputes/{dispute_id}"
ROUTES: Final[list[Route]] = [
    query("/v1/refunds", refunds.search_refunds, SearchRefunds, RefundPage, scope=READ),
    query(REFUND, refunds.show_refund, ByRefund, RefundAnswer, scope=READ),
    command("POST", f"{REFUND}/approve", refunds.approve_refund, ApproveRefund, RefundAnswer, scope=WRITE),
    command("POST", f"{REFUND}/retry", refunds.retry_refund, RetryRefund, RefundAnswer, scope=WRITE),
    command("POST", f"{REFUND}/decide", refunds.decide_refund, DecideRefund, RefundAnswer, scope=WRITE),
    query("/v1/disputes", disputes.search_disputes, SearchDisputes, DisputePage, scope=READ),
    query(DISPUTE, disputes.show_dispute, ByDispute, DisputeAnswer, scope=READ),
    command("POST", f"{DISPUTE}/respond", disputes.respond_to_dispute, RespondToDispute, DisputeAnswer, scope=WRITE),
]
