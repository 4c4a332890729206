"""Learning of members: what fees depend on, whose charges waited for them, and whose charges they take over."""

from collections.abc import Sequence
from typing import Final

from common.events.members import MemberChanged
from common.transaction import Transaction
from functions.charging.model.charges import Charge
from functions.charging.model.payers import MemberMonth, Payer, payer_after
from functions.charging.tasks import MoveCharges, RateParked

PAGE: Final = 100
MONTHS: Final = 300
"""Of one member: years, with several entities and currencies."""


def learn_payers(events: Sequence[MemberChanged], transaction: Transaction) -> None:
    """Keeps what fees depend on of each member; an older revision never overwrites a newer one.

    Charges that waited for a member are rated then, and those of a closed account go to the one that took its place.
    """
    newest: dict[str, MemberChanged] = {}
    for event in sorted(events, key=lambda event: event.revision):
        newest[event.member_id] = event
    known = transaction.find_all(Payer, list(newest))
    for event, payer in zip(newest.values(), known, strict=True):
        after = payer_after(payer, event)
        if after is None:
            continue
        transaction.put(after)
        if payer is not None and payer.waiting:
            transaction.later(RateParked(code="unknown_member", member_id=after.id))
        if after.merged_into and (payer is None or payer.merged_into != after.merged_into):
            transaction.later(MoveCharges(member_id=after.id, into=after.merged_into))


def move_charges(tasks: Sequence[MoveCharges], transaction: Transaction) -> None:
    """Gives a closed account's charges to the one that took its place, page by page, and at last what its months hold.

    What was given is never changed: each charge keeps the member's id it came with. One account at a time.
    """
    task, *others = tasks
    page = transaction.select(Charge, limit=PAGE, member_id=task.member_id)
    months = _months(task, transaction) if len(page) < PAGE else []
    for charge in page:
        transaction.put(charge.but(member_id=task.into))
    for theirs, ours in months:
        transaction.put(ours.joined(theirs))
        transaction.put(theirs.emptied())
    for left in others if len(page) < PAGE else tasks:
        transaction.later(left)


def _months(task: MoveCharges, transaction: Transaction) -> list[tuple[MemberMonth, MemberMonth]]:
    """Each month of the closed account that holds anything, with that of the one that goes on."""
    theirs = transaction.select(MemberMonth, limit=MONTHS, member_id=task.member_id)
    holding = [month for month in theirs if any(month.turnover_minor.values()) or month.credited_minor]
    empty = [month.of(task.into) for month in holding]
    known = transaction.find_all(MemberMonth, [month.id for month in empty]) if empty else []
    return [(month, ours or bare) for month, ours, bare in zip(holding, known, empty, strict=True)]
