"""What several handlers of `matching` load, save and look at again."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from common.dates import day_in, noon_utc
from common.failures import TryLater
from common.parties import SELLERS
from common.transaction import Transaction
from functions.matching.book import Book, paying_receipts
from functions.matching.model import Item, MarkOverdue, Receipt, begun, ended, item_id_of
from functions.matching.requests import Accepted, ItemAnswer, MatchAnswer, ReceiptAnswer


def paying(items: Iterable[Item], transaction: Transaction) -> list[Receipt]:
    """All money that is or was on these items."""
    ids = list(dict.fromkeys(receipt_id for item in items for receipt_id in paying_receipts(item)))
    return [receipt for receipt in transaction.find_all(Receipt, ids) if receipt is not None]


def end(item_id: str, attempt: int, book: Book, transaction: Transaction, *, goes_on: bool = False) -> None:
    """Notes that a collection is over; what it leaves open beyond its due date is looked at now.

    One that `goes_on` has its next attempt planned, and stays in flight until that one is over.
    """
    item = book.items[item_id]
    if attempt <= item.ended_attempt:
        return
    after = begun(ended(item, attempt), attempt + 1 if goes_on else attempt)
    book.keep(after)
    if item.in_flight and not after.in_flight and not item.overdue and transaction.now >= overdue_at(item):
        transaction.later(MarkOverdue(member_id=item.member_id, item_id=item.id))


def items_of(numbers: Sequence[str], transaction: Transaction) -> dict[str, Item]:
    """The items of invoice numbers, by their id; numbers without one are left out."""
    ids = list(dict.fromkeys(item_id_of(number) for number in numbers))
    return {item.id: item for item in transaction.find_all(Item, ids) if item is not None}


def must_be_there(items: dict[str, Item], number: str) -> Item:
    """The item of a number; TryLater where there is none yet."""
    if item_id_of(number) not in items:
        raise TryLater(f"there is no item {number} yet")
    return items[item_id_of(number)]


def save(book: Book, transaction: Transaction) -> None:
    """Writes what has changed and tells it."""
    for document in book.changed.values():
        transaction.put(document)
    for event in book.told():
        transaction.emit(event)


def accepted(made: Sequence[tuple[str, str]], book: Book, receipt_id: str) -> Accepted:
    """The matches that were made (match, item), and what both sides are now."""
    matches = [MatchAnswer(match_id=match_id, item=ItemAnswer.of(book.items[item_id])) for match_id, item_id in made]
    return Accepted(matches=matches, receipt=ReceiptAnswer.of(book.receipts[receipt_id]))


def overdue_at(item: Item) -> datetime:
    """When an item is told as overdue that is still owed: noon of the day after its due date."""
    return noon_utc(item.due_on + timedelta(days=1))


def today_of(entity: str, now: datetime) -> date:
    """The calendar day where a legal entity is."""
    seller = SELLERS.get(entity)
    return day_in(seller.time_zone if seller else "UTC", now)
