"""What a daily proof says: figures of every source side by side, what differs, what is late, what is explained."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from common.documents import Document, id_from
from common.events.audit import FindingResolved, InvariantBroken, ProofCompleted
from common.events.base import Task
from common.values import Exact, Value
from functions.audit.findings import FINDING, Finding, over

Source = Literal["journal", "sub_ledger", "batches", "sap", "bigquery", "bank", "providers"]
SOURCES: Final[tuple[Source, ...]] = ("journal", "sub_ledger", "batches", "sap", "bigquery", "bank", "providers")
Verdict = Literal["green", "incomplete", "red"]
Measure = Literal["moved", "balance", "documents"]
"""`moved`: over the day, debits less credits. `balance`: at its end. `documents`: of the documents the day touched."""
MOST_NAMED: Final = 50
"""So many differences, and documents of one, are named; the counts have them all."""
NUMBERS: Final[dict[Source, tuple[int, ...]]] = {
    "journal": (6,),
    "sub_ledger": (4, 40),
    "batches": (4, 43),
    "sap": (43,),
    "bigquery": (50, 51),
    "bank": (38, 39),
    "providers": (11, 32),
}
"""Of the catalogue of invariants."""


class Figure(Exact):
    """One account and currency as the journal has it and as another source does; both signed, debits plus."""

    source: Source
    measure: Measure
    account: str
    currency: str
    journal_minor: int
    other_minor: int

    @property
    def difference_minor(self) -> int:
        """The other source less the journal."""
        return self.other_minor - self.journal_minor


class Difference(Exact):
    """What does not agree, with the documents it drills to (`collection/id`)."""

    source: Source
    code: str
    """A snake_case word."""
    account: str = ""
    currency: str = ""
    amount_minor: int = 0
    documents: tuple[str, ...] = ()
    says: str

    @property
    def key(self) -> str:
        """What stays the same about it from proof to proof: not its amount."""
        return "|".join((self.source, self.code, self.account, self.currency, *self.documents[:1]))


class Timing(Exact):
    """A difference of time alone: what it waits for, and since which document."""

    source: Source
    code: str
    documents: tuple[str, ...] = ()
    amount_minor: int = 0
    currency: str = ""
    says: str


@dataclass(slots=True)
class Outcome:
    """What one comparison came to."""

    figures: list[Figure] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    late: list[Timing] = field(default_factory=list)
    """Not known yet: the proof is incomplete until it is."""
    explained: list[Timing] = field(default_factory=list)
    """On its way by its nature, and counted: no reason to wait."""

    def add(self, other: "Outcome") -> None:
        """Takes in what another comparison came to."""
        self.figures += other.figures
        self.differences += other.differences
        self.late += other.late
        self.explained += other.explained

    @property
    def verdict(self) -> Verdict:
        """Red where anything differs, incomplete where anything is not known yet, else green."""
        if self.differences:
            return "red"
        return "incomplete" if self.late else "green"


class Proven(Exact):
    """A day that was compared, before it is recorded."""

    entity: str
    day: date
    journals: int
    digest: str
    """SHA-256 over the day's journals as they are stored: other journals, another proof."""
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    late: tuple[Timing, ...]
    explained: tuple[Timing, ...]
    balances: dict[str, int]
    """What every account holds at the end of the day, by `account|currency`: carried from day to day."""
    entries: dict[str, int]
    """What the entries of every bank account have moved by then."""
    verdict: Verdict
    proven_at: datetime
    unexplained: tuple[str, ...] | None = None
    """What of the control accounts nobody explained, for the next night; None where they were not looked at."""
    previous: str = ""
    """SHA-256 of the proof of the day before: none can be exchanged alone."""
    report: str = ""
    """The archived report's name."""
    sha256: str = ""


class Proof(Document):
    """The proof of one day of one legal entity; proven again it has another version, and another report beside."""

    collection = "proofs"
    indexed = ("entity", "verdict", "month")

    entity: str
    day: date
    month: str
    verdict: Verdict
    journals: int
    digest: str
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    """The first ones; the report has all."""
    differences_count: int
    late: tuple[Timing, ...]
    explained: tuple[Timing, ...]
    balances: dict[str, int]
    entries: dict[str, int]
    findings: tuple[str, ...]
    """The cases that are open because of it."""
    proven_at: datetime
    report: str
    sha256: str


class ProofProgress(Document):
    """How far an entity is proven; its id is the entity's code."""

    collection = "proof_progress"

    first: date
    through: date
    open_days: tuple[date, ...] = ()
    """Days before that are not green: they are proven again."""
    unexplained: tuple[str, ...] = ()
    """What the last look at the control accounts could not explain, as `code|currency|amount`."""


class ProveDay(Task, name="audit.prove_day"):
    """Prove the next day of a legal entity that is due in this night."""

    entity: str
    slot: datetime
    begun: bool = False
    again: tuple[date, ...] = ()
    """Days that were not green and are proven again first, each for itself: what is carried does not change."""
    on: date | None = None
    """Then every day from this one on; None while nobody has looked."""


class Step(Value):
    """A day that was proven, and what is to be done after it; None where nothing was due."""

    proven: Proven | None = None
    following: ProveDay | None = None


def proof_id(entity: str, day: date) -> str:
    """The one proof of a day; hashed, for days follow each other."""
    return id_from("prf", entity, day.isoformat())


def case_id(entity: str, difference: Difference) -> str:
    """The case of a difference: the same one for every proof that meets it."""
    return id_from("fnd", "daily_proof", entity, difference.key)


def rule_of(source: str) -> str:
    """The rule a case is of."""
    return f"daily_proof_{source}"


def as_case(known: Finding | None, entity: str, difference: Difference, now: datetime) -> Finding:
    """The case of a difference as it is now, open; itself where nothing about it is new or somebody has seen it."""
    evidence = (difference.says, *difference.documents[: MOST_NAMED - 1])
    if known is None:
        return Finding(
            id=case_id(entity, difference),
            member_id="",
            rule=rule_of(difference.source),
            numbers=NUMBERS[difference.source],
            says=f"{entity}: the journal and {difference.source.replace('_', ' ')} agree",
            evidence=evidence,
            state="open",
            found_at=now,
            changed_at=now,
        )
    if set(evidence) <= set(known.accepted) or (known.state == "open" and known.evidence == evidence):
        return known
    state = known.state
    if state != "open":
        state = FINDING.move(FINDING.move(state, "suspect") if state != "suspected" else state, "confirm")
    return known.but(state=state, evidence=evidence, changed_at=now)


def opened(finding: Finding) -> InvariantBroken:
    """What tells of a case; it is about no member, so that nobody has to wait."""
    return InvariantBroken(
        member_id="",
        finding_id=finding.id,
        revision=finding.version + 1,
        numbers=finding.numbers,
        rule=finding.rule,
        says=finding.says,
        evidence=finding.evidence,
    )


def closed(finding: Finding, now: datetime) -> tuple[Finding, FindingResolved | None]:
    """A case whose difference is gone, and what tells it."""
    return over(finding, now)


def recorded(known: Proof | None, proven: Proven, findings: Iterable[str]) -> Proof:
    """The proof as it is kept."""
    facts = {name: getattr(proven, name) for name in Proven.model_fields if name in Proof.model_fields}
    facts |= {
        "id": proof_id(proven.entity, proven.day),
        "version": known.version if known else 0,
        "month": proven.day.strftime("%Y-%m"),
        "differences": proven.differences[:MOST_NAMED],
        "differences_count": len(proven.differences),
        "late": proven.late[:MOST_NAMED],
        "explained": proven.explained[:MOST_NAMED],
        "findings": tuple(findings),
    }
    return Proof.model_validate(facts)


def completed(proof: Proof) -> ProofCompleted:
    """The event that tells of a proof."""
    return ProofCompleted(
        member_id="",
        proof_id=proof.id,
        revision=proof.version + 1,
        entity=proof.entity,
        proven_on=proof.day,
        verdict=proof.verdict,
        differences=proof.differences_count,
        late=len(proof.late),
        report=proof.report,
        sha256=proof.sha256,
    )
