"""Using a member's credit before anything is collected from them."""

from collections.abc import Iterable, Sequence
from typing import Final

from common.events.payments import CollectionAnnounced
from common.transaction import Transaction
from functions.matching.appropriation import debt_of, place_of
from functions.matching.book import Book
from functions.matching.handlers.shared import items_of, must_be_there, save, today_of
from functions.matching.model import Item, Receipt, begun
from functions.matching.unclaimed import order_of
from functions.matching.verdicts import Why

MOST_RECEIPTS: Final = 50
"""Of a member with more credit than that, the rest stays for the next time."""
WHY: Final = Why(evidence=("the member's credit is used before anything is collected",))


def use_credit(announced: Sequence[CollectionAnnounced], transaction: Transaction) -> None:
    """Puts the member's unapplied money on what is about to be collected, the oldest first; only the rest is asked for.

    Of what is collected at once, in the order of law. What is suggested for other items waits for people. From now on
    nobody is chased for it. TryLater where the item is not there yet.
    """
    items = items_of([one.invoice_number for one in announced], transaction)
    wanted = [(must_be_there(items, one.invoice_number), one) for one in announced]
    members = dict.fromkeys(item.member_id for item, _ in wanted if item.open_minor)
    book = Book(items.values(), _credit_of(members, transaction))
    for item, one in sorted(wanted, key=lambda pair: place_of(debt_of(pair[0]), order_of(pair[0].entity))):
        if (after := begun(book.items[item.id], one.attempt)) is not book.items[item.id]:
            book.keep(after)
        _use(item.id, book, transaction)
    save(book, transaction)


def _credit_of(members: Iterable[str], transaction: Transaction) -> list[Receipt]:
    return [
        receipt
        for member_id in members
        for state in ("unapplied", "partly")
        for receipt in transaction.select(Receipt, member_id=member_id, state=state, limit=MOST_RECEIPTS)
    ]


def _use(item_id: str, book: Book, transaction: Transaction) -> None:
    meant = [one for one in book.receipts.values() if not one.suggested_items or item_id in one.suggested_items]
    for receipt in sorted(meant, key=lambda one: (not one.suggested_items, one.received_on, one.id)):
        item, left = book.items[item_id], book.receipts[receipt.id].unapplied_minor
        if _fits(receipt, item) and (amount := min(left, item.open_minor)):
            book.match(receipt.id, item_id, amount, WHY, today_of(item.entity, transaction.now))


def _fits(receipt: Receipt, item: Item) -> bool:
    """Whose money it is, of which seller and in which currency, has to be the same."""
    theirs = (receipt.member_id, receipt.entity, receipt.currency)
    return theirs == (item.member_id, item.entity, item.currency)
