"""What `audit` tells: an invariant does not hold, or does again."""

from typing import Literal

from common.events.base import Event, Fact


class OfFinding(Fact):
    """A finding as a commit left it. Where it is about a member, nothing new is begun with their money meanwhile."""

    finding_id: str
    revision: int
    """Counts the finding's commits: news of a lower revision is older."""
    numbers: tuple[int, ...]
    """Of the catalogue of invariants."""
    rule: str
    """The check that found it, for instance `totals_add_up`."""


class InvariantBroken(OfFinding, Event, name="invariant.broken"):
    """An invariant does not hold, seen twice with time between: the member is frozen until it is resolved."""

    says: str
    evidence: tuple[str, ...]


class FindingResolved(OfFinding, Event, name="finding.resolved"):
    """It holds again, or somebody has looked into it: what waited goes on."""

    by: Literal["proof", "staff"]
    reason: str
