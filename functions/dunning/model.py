"""A dunning case: what may become of it, decided without asking anybody."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from common.dates import day_in
from common.documents import Document, id_from
from common.events.base import Task
from common.events.dunning import CaseClosed, ReminderDue
from common.events.matching import ItemOverdue, OverdueItemChanged
from common.machine import Machine
from common.money import Currency, Minor
from common.parking import Freeze
from common.parties import SELLERS, personal
from functions.dunning.ladder import Level, Procedure, first_day, next_day, next_level, pay_by, procedure_for

CaseState = Literal["watching", "reminder", "second_reminder", "final_notice", "closed"]

CASES: Final[Machine[CaseState]] = Machine(
    "dunning case",
    {
        "watching": {"remind": "reminder", "close": "closed"},
        "reminder": {"remind_again": "second_reminder", "close": "closed"},
        "second_reminder": {"give_final_notice": "final_notice", "close": "closed"},
        "final_notice": {"close": "closed"},
        "closed": {"reopen": "watching"},
    },
)
VERBS: Final[dict[Level, str]] = {
    "reminder": "remind",
    "second_reminder": "remind_again",
    "final_notice": "give_final_notice",
}
BY_HAND: Final = frozenset({"close"})
"""What people may do; all else is done by events and time."""


class Case(Document):
    """The dunning of one overdue item, as far as `item_version` of it is known."""

    collection = "dunning_cases"
    indexed = ("member_id", "state")

    member_id: str
    item_id: str
    item_version: int
    """The newest that was told of the item: older news is ignored."""
    opened_version: int
    """The item's version this round was opened by: timers of an earlier round do nothing."""
    invoice_id: str
    invoice_number: str
    reference: str
    entity: str
    currency: Currency
    total_minor: Minor = Field(ge=0)
    open_minor: Minor = Field(ge=0)
    due_on: date
    email: Annotated[str, personal("")]
    language: str
    buyer_name: Annotated[str, personal()]
    state: CaseState
    reached: Level | Literal[""] = ""
    """The last level that was taken in this round."""
    next_on: date | None = None
    """When the next level is planned; it waits for money in flight."""
    in_flight: bool = False
    """Whether a provider is collecting it."""
    waits_because: str = ""
    """Why the level that is due was not taken; empty where nothing is in its way."""
    closed_because: str = ""

    @property
    def allowed(self) -> list[str]:
        """What people may do with it now."""
        return [verb for verb in CASES.allows(self.state) if verb in BY_HAND]

    @property
    def next_step(self) -> Level | None:
        """The level that comes next; None when there is none."""
        return None if self.state == "closed" else next_level(self.reached)

    @property
    def procedure(self) -> Procedure:
        """The procedure of the legal entity's country."""
        seller = SELLERS.get(self.entity)
        return procedure_for(seller.address.country if seller else "")


class DunningFreeze(Freeze):
    """Members who are not reminded: an invariant is broken for them."""

    collection = "dunning_freezes"


class TakeStep(Task, name="dunning.take_step"):
    """Take a level, if it is still right; `opened_version` names the case's round."""

    case_id: str
    step: Level
    opened_version: int


def case_id_of(item_id: str) -> str:
    """The id of an item's case."""
    return id_from("case", item_id)


def today_of(entity: str, now: datetime) -> date:
    """The day it is for a legal entity."""
    seller = SELLERS.get(entity)
    return day_in(seller.time_zone if seller else "UTC", now)


def opened(known: Case | None, told: ItemOverdue, today: date) -> Case:
    """The case at the start of a round; a known one must be closed (Rejected `wrong_state`)."""
    fields: dict[str, Any] = told.model_dump() | {
        "opened_version": told.item_version,
        "reached": "",
        "in_flight": False,
        "waits_because": "",
    }
    if known is None:
        case = Case(id=case_id_of(told.item_id), state="watching", **fields)
    else:
        state = CASES.move(known.state, "reopen")
        case = known.but(**fields, state=state, closed_because="")
    return case.but(next_on=first_day(case.procedure, case.due_on, today))


def followed(case: Case, told: OverdueItemChanged) -> Case:
    """The case with what became of its item; older news changes nothing."""
    if told.item_version <= case.item_version:
        return case
    return case.but(item_version=told.item_version, open_minor=told.open_minor, in_flight=told.in_flight)


def closed(case: Case, because: str) -> tuple[Case, CaseClosed]:
    """The case without further steps, and what tells it; Rejected `wrong_state` (409) when it is closed."""
    state = CASES.move(case.state, "close")
    told = CaseClosed(
        member_id=case.member_id,
        case_id=case.id,
        item_id=case.item_id,
        invoice_number=case.invoice_number,
        reached=case.reached,
    )
    return case.but(state=state, next_on=None, waits_because="", closed_because=because), told


def is_due(case: Case, task: TakeStep) -> bool:
    """Whether a step still belongs to the case: of this round, neither closed nor past it."""
    return case.opened_version == task.opened_version and VERBS[task.step] in CASES.allows(case.state)


def stepped(case: Case, step: Level, today: date) -> tuple[Case, ReminderDue]:
    """The case after a level was taken today, and what tells it; Rejected `wrong_state` out of turn."""
    state = CASES.move(case.state, VERBS[step])
    following = next_day(case.procedure, step, today)
    after = case.but(state=state, reached=step, next_on=following, waits_because="")
    told = ReminderDue(
        **case.model_dump(include=set(ReminderDue.model_fields)),
        case_id=case.id,
        level=step,
        pay_by=pay_by(case.procedure, today),
        days_to_pay=(pay_by(case.procedure, today) - today).days,
    )
    return after, told
