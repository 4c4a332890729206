"""Opening items, matching money and credit notes to them, and telling what is overdue."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from common.dates import day_in, noon_utc
from common.events.invoicing import CreditNoteIssued, InvoiceIssued, Preceding
from common.events.payments import PaymentFailed, PaymentReceived, PaymentRequested
from common.failures import Rejected, TryLater
from common.parties import SELLERS
from common.transaction import Transaction
from functions.matching.book import Book, overdue, paying_receipts, settled
from functions.matching.model import (
    Alias,
    Item,
    MarkOverdue,
    Receipt,
    TryAgain,
    alias_id_of,
    arrived,
    ended,
    item_id_of,
    net_by_match,
    opened,
    owned,
    payments_in,
    told_overdue,
)
from functions.matching.requests import ItemAnswer, MatchByHand, Matched, ReceiptAnswer, Unmatch
from functions.matching.scoring import NOTHING, Verdict, by_amount, by_name, named_numbers

AGAIN_AFTER: Final = timedelta(hours=1)
TRIES: Final = 3
FLIGHT_CHECK: Final = timedelta(days=1)
MOST_OPEN: Final = 50
"""Of a member with more open items, no sum is known to be the only one."""


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
        transaction.later(MarkOverdue(member_id=item.member_id, item_id=item.id), _overdue_at(item))
        if invoice.preceding:
            book.carry_over(item.id, invoice.preceding, _today(item.entity, transaction.now))
    _save(book, transaction)


def match_payments(money: Sequence[PaymentReceived], transaction: Transaction) -> None:
    """Matches money by its evidence; what is not sure stays unapplied.

    TryLater for money a provider collected for an item that is not open yet.
    """
    known = transaction.find_all(Receipt, [one.receipt_id for one in money])
    fresh = [arrived(one, one.member_id) for one, receipt in zip(money, known, strict=True) if receipt is None]
    book, owed = _gathered(fresh, transaction)
    for receipt in {receipt.id: receipt for receipt in fresh}.values():
        book.keep(_owned(receipt, book))
        if not _judged(receipt.id, book, owed, transaction, last=False):
            task = TryAgain(member_id=receipt.member_id, receipt_id=receipt.id)
            transaction.later(task, transaction.now + AGAIN_AFTER)
    for one in money:
        if one.attempt and one.receipt_id in book.receipts:
            _end(item_id_of(one.invoice_number), one.attempt, book, transaction)
    _save(book, transaction)


def try_again(tasks: Sequence[TryAgain], transaction: Transaction) -> None:
    """Looks again at money that named an invoice which was not there; after some tries, without it."""
    found = transaction.find_all(Receipt, [task.receipt_id for task in tasks])
    pairs = [(t, r) for t, r in zip(tasks, found, strict=True) if r is not None and r.state == "unapplied"]
    book, owed = _gathered([receipt for _, receipt in pairs], transaction)
    for task, receipt in pairs:
        if not _judged(receipt.id, book, owed, transaction, last=task.tries >= TRIES):
            again = task.model_copy(update={"tries": task.tries + 1})
            transaction.later(again, transaction.now + AGAIN_AFTER)
    _save(book, transaction)


def apply_credit_notes(notes: Sequence[CreditNoteIssued], transaction: Transaction) -> None:
    """Takes credit notes off their items, in their order; TryLater where the item or an earlier note is not there yet.

    Which of them offsets what is due, and which sets money free, does not depend on what arrives first.
    """
    items = _items([note.invoice_number for note in notes], transaction)
    book = Book(items.values(), _paying(items.values(), transaction))
    for note in sorted(notes, key=lambda note: note.sequence):
        item = _there(book.items, note.invoice_number)
        if item.credit_notes < note.sequence - 1:
            raise TryLater(f"an earlier credit note of {item.number} is on its way")
        book.credit(note, item.id, _today(note.entity, transaction.now))
    _save(book, transaction)


def note_requests(requests: Sequence[PaymentRequested], transaction: Transaction) -> None:
    """Notes that money is in flight. A new item knows of its first attempt by itself."""
    items = _items([request.invoice_number for request in requests], transaction)
    book = Book(items.values())
    for request in requests:
        if request.attempt == 1 and item_id_of(request.invoice_number) not in book.items:
            continue
        item = _there(book.items, request.invoice_number)
        if request.attempt > item.attempt:
            book.keep(item.but(attempt=request.attempt))
    _save(book, transaction)


def note_failures(failures: Sequence[PaymentFailed], transaction: Transaction) -> None:
    """Notes that an attempt is over and nothing is in flight, unless a later attempt is."""
    items = _items([failure.invoice_number for failure in failures], transaction)
    book = Book(items.values())
    for failure in failures:
        item = _there(book.items, failure.invoice_number)
        _end(item.id, failure.attempt, book, transaction)
    _save(book, transaction)


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


def match_by_hand(given: MatchByHand, transaction: Transaction) -> Matched:
    """Puts unapplied money on an open item, as somebody decided."""
    receipt, item = transaction.find(Receipt, given.receipt_id), transaction.find(Item, given.item_id)
    if receipt is None or item is None:
        raise Rejected("not_found", "there is no such receipt or item", status=404)
    book = Book([item], [receipt])
    evidence = (f"matched by hand by {transaction.actor}: {given.reason}",)
    today = _today(item.entity, transaction.now)
    match_id = book.match(receipt.id, item.id, given.amount_minor, evidence, today)
    _save(book, transaction)
    return _matched(match_id, book, item.id, receipt.id)


def unmatch(given: Unmatch, transaction: Transaction) -> Matched:
    """Takes a match back by counter-entries; item and money are as before it, and the due date counts again."""
    receipt = transaction.find(Receipt, given.receipt_id)
    found = payments_in(receipt.allocations) if receipt is not None else ()
    entries = [a for a in found if a.match_id == given.match_id]
    item = transaction.find(Item, entries[0].item_id) if entries else None
    if receipt is None or item is None:
        raise Rejected("not_found", "there is no such match", status=404)
    book = Book([item], [receipt])
    after = book.unmatch(receipt.id, given.match_id, given.reason, _today(item.entity, transaction.now))
    _save(book, transaction)
    if item.state == "settled":
        task = MarkOverdue(member_id=item.member_id, item_id=item.id)
        transaction.later(task, max(transaction.now, _overdue_at(after)))
    return _matched(given.match_id, book, item.id, receipt.id)


def _preceded(documents: Sequence[Preceding], transaction: Transaction) -> Book:
    """The items that something stands in the place of, and the money that had paid for them."""
    items = _items([one.invoice_number for one in documents], transaction)
    for one in documents:
        item = _there(items, one.invoice_number)
        if one.credit_note_id not in net_by_match(item.allocations):
            raise TryLater(f"{item.number} is not taken back yet")
    return Book(items.values(), _paying(items.values(), transaction))


def _paying(items: Iterable[Item], transaction: Transaction) -> list[Receipt]:
    """All money that is or was on these items."""
    ids = list(dict.fromkeys(receipt_id for item in items for receipt_id in paying_receipts(item)))
    return [receipt for receipt in transaction.find_all(Receipt, ids) if receipt is not None]


Owed = dict[str, list[str]]
"""The ids of what members owe, by member."""


def _gathered(receipts: Sequence[Receipt], transaction: Transaction) -> tuple[Book, Owed]:
    """All that can be evidence for some money, read before anything is written."""
    ibans = [alias_id_of(receipt.payer_iban) for receipt in receipts if receipt.payer_iban]
    aliases = [alias for alias in transaction.find_all(Alias, list(dict.fromkeys(ibans))) if alias is not None]
    items = _items([number for receipt in receipts for number in named_numbers(receipt)], transaction)
    items |= _in_place_of(items, transaction)
    members = {alias.id: alias.member_id for alias in aliases}
    asked = {members.get(alias_id_of(r.payer_iban), "") for r in receipts if not _all_there(r, items)} - {""}
    owed: Owed = {}
    for member_id in sorted(asked):
        found = transaction.select(Item, member_id=member_id, state="open", limit=MOST_OPEN)
        items |= {item.id: item for item in found}
        owed[member_id] = [item.id for item in found] if len(found) < MOST_OPEN else []
    return Book(items.values(), receipts, aliases), owed


def _all_there(receipt: Receipt, items: dict[str, Item]) -> bool:
    numbers = named_numbers(receipt)
    return bool(numbers) and all(item_id_of(number) in items for number in numbers)


def _owned(receipt: Receipt, book: Book) -> Receipt:
    """The receipt with the member its account is known as."""
    alias = book.aliases.get(alias_id_of(receipt.payer_iban))
    member_id = receipt.known_member_id or (alias.member_id if alias else "")
    return receipt.but(known_member_id=member_id, member_id=member_id)


def _judged(receipt_id: str, book: Book, owed: Owed, transaction: Transaction, *, last: bool) -> bool:
    """Puts money where its evidence says; False where it has to wait for an item."""
    receipt = book.receipts[receipt_id]
    numbers = named_numbers(receipt)
    known = [book.items[item_id_of(number)] for number in numbers if item_id_of(number) in book.items]
    named = list({item.id: item for item in map(book.present, known)}.values())
    if receipt.invoice_number and not named:
        raise TryLater(f"there is no item {receipt.invoice_number} yet")
    if len(known) < len(numbers) and not last:
        return False
    count = len(named) + len(numbers) - len(known)
    verdict = by_name(receipt, named, count) if named else _by_account(receipt, book, owed)
    book.match_all(receipt_id, verdict, _today(receipt.entity, transaction.now))
    members = {item.member_id for item in named}
    if not verdict.shares and len(members) == 1:
        book.keep(owned(receipt, members.pop()))
    return True


def _by_account(receipt: Receipt, book: Book, owed: Owed) -> Verdict:
    alias = book.aliases.get(alias_id_of(receipt.payer_iban))
    if alias is None or not alias.member_id:
        return NOTHING
    return by_amount(receipt, [book.items[item_id] for item_id in owed.get(alias.member_id, [])])


def _end(item_id: str, attempt: int, book: Book, transaction: Transaction) -> None:
    """Notes that a collection is over; what it leaves open beyond its due date is looked at now."""
    item = book.items[item_id]
    if attempt <= item.ended_attempt:
        return
    after = ended(item, attempt)
    book.keep(after)
    if item.in_flight and not after.in_flight and not item.overdue and transaction.now >= _overdue_at(item):
        transaction.later(MarkOverdue(member_id=item.member_id, item_id=item.id))


def _items(numbers: Sequence[str], transaction: Transaction) -> dict[str, Item]:
    ids = list(dict.fromkeys(item_id_of(number) for number in numbers))
    return {item.id: item for item in transaction.find_all(Item, ids) if item is not None}


def _in_place_of(items: dict[str, Item], transaction: Transaction) -> dict[str, Item]:
    """The items that stand in the place of these, however often they were reissued."""
    found: dict[str, Item] = {}
    numbers = [item.replaced_by for item in items.values() if item.replaced_by]
    while further := _items(numbers, transaction) if numbers else {}:
        found |= further
        numbers = [item.replaced_by for item in further.values() if item.replaced_by]
    return found


def _there(items: dict[str, Item], number: str) -> Item:
    if item_id_of(number) not in items:
        raise TryLater(f"there is no item {number} yet")
    return items[item_id_of(number)]


def _save(book: Book, transaction: Transaction) -> None:
    for document in book.changed.values():
        transaction.put(document)
    for event in book.told():
        transaction.emit(event)


def _overdue_at(item: Item) -> datetime:
    return noon_utc(item.due_on + timedelta(days=1))


def _today(entity: str, now: datetime) -> date:
    seller = SELLERS.get(entity)
    return day_in(seller.time_zone if seller else "UTC", now)


def _matched(match_id: str, book: Book, item_id: str, receipt_id: str) -> Matched:
    item, receipt = ItemAnswer.of(book.items[item_id]), ReceiptAnswer.of(book.receipts[receipt_id])
    return Matched(match_id=match_id, item=item, receipt=receipt)
