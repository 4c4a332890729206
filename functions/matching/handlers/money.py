"""Matching money that came to what it is for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.events.payments import PaymentReceived
from common.failures import TryLater
from common.transaction import Transaction
from functions.matching.book import Book
from functions.matching.handlers.shared import end, items_of, save, today_of
from functions.matching.model import Alias, Item, Receipt, TryAgain, alias_id_of, arrived, item_id_of, owned
from functions.matching.scoring import NOTHING, Verdict, by_amount, by_name, by_purpose, named_numbers

AGAIN_AFTER: Final = timedelta(hours=1)
TRIES: Final = 3
MOST_OPEN: Final = 50
"""Of a member with more open items, no sum is known to be the only one."""
Owed = dict[str, list[str]]
"""The ids of what members owe, by member."""


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
            end(item_id_of(one.invoice_number), max(one.attempt, one.last_attempt), book, transaction)
    save(book, transaction)


def try_again(tasks: Sequence[TryAgain], transaction: Transaction) -> None:
    """Looks again at money that named an invoice which was not there; after some tries, without it."""
    found = transaction.find_all(Receipt, [task.receipt_id for task in tasks])
    pairs = [(t, r) for t, r in zip(tasks, found, strict=True) if r is not None and r.state == "unapplied"]
    book, owed = _gathered([receipt for _, receipt in pairs], transaction)
    for task, receipt in pairs:
        if not _judged(receipt.id, book, owed, transaction, last=task.tries >= TRIES):
            again = task.model_copy(update={"tries": task.tries + 1})
            transaction.later(again, transaction.now + AGAIN_AFTER)
    save(book, transaction)


def _gathered(receipts: Sequence[Receipt], transaction: Transaction) -> tuple[Book, Owed]:
    """All that can be evidence for some money, read before anything is written."""
    ibans = [alias_id_of(receipt.payer_iban) for receipt in receipts if receipt.payer_iban]
    aliases = [alias for alias in transaction.find_all(Alias, list(dict.fromkeys(ibans))) if alias is not None]
    items = items_of([number for receipt in receipts for number in named_numbers(receipt)], transaction)
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
    if (receipt.invoice_number or receipt.purposes) and len(known) < len(numbers):
        raise TryLater(f"there is no item {', '.join(numbers)} yet")
    if len(known) < len(numbers) and not last:
        return False
    count = len(named) + len(numbers) - len(known)
    verdict = by_name(receipt, named, count) if named else _by_account(receipt, book, owed)
    if receipt.purposes:
        verdict = by_purpose(receipt, {n: book.present(item) for n, item in zip(numbers, known, strict=True)})
    book.match_all(receipt_id, verdict, today_of(receipt.entity, transaction.now))
    members = {item.member_id for item in named}
    if not verdict.shares and len(members) == 1:
        book.keep(owned(receipt, members.pop()))
    return True


def _by_account(receipt: Receipt, book: Book, owed: Owed) -> Verdict:
    alias = book.aliases.get(alias_id_of(receipt.payer_iban))
    if alias is None or not alias.member_id:
        return NOTHING
    return by_amount(receipt, [book.items[item_id] for item_id in owed.get(alias.member_id, [])])


def _in_place_of(items: dict[str, Item], transaction: Transaction) -> dict[str, Item]:
    """The items that stand in the place of these, however often they were reissued."""
    found: dict[str, Item] = {}
    numbers = [item.replaced_by for item in items.values() if item.replaced_by]
    while further := items_of(numbers, transaction) if numbers else {}:
        found |= further
        numbers = [item.replaced_by for item in further.values() if item.replaced_by]
    return found
