"""The nightly proof: every member's invariants, what is broken is told, and what holds again, too."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from common.failures import Rejected
from common.functions.declared import Tick
from common.log import log
from common.transaction import Transaction
from common.world import World
from functions.audit.findings import (
    LOOK_AGAIN,
    LOOKS,
    MEMBERS_A_PAGE,
    PACE,
    Finding,
    Look,
    LookAgain,
    Looked,
    ProveMembers,
    confirmed,
    finding_id,
    is_replayed,
    over,
    resolved,
    shards,
    still_the_same,
    suspected,
)
from functions.audit.invariants import INVARIANTS, prove_member
from functions.audit.requests import FindingView, Resolve

RULES: Final = {rule.name: rule for rule in INVARIANTS}
A_NIGHT: Final = timedelta(days=1)


def start_proof(tick: Tick, transaction: Transaction) -> None:
    """Begins the night's proof: all members once, a seventh of them with their whole history.

    A proof is of the present: a night that was missed is not caught up.
    """
    if transaction.now - tick.slot > A_NIGHT:
        return
    for place, task in enumerate(shards(tick.slot.date().toordinal())):
        transaction.later(task, transaction.now + place * PACE)


def look_at_pages(tasks: Sequence[ProveMembers], world: World) -> list[Looked]:
    """For each task, what the invariants say of its next members."""
    return [_page(task, world) for task in tasks]


def record_pages(tasks: Sequence[ProveMembers], found: Sequence[Looked], transaction: Transaction) -> None:
    """Records what pages of members came to, and goes on with the next."""
    unclear = _record([(look, False) for page in found for look in page.looks], transaction)
    for task, page in zip(tasks, found, strict=True):
        if page.last:
            transaction.later(task.model_copy(update={"after": page.last}))
    for place, member_id in enumerate(unclear):
        transaction.later(LookAgain(member_id=member_id), transaction.now + LOOK_AGAIN + place * PACE)


def look_at_members(tasks: Sequence[LookAgain], world: World) -> list[Look]:
    """For each task, what the invariants say of its member now, with their whole history."""
    return [_look(task.member_id, world, history=True) for task in tasks]


def record_again(tasks: Sequence[LookAgain], found: Sequence[Look], transaction: Transaction) -> None:
    """Records what further looks came to: what is still broken is told; what keeps changing is looked at again."""
    pairs = [(look, task.looks >= LOOKS) for task, look in zip(tasks, found, strict=True)]
    unclear = _record(pairs, transaction)
    for task in tasks:
        if task.member_id in unclear:
            again = task.model_copy(update={"looks": task.looks + 1})
            transaction.later(again, transaction.now + LOOK_AGAIN)


def resolve_finding(given: Resolve, transaction: Transaction) -> FindingView:
    """Let a frozen member go on, for a reason that is kept; only new evidence freezes them again."""
    finding = transaction.find(Finding, given.finding_id)
    if finding is None:
        raise Rejected("not_found", "there is no such finding", status=404)
    after, told = resolved(finding, transaction.actor, given.reason, transaction.now)
    transaction.put(after)
    transaction.emit(told)
    return FindingView.of(after)


def _page(task: ProveMembers, world: World) -> Looked:
    members = [stored.id for stored in islice(world.scan("members", task.after, page=MEMBERS_A_PAGE), MEMBERS_A_PAGE)]
    inside = [member_id for member_id in members if not task.until or member_id <= task.until]
    looks = [_look(member_id, world, history=is_replayed(member_id, task.night)) for member_id in inside]
    more = len(inside) == MEMBERS_A_PAGE
    return Looked(
        looks=tuple(look for look in looks if look.evidence), members=len(inside), last=inside[-1] if more else ""
    )


def _look(member_id: str, world: World, *, history: bool) -> Look:
    """What is broken for a member, and which of their findings hold again."""
    broken = {one.invariant.name: one.evidence for one in prove_member(world, member_id, history=history)}
    known = {finding.rule for finding in world.read.select(Finding, member_id=member_id)}
    checked = {rule.name for rule in INVARIANTS if rule.reach == "member" or (history and rule.reach == "history")}
    return Look(member_id=member_id, evidence=dict.fromkeys(sorted(known & checked), ()) | broken)


def _record(looks: Iterable[tuple[Look, bool]], transaction: Transaction) -> list[str]:
    """Records looks, each with whether it is the last; the members who have to be looked at again."""
    asked = [(look, last, name) for look, last in looks for name in look.evidence]
    found = transaction.find_all(Finding, [finding_id(name, look.member_id) for look, _, name in asked])
    unclear = [
        look.member_id
        for (look, last, name), known in zip(asked, found, strict=True)
        if _judge(look, name, known, transaction, last=last)
    ]
    return list(dict.fromkeys(unclear))


def _judge(look: Look, name: str, known: Finding | None, transaction: Transaction, *, last: bool) -> bool:
    """Records what a look says of one rule; True where it only is suspected."""
    if not look.evidence[name]:
        return _close(known, transaction)
    rule = RULES[name]
    after = suspected(known, (name, rule.numbers, rule.title), look, transaction.now)
    seen_before = known is not None and known.state == "suspected"
    if after.state == "suspected" and known is not None and seen_before and (last or still_the_same(known, look)):
        after, told = confirmed(after, transaction.now)
        transaction.emit(told)
        log("ERROR", "broken invariant", **told.model_dump(exclude={"says"}))
    if after is not known:
        transaction.put(after)
    return after.state == "suspected"


def _close(known: Finding | None, transaction: Transaction) -> bool:
    after, told = over(known, transaction.now) if known is not None else (None, None)
    if after is not None and after is not known:
        transaction.put(after)
    if told is not None:
        transaction.emit(told)
    return False
