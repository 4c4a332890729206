"""Giving up what is not worth claiming or can't be had, with four eyes above a limit, and claiming it again."""

from common.failures import Rejected
from common.transaction import Transaction
from common.world import World
from functions.matching.book import Book, written_off
from functions.matching.handlers.shared import overdue_at, save, today_of
from functions.matching.model import Item, MarkOverdue
from functions.matching.requests.write_offs import (
    ByWriteOff,
    DecideWriteOff,
    GiveUp,
    SearchWriteOffs,
    WriteOffAnswer,
    WriteOffPage,
)
from functions.matching.write_offs import WriteOff, anew, approved, asked_state, refused


def write_off_item(given: GiveUp, transaction: Transaction) -> WriteOffAnswer:
    """Writes off so much of an item, or asks for a second person's word above the limit.

    Rejected `not_found` (404), `more_than_open`, `already_asked`, or `in_flight` (409): money on its way is kept up.
    """
    item = _item(given.item_id, transaction)
    amount = item.open_minor if given.amount_minor is None else given.amount_minor
    if not 0 < amount <= item.open_minor:
        raise Rejected("more_than_open", f"{item.open_minor} is open on {item.number}", status=409)
    _must_be_still(item)
    today = today_of(item.entity, transaction.now)
    state = asked_state(amount, item.currency, transaction.actor)
    asked = written_off(item, amount, given.reason, transaction.actor, today, state)
    while (known := transaction.find(WriteOff, asked.id)) is not None:
        if known.state == "held":
            raise Rejected("already_asked", f"a write-off of {item.number} waits for a second person", status=409)
        asked = anew(asked)
    if state == "held":
        transaction.put(asked)
    else:
        book = Book([item])
        book.write_off(asked, today)
        save(book, transaction)
    return WriteOffAnswer.of(asked)


def approve_write_off(given: DecideWriteOff, transaction: Transaction) -> WriteOffAnswer:
    """A second person agrees: it is written off. Rejected `same_person` (403) or `more_than_open` (409)."""
    after = approved(_found(given.write_off_id, transaction), transaction.actor)
    item = _item(after.item_id, transaction)
    _must_be_still(item)
    book = Book([item])
    book.write_off(after, today_of(item.entity, transaction.now))
    save(book, transaction)
    return WriteOffAnswer.of(after)


def refuse_write_off(given: DecideWriteOff, transaction: Transaction) -> WriteOffAnswer:
    """Nobody agrees: it stays claimed."""
    after = refused(_found(given.write_off_id, transaction), transaction.actor)
    transaction.put(after)
    return WriteOffAnswer.of(after)


def withdraw_write_off(given: DecideWriteOff, transaction: Transaction) -> WriteOffAnswer:
    """What was given up is claimed again, and its due date counts again."""
    write_off = _found(given.write_off_id, transaction)
    item = _item(write_off.item_id, transaction)
    book = Book([item])
    after = book.claim_again(write_off, given.reason, today_of(item.entity, transaction.now))
    save(book, transaction)
    if item.state == "settled":
        task = MarkOverdue(member_id=item.member_id, item_id=item.id)
        transaction.later(task, max(transaction.now, overdue_at(after)))
    return WriteOffAnswer.of(book.write_offs[write_off.id])


def show_write_off(given: ByWriteOff, world: World) -> WriteOffAnswer:
    """One write-off."""
    found = world.read.find(WriteOff, given.write_off_id)
    if found is None:
        raise Rejected("not_found", "there is no such write-off", status=404)
    return WriteOffAnswer.of(found)


def search_write_offs(given: SearchWriteOffs, world: World) -> WriteOffPage:
    """Write-offs, by member, item or state."""
    named = (("member_id", given.member_id), ("item_id", given.item_id), ("state", given.state))
    equals = {name: value for name, value in named if value}
    found = world.read.select(WriteOff, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return WriteOffPage(items=[WriteOffAnswer.of(one) for one in found], next_page_token=following)


def _item(item_id: str, transaction: Transaction) -> Item:
    item = transaction.find(Item, item_id)
    if item is None:
        raise Rejected("not_found", "there is no such item", status=404)
    return item


def _found(write_off_id: str, transaction: Transaction) -> WriteOff:
    found = transaction.find(WriteOff, write_off_id)
    if found is None:
        raise Rejected("not_found", "there is no such write-off", status=404)
    return found


def _must_be_still(item: Item) -> None:
    if item.in_flight:
        raise Rejected("in_flight", f"a provider is collecting {item.number}", status=409)
