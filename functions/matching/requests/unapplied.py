"""What callers ask of money that lies unapplied, and what they are told."""

from datetime import date
from typing import Annotated

from pydantic import Field

from common.functions.routes import Input, Output
from functions.matching.requests import Id, Reason


class ShowUnapplied(Input):
    """All unapplied money, or that of a legal entity."""

    entity: Annotated[str, Field(pattern="^([A-Z]{2,4})?$")] = ""


class Spread(Input):
    """Put what is left of a receipt on what its member owes, in the order of law, and why."""

    receipt_id: Id
    stated: list[Id] = Field(default_factory=list, max_length=100)
    """Items the payer said it is for: they come first, in this order."""
    reason: Reason


class UnappliedGroup(Output):
    """Unapplied money of one currency and age that is one team's task."""

    currency: str
    owner: str
    bucket: str
    """Its age in days: `0-7`."""
    receipts: int
    unapplied_minor: int
    oldest_on: date


class UnappliedAnswer(Output):
    """Every unapplied cent, with its owner and its age."""

    as_of: date
    totals: dict[str, int]
    """By currency, in minor units."""
    groups: list[UnappliedGroup]
    policy_version: str
