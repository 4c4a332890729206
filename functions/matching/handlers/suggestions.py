"""What is suggested for money: looked at again when things change, accepted or refused by people."""

from collections.abc import Sequence
from typing import Final

from common.events.matching import ItemSettled
from common.failures import Rejected
from common.transaction import Transaction
from functions.matching.book import Book
from functions.matching.handlers.money import decide
from functions.matching.handlers.shared import accepted, save, today_of
from functions.matching.model import Item, Receipt
from functions.matching.requests import Accept, Accepted, ReceiptAnswer, Refuse
from functions.matching.suggesting import refused, standing
from functions.matching.verdicts import Why

MOST_WAITING: Final = 20
"""Receipts looked at again for one item; of more, the rest is looked at when somebody opens them."""


def look_again(settled: Sequence[ItemSettled], transaction: Transaction) -> None:
    """Decides anew on money that was suggested for what is settled now: it is over, or one is left."""
    found: dict[str, Receipt] = {}
    for one in settled:
        for receipt in transaction.select(Receipt, suggested_items=one.item_id, limit=MOST_WAITING):
            found[receipt.id] = receipt
    book = Book(receipts=found.values())
    for receipt in sorted(found.values(), key=lambda receipt: (receipt.received_on, receipt.id)):
        decide(receipt.id, book, transaction, last=True)
    save(book, transaction)


def accept(given: Accept, transaction: Transaction) -> Accepted:
    """Puts money where it is suggested to belong, as somebody decided.

    Rejected `not_found` (404), `nothing_suggested`, `more_than_open` or `more_than_unapplied` (409).
    """
    receipt = _found(given.receipt_id, transaction)
    suggestion = standing(receipt)
    items = [transaction.get(Item, part.item_id) for part in suggestion.parts]
    book = Book(items, [receipt])
    by = transaction.actor
    why = Why(
        evidence=(*suggestion.evidence, f"accepted by {by}" + (f": {given.reason}" if given.reason else "")),
        score_basis_points=suggestion.score_basis_points,
        rules_version=suggestion.rules_version,
        by=by,
    )
    made = []
    for part in suggestion.parts:
        today = today_of(book.items[part.item_id].entity, transaction.now)
        made.append((book.match(receipt.id, part.item_id, part.amount_minor, why, today), part.item_id))
    save(book, transaction)
    return accepted(made, book, receipt.id)


def refuse(given: Refuse, transaction: Transaction) -> ReceiptAnswer:
    """Refuses what is suggested: it is not suggested again. Rejected `not_found` (404), `nothing_suggested` (409)."""
    receipt = _found(given.receipt_id, transaction)
    book = Book(receipts=[receipt])
    book.keep(refused(receipt, given.reason, transaction.actor, today_of(receipt.entity, transaction.now)))
    save(book, transaction)
    return ReceiptAnswer.of(book.receipts[receipt.id])


def _found(receipt_id: str, transaction: Transaction) -> Receipt:
    receipt = transaction.find(Receipt, receipt_id)
    if receipt is None:
        raise Rejected("not_found", "there is no such receipt", status=404)
    return receipt
