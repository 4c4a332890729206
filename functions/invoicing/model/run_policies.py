"""How a legal entity's billing runs go: limits, minimums, slices, days. Data, versioned like every document."""

import json
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from common.documents import Document
from common.values import Exact

OTHER: Final = "other"
"""Stands for every currency that is not named."""

Amounts = dict[Annotated[str, Field(pattern="^([A-Z]{3}|other)$")], Annotated[int, Field(ge=0, le=10**13)]]
"""Minor units by currency; `other` for all that are not named."""


class Limits(Exact):
    """From where on a run, or one bill of it, is held for a person to look at."""

    group_basis_points: Annotated[int, Field(ge=0, le=1_000_000)] = 5_000
    """A country, kind, segment or the whole run may differ by so much from the mean of the runs before."""
    group_floor_minor: Amounts = Field(default={OTHER: 1_000_000})
    """A difference that is not larger is never held."""
    bill_times: Annotated[int, Field(ge=1, le=10_000)] = 10
    """A bill may be so many times the largest of the member's last ones."""
    bill_floor_minor: Amounts = Field(default={OTHER: 100_000})
    """A bill up to this is like none before and passes all the same."""
    bill_most_minor: Amounts = Field(default={OTHER: 10_000_000})
    """A larger bill is always held, unless the member's earlier ones were of that size."""


class Policy(Exact):
    """How one legal entity bills. A run keeps the policy it was started with."""

    limits: Limits = Field(default_factory=Limits)
    four_eyes_minor: Amounts = Field(default={OTHER: 100_000_000})
    """Whoever of the staff started a run does not release more than this, nor a hold of it."""
    minimum_minor: Amounts = Field(default={})
    """Less than this is not invoiced but carried forward, where the currency is named."""
    longest_months: Annotated[int, Field(ge=0, le=24)] = 3
    """What is carried forward is invoiced once its oldest charge is so many months old."""
    canary: Annotated[int, Field(ge=0, le=100)] = 20
    """A scheduled run issues the first page alone, of at most so many bills; 0: no canary."""
    canary_minutes: Annotated[int, Field(ge=0, le=10_080)] = 60
    """After so long the run goes on by itself if every canary invoice is issued and archived; 0: a person says so."""
    slice_pages: Annotated[int, Field(ge=1, le=400)] = 100
    """So many pages are numbered and issued at once; a run is paused or stopped between two slices."""
    scheduled: bool = False
    """Runs start by themselves on the members' billing days."""
    releases_itself: bool = False
    """A scheduled run that nothing holds is released by itself."""
    grace_hours: Annotated[int, Field(ge=0, le=168)] = 24
    """After the end of a billing period, so long charges of it may still arrive before a scheduled run begins."""
    billing_day: Annotated[int, Field(ge=1, le=31)] = 1
    """Of members who have none of their own."""


def limit_in(amounts: Amounts, currency: str) -> int | None:
    """The limit for a currency; None where there is none."""
    return amounts.get(currency, amounts.get(OTHER))


class RunPolicy(Document):
    """A legal entity's policy as staff set it; its id is the entity's code. Until then the one of the file holds."""

    collection = "run_policies"

    policy: Policy


def _read() -> dict[str, Policy]:
    told = json.loads(Path(__file__).parents[1].joinpath("run_policies.json").read_text("utf-8"))
    return {entity: Policy.model_validate(policy) for entity, policy in told.items()}


POLICIES: Final = _read()
"""What holds until staff set something else, by legal entity; `default` for all that are not named."""


def policy_in_force(entity: str, known: RunPolicy | None) -> Policy:
    """An entity's policy: what staff set, else what the file says."""
    return known.policy if known else POLICIES.get(entity, POLICIES["default"])
