"""The ladder of reminders: which level follows which, after how many days, and how long one has to pay."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, Literal

from common.values import Value

Level = Literal["reminder", "second_reminder", "final_notice"]
LEVELS: Final[tuple[Level, ...]] = ("reminder", "second_reminder", "final_notice")


class Procedure(Value):
    """When each level is due, in days after the item became overdue, and the days to pay from then."""

    waits: Mapping[Level, int]
    days_to_pay: int


PROCEDURES: Final[dict[tuple[str, str], Procedure]] = {
    ("", ""): Procedure(waits={"reminder": 3, "second_reminder": 10, "final_notice": 20}, days_to_pay=7),
}
"""By country and segment; an empty one stands for every other."""


def procedure_for(
    country: str = "", segment: str = "", procedures: Mapping[tuple[str, str], Procedure] = PROCEDURES
) -> Procedure:
    """The closest procedure: of both, of the country, of the segment, else the default."""
    keys = ((country, segment), (country, ""), ("", segment), ("", ""))
    return next(procedures[key] for key in keys if key in procedures)


def next_level(taken: str) -> Level | None:
    """The level after the last that was taken (empty: none yet); None after the final notice."""
    following = LEVELS.index(taken) + 1 if taken in LEVELS else 0
    return LEVELS[following] if following < len(LEVELS) else None


def first_day(procedure: Procedure, due_on: date, today: date) -> date:
    """The day of the first level, from the day after the due date or, for late news, from today."""
    return max(due_on + timedelta(days=1), today) + timedelta(days=procedure.waits[LEVELS[0]])


def next_day(procedure: Procedure, taken: Level, today: date) -> date | None:
    """The day of the level after one taken today: a late level moves the others on. None after the last."""
    following = next_level(taken)
    if following is None:
        return None
    return today + timedelta(days=procedure.waits[following] - procedure.waits[taken])


def pay_by(procedure: Procedure, today: date) -> date:
    """Until when to pay after a level taken today."""
    return today + timedelta(days=procedure.days_to_pay)
