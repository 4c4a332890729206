"""A dunning case: one overdue item on its way up the ladder, until nothing is owed."""

from datetime import date, datetime, timedelta
from typing import Final, Literal

from common.dates import day_in, noon_utc
from common.documents import Document, id_from
from common.events.base import Task
from common.events.dunning import CaseClosed, ReminderDue
from common.events.matching import ItemOverdue
from common.events.payments import PaymentFailed, PaymentRequested
from common.failures import Rejected
from common.machine import Machine
from common.parties import SELLERS
from functions.dunning import ladder
from functions.dunning.ladder import Level, Procedure

CaseState = Literal["watching", "reminder", "second_reminder", "final_notice", "closed"]

CASE: Final[Machine[CaseState]] = Machine(
    "dunning case",
    {
        "watching": {"reminder": "reminder", "settle": "closed"},
        "reminder": {"second_reminder": "second_reminder", "settle": "closed"},
        "second_reminder": {"final_notice": "final_notice", "settle": "closed"},
        "final_notice": {"settle": "closed"},
        "closed": {"reopen": "watching"},
    },
)


class TakeStep(Task, name="dunning.take_step"):
    """Take a step of a case, if the case still waits for it; `round` is the case's."""

    case_id: str
    level: Level
    round: int


class Case(Document):
    """What is known of an overdue item, as far as reminding of it needs."""

    collection = "dunning_cases"
    indexed = ("member_id", "state")

    member_id: str
    item_id: str
    item_version: int
    """The newest version of the item we were told of; older news is no news."""
    invoice_id: str
    invoice_number: str
    reference: str
    entity: str
    currency: str
    total_minor: int
    open_minor: int
    due_on: date
    overdue_on: date
    """The day the case was opened, on which the waiting days count."""
    email: str
    language: str
    buyer_name: str
    country: str = ""
    segment: str = ""
    state: CaseState = "watching"
    round: int = 1
    """How often the item has been overdue; timers of an earlier round do nothing."""
    reached: str = ""
    """The last step that was taken."""
    next_step: str = ""
    next_step_on: date | None = None
    in_flight: str = ""
    """The attempt that is collecting the money now: `pay_…:000001`."""
    landed: str = ""
    """The newest attempt that failed; it can't be in flight any more, whatever is told later."""

    @property
    def procedure(self) -> Procedure:
        """The ladder this case climbs."""
        return ladder.procedure_for(self.country, self.segment)


def case_id(item_id: str) -> str:
    """The one case of an item."""
    return id_from("case", item_id)


def item_id(invoice_number: str) -> str:
    """The one item of an invoice, as matching makes it."""
    return id_from("item", invoice_number)


def attempt_of(event: PaymentRequested | PaymentFailed) -> str:
    """An attempt as text that sorts: the payment and the number of the attempt."""
    return f"{event.payment_id}:{event.attempt:06}"


def zone(entity: str) -> str:
    """The legal entity's time zone; Rejected `unknown_entity` where there is none of that code."""
    if entity not in SELLERS:
        raise Rejected("unknown_entity", f"there is no legal entity {entity!r}")
    return SELLERS[entity].time_zone


def overdue(case: Case | None, event: ItemOverdue, now: datetime) -> Case | None:
    """The case of an overdue item, new or open again; None where there is nothing new."""
    if case is None:
        return _opened(event, day_in(zone(event.entity), now), Case.model_fields["round"].default)
    if case.state != "closed" or event.item_version <= case.item_version:
        return None
    again = _opened(event, day_in(zone(event.entity), now), case.round + 1)
    return again.model_copy(
        update={"version": case.version, "state": CASE.move(case.state, "reopen"), "landed": case.landed}
    )


def _opened(event: ItemOverdue, today: date, round_: int) -> Case:
    fields = event.model_dump(include=set(Case.model_fields) & set(ItemOverdue.model_fields))
    case = Case(id=case_id(event.item_id), overdue_on=today, round=round_, **fields)
    first = case.procedure.steps[0]
    return case.but(next_step=first.level, next_step_on=ladder.first_day(case.procedure, today))


def settled(case: Case, item_version: int) -> Case | None:
    """The closed case; None where it is closed already or the news is older than the case."""
    if case.state == "closed" or item_version < case.item_version:
        return None
    return case.but(
        state=CASE.move(case.state, "settle"),
        item_version=item_version,
        open_minor=0,
        in_flight="",
        next_step="",
        next_step_on=None,
    )


def taken(case: Case, level: Level, today: date) -> Case:
    """The case after a step, with the next one planned."""
    step, following = case.procedure.step(level), case.procedure.following(level)
    return case.but(
        state=CASE.move(case.state, level),
        reached=level,
        next_step=following.level if following else "",
        next_step_on=ladder.following_day(step, following, today) if following else None,
    )


def waits_for(case: Case, task: TakeStep) -> bool:
    """Whether the case still waits for that step."""
    return case.state != "closed" and (case.round, case.next_step) == (task.round, task.level) and case.open_minor > 0


def next_task(case: Case) -> tuple[TakeStep, datetime] | None:
    """The timer of the next step, at noon of its day; None after the last."""
    if case.next_step_on is None:
        return None
    task = TakeStep.model_validate(
        {"member_id": case.member_id, "case_id": case.id, "level": case.next_step, "round": case.round}
    )
    return task, noon_utc(case.next_step_on)


def tomorrow(now: datetime) -> datetime:
    """When to look again at a case whose money is in flight."""
    return now + timedelta(days=1)


def reminder(case: Case, level: Level, today: date) -> ReminderDue:
    """The event that asks for a reminder, with what is open now."""
    fields = case.model_dump(include=set(Case.model_fields) & set(ReminderDue.model_fields))
    pay_by = ladder.pay_by(case.procedure.step(level), today)
    return ReminderDue(**fields, case_id=case.id, level=level, pay_by=pay_by)


def closed(case: Case) -> CaseClosed:
    """The event that tells that a case is over."""
    return CaseClosed(
        member_id=case.member_id,
        case_id=case.id,
        item_id=case.item_id,
        invoice_number=case.invoice_number,
        reached=case.reached,
    )
