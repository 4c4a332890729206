"""Taking credit notes off what they credit."""

from collections.abc import Sequence

from common.events.invoicing import CreditNoteIssued
from common.failures import TryLater
from common.transaction import Transaction
from functions.matching.book import Book, open_write_offs
from functions.matching.handlers.shared import items_of, must_be_there, paying, save, today_of
from functions.matching.write_offs import WriteOff


def apply_credit_notes(notes: Sequence[CreditNoteIssued], transaction: Transaction) -> None:
    """Takes credit notes off their items, in their order; TryLater where the item or an earlier note is not there yet.

    Which of them offsets what is due, and which sets money free, does not depend on what arrives first.
    """
    items = items_of([note.invoice_number for note in notes], transaction)
    book = Book(items.values(), paying(items.values(), transaction))
    given_up = [one for item in items.values() for one in open_write_offs(item)]
    book.write_offs = {one.id: one for one in transaction.find_all(WriteOff, given_up) if one is not None}
    for note in sorted(notes, key=lambda note: note.sequence):
        item = must_be_there(book.items, note.invoice_number)
        if item.credit_notes < note.sequence - 1:
            raise TryLater(f"an earlier credit note of {item.number} is on its way")
        book.credit(note, item.id, today_of(note.entity, transaction.now))
    save(book, transaction)
