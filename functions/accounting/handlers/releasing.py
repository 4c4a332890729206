"""Setting deferred revenue free, month by month."""

from collections.abc import Sequence

from common.functions.declared import Tick
from common.parties import SELLERS
from common.transaction import Transaction
from functions.accounting.handlers.posting import post_entries
from functions.accounting.model.deferrals import (
    PAGE,
    Deferral,
    ReleaseRevenue,
    due_key,
    is_due,
    months_to_release,
    released,
)
from functions.accounting.model.journals import today
from functions.accounting.posting import entry_of


def start_releases(tick: Tick, transaction: Transaction) -> None:
    """Asks for the release of each month that has come and of which some revenue is not released yet."""
    tasks = [
        ReleaseRevenue(entity=entity, month=month)
        for entity in SELLERS
        for month in months_to_release(today(entity, tick.slot))
        if transaction.select(Deferral, limit=1, due=due_key(month, entity))
    ]
    for task in tasks:
        transaction.later(task)


def release_revenue(tasks: Sequence[ReleaseRevenue], transaction: Transaction) -> None:
    """Posts the month's revenue of the next invoices, and goes on while there are more."""
    asked = list({(task.entity, task.month): task for task in tasks}.values())
    pages = [transaction.select(Deferral, limit=PAGE, due=due_key(task.month, task.entity)) for task in asked]
    told = [
        released(deferral, task.month, today(deferral.entity, transaction.now))
        for task, page in zip(asked, pages, strict=True)
        for deferral in page
    ]
    post_entries([entry_of(event) for _, event in told if event is not None], transaction)
    for deferral, event in told:
        transaction.put(deferral)
        if event is not None:
            transaction.emit(event)
    for task in _further(asked, pages, [deferral for deferral, _ in told], transaction):
        transaction.later(task)


def _further(
    asked: Sequence[ReleaseRevenue],
    pages: Sequence[Sequence[Deferral]],
    left: Sequence[Deferral],
    transaction: Transaction,
) -> list[ReleaseRevenue]:
    """More of the same months, and later ones that have come, too: after nights that were missed."""
    more = [task for task, page in zip(asked, pages, strict=True) if len(page) == PAGE]
    due = [each for each in left if is_due(each, today(each.entity, transaction.now))]
    keys = {(task.entity, task.month) for task in more} | {(each.entity, each.due[:7]) for each in due}
    return [ReleaseRevenue(entity=entity, month=month) for entity, month in sorted(keys)]
