"""Saying whether what a reminder asks for is owed, just before it is passed on: this area alone knows what is open."""

from collections.abc import Sequence
from datetime import timedelta

from common.dates import noon_utc
from common.events.dunning import OfReminder, ReminderDoubted, ReminderDue
from common.events.matching import ReminderOwed
from common.failures import TryLater
from common.transaction import Transaction
from functions.matching.handlers.shared import today_of
from functions.matching.model import CheckReminder, Item


def pass_on(due: Sequence[ReminderDue], transaction: Transaction) -> None:
    """Passes on each reminder whose item is owed and not being collected, over what is open by now.

    One that is being collected is looked at again the next day. One of a settled item, or of an earlier round of being
    overdue, ends here: whoever reminds hears of that by themselves.
    """
    _look(due, transaction)


def look_again(tasks: Sequence[CheckReminder], transaction: Transaction) -> None:
    """As `pass_on`, for a reminder that was put off."""
    _look(tasks, transaction)


def put_off(doubted: Sequence[ReminderDoubted], transaction: Transaction) -> None:
    """Has a reminder that was not passed on looked at again from its first step, as a new round."""
    for one in doubted:
        transaction.later(_again(one), max(transaction.now, noon_utc(one.again_on)))


def _look(reminders: Sequence[OfReminder], transaction: Transaction) -> None:
    found = transaction.find_all(Item, list(dict.fromkeys(one.item_id for one in reminders)))
    items = {item.id: item for item in found if item is not None}
    for one in reminders:
        if (item := items.get(one.item_id)) is None:
            raise TryLater(f"{one.item_id} is not there yet")
        today = today_of(item.entity, transaction.now)
        if item.in_flight:
            transaction.later(_again(one), noon_utc(today + timedelta(days=1)))
        elif item.open_minor and item.overdue_version <= one.item_version:
            pay_by = max(one.pay_by, today + timedelta(days=one.days_to_pay))
            now = {"open_minor": item.open_minor, "item_version": item.version, "pay_by": pay_by}
            transaction.emit(ReminderOwed.model_validate(_facts(one) | now))


def _again(one: OfReminder) -> CheckReminder:
    return CheckReminder.model_validate(_facts(one) | {"round": one.round + 1})


def _facts(one: OfReminder) -> dict[str, object]:
    return {name: getattr(one, name) for name in OfReminder.model_fields}
