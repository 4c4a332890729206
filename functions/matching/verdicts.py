"""What was decided on money, and what may be: why it lies where it does, and what it is suggested for."""

from datetime import date
from typing import Literal

from common.money import Minor
from common.values import Exact

Zone = Literal["automatic", "suggested", "manual"]


class Why(Exact):
    """Why money was put where it is: the evidence, how sure it is, by which version of the rules, and who decided."""

    evidence: tuple[str, ...]
    score_basis_points: int = 0
    """How probable it was by the evidence; 0 where a person decided."""
    rules_version: str = ""
    """Empty where a person decided, or what was certain by itself."""
    by: str = "rules"
    """The person, or `rules`."""


class Part(Exact):
    """So much of some money may be for that item, by the evidence of its time."""

    item_id: str
    number: str
    member_id: str
    amount_minor: Minor


class Suggestion(Exact):
    """What money is probably for; somebody has to say so."""

    parts: tuple[Part, ...]
    score_basis_points: int
    evidence: tuple[str, ...]
    rules_version: str
    on: date

    @property
    def items(self) -> tuple[str, ...]:
        """The items it is for, in order of their ids."""
        return tuple(sorted(part.item_id for part in self.parts))


class Refusal(Exact):
    """A suggestion that somebody refused: it is not made again."""

    items: tuple[str, ...]
    reason: str
    by: str
    on: date
