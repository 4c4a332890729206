"""Opening, noting, climbing and closing dunning cases."""

from collections.abc import Callable, Sequence

from common.dates import day_in
from common.events.matching import ItemOverdue, ItemSettled, PaymentMatched, PaymentUnmatched
from common.events.payments import PaymentFailed, PaymentRequested
from common.failures import TryLater
from common.transaction import Transaction
from functions.dunning import model
from functions.dunning.model import Case, TakeStep, attempt_of, case_id, item_id


def _cases(ids: Sequence[str], transaction: Transaction) -> dict[str, Case]:
    """The cases there are, in one round trip; handlers keep the newest state of each while they go."""
    found = transaction.find_all(Case, ids)
    return {case.id: case for case in found if case is not None}


def _put(before: Case | None, after: Case | None, cases: dict[str, Case], transaction: Transaction) -> bool:
    if after is None or after == before:
        return False
    cases[after.id] = after
    transaction.put(after)
    return True


def open_cases(events: Sequence[ItemOverdue], transaction: Transaction) -> None:
    """A case for each overdue item; a closed one is opened again by newer news."""
    cases = _cases([case_id(event.item_id) for event in events], transaction)
    for event in events:
        before = cases.get(case_id(event.item_id))
        after = model.overdue(before, event, transaction.now)
        if after is not None and _put(before, after, cases, transaction):
            _plan(after, transaction)


def _plan(case: Case, transaction: Transaction) -> None:
    planned = model.next_task(case)
    if planned is not None:
        transaction.later(*planned)


def close_cases(events: Sequence[ItemSettled], transaction: Transaction) -> None:
    """Closes the cases of settled items; most items never had one.

    TryLater where the item is known to have been overdue, so that its case is still on the way.
    """
    cases = _cases([case_id(event.item_id) for event in events], transaction)
    for event in events:
        case = cases.get(case_id(event.item_id))
        if case is None and event.was_overdue:
            raise TryLater(f"the case of {event.invoice_number} is not there yet")
        after = model.settled(case, event.item_version) if case else None
        if after is not None and _put(case, after, cases, transaction):
            transaction.emit(model.closed(after))


def note_requests(events: Sequence[PaymentRequested], transaction: Transaction) -> None:
    """Money is in flight: no reminder meanwhile."""
    _note(events, _requested, transaction)


def note_failures(events: Sequence[PaymentFailed], transaction: Transaction) -> None:
    """Nothing is in flight any more: the ladder goes on."""
    _note(events, _failed, transaction)


def _note(
    events: Sequence[PaymentRequested] | Sequence[PaymentFailed],
    change: Callable[[Case, str], Case],
    transaction: Transaction,
) -> None:
    cases = _cases([case_id(item_id(event.invoice_number)) for event in events], transaction)
    for event in events:
        case = cases.get(case_id(item_id(event.invoice_number)))
        if case is not None and case.state != "closed":
            _put(case, change(case, attempt_of(event)), cases, transaction)


def _requested(case: Case, attempt: str) -> Case:
    """An attempt known to have failed, or older than it, is not in flight."""
    known = case.landed.rpartition(":")[0] == attempt.rpartition(":")[0] and attempt <= case.landed
    return case if known else case.but(in_flight=attempt)


def _failed(case: Case, attempt: str) -> Case:
    in_flight = "" if case.in_flight == attempt else case.in_flight
    return case.but(in_flight=in_flight, landed=attempt)


def note_matches(events: Sequence[PaymentMatched] | Sequence[PaymentUnmatched], transaction: Transaction) -> None:
    """Keeps what is open, so that a reminder asks for no more; a full payment closes the case by its own event."""
    cases = _cases([case_id(event.item_id) for event in events], transaction)
    for event in events:
        case = cases.get(case_id(event.item_id))
        if case is None or case.state == "closed" or event.open_minor == 0 or event.item_version < case.item_version:
            continue
        version = max(event.item_version, case.item_version)
        _put(case, case.but(open_minor=event.open_minor, item_version=version), cases, transaction)


def take_steps(tasks: Sequence[TakeStep], transaction: Transaction) -> None:
    """Takes each step its case still waits for; where money is in flight, looks again the next day."""
    cases = _cases([task.case_id for task in tasks], transaction)
    for task in tasks:
        case = cases.get(task.case_id)
        if case is None or not model.waits_for(case, task):
            continue
        if case.in_flight:
            transaction.later(task, model.tomorrow(transaction.now))
        else:
            _take(case, task, cases, transaction)


def _take(case: Case, task: TakeStep, cases: dict[str, Case], transaction: Transaction) -> None:
    today = day_in(model.zone(case.entity), transaction.now)
    after = model.taken(case, task.level, today)
    _put(case, after, cases, transaction)
    transaction.emit(model.reminder(after, task.level, today))
    _plan(after, transaction)
