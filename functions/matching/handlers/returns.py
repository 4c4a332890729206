"""Money that goes back: taken by the payer's bank, or given back by us."""

from collections.abc import Sequence
from datetime import date

from common.documents import id_from
from common.events.payments import PaymentReturned
from common.failures import Rejected, TryLater
from common.transaction import Transaction
from functions.matching.book import Book
from functions.matching.handlers.shared import overdue_at, save, today_of
from functions.matching.model import Item, MarkOverdue, Receipt
from functions.matching.news import refund_requested
from functions.matching.requests import ReceiptAnswer, RefundMoney
from functions.matching.returning import take_back


def take_returns(returns: Sequence[PaymentReturned], transaction: Transaction) -> None:
    """Opens again what returned money had paid; the due date counts again. TryLater until the money itself is here."""
    book = _paid_by([one.receipt_id for one in returns], transaction)
    for one in returns:
        for item in take_back(book, one, today_of(one.entity, transaction.now)):
            task = MarkOverdue(member_id=item.member_id, item_id=item.id)
            transaction.later(task, max(transaction.now, overdue_at(item)))
    save(book, transaction)


def refund_money(given: RefundMoney, transaction: Transaction) -> ReceiptAnswer:
    """Sets unapplied money aside to be paid back, the way it came.

    Rejected `not_found` (404), `more_than_unapplied` or `nobody_to_pay` (409).
    """
    receipt = transaction.find(Receipt, given.receipt_id)
    if receipt is None:
        raise Rejected("not_found", "there is no such receipt", status=404)
    if given.amount_minor > receipt.unapplied_minor:
        raise Rejected("more_than_unapplied", f"only {receipt.unapplied_minor} of the money is left", status=409)
    if receipt.source == "bank" and not receipt.payer_iban:
        raise Rejected("nobody_to_pay", "the money came without an account it could go back to", status=409)
    book, today = Book(receipts=[receipt]), today_of(receipt.entity, transaction.now)
    set_aside(book, receipt.id, given.amount_minor, today, reason=given.reason, requested_by=transaction.actor)
    save(book, transaction)
    return ReceiptAnswer.of(book.receipts[receipt.id])


def set_aside(book: Book, receipt_id: str, amount_minor: int, on: date, **why: str) -> None:
    """Sets so much of a receipt aside to be paid back, and asks for it."""
    receipt = book.receipts[receipt_id]
    refund_id = id_from("ref", receipt.id, str(len(receipt.allocations)))
    book.set_aside(receipt.id, refund_requested(receipt, refund_id, amount_minor, on, **why))


def _paid_by(receipt_ids: Sequence[str], transaction: Transaction) -> Book:
    receipts = []
    for receipt_id, receipt in zip(receipt_ids, transaction.find_all(Receipt, list(receipt_ids)), strict=True):
        if receipt is None:
            raise TryLater(f"there is no receipt {receipt_id} yet")
        receipts.append(receipt)
    ids = list(dict.fromkeys(a.item_id for receipt in receipts for a in receipt.allocations if a.item_id))
    items = [item for item in transaction.find_all(Item, ids) if item is not None]
    return Book(items, receipts)
