"""Erasing a member's personal data from beside the chain, which still holds afterwards."""

from collections import Counter
from collections.abc import Sequence

from common.commit import erase
from common.events.members import MemberErased
from common.transaction import Transaction, UnitOfWork
from common.world import World
from functions.audit.model import AT_ONCE, LOOKS, ErasePersonal, Erasure, Found, erasure_id, ground


def plan_erasure(erased: Sequence[MemberErased], transaction: Transaction) -> None:
    """Looks at a member's records once everyone who keeps a copy had time to forget."""
    for one in erased:
        task = ErasePersonal(member_id=one.member_id, reason=one.reason, erased_at=transaction.now)
        transaction.later(task, transaction.now + LOOKS[0])


def find_erasable(tasks: Sequence[ErasePersonal], world: World) -> list[Found]:
    """For each task the next records that hold the member's data and need not keep it."""
    return [_find(task, world) for task in tasks]


def erase_personal(task: ErasePersonal, found: Found, unit: UnitOfWork) -> None:
    """Erases from the records that were found, leaves the proof, and goes on with the next page or the next look.

    TryLater while one of them is still to be published.
    """
    values = sum(erase(unit, record, task.member_id) for record in found.erasable)
    unit.put(
        Erasure(
            id=erasure_id(task),
            member_id=task.member_id,
            reason=task.reason,
            look=task.look,
            records=found.erasable,
            values=values,
            kept=found.kept,
            erased_at=unit.now,
        )
    )
    if found.last:
        unit.later(task.model_copy(update={"after": found.last}))
    elif task.look + 1 < len(LOOKS):
        again = task.model_copy(update={"after": "", "look": task.look + 1})
        unit.later(again, task.erased_at + LOOKS[again.look])


def _find(task: ErasePersonal, world: World) -> Found:
    erasable: list[str] = []
    kept: Counter[str] = Counter()
    for record in world.each_record(task.after, subjects=task.member_id):
        if task.member_id not in record.personal:
            continue
        why = ground(record, task.member_id, lambda collection, i: (world.stored(collection, i) or {}).get("head"))
        if why:
            kept[why] += 1
        else:
            erasable.append(record.id)
        if len(erasable) == AT_ONCE:
            return Found(erasable=tuple(erasable), kept=dict(kept), last=record.id)
    return Found(erasable=tuple(erasable), kept=dict(kept), last="")
