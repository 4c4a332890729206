"""Matches that somebody makes or takes back."""

from common.failures import Rejected
from common.transaction import Transaction
from functions.matching.book import Book
from functions.matching.handlers.shared import accepted, overdue_at, save, today_of
from functions.matching.model import Item, MarkOverdue, Receipt, payments_in
from functions.matching.requests import (
    Accepted,
    ItemAnswer,
    MatchByHand,
    Matched,
    MatchSeveral,
    ReceiptAnswer,
    Unmatch,
)
from functions.matching.verdicts import Why


def match_by_hand(given: MatchByHand, transaction: Transaction) -> Matched:
    """Puts unapplied money on an open item, as somebody decided."""
    receipt, item = transaction.find(Receipt, given.receipt_id), transaction.find(Item, given.item_id)
    if receipt is None or item is None:
        raise Rejected("not_found", "there is no such receipt or item", status=404)
    book = Book([item], [receipt])
    why = Why(evidence=(f"matched by hand by {transaction.actor}: {given.reason}",), by=transaction.actor)
    today = today_of(item.entity, transaction.now)
    match_id = book.match(receipt.id, item.id, given.amount_minor, why, today)
    save(book, transaction)
    return _matched(match_id, book, item.id, receipt.id)


def match_several(given: MatchSeveral, transaction: Transaction) -> Accepted:
    """Puts unapplied money on several open items at once, of one member or of many: all of it or nothing."""
    receipt = transaction.find(Receipt, given.receipt_id)
    found = transaction.find_all(Item, list(dict.fromkeys(share.item_id for share in given.shares)))
    items = [item for item in found if item is not None]
    if receipt is None or len(items) < len(found):
        raise Rejected("not_found", "there is no such receipt, or not all of these items", status=404)
    book = Book(items, [receipt])
    why = Why(evidence=(f"matched by hand by {transaction.actor}: {given.reason}",), by=transaction.actor)
    made = []
    for share in given.shares:
        today = today_of(book.items[share.item_id].entity, transaction.now)
        made.append((book.match(receipt.id, share.item_id, share.amount_minor, why, today), share.item_id))
    save(book, transaction)
    return accepted(made, book, receipt.id)


def unmatch(given: Unmatch, transaction: Transaction) -> Matched:
    """Takes a match back by counter-entries; item and money are as before it, and the due date counts again."""
    receipt = transaction.find(Receipt, given.receipt_id)
    found = payments_in(receipt.allocations) if receipt is not None else ()
    entries = [a for a in found if a.match_id == given.match_id]
    item = transaction.find(Item, entries[0].item_id) if entries else None
    if receipt is None or item is None:
        raise Rejected("not_found", "there is no such match", status=404)
    book = Book([item], [receipt])
    after = book.unmatch(receipt.id, given.match_id, given.reason, today_of(item.entity, transaction.now))
    save(book, transaction)
    if item.state == "settled":
        task = MarkOverdue(member_id=item.member_id, item_id=item.id)
        transaction.later(task, max(transaction.now, overdue_at(after)))
    return _matched(given.match_id, book, item.id, receipt.id)


def _matched(match_id: str, book: Book, item_id: str, receipt_id: str) -> Matched:
    item, receipt = ItemAnswer.of(book.items[item_id]), ReceiptAnswer.of(book.receipts[receipt_id])
    return Matched(match_id=match_id, item=item, receipt=receipt)
