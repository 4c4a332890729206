"""Showing items and receipts, and finding them."""

from common.failures import Rejected
from common.world import World
from functions.matching.model import Item, Receipt, item_id_of
from functions.matching.requests import (
    ByItem,
    ByReceipt,
    ItemAnswer,
    ItemPage,
    ReceiptAnswer,
    ReceiptPage,
    SearchItems,
    SearchReceipts,
)


def show_item(given: ByItem, world: World) -> ItemAnswer:
    """An item with everything that was put on it."""
    item = world.read.find(Item, given.item_id)
    if item is None:
        raise Rejected("not_found", "there is no such item", status=404)
    return ItemAnswer.of(item)


def search_items(given: SearchItems, world: World) -> ItemPage:
    """Items of a member or in a state, or the one of an invoice number."""
    if given.number:
        item = world.read.find(Item, item_id_of(given.number))
        return ItemPage(items=[ItemAnswer.of(item)] if item else [])
    found = world.read.select(Item, limit=given.limit, after=given.page_token, **given.equals)
    following = found[-1].id if len(found) == given.limit else ""
    return ItemPage(items=[ItemAnswer.of(item) for item in found], next_page_token=following)


def show_receipt(given: ByReceipt, world: World) -> ReceiptAnswer:
    """Money that came, with where it went."""
    receipt = world.read.find(Receipt, given.receipt_id)
    if receipt is None:
        raise Rejected("not_found", "there is no such receipt", status=404)
    return ReceiptAnswer.of(receipt)


def search_receipts(given: SearchReceipts, world: World) -> ReceiptPage:
    """Receipts by state, member, amount and the end of the payer's IBAN."""
    found = world.read.select(Receipt, limit=given.limit, after=given.page_token, **given.equals)
    following = found[-1].id if len(found) == given.limit else ""
    return ReceiptPage(items=[ReceiptAnswer.of(receipt) for receipt in found], next_page_token=following)
