"""The HTTP routes of `matching`."""

from typing import Final

from common.functions import Route, command, preview, query
from functions.matching import requests
from functions.matching.handlers import accounts, by_hand, queries, returns, rules, suggestions, unapplied, write_offs
from functions.matching.requests import aliases, decisions
from functions.matching.requests import write_offs as giving_up
from functions.matching.requests.unapplied import ShowUnapplied, Spread, UnappliedAnswer

READ: Final = "items:read"
WRITE: Final = "items:write"

ROUTES: Final[list[Route]] = [
    query("/v1/items", queries.search_items, requests.SearchItems, requests.ItemPage, scope=READ),
    query("/v1/items/{item_id}", queries.show_item, requests.ByItem, requests.ItemAnswer, scope=READ),
    command(
        "POST",
        "/v1/items/{item_id}/write-off",
        write_offs.write_off_item,
        giving_up.GiveUp,
        giving_up.WriteOffAnswer,
        scope=WRITE,
    ),
    query(
        "/v1/write-offs", write_offs.search_write_offs, giving_up.SearchWriteOffs, giving_up.WriteOffPage, scope=READ
    ),
    query(
        "/v1/write-offs/{write_off_id}",
        write_offs.show_write_off,
        giving_up.ByWriteOff,
        giving_up.WriteOffAnswer,
        scope=READ,
    ),
    *(
        command(
            "POST",
            f"/v1/write-offs/{{write_off_id}}/{verb}",
            decide,
            giving_up.DecideWriteOff,
            giving_up.WriteOffAnswer,
            scope=WRITE,
        )
        for verb, decide in (
            ("approve", write_offs.approve_write_off),
            ("refuse", write_offs.refuse_write_off),
            ("withdraw", write_offs.withdraw_write_off),
        )
    ),
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
        "/v1/receipts/{receipt_id}/matches",
        by_hand.match_several,
        requests.MatchSeveral,
        requests.Accepted,
        scope=WRITE,
    ),
    command(
        "POST",
        "/v1/receipts/{receipt_id}/accept",
        suggestions.accept,
        requests.Accept,
        requests.Accepted,
        scope=WRITE,
    ),
    command(
        "POST",
        "/v1/receipts/{receipt_id}/refuse",
        suggestions.refuse,
        requests.Refuse,
        requests.ReceiptAnswer,
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
    command(
        "POST",
        "/v1/receipts/{receipt_id}/spread",
        unapplied.spread,
        Spread,
        requests.Accepted,
        scope=WRITE,
    ),
    preview(
        "/v1/receipts/{receipt_id}/preview",
        rules.preview_decision,
        requests.ByReceipt,
        decisions.DecisionAnswer,
        scope=READ,
    ),
    query("/v1/unapplied", unapplied.show_unapplied, ShowUnapplied, UnappliedAnswer, scope=READ),
    query("/v1/matching-rules", rules.show_rules, decisions.ShowRules, decisions.RulesAnswer, scope=READ),
    preview("/v1/matching-rules/backtest", rules.backtest, decisions.Backtest, decisions.BacktestAnswer, scope=READ),
    query("/v1/payer-accounts", accounts.search_aliases, aliases.SearchAliases, aliases.AliasPage, scope=READ),
    command(
        "POST",
        "/v1/payer-accounts/{alias_id}/revoke",
        accounts.revoke_alias,
        aliases.ChangeAlias,
        aliases.AliasAnswer,
        scope=WRITE,
    ),
    command(
        "POST",
        "/v1/payer-accounts/{alias_id}/restore",
        accounts.restore_alias,
        aliases.ChangeAlias,
        aliases.AliasAnswer,
        scope=WRITE,
    ),
    command("POST", "/v1/matches/unmatch", by_hand.unmatch, requests.Unmatch, requests.Matched, scope=WRITE),
]
