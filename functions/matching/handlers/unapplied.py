"""Money that lies unapplied: every cent with its owner and age, and what becomes of what nobody claims."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from common.failures import Rejected
from common.functions.declared import Tick
from common.transaction import Transaction
from common.world import World
from functions.matching.appropriation import appropriated, debt_of
from functions.matching.book import Book
from functions.matching.handlers.returns import set_aside
from functions.matching.handlers.shared import accepted, save, today_of
from functions.matching.model import Item, Receipt, ReviewMoney
from functions.matching.policy import policy
from functions.matching.requests import Accepted
from functions.matching.requests.unapplied import ShowUnapplied, Spread, UnappliedAnswer, UnappliedGroup
from functions.matching.unclaimed import age_of, due_return, oldest_looked_at, order_of, owner_of
from functions.matching.verdicts import Why

STEP: Final = 300
REVIEWED: Final = 100
"""Receipts of one task."""
MOST_OWED: Final = 300
BY_RULE: Final = "nobody claimed it: it goes back to where it came from"


def show_unapplied(given: ShowUnapplied, world: World) -> UnappliedAnswer:
    """Unapplied money by currency, owner and age."""
    today = world.now.date()
    groups: dict[tuple[str, str, str], list[Receipt]] = {}
    for receipt in _unapplied(world):
        if given.entity in {"", receipt.entity}:
            key = (receipt.currency, owner_of(receipt, policy()), policy().bucket(age_of(receipt, today)))
            groups.setdefault(key, []).append(receipt)
    totals: dict[str, int] = {}
    for (currency, _, _), receipts in sorted(groups.items()):
        totals[currency] = totals.get(currency, 0) + sum(one.unapplied_minor for one in receipts)
    told = [_group(*key, receipts) for key, receipts in sorted(groups.items(), key=lambda one: _oldest(one[1]))]
    return UnappliedAnswer(as_of=today, totals=totals, groups=told, policy_version=policy().version)


def aged(ticks: Sequence[Tick], world: World) -> list[list[str]]:
    """The receipts that are old enough for a rule of the policy to speak of them, for each time it is asked."""
    latest = oldest_looked_at(policy(), world.now.date())
    found = [one.id for one in _unapplied(world) if one.received_on <= latest and _speaks_of(one, world.now.date())]
    return [found for _ in ticks]


def start_review(_tick: Tick, found: Sequence[str] | None, transaction: Transaction) -> None:
    """Has what nobody claims looked at, so many at a time."""
    ids = list(found or ())
    for start in range(0, len(ids), REVIEWED):
        transaction.later(ReviewMoney(member_id="", receipt_ids=tuple(ids[start : start + REVIEWED])))


def review_money(tasks: Sequence[ReviewMoney], transaction: Transaction) -> None:
    """Does with money what the policy says: proposes to people that it goes back, or gives it back."""
    ids = list(dict.fromkeys(i for task in tasks for i in task.receipt_ids))
    book = Book(receipts=[one for one in transaction.find_all(Receipt, ids) if one is not None])
    for receipt in list(book.receipts.values()):
        today = today_of(receipt.entity, transaction.now)
        rule = due_return(receipt, policy(), today)
        if rule is None:
            continue
        if rule.do == "return":
            set_aside(book, receipt.id, receipt.unapplied_minor, today, reason=BY_RULE)
        elif not receipt.proposal:
            book.keep(receipt.but(proposal="return"))
    save(book, transaction)


def spread(given: Spread, transaction: Transaction) -> Accepted:
    """Puts what is left of a receipt on what its member owes the same seller, in the order the law gives.

    What the payer stated comes first. Rejected `not_found` (404), `nobodys_money`, `nothing_owed` or `too_many` (409).
    """
    receipt = transaction.find(Receipt, given.receipt_id)
    if receipt is None:
        raise Rejected("not_found", "there is no such receipt", status=404)
    if not receipt.member_id:
        raise Rejected("nobodys_money", "it is not known whose money it is", status=409)
    items = _owed(receipt, transaction)
    paid = appropriated(receipt.unapplied_minor, map(debt_of, items), order_of(receipt.entity), given.stated)
    if not paid:
        raise Rejected("nothing_owed", "nothing is open for it, or nothing is left of it", status=409)
    book, by = Book(items, [receipt]), transaction.actor
    why = Why(evidence=(f"put on what is owed, in the order of law, by {by}: {given.reason}",), by=by)
    today = today_of(receipt.entity, transaction.now)
    made = [(book.match(receipt.id, one.item_id, one.amount_minor, why, today), one.item_id) for one in paid]
    save(book, transaction)
    return accepted(made, book, receipt.id)


def _owed(receipt: Receipt, transaction: Transaction) -> list[Item]:
    found = transaction.select(Item, member_id=receipt.member_id, state="open", limit=MOST_OWED)
    if len(found) >= MOST_OWED:
        raise Rejected("too_many", f"the member owes on {MOST_OWED} items or more: name some", status=409)
    return [item for item in found if (item.entity, item.currency) == (receipt.entity, receipt.currency)]


def _unapplied(world: World) -> Iterator[Receipt]:
    for state in ("unapplied", "partly"):
        after = ""
        while page := world.read.select(Receipt, limit=STEP, after=after, state=state):
            yield from page
            after = page[-1].id


def _speaks_of(receipt: Receipt, today: date) -> bool:
    rule = due_return(receipt, policy(), today)
    return rule is not None and (rule.do == "return" or not receipt.proposal)


def _group(currency: str, owner: str, bucket: str, receipts: Sequence[Receipt]) -> UnappliedGroup:
    return UnappliedGroup(
        currency=currency,
        owner=owner,
        bucket=bucket,
        receipts=len(receipts),
        unapplied_minor=sum(one.unapplied_minor for one in receipts),
        oldest_on=_oldest(receipts),
    )


def _oldest(receipts: Sequence[Receipt]) -> date:
    return min(one.received_on for one in receipts)
