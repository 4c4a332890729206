"""Opening items, following their collections, and telling what is overdue."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.events.invoicing import InvoiceIssued, Preceding
from common.events.payments import PaymentFailed, PaymentRequested
from common.failures import TryLater
from common.transaction import Transaction
from functions.matching.book import Book
from functions.matching.handlers.shared import end, items_of, must_be_there, overdue_at, paying, save, today_of
from functions.matching.model import Item, MarkOverdue, begun, item_id_of, net_by_match, opened, told_overdue
from functions.matching.news import overdue, settled

FLIGHT_CHECK: Final = timedelta(days=1)


def open_items(invoices: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """Opens an item for each invoice and looks at it again when it is overdue.

    What stands in the place of another document gets the money that had paid for that; TryLater until its credit note
    has set that money free.
    """
    book = _preceded([invoice.preceding for invoice in invoices if invoice.preceding], transaction)
    for invoice in invoices:
        item = opened(invoice)
        book.keep(item)
        if item.state == "settled":
            transaction.emit(settled(item, invoice.issued_on))
            continue
        transaction.later(MarkOverdue(member_id=item.member_id, item_id=item.id), overdue_at(item))
        if invoice.preceding:
            book.carry_over(item.id, invoice.preceding, today_of(item.entity, transaction.now))
    save(book, transaction)


def mark_overdue(tasks: Sequence[MarkOverdue], transaction: Transaction) -> None:
    """Tells items that are still owed as overdue, once; money in flight gets another day."""
    found = transaction.find_all(Item, list(dict.fromkeys(task.item_id for task in tasks)))
    for item in found:
        if item is None or item.state == "settled" or item.overdue:
            continue
        if item.in_flight:
            task = MarkOverdue(member_id=item.member_id, item_id=item.id)
            transaction.later(task, transaction.now + FLIGHT_CHECK)
            continue
        transaction.put(told_overdue(item))
        transaction.emit(overdue(item))


def note_requests(requests: Sequence[PaymentRequested], transaction: Transaction) -> None:
    """Notes that money is in flight. A new item knows of its first attempt by itself."""
    items = items_of([request.invoice_number for request in requests], transaction)
    book = Book(items.values())
    for request in requests:
        if request.attempt == 1 and item_id_of(request.invoice_number) not in book.items:
            continue
        item = must_be_there(book.items, request.invoice_number)
        if (after := begun(item, request.attempt)) is not item:
            book.keep(after)
    save(book, transaction)


def note_failures(failures: Sequence[PaymentFailed], transaction: Transaction) -> None:
    """Notes that an attempt is over and nothing is in flight, unless a later attempt is, or is planned."""
    items = items_of([failure.invoice_number for failure in failures], transaction)
    book = Book(items.values())
    for failure in failures:
        item = must_be_there(book.items, failure.invoice_number)
        end(item.id, failure.attempt, book, transaction, goes_on=failure.retry_at is not None)
    save(book, transaction)


def _preceded(documents: Sequence[Preceding], transaction: Transaction) -> Book:
    """The items that something stands in the place of, and the money that had paid for them."""
    items = items_of([one.invoice_number for one in documents], transaction)
    for one in documents:
        item = must_be_there(items, one.invoice_number)
        if one.credit_note_id not in net_by_match(item.allocations):
            raise TryLater(f"{item.number} is not taken back yet")
    return Book(items.values(), paying(items.values(), transaction))
