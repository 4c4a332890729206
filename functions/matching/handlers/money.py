"""Matching money that came to what it is for."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from common.events.payments import PaymentReceived
from common.transaction import Transaction
from functions.matching.aliases import Alias, alias_id_of
from functions.matching.book import Book
from functions.matching.handlers.deciding import Judge
from functions.matching.handlers.shared import end, items_of, save, today_of
from functions.matching.model import Receipt, TryAgain, arrived, item_id_of, owned
from functions.matching.policy import policy
from functions.matching.scoring import named_numbers

AGAIN_AFTER: Final = timedelta(hours=1)
TRIES: Final = 3


def match_payments(money: Sequence[PaymentReceived], transaction: Transaction) -> None:
    """Decides on money by its evidence: it is put where it belongs, or suggested, or left to people.

    TryLater for money a provider collected for an item that is not open yet.
    """
    known = transaction.find_all(Receipt, [one.receipt_id for one in money])
    fresh = [arrived(one, one.member_id) for one, receipt in zip(money, known, strict=True) if receipt is None]
    book = _gathered(fresh, transaction)
    for receipt in {receipt.id: receipt for receipt in fresh}.values():
        book.keep(_owned(receipt, book, transaction))
        if not decide(receipt.id, book, transaction, last=False):
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
    book = _gathered([receipt for _, receipt in pairs], transaction)
    for task, receipt in pairs:
        if not decide(receipt.id, book, transaction, last=task.tries >= TRIES):
            again = task.model_copy(update={"tries": task.tries + 1})
            transaction.later(again, transaction.now + AGAIN_AFTER)
    save(book, transaction)


def decide(receipt_id: str, book: Book, transaction: Transaction, *, last: bool) -> bool:
    """Does with money what its evidence says; False where it has to wait for an item."""
    receipt = book.receipts[receipt_id]
    today = today_of(receipt.entity, transaction.now)
    judge = Judge(receipt, book, transaction, today)
    verdict = judge.verdict(last=last)
    if verdict is None:
        return False
    book.settle(receipt_id, verdict, today)
    members = {item.member_id for item in judge.named}
    if verdict.zone != "automatic" and len(members) == 1:
        book.keep(owned(book.receipts[receipt_id], members.pop()))
    return True


def _gathered(receipts: Sequence[Receipt], transaction: Transaction) -> Book:
    """What money names in full and whose accounts it came from, in two round trips for all of a slice."""
    ibans = dict.fromkeys(alias_id_of(receipt.payer_iban) for receipt in receipts if receipt.payer_iban)
    items = items_of([number for receipt in receipts for number in named_numbers(receipt)], transaction)
    return Book(items.values(), receipts, _there(transaction.find_all(Alias, list(ibans))))


def _there(found: Iterable[Alias | None]) -> list[Alias]:
    return [alias for alias in found if alias is not None]


def _owned(receipt: Receipt, book: Book, transaction: Transaction) -> Receipt:
    """The receipt with the member its account is known as."""
    alias = book.aliases.get(alias_id_of(receipt.payer_iban))
    today = today_of(receipt.entity, transaction.now)
    of_account = alias.owner(today, policy().alias_days) if alias else ""
    member_id = receipt.known_member_id or of_account
    return receipt.but(known_member_id=member_id, member_id=member_id)
