"""Opening cases, taking their steps once, and closing them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from common.dates import noon_utc
from common.events.matching import ItemOverdue, ItemReopened, ItemSettled, PaymentMatched, PaymentUnmatched
from common.events.payments import PaymentFailed, PaymentRequested
from common.failures import Rejected, TryLater
from common.transaction import Transaction
from common.world import World
from functions.dunning.model import (
    Case,
    TakeStep,
    case_id_of,
    case_id_of_invoice,
    closed,
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

    def close(self, case: Case, because: str, **changes: int) -> Case:
        """Closes a case and tells it."""
        after, told = closed(case, because, **changes)
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


def close_cases(settled: Sequence[ItemSettled], transaction: Transaction) -> None:
    """Closes the cases of items nothing is owed on any more; most items never had one."""
    cases = Cases((case_id_of(item.item_id) for item in settled), transaction)
    for item in settled:
        case = cases.find(case_id_of(item.item_id))
        if case is None and item.was_overdue:
            raise TryLater("the item has not been told as overdue yet")
        if case is None or item.item_version <= case.item_version:
            continue
        if case.state == "closed":
            cases.keep(case.but(item_version=item.item_version, open_minor=0))
        else:
            cases.close(case, "settled", item_version=item.item_version, open_minor=0)


def note_reopened(reopened: Sequence[ItemReopened], transaction: Transaction) -> None:
    """Notes what is open again; the case itself opens when the item is told as overdue."""
    cases = Cases((case_id_of(item.item_id) for item in reopened), transaction)
    for item in reopened:
        case = cases.find(case_id_of(item.item_id))
        if case is not None and item.item_version > case.item_version:
            cases.keep(case.but(item_version=item.item_version, open_minor=item.open_minor))


def note_open(entries: Sequence[PaymentMatched | PaymentUnmatched], transaction: Transaction) -> None:
    """Notes what payments left open on the items of open cases."""
    cases = Cases((case_id_of(entry.item_id) for entry in entries), transaction)
    for entry in entries:
        case = cases.find(case_id_of(entry.item_id))
        if case is not None and case.state != "closed":
            cases.keep(case.but(open_minor=entry.open_minor))


def note_requests(requests: Sequence[PaymentRequested], transaction: Transaction) -> None:
    """Notes that money is in flight: nobody is reminded of what is being collected."""
    cases = Cases((case_id_of_invoice(request.invoice_number) for request in requests), transaction)
    for request in requests:
        case = cases.find(case_id_of_invoice(request.invoice_number))
        if case is not None:
            cases.keep(case.but(attempt=max(case.attempt, request.attempt)))


def note_failures(failures: Sequence[PaymentFailed], transaction: Transaction) -> None:
    """Notes that an attempt is over and nothing is in flight, unless a later attempt is."""
    cases = Cases((case_id_of_invoice(failure.invoice_number) for failure in failures), transaction)
    for failure in failures:
        case = cases.find(case_id_of_invoice(failure.invoice_number))
        if case is not None:
            attempt, ended = max(case.attempt, failure.attempt), max(case.ended_attempt, failure.attempt)
            cases.keep(case.but(attempt=attempt, ended_attempt=ended))


def take_steps(tasks: Sequence[TakeStep], transaction: Transaction) -> None:
    """Takes the steps that are still right; what is in flight or just paid is looked at again the next day."""
    cases = Cases((task.case_id for task in tasks), transaction)
    for task in tasks:
        case = cases.find(task.case_id)
        if case is None or not is_due(case, task):
            continue
        today = today_of(case.entity, transaction.now)
        if case.in_flight or not case.open_minor:
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
