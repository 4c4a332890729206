"""The ladder of reminders: which step comes when, by country and segment, as data (`procedures.json`).

Belgium gives consumers 14 days after a free first reminder (law of 4 May 2023), the Netherlands 14 full days
before any cost (Besluit vergoeding voor buitengerechtelijke incassokosten); we charge no fee anywhere.
"""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from common.dates import next_bank_day

Level = Literal["reminder", "second_reminder", "final_notice"]


class Step(BaseModel):
    """A step: how many days after the item became overdue, and how long the member then has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level
    after_days: int
    pay_within_days: int


class Procedure(BaseModel):
    """The steps for a country and segment; an empty one stands for every other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str
    segment: str
    version: str
    steps: tuple[Step, ...]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [step.after_days for step in self.steps]
        if not days or days != sorted(set(days)) or len({step.level for step in self.steps}) != len(days):
            raise ValueError("a procedure has steps, each level once, each later than the one before")
        return self

    def step(self, level: str) -> Step:
        """The step of a level."""
        return next(step for step in self.steps if step.level == level)

    def following(self, level: str) -> Step | None:
        """The step after a level, None after the last; the first one for an empty level."""
        levels = ["", *(step.level for step in self.steps)]
        place = levels.index(level)
        return self.steps[place] if place < len(self.steps) else None


@lru_cache(maxsize=1)
def procedures() -> tuple[Procedure, ...]:
    """The procedures this release was shipped with."""
    raw = json.loads(Path(__file__).with_name("procedures.json").read_text(encoding="utf-8"))
    return tuple(Procedure.model_validate(each) for each in raw)


def procedure_for(country: str, segment: str, known: Sequence[Procedure] | None = None) -> Procedure:
    """The most fitting procedure: the country counts more than the segment."""
    fitting = [p for p in known or procedures() if p.country in {"", country} and p.segment in {"", segment}]
    return max(fitting, key=lambda p: (p.country != "", p.segment != ""))


def first_day(procedure: Procedure, overdue_on: date) -> date:
    """The day of the first step."""
    return overdue_on + timedelta(days=procedure.steps[0].after_days)


def following_day(taken: Step, following: Step, taken_on: date) -> date:
    """The day of a following step: the member never gets less time because the step before it came late."""
    return taken_on + timedelta(days=following.after_days - taken.after_days)


def pay_by(step: Step, taken_on: date) -> date:
    """The last day to pay before the next step, moved to a bank day."""
    return next_bank_day(taken_on + timedelta(days=step.pay_within_days))
