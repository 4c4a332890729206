"""The HTTP routes of `matching`."""

from typing import Final

from common.functions import Route, command, query
from functions.matching import handlers, requests, shown

READ: Final = "items:read"
WRITE: Final = "items:write"

ROUTES: Final[list[Route]] = [
    query("/v1/items", shown.search_items, requests.SearchItems, requests.ItemPage, scope=READ),
    query("/v1/items/{item_id}", shown.show_item, requests.ByItem, requests.ItemAnswer, scope=READ),
    query("/v1/receipts", shown.search_receipts, requests.SearchReceipts, requests.ReceiptPage, scope=READ),
    query("/v1/receipts/{receipt_id}", shown.show_receipt, requests.ByReceipt, requests.ReceiptAnswer, scope=READ),
    command(
        "POST",
        "/v1/receipts/{receipt_id}/match",
        handlers.match_by_hand,
        requests.MatchByHand,
        requests.Matched,
        scope=WRITE,
    ),
    command("POST", "/v1/matches/unmatch", handlers.unmatch, requests.Unmatch, requests.Matched, scope=WRITE),
]
