"""What callers ask of decisions and the rules they follow, and what they are told."""

from datetime import date
from typing import Annotated, Final

from pydantic import Field, StrictInt

from common.functions.routes import Input, Output
from functions.matching.requests import Id, PartAnswer
from functions.matching.verdicts import Zone

MOST_REPLAYED: Final = 100
BasisPoints = Annotated[StrictInt, Field(ge=0, le=10_000)]
Words = Annotated[list[Annotated[str, Field(pattern="^[a-z_]{1,20}$")]], Field(min_length=1, max_length=20)]


class ShowRules(Input):
    """The rules in force."""


class TrustedGiven(Input):
    """A combination of evidence that may be posted without a person: one of each list."""

    mention: Words
    amount: Words
    payer: Words


class RulesGiven(Input):
    """Rules of evidence, whole."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    least_probability_basis_points: BasisPoints
    """What is less probable is not posted without a person."""
    most_expected_loss_cents: Annotated[StrictInt, Field(ge=0, le=10**9)]
    """The money at risk: amount times the probability of being wrong."""
    suggested_from_basis_points: BasisPoints
    short_basis_points: BasisPoints
    short_cents: Annotated[StrictInt, Field(ge=0, le=10**6)]
    discount_basis_points: Annotated[list[BasisPoints], Field(max_length=20)]
    most_items_in_a_sum: Annotated[StrictInt, Field(ge=2, le=14)]
    trusted: Annotated[list[TrustedGiven], Field(max_length=50)]


class Backtest(Input):
    """Decide on money that came as if it came today, by the rules in force and by others; nothing is written."""

    rules: RulesGiven
    received_from: date | None = None
    """Only money of this day and later."""
    limit: Annotated[int, Field(ge=1, le=MOST_REPLAYED)] = 50
    page_token: Id = ""


class DecisionAnswer(Output):
    """What would be decided on some money now."""

    receipt_id: str
    waits: bool
    """It names an invoice that is not there: it is looked at again before it is decided without."""
    zone: Zone
    score_basis_points: int
    parts: list[PartAnswer]
    evidence: list[str]
    rules_version: str


class RulesAnswer(Output):
    """The rules in force: how sure is sure enough, and what may be trusted at all; and the policy beside them."""

    version: str
    least_probability_basis_points: int
    most_expected_loss_cents: int
    suggested_from_basis_points: int
    short_basis_points: int
    short_cents: int
    discount_basis_points: list[int]
    most_items_in_a_sum: int
    trusted: list[dict[str, list[str]]]
    policy_version: str


class Replayed(Output):
    """Money on which the other rules decide otherwise."""

    receipt_id: str
    amount_minor: int
    currency: str
    present: DecisionAnswer
    proposed: DecisionAnswer
    stands: list[PartAnswer]
    """Where it lies now, whoever decided that."""
    present_agrees: bool
    proposed_agrees: bool
    """Whether a decision is where the money lies now; for money that lies nowhere, whether it is left there."""


class BacktestAnswer(Output):
    """What other rules would change."""

    replayed: int
    zones: dict[str, int]
    """How many went from which zone into which: `suggested > automatic`."""
    present_disagrees: int
    """Automatic by the rules in force, but not where the money lies now."""
    proposed_disagrees: int
    """The same by the other rules: what they would have posted wrongly, as far as what lies there now is right."""
    changed: list[Replayed]
    next_page_token: str = ""
