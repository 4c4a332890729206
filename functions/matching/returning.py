"""What happens to money that the payer's bank takes back: what it paid is open again."""

from datetime import date

from common.events.matching import ItemReopened, RefundWithdrawn
from common.events.payments import PaymentReturned
from common.failures import Rejected
from functions.matching.book import Book
from functions.matching.model import Allocation, Item, Receipt, applied, net_by_match
from functions.matching.news import of_item


def take_back(book: Book, told: PaymentReturned, on: date) -> list[Item]:
    """Takes returned money off its receipt and, as far as no other is left, off what it paid; what is open again.

    The latest matches give way first, refunds that were set aside last. A return that is on the receipt already
    changes nothing. Rejected `more_than_received` where more is taken back than had come.
    """
    receipt = book.receipts[told.receipt_id]
    if told.return_id in net_by_match(receipt.allocations):
        return []
    _must_be_there(receipt, told)
    before = dict(book.items)
    _release(book, told, on)
    _withdraw(book, told, on)
    receipt = book.receipts[told.receipt_id]
    entry = Allocation(
        match_id=told.return_id, kind="return", member_id=receipt.member_id, amount_minor=told.amount_minor
    )
    book.keep(applied(receipt, entry))
    opened = [item for item in book.items.values() if item.open_minor > before[item.id].open_minor]
    for item in opened:
        if before[item.id].state == "settled":
            book.news.append(ItemReopened(**of_item(item)))
    return opened


def _must_be_there(receipt: Receipt, told: PaymentReturned) -> None:
    left = receipt.amount_minor - receipt.returned_minor
    if told.currency != receipt.currency or not 0 < told.amount_minor <= left:
        raise Rejected(
            "more_than_received", f"{told.amount_minor} {told.currency} of {receipt.id}, of which {left} are left"
        )


def _short(book: Book, told: PaymentReturned) -> int:
    return told.amount_minor - book.receipts[told.receipt_id].unapplied_minor


def _release(book: Book, told: PaymentReturned, on: date) -> None:
    allocations = book.receipts[told.receipt_id].allocations
    items = {a.match_id: a.item_id for a in allocations if a.kind == "payment"}
    reason = f"{told.kind} {told.code}".strip()
    for match_id, carried in reversed(net_by_match(allocations).items()):
        if match_id in items and carried and (short := _short(book, told)) > 0:
            item, receipt = book.items[items[match_id]], book.receipts[told.receipt_id]
            book.counter(item, receipt, match_id, min(carried, short), reason, on)


def _withdraw(book: Book, told: PaymentReturned, on: date) -> None:
    allocations = book.receipts[told.receipt_id].allocations
    refunds = {a.match_id for a in allocations if a.kind == "refund"}
    for refund_id, carried in reversed(net_by_match(allocations).items()):
        if refund_id in refunds and carried and (short := _short(book, told)) > 0:
            amount = min(carried, short)
            receipt = book.receipts[told.receipt_id]
            entry = Allocation(match_id=refund_id, kind="refund", member_id=receipt.member_id, amount_minor=-amount)
            book.keep(applied(receipt, entry))
            book.refunds.append(_withdrawn(receipt, refund_id, amount, told, on))


def _withdrawn(receipt: Receipt, refund_id: str, amount: int, told: PaymentReturned, on: date) -> RefundWithdrawn:
    return RefundWithdrawn(
        member_id=receipt.member_id,
        refund_id=refund_id,
        receipt_id=receipt.id,
        return_id=told.return_id,
        entity=receipt.entity,
        amount_minor=amount,
        currency=receipt.currency,
        reason=f"{told.kind} {told.code}".strip(),
        withdrawn_on=on,
    )
