"""Opening cases, taking their steps once, and closing them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from common.dates import noon_utc
from common.events.matching import ItemOverdue, OverdueItemChanged
from common.failures import Rejected, TryLater
from common.parking import frozen_among
from common.transaction import Transaction
from common.world import World
from functions.dunning.model import (
    Case,
    DunningFreeze,
    TakeStep,
    case_id_of,
    closed,
    followed,
    is_due,
    opened,
    stepped,
    today_of,
)
from functions.dunning.requests import ByCase, CaseAnswer, CasePage, Close, Search


class Cases:
    """The cases of one slice: all read before anything is written, and kept as they change."""

    def __init__(self, ids: Iterable[str], transaction: Transaction) -> None:
        found = transaction.find_all(Case, list(dict.fromkeys(ids)))
        self._by_id = {case.id: case for case in found if case is not None}
        self._transaction = transaction

    def find(self, case_id: str) -> Case | None:
        """The case as it is by now, or None."""
        return self._by_id.get(case_id)

    def keep(self, case: Case) -> None:
        """Saves a case, unless nothing changed."""
        if self._by_id.get(case.id) != case:
            self._by_id[case.id] = case
            self._transaction.put(case)

    def close(self, case: Case, because: str) -> Case:
        """Closes a case and tells it."""
        after, told = closed(case, because)
        self.keep(after)
        self._transaction.emit(told)
        return after


def open_cases(overdue: Sequence[ItemOverdue], transaction: Transaction) -> None:
    """Opens a case for each overdue item, or opens a closed one again; older news changes nothing."""
    cases = Cases((case_id_of(item.item_id) for item in overdue), transaction)
    for item in overdue:
        known = cases.find(case_id_of(item.item_id))
        if known is not None and item.item_version <= known.item_version:
            continue
        if known is not None and known.state != "closed":
            # Only a settled item gets overdue again: the news of that is still on its way.
            known = cases.close(known, "settled")
        case = opened(known, item, today_of(item.entity, transaction.now))
        cases.keep(case)
        _plan(case, transaction)


def follow_items(changes: Sequence[OverdueItemChanged], transaction: Transaction) -> None:
    """Follows what becomes of overdue items, by the newest news of each; a case closes once nothing is open.

    TryLater where the item has not been told as overdue yet.
    """
    cases = Cases((case_id_of(told.item_id) for told in changes), transaction)
    for told in changes:
        case = cases.find(case_id_of(told.item_id))
        if case is None or case.opened_version < told.overdue_version:
            raise TryLater("the item has not been told as overdue yet")
        after = followed(case, told)
        cases.keep(after)
        if after.state != "closed" and not after.open_minor:
            cases.close(after, "settled")


def take_steps(tasks: Sequence[TakeStep], transaction: Transaction) -> None:
    """Takes the steps that are still right; in flight, or of a frozen member, they are looked at the next day."""
    cases = Cases((task.case_id for task in tasks), transaction)
    frozen = frozen_among(DunningFreeze, [task.member_id for task in tasks], transaction)
    for task in tasks:
        case = cases.find(task.case_id)
        if case is None or not is_due(case, task):
            continue
        today = today_of(case.entity, transaction.now)
        if case.in_flight or case.member_id in frozen:
            transaction.later(task, noon_utc(today + timedelta(days=1)))
            continue
        after, told = stepped(case, task.step, today)
        cases.keep(after)
        transaction.emit(told)
        _plan(after, transaction)


def close_by_hand(given: Close, transaction: Transaction) -> CaseAnswer:
    """Closes a case out of goodwill; Rejected `not_found` (404) or `wrong_state` (409)."""
    cases = Cases([given.case_id], transaction)
    return CaseAnswer.of(cases.close(_existing(cases.find(given.case_id)), given.reason))


def show_case(given: ByCase, world: World) -> CaseAnswer:
    """A case with its next step."""
    return CaseAnswer.of(_existing(world.read.find(Case, given.case_id)))


def search_cases(given: Search, world: World) -> CasePage:
    """Cases of a member, in a state, or all."""
    equals = {name: value for name, value in (("member_id", given.member_id), ("state", given.state)) if value}
    found = world.read.select(Case, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return CasePage(items=[CaseAnswer.of(case) for case in found], next_page_token=following)


def _plan(case: Case, transaction: Transaction) -> None:
    """Asks for the next step on its day; after the final notice there is none."""
    if case.next_step is not None and case.next_on is not None:
        task = TakeStep(
            member_id=case.member_id, case_id=case.id, step=case.next_step, opened_version=case.opened_version
        )
        transaction.later(task, noon_utc(case.next_on))


def _existing(case: Case | None) -> Case:
    if case is None:
        raise Rejected("not_found", "there is no such case", status=404)
    return case
