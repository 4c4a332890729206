"""The retry policy in force on a day: budgets, gaps, paydays, costs (`retry_policies.json`)."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from common.values import Exact

Count = Annotated[int, Field(ge=0)]


class Budget(Exact):
    """How often, and after how many days each, a reason is tried again. `attempts` counts the first one, too."""

    attempts: Annotated[int, Field(ge=1, le=10)]
    gap_days: tuple[Annotated[int, Field(ge=1)], ...]
    """After the first, the second … failure; there is one less than attempts."""
    payday: bool
    """Whether it is worth waiting for the day wages have come."""


class Rail(Exact):
    """What holds for one way of collecting."""

    calendar: Literal["every", "bank"]
    """On which days an attempt is made: on all, or only on those TARGET2 settles on."""
    network_attempts: Count
    network_days: Count
    """What card networks allow, or what we allow ourselves with banks."""
    notice_days: Count
    """So long before a debit its payer is told of it (SDD Core: as agreed)."""
    cost_minor: Mapping[str, Count]
    """What an attempt that fails costs, by currency."""
    chance_basis_points: tuple[Count, ...]
    """How many of 10,000 second, third … attempts bring money."""
    groups: Mapping[str, Budget]


class Policy(Exact):
    """One dated version of the rules."""

    version: str
    valid_from: date
    sources: tuple[str, ...]
    hour_utc: Annotated[int, Field(ge=0, le=11)]
    """Before noon, when members are reminded: that money is on its way again is known everywhere by then."""
    window_days: Count
    """No attempt is made later than so many days after the first."""
    member_days: Count
    """How long a member who is asked for something has."""
    paydays: tuple[Annotated[int, Field(ge=1, le=28)], ...]
    payday_reach_days: Count
    """A payday that is further away is not waited for."""
    payday_fresh_days: Count
    """So long after a payday there is no need to wait for the next."""
    rails: Mapping[str, Rail]


def policy_on(day: date) -> Policy:
    """The newest policy that is in force on a day; the first one for days before all of them."""
    found = [policy for policy in every_policy() if policy.valid_from <= day]
    return found[-1] if found else every_policy()[0]


@cache
def every_policy() -> tuple[Policy, ...]:
    """Every version, the oldest first."""
    told = json.loads(Path(__file__).with_name("retry_policies.json").read_text("utf-8"))
    return tuple(sorted((Policy.model_validate(one) for one in told), key=lambda policy: policy.valid_from))
