"""Opening cases, taking their steps once, and closing them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from common.dates import noon_utc
from common.events.matching import ItemOverdue, OverdueItemChanged
from common.failures import Rejected, TryLater
from common.parking import frozen_among
from common.transaction import Transaction
from common.world import World
from functions.dunning.holds import Holds, News, holds_of, sources
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

IN_FLIGHT: Final = "money for it is on its way, or is to be collected"
FROZEN: Final = "a proof failed for this member"


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


def note_holds(news: Sequence[News], transaction: Transaction) -> None:
    """Notes why nobody is to be reminded of some items for now, or that this is over, by the newest news of each."""
    found = [one for told in news for one in holds_of(told, transaction.now.date())]
    ids = sources(found)
    before = dict(zip(ids, transaction.find_all(Holds, ids), strict=True))
    after = {item_id: known or Holds(id=item_id) for item_id, known in before.items()}
    for item_id, hold in found:
        after[item_id] = after[item_id].told(hold)
    for item_id, holds in after.items():
        if holds.holds and holds != before[item_id]:
            transaction.put(holds)


def take_steps(tasks: Sequence[TakeStep], transaction: Transaction) -> None:
    """Takes the steps that are still right; one that something is in the way of is looked at again the next day."""
    cases = Cases((task.case_id for task in tasks), transaction)
    frozen = frozen_among(DunningFreeze, [task.member_id for task in tasks], transaction)
    due = [(task, case) for task in tasks if (case := cases.find(task.case_id)) is not None and is_due(case, task)]
    ids = list(dict.fromkeys(case.item_id for _, case in due))
    holds = dict(zip(ids, transaction.find_all(Holds, ids), strict=True))
    for task, known in due:
        case = cases.find(known.id) or known
        today = today_of(case.entity, transaction.now)
        if because := _in_the_way(case, holds[case.item_id], today, frozen):
            cases.keep(case.but(waits_because=because))
            transaction.later(task, noon_utc(today + timedelta(days=1)))
            continue
        if not is_due(case, task):
            continue
        after, told = stepped(case, task.step, today)
        cases.keep(after)
        transaction.emit(told)
        _plan(after, transaction)


def _in_the_way(case: Case, holds: Holds | None, today: date, frozen: set[str]) -> str:
    if case.in_flight:
        return IN_FLIGHT
    if case.member_id in frozen:
        return FROZEN
    hold = holds.on(today) if holds is not None else None
    return hold.why if hold is not None else ""


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
