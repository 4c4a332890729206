"""The HTTP routes of `matching`."""

from typing import Final

from common.functions import Route, command, query
from functions.matching import requests
from functions.matching.handlers import by_hand, queries, returns

READ: Final = "items:read"
WRITE: Final = "items:write"

ROUTES: Final[list[Route]] = [
    query("/v1/items", queries.search_items, requests.SearchItems, requests.ItemPage, scope=READ),
    query("/v1/items/{item_id}", queries.show_item, requests.ByItem, requests.ItemAnswer, scope=READ),
    query("/v1/receipts", queries.search_receipts, requests.SearchReceipts, requests.ReceiptPage, scope=READ),
    query("/v1/receipts/{receipt_id}", queries.show_receipt, requests.ByReceipt, requests.ReceiptAnswer, scope=READ),
    command(
        "POST",
        "/v1/receipts/{receipt_id}/match",
        by_hand.match_by_hand,
        requests.MatchByHand,
        requests.Matched,
        scope=WRITE,
    ),
    command(
        "POST",
        "/v1/receipts/{receipt_id}/refund",
        returns.refund_money,
        requests.RefundMoney,
        requests.ReceiptAnswer,
        scope=WRITE,
    ),
    command("POST", "/v1/matches/unmatch", by_hand.unmatch, requests.Unmatch, requests.Matched, scope=WRITE),
]
