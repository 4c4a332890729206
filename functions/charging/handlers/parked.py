"""Rating again what was parked: one charge, all like it, or those that waited for fees or for a member."""

from collections.abc import Sequence
from typing import Final

from common.failures import Rejected
from common.transaction import Transaction
from functions.charging.handlers.corrections import existing
from functions.charging.handlers.intake import keep
from functions.charging.handlers.knowledge import known_for
from functions.charging.model.charges import CHARGES, Charge
from functions.charging.requests.charges import ChargeAnswer, Rate, RatedAgain, RateParked, charge_id_of
from functions.charging.tasks import RateParked as RateParkedTask

PAGE: Final = 100
"""Charges rated in one commit."""


def rate_charge(given: Rate, transaction: Transaction) -> ChargeAnswer:
    """Rates a parked charge by the fees as they are now; Rejected where it still can't be."""
    _must_have_reason(given.reason, transaction)
    charge = existing(transaction.find(Charge, charge_id_of(given.charge_id)))
    CHARGES.move(charge.state, "rate")
    if charge.parked_code == "needs_approval":
        raise Rejected("wrong_state", "this credit waits for a second person's approval", status=409)
    known = known_for([charge.given], transaction)
    charge = known.decided(charge, transaction)
    if charge.state == "parked":
        raise Rejected(charge.parked_code, charge.parked_detail)
    keep(charge, transaction)
    return ChargeAnswer.of(charge)


def rate_parked(given: RateParked, transaction: Transaction) -> RatedAgain:
    """Rates every charge again that is parked with a code: a page at once, the others follow as tasks."""
    _must_have_reason(given.reason, transaction)
    page, left = _page(RateParkedTask(code=given.code), PAGE, transaction)
    rated = _rate(page, transaction)
    _go_on(left, transaction)
    return RatedAgain(code=given.code, rated=rated, still_parked=len(page) - rated, more=bool(left))


def rate_next(tasks: Sequence[RateParkedTask], transaction: Transaction) -> None:
    """Rates the next charges that are parked with a code, or that wait for a member: a page in all, then the others."""
    found: dict[str, Charge] = {}
    left: list[RateParkedTask] = []
    for task in tasks:
        page, more = _page(task, PAGE - len(found), transaction)
        found |= {charge.id: charge for charge in page}
        left += more
    _rate(list(found.values()), transaction)
    _go_on(left, transaction)


def _page(task: RateParkedTask, room: int, transaction: Transaction) -> tuple[list[Charge], list[RateParkedTask]]:
    """As many of a task's charges as there is room for, and what is left to do then."""
    if room <= 0:
        return [], [task]
    equals = {"member_id": task.member_id} if task.member_id else {}
    page = transaction.select(Charge, limit=room, after=task.after, parked_code=task.code, **equals)
    return page, [task.model_copy(update={"after": page[-1].id})] if len(page) == room else []


def _rate(page: Sequence[Charge], transaction: Transaction) -> int:
    """How many of them could be rated; one that still can't stays as it is, or tells its new reason."""
    known = known_for([charge.given for charge in page], transaction)
    rated = 0
    for charge in page:
        after = known.decided(charge, transaction)
        rated += after.state != "parked"
        if after != charge:
            keep(after, transaction)
    return rated


def _go_on(left: Sequence[RateParkedTask], transaction: Transaction) -> None:
    for task in left:
        transaction.later(task)


def _must_have_reason(reason: str, transaction: Transaction) -> None:
    if transaction.actor.startswith("staff:") and not reason:
        raise Rejected("reason_missing", "staff say why they rate a charge again")
