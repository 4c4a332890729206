"""The rules of matching as versioned data: how sure is sure enough, what counts as short, what may be trusted."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field

from common.values import Exact

_FOLDER: Final = Path(__file__).parent


class Trusted(Exact):
    """A combination of evidence that may be posted without a person: one of each list."""

    mention: frozenset[str]
    amount: frozenset[str]
    payer: frozenset[str]


class Rules(Exact):
    """One version of the rules. A change gets a new version; `backtest` shows what it would change."""

    version: str
    least_probability_basis_points: int = Field(ge=0, le=10_000)
    """What is less probable is not posted without a person."""
    most_expected_loss_cents: int = Field(ge=0)
    """The money at risk: amount times the probability of being wrong."""
    suggested_from_basis_points: int = Field(ge=0, le=10_000)
    short_basis_points: int = Field(ge=0)
    """A bank's fee or rounding: so much of what is open may lack, or be too much."""
    short_cents: int = Field(ge=0)
    discount_basis_points: tuple[int, ...]
    """Discounts for early payment that payers take."""
    most_items_in_a_sum: int = Field(ge=2, le=14)
    trusted: tuple[Trusted, ...]


@cache
def present_rules() -> Rules:
    """The rules in force."""
    return Rules.model_validate_json((_FOLDER / "rules.json").read_bytes())


@cache
def present_weights() -> dict[str, float]:
    """What each piece of evidence weighs, in log odds, as calibrated on generated history."""
    weights: dict[str, float] = json.loads((_FOLDER / "weights.json").read_text())["weights"]
    return weights
