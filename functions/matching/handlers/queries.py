"""Showing items and receipts, and finding them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Final, TypeVar

from common.documents import Document
from common.failures import Rejected
from common.world import World
from functions.matching.model import Item, Receipt, item_id_of
from functions.matching.requests import (
    ByItem,
    ByReceipt,
    ItemAnswer,
    ItemPage,
    ItemTotals,
    ReceiptAnswer,
    ReceiptPage,
    SearchItems,
    SearchReceipts,
)

D = TypeVar("D", bound=Document)
STEP: Final = 300
"""How many documents a sum reads at once."""
STEPS: Final = 10
"""So often a page of receipts of an age reads that many."""


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
    return ItemPage(
        items=[ItemAnswer.of(item) for item in found],
        next_page_token=following,
        totals=_owed_by(given.member_id, world) if given.member_id else {},
    )


def _owed_by(member_id: str, world: World) -> dict[str, ItemTotals]:
    """What a member owes by currency; a settled item adds nothing and is not read."""
    totals: dict[str, ItemTotals] = {}
    for item in _every(Item, world, member_id=member_id, state="open"):
        known = totals.get(item.currency, ItemTotals())
        totals[item.currency] = ItemTotals(
            open_minor=known.open_minor + item.open_minor,
            overdue_minor=known.overdue_minor + (item.open_minor if item.overdue else 0),
        )
    return dict(sorted(totals.items()))


def show_receipt(given: ByReceipt, world: World) -> ReceiptAnswer:
    """Money that came, with where it went."""
    receipt = world.read.find(Receipt, given.receipt_id)
    if receipt is None:
        raise Rejected("not_found", "there is no such receipt", status=404)
    return ReceiptAnswer.of(receipt)


def search_receipts(given: SearchReceipts, world: World) -> ReceiptPage:
    """Receipts by state, zone, age, member, amount and the end of the payer's IBAN."""
    found, following = _page(given, world)
    return ReceiptPage(
        items=[ReceiptAnswer.of(receipt) for receipt in found],
        next_page_token=following,
        unapplied_minor=_unapplied_of(given.member_id, world) if given.member_id else {},
    )


def _page(given: SearchReceipts, world: World) -> tuple[list[Receipt], str]:
    """The receipts of a page, and where the next one goes on."""
    if given.min_age_days:
        return _of_age(given, world)
    found = world.read.select(Receipt, limit=given.limit, after=given.page_token, **given.equals)
    return found, found[-1].id if len(found) == given.limit else ""


def _of_age(given: SearchReceipts, world: World) -> tuple[list[Receipt], str]:
    """The same of those that came long enough ago; at most so many are looked through for a page."""
    latest = world.now.date() - timedelta(days=given.min_age_days)
    found: list[Receipt] = []
    after = given.page_token
    for _ in range(STEPS):
        page = world.read.select(Receipt, limit=STEP, after=after, **given.equals)
        for receipt in page:
            if receipt.received_on <= latest:
                found.append(receipt)
            if len(found) == given.limit:
                return found, receipt.id
        if len(page) < STEP:
            return found, ""
        after = page[-1].id
    return found, after


def _unapplied_of(member_id: str, world: World) -> dict[str, int]:
    """A member's credit by currency; money that is applied in full adds nothing and is not read."""
    totals: dict[str, int] = defaultdict(int)
    for state in ("unapplied", "partly"):
        for receipt in _every(Receipt, world, member_id=member_id, state=state):
            totals[receipt.currency] += receipt.unapplied_minor
    return dict(sorted(totals.items()))


def _every(kind: type[D], world: World, **equals: str) -> Iterator[D]:
    after = ""
    while page := world.read.select(kind, limit=STEP, after=after, **equals):
        yield from page
        after = page[-1].id
