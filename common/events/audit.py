"""What `audit` tells: an invariant does not hold, or does again; whether a day's books agree."""

from datetime import date
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


class ProofCompleted(Event, name="proof.completed"):
    """A day of a legal entity was compared: journal, sub-ledger, batches, SAP, BigQuery, banks and providers.

    It is told of no member: `member_id` is empty.
    """

    proof_id: str
    revision: int
    """Counts how often the day was proven."""
    entity: str
    proven_on: date
    """The day that was proven."""
    verdict: Literal["green", "incomplete", "red"]
    """`incomplete`: something is not known yet, and the day is proven again."""
    differences: int
    late: int
    """How many things are waited for."""
    report: str
    """The archived report's name."""
    sha256: str
    """Of what the report says."""
