"""Bugs that somebody could make, planted one at a time: the simulation has to find every one."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Final

import pytest

from common import runtime as runtimes
from common.commit import Record
from common.failures import TryLater
from common.functions.declared import Function
from common.ports import Message
from common.runtime import Runtime
from common.tools.areas import functions
from functions.accounting import providers as closing
from functions.accounting.model import batches as ledger
from functions.charging.handlers import intake as charging
from functions.dunning import handlers as dunning
from functions.dunning.model import followed
from functions.invoicing.handlers import bills
from functions.invoicing.model.bills import Bill, Recipient, bill_id
from functions.matching.handlers import items, money
from functions.matching.model import Item, ended, told_overdue
from functions.matching.news import overdue
from functions.notifications.handlers import sending as notifications
from functions.notifications.model import Answer as MailAnswer
from functions.payments.handlers import collecting, statements
from functions.payments.handlers import reminders as confirming
from functions.payments.model.asking import Answer
from functions.payments.providers import asking
from functions.payments.requests.statements import StatementFile
from functions.reporting import providers as loading

Patch = pytest.MonkeyPatch


def handled(patch: Patch, name: str, handler: Callable[..., Any]) -> None:
    """Gives a function another handler."""
    patch.setattr(next(f for f in functions() if f.name == name), "handler", handler)


class Renamed:
    """The same name again is another name."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def __call__(self, name: str) -> str:
        self._seen[name] += 1
        return name if self._seen[name] == 1 else f"{name}-{self._seen[name]}"


def a_redelivery_is_not_recognised(patch: Patch) -> None:
    """Every delivery is taken for a new one."""
    right, numbers = runtimes.cause_of, count()

    def wrong(function: Function, message: Message) -> Any:
        cause = right(function, message)
        return replace(cause, key=f"{next(numbers)}:{cause.key}")

    patch.setattr(runtimes, "cause_of", wrong)


def nobody_sweeps(patch: Patch) -> None:
    """What a crash left unpublished stays so."""
    patch.setattr(Runtime, "sweep", lambda _: 0)


def published_is_noted_first(patch: Patch) -> None:
    """A commit counts as published before it is."""

    def wrong(self: Runtime, record: Record) -> None:
        if messages := record.messages():
            self.engine.mark_published([record.id])
            try:
                self.engine.publish(messages)
            except ConnectionError:
                return

    patch.setattr(Runtime, "publish", wrong)


def try_later_is_never(patch: Patch) -> None:
    """Who misses a predecessor acknowledges the message all the same."""
    right = Runtime.deliver

    def wrong(self: Runtime, function: Function, message: Message) -> None:
        try:
            right(self, function, message)
        except TryLater:
            return

    patch.setattr(Runtime, "deliver", wrong)


def a_repeated_command_is_answered_with_nothing(patch: Patch) -> None:
    """The stored answer is lost."""
    patch.setattr(runtimes, "replayed", lambda *_: None)


def a_slice_taken_apart_loses_its_last(patch: Patch) -> None:
    """Off by one."""
    right = runtimes.singles
    patch.setattr(runtimes, "singles", lambda message: right(message)[:-1])


def silence_counts_as_refusal(patch: Patch) -> None:
    """A provider that does not answer is taken to have refused, so that the card is charged a second time."""
    right = asking._charged

    def wrong(*given: Any) -> Answer:
        answer = right(*given)
        return Answer(outcome="failed", code="timeout", soft=True) if answer.outcome == "unknown" else answer

    patch.setattr(asking, "_charged", wrong)


def nobody_asks_the_provider_again(patch: Patch) -> None:
    """The janitor is on holiday."""
    patch.setattr(collecting, "next_question", lambda *_: None)


def a_charge_may_come_twice(patch: Patch) -> None:
    """The marketplace's charge id is not looked at."""
    right, renamed = charging._parsed, Renamed()
    patch.setattr(charging, "_parsed", lambda charge: right(charge | {"charge": renamed(charge["charge"])}))


def an_older_address_wins(patch: Patch) -> None:
    """The last to arrive is taken for the newest."""

    def wrong(changes: Sequence[Any], transaction: Any) -> None:
        known = transaction.find_all(Recipient, list(dict.fromkeys(change.member_id for change in changes)))
        kept = {found.id: found for found in known if found}
        for change in changes:
            found = kept.get(change.member_id) or Recipient(id=change.member_id, revision=0, buyer=change.buyer)
            kept[change.member_id] = found.but(revision=change.revision, buyer=change.buyer)
        for found in kept.values():
            transaction.put(found)

    handled(patch, "invoicing-keep-recipients", wrong)


def a_statement_may_come_twice(patch: Patch) -> None:
    """Neither the statement nor its entries are recognised."""
    right, statement, entry = statements.take_statements, Renamed(), Renamed()

    def wrong(given: StatementFile, transaction: Any) -> Any:
        again = [
            replace(
                one,
                number=statement(one.number),
                entries=tuple(replace(e, bank_reference=entry(e.bank_reference)) for e in one.entries),
            )
            for one in given.statements
        ]
        return right(StatementFile(statements=tuple(again)), transaction)

    patch.setattr(statements, "take_statements", wrong)


def dunning_believes_old_news(patch: Patch) -> None:
    """The item's version is not looked at."""
    right = followed
    patch.setattr(dunning, "followed", lambda case, told: right(case.model_copy(update={"item_version": 0}), told))


def money_in_flight_is_chased(patch: Patch) -> None:
    """What a provider is collecting gets overdue all the same, and nobody who is asked objects."""
    patch.setattr(Item, "in_flight", False)
    patch.setattr(confirming, "_on_its_way", lambda *_: "")


def nobody_looks_after_a_flight(patch: Patch) -> None:
    """An item whose collection was under way on the due date is forgotten."""
    right = told_overdue

    def wrong(tasks: Sequence[Any], transaction: Any) -> None:
        for item in transaction.find_all(Item, list(dict.fromkeys(task.item_id for task in tasks))):
            if item is not None and item.state == "open" and not item.overdue and not item.in_flight:
                transaction.put(right(item))
                transaction.emit(overdue(item))

    handled(patch, "matching-mark-overdue", wrong)
    for module in (items, money):
        patch.setattr(module, "end", lambda item_id, attempt, of, _, **__: of.keep(ended(of.items[item_id], attempt)))


def a_missed_night_is_missed(patch: Patch) -> None:
    """A closing looks at yesterday alone."""
    right = ledger.days_over
    patch.setattr(closing, "days_over", lambda *given: right(*given)[:1])


def a_mail_is_tried_once(patch: Patch) -> None:
    """A mail server that is down has the last word."""
    right = notifications._record

    def wrong(notification: Any, answer: MailAnswer, transaction: Any, mail: str = "") -> Any:
        return notification if answer.outcome == "failed" else right(notification, answer, transaction, mail)

    patch.setattr(notifications, "_record", wrong)


def rows_have_no_identity(patch: Patch) -> None:
    """A message that comes twice is two rows."""
    right, renamed = loading.rows_of, Renamed()

    def wrong(*given: Any) -> list[Any]:
        return [row._replace(insert_id=renamed(row.insert_id)) for row in right(*given)]

    patch.setattr(loading, "rows_of", wrong)


def a_reversal_before_its_charge_is_dropped(patch: Patch) -> None:
    """Whoever is overtaken is lost."""
    right = bills.collect_charges

    def wrong(charges: Sequence[Any], transaction: Any) -> None:
        right([charge for charge in charges if charge.amount_minor > 0 or _has_bill(charge, transaction)], transaction)

    handled(patch, "invoicing-collect-charges", wrong)


def _has_bill(charge: Any, transaction: Any) -> bool:
    bill = transaction.find(Bill, bill_id(charge))
    return bill is not None and any(line.amount_minor == -charge.amount_minor for line in bill.lines)


BUGS: Final = (
    a_redelivery_is_not_recognised, nobody_sweeps, published_is_noted_first, try_later_is_never,
    a_repeated_command_is_answered_with_nothing, a_slice_taken_apart_loses_its_last, silence_counts_as_refusal,
    nobody_asks_the_provider_again, a_charge_may_come_twice, an_older_address_wins, a_statement_may_come_twice,
    dunning_believes_old_news, money_in_flight_is_chased, nobody_looks_after_a_flight,
    a_missed_night_is_missed, a_mail_is_tried_once, rows_have_no_identity,
    a_reversal_before_its_charge_is_dropped,
)  # fmt: skip
