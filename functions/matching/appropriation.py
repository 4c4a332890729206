"""Which debts money pays that says nothing of them: the order the law gives, as data (section 367 of the BGB).

What the payer said comes first (section 366); then the kinds of debt in the order of the seller's country; of one kind
what has been due for longest. Items are invoices today, which are principal: costs and interest of dunning will be
items of their own kind, and come before them without a change here.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from functions.matching.model import Item
from functions.matching.policy import DebtKind


class Debt(NamedTuple):
    """What is owed, one item."""

    item_id: str
    kind: DebtKind
    due_on: date
    number: str
    open_minor: int


class Paid(NamedTuple):
    """So much for that item."""

    item_id: str
    amount_minor: int


def ordered(debts: Iterable[Debt], order: Sequence[DebtKind], stated: Sequence[str] = ()) -> list[Debt]:
    """The debts in the order in which money pays them; `stated` are the items the payer named, in their order."""
    said = {item_id: place for place, item_id in enumerate(stated)}
    return sorted(debts, key=lambda debt: (said.get(debt.item_id, len(said)), place_of(debt, order)))


def place_of(debt: Debt, order: Sequence[DebtKind]) -> tuple[int, date, str]:
    """Where a debt stands in an order."""
    return order.index(debt.kind), debt.due_on, debt.number


def debt_of(item: Item) -> Debt:
    """An item as the order sees it: an invoice is principal."""
    return Debt(item.id, "principal", item.due_on, item.number, item.open_minor)


def appropriated(
    amount_minor: int, debts: Iterable[Debt], order: Sequence[DebtKind], stated: Sequence[str] = ()
) -> list[Paid]:
    """What so much money pays, nothing of it more than is open; what is left is credit."""
    left = amount_minor
    paid = []
    for debt in ordered(debts, order, stated):
        if (amount := min(left, debt.open_minor)) > 0:
            paid.append(Paid(debt.item_id, amount))
            left -= amount
    return paid
