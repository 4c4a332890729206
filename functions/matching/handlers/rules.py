"""What the rules decide, without deciding it: a dry run of one payment, a backtest of other rules over many."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from common.failures import Rejected
from common.world import World
from functions.matching.book import Book
from functions.matching.evidence.rules import Rules, present_rules
from functions.matching.handlers.deciding import Judge
from functions.matching.handlers.shared import today_of
from functions.matching.model import (
    Allocation,
    Allocations,
    Item,
    Receipt,
    applied,
    net_by_match,
    payments_in,
    with_entry,
)
from functions.matching.policy import policy
from functions.matching.requests import ByReceipt, PartAnswer
from functions.matching.requests.decisions import (
    Backtest,
    BacktestAnswer,
    DecisionAnswer,
    Replayed,
    RulesAnswer,
    ShowRules,
)
from functions.matching.scoring import NOTHING, Verdict

STEPS: Final = 10
"""So many pages are looked through for money of the days asked for."""


def show_rules(_given: ShowRules, _world: World) -> RulesAnswer:
    """The rules of evidence in force, and the version of the policy."""
    rules = present_rules().model_dump(mode="json")
    rules["trusted"] = [{name: sorted(words) for name, words in one.items()} for one in rules["trusted"]]
    return RulesAnswer(policy_version=policy().version, **rules)


def preview_decision(given: ByReceipt, world: World) -> DecisionAnswer:
    """What would be decided on what is left of a receipt now; nothing is written.

    Rejected `not_found` (404) or `nothing_left` (409).
    """
    receipt = world.read.find(Receipt, given.receipt_id)
    if receipt is None:
        raise Rejected("not_found", "there is no such receipt", status=404)
    if not receipt.unapplied_minor:
        raise Rejected("nothing_left", "all of this money lies somewhere", status=409)
    return _decided(receipt, Book(receipts=[receipt]), world, present_rules())


def backtest(given: Backtest, world: World) -> BacktestAnswer:
    """What other rules would decide on money that came, as if each came today and its own matches were not made.

    A sample: receipts are in no order of time. What a provider collected, or its payer chose, needs no rules and is
    left out.
    """
    rules = Rules.model_validate_json(given.rules.model_dump_json())
    zones: Counter[str] = Counter()
    changed: list[Replayed] = []
    wrong = [0, 0]
    found, following = _sample(given, world)
    for receipt in found:
        one = _replayed(receipt, world, rules)
        zones[f"{one.present.zone} > {one.proposed.zone}"] += 1
        wrong[0] += one.present.zone == "automatic" and not one.present_agrees
        wrong[1] += one.proposed.zone == "automatic" and not one.proposed_agrees
        if (one.present.zone, one.present.parts) != (one.proposed.zone, one.proposed.parts):
            changed.append(one)
    return BacktestAnswer(
        replayed=len(found),
        zones=dict(sorted(zones.items())),
        present_disagrees=wrong[0],
        proposed_disagrees=wrong[1],
        changed=changed,
        next_page_token=following,
    )


def _sample(given: Backtest, world: World) -> tuple[list[Receipt], str]:
    found: list[Receipt] = []
    after = given.page_token
    for _ in range(STEPS):
        page = world.read.select(Receipt, limit=given.limit, after=after)
        for receipt in page:
            if _is_evidence(receipt) and (given.received_from is None or receipt.received_on >= given.received_from):
                found.append(receipt)
            if len(found) == given.limit:
                return found, receipt.id
        if len(page) < given.limit:
            return found, ""
        after = page[-1].id
    return found, after


def _is_evidence(receipt: Receipt) -> bool:
    return not (receipt.invoice_number or receipt.purposes)


def _replayed(receipt: Receipt, world: World, rules: Rules) -> Replayed:
    stands = _stands(receipt)
    present = _decided(*_as_it_came(receipt, world), world, present_rules())
    proposed = _decided(*_as_it_came(receipt, world), world, rules)
    return Replayed(
        receipt_id=receipt.id,
        amount_minor=receipt.amount_minor,
        currency=receipt.currency,
        present=present,
        proposed=proposed,
        stands=stands,
        present_agrees=_agrees(present, stands),
        proposed_agrees=_agrees(proposed, stands),
    )


def _as_it_came(receipt: Receipt, world: World) -> tuple[Receipt, Book]:
    """The receipt and its items as if it had just come: without its own matches, and what people refused of it."""
    entries = payments_in(receipt.allocations)
    ids = list(dict.fromkeys(one.item_id for one in entries))
    items = {item.id: item for item in world.read.find_all(Item, ids) if item is not None}
    fresh = receipt
    for entry in _counters(entries):
        fresh = applied(fresh, entry)
        if entry.item_id in items:
            counter = Allocation(match_id=entry.match_id, receipt_id=receipt.id, amount_minor=entry.amount_minor)
            items[entry.item_id] = with_entry(items[entry.item_id], counter)
    fresh = fresh.but(refused=(), suggestion=None, suggested_items=(), allocations=_others(fresh))
    book = Book(items.values(), [fresh])
    for item in items.values():
        book.keep(item)
    return fresh, book


def _counters(entries: Allocations) -> Iterator[Allocation]:
    items = {one.match_id: one for one in entries}
    for match_id, carried in net_by_match(entries).items():
        if carried:
            yield items[match_id].model_copy(update={"amount_minor": -carried, "why": None})


def _others(receipt: Receipt) -> tuple[Allocation, ...]:
    """What is on a receipt beside matches: they cancel out, and nobody took one back."""
    return tuple(one for one in receipt.allocations if one.kind != "payment")


def _decided(receipt: Receipt, book: Book, world: World, rules: Rules) -> DecisionAnswer:
    judge = Judge(receipt, book, world.read, today_of(receipt.entity, world.now), rules)
    waits = bool(judge.missing)
    verdict = NOTHING if waits and not _is_evidence(receipt) else judge.verdict(last=True) or NOTHING
    return DecisionAnswer(
        receipt_id=receipt.id,
        waits=waits,
        zone=verdict.zone,
        score_basis_points=verdict.score_basis_points,
        parts=_parts(verdict),
        evidence=list(verdict.evidence),
        rules_version=verdict.rules_version,
    )


def _parts(verdict: Verdict) -> list[PartAnswer]:
    return [
        PartAnswer(
            item_id=share.item.id,
            number=share.item.number,
            member_id=share.item.member_id,
            amount_minor=share.amount_minor,
        )
        for share in verdict.shares
    ]


def _stands(receipt: Receipt) -> list[PartAnswer]:
    """Where its money lies now."""
    entries = {one.match_id: one for one in payments_in(receipt.allocations)}
    return [
        PartAnswer(
            item_id=entries[match_id].item_id,
            number="",
            member_id=entries[match_id].member_id,
            amount_minor=carried,
        )
        for match_id, carried in net_by_match(receipt.allocations).items()
        if match_id in entries and carried
    ]


def _agrees(decision: DecisionAnswer, stands: Sequence[PartAnswer]) -> bool:
    """Whether a decision puts the money on the items it lies on now, and money that lies nowhere on none."""
    if decision.zone != "automatic":
        return not stands
    return {one.item_id for one in decision.parts} == {one.item_id for one in stands}
