"""What becomes of an invariant that does not hold for a member: suspected, told as open, over."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

from common.documents import Document, id_from
from common.events.audit import FindingResolved, InvariantBroken
from common.events.base import Task
from common.machine import Machine
from common.values import Value

FindingState = Literal["suspected", "open", "closed", "resolved"]

FINDING: Machine[FindingState] = Machine(
    "finding",
    {
        "suspected": {"confirm": "open", "dismiss": "closed"},
        "open": {"heal": "closed", "resolve": "resolved"},
        "closed": {"suspect": "suspected"},
        "resolved": {"suspect": "suspected", "heal": "closed"},
    },
)
BY_HAND: Final = frozenset({"resolve"})
"""What people may do; all else is done by proofs."""
LOOK_AGAIN: Final = timedelta(minutes=15)
"""Events between areas are on their way for moments: what is still broken after this is broken."""
LOOKS: Final = 3
"""So often a finding whose evidence keeps changing is looked at again; then it is believed."""
SHARDS: Final = "0123456789abcdef"
"""Members' ids are hashes: a proof goes through them in ranges, side by side."""
MEMBERS_A_PAGE: Final = 25
PACE: Final = timedelta(seconds=1)
"""Tasks of one instant travel in one message, and these are to run side by side."""
NIGHTS: Final = 7
"""In so many nights every version of everything has been replayed."""


class ProveMembers(Task, name="audit.prove_members"):
    """Prove the members after one id up to another (empty: to the end), a page at a time."""

    after: str
    until: str
    night: int
    """Which seventh of the members is replayed."""


class LookAgain(Task, name="audit.look_again"):
    """Look once more at a member for whom something seems to be broken."""

    looks: int = 1


class Look(Value):
    """What a look at a member found: by check, the evidence; empty where a rule that was found broken holds again."""

    member_id: str
    evidence: dict[str, tuple[str, ...]]


class Looked(Value):
    """What a page of members came to; `last` is where to go on, empty at the end."""

    looks: tuple[Look, ...]
    members: int
    last: str


class Finding(Document):
    """One invariant that is or was broken for one member, with the evidence. Its id comes from both."""

    collection = "findings"
    indexed = ("member_id", "state")

    member_id: str
    rule: str
    """The name of the check."""
    numbers: tuple[int, ...]
    says: str
    evidence: tuple[str, ...]
    state: FindingState
    found_at: datetime
    changed_at: datetime
    accepted: tuple[str, ...] = ()
    """The evidence somebody has looked into: it does not freeze the member again."""
    resolved_by: str = ""
    reason: str = ""

    @property
    def allowed(self) -> list[str]:
        """What people may do with it now."""
        return [verb for verb in FINDING.allows(self.state) if verb in BY_HAND]


def finding_id(rule: str, member_id: str) -> str:
    """The one finding of a rule about a member."""
    return id_from("fnd", rule, member_id)


def suspected(known: Finding | None, rule: tuple[str, tuple[int, ...], str], look: Look, now: datetime) -> Finding:
    """The finding after a look that found the rule (name, numbers, sentence) broken.

    What somebody has looked into is not found again; what is suspected or open is kept with its newest evidence.
    """
    name, numbers, says = rule
    evidence = look.evidence[name]
    if known is None:
        return Finding(
            id=finding_id(name, look.member_id),
            member_id=look.member_id,
            rule=name,
            numbers=numbers,
            says=says,
            evidence=evidence,
            state="suspected",
            found_at=now,
            changed_at=now,
        )
    if set(evidence) <= set(known.accepted) or (known.state in {"suspected", "open"} and known.evidence == evidence):
        return known
    again = "suspect" in FINDING.allows(known.state)
    state = FINDING.move(known.state, "suspect") if again else known.state
    return known.but(state=state, evidence=evidence, changed_at=now)


def confirmed(finding: Finding, now: datetime) -> tuple[Finding, InvariantBroken]:
    """A suspected finding that was seen again, and what tells it."""
    after = finding.but(state=FINDING.move(finding.state, "confirm"), changed_at=now)
    told = InvariantBroken(
        member_id=after.member_id,
        finding_id=after.id,
        revision=after.version + 1,
        numbers=after.numbers,
        rule=after.rule,
        says=after.says,
        evidence=after.evidence,
    )
    return after, told


def over(finding: Finding, now: datetime) -> tuple[Finding, FindingResolved | None]:
    """The finding after a look at which its rule held, and what tells it: nothing where it had not been told."""
    if finding.state == "closed":
        return finding, None
    verb = "dismiss" if finding.state == "suspected" else "heal"
    after = finding.but(state=FINDING.move(finding.state, verb), changed_at=now, accepted=())
    return after, _told(after, "proof", "it holds again") if finding.state == "open" else None


def resolved(finding: Finding, by: str, reason: str, now: datetime) -> tuple[Finding, FindingResolved]:
    """The finding somebody has looked into, and what tells it; Rejected `wrong_state` (409) unless it is open."""
    state = FINDING.move(finding.state, "resolve")
    after = finding.but(state=state, accepted=finding.evidence, resolved_by=by, reason=reason, changed_at=now)
    return after, _told(after, "staff", reason)


def still_the_same(finding: Finding, look: Look) -> bool:
    """Whether a look found some of the evidence that was there before."""
    return bool(set(finding.evidence) & set(look.evidence.get(finding.rule, ())))


def shards(night: int) -> list[ProveMembers]:
    """The tasks that go through all members, each through a range of ids."""
    bounds = ["", *(f"mem_{digit}" for digit in SHARDS[1:]), ""]
    return [ProveMembers(after=after, until=until, night=night) for after, until in pairwise(bounds)]


def is_replayed(member_id: str, night: int) -> bool:
    """Whether this night every version of a member's documents is looked at."""
    return int(id_from("", member_id)[1:9], 16) % NIGHTS == night % NIGHTS


def _told(finding: Finding, by: Literal["proof", "staff"], reason: str) -> FindingResolved:
    return FindingResolved(
        member_id=finding.member_id,
        finding_id=finding.id,
        revision=finding.version + 1,
        numbers=finding.numbers,
        rule=finding.rule,
        by=by,
        reason=reason,
    )
