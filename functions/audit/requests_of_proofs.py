"""What callers ask of the daily proofs and are told."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from common.functions.routes import Input, Limit, Output, PageToken
from functions.audit.proof.model import Difference, Figure, Measure, Proof, Source, Timing, Verdict


class ProofList(Input):
    """A page of proofs: of one legal entity, of one verdict, of one month (`2026-10`), where they are given."""

    entity: Annotated[str, Field(pattern="^([A-Z]{2,4})?$")] = ""
    verdict: Verdict | None = None
    month: Annotated[str, Field(pattern=r"^(\d{4}-\d{2})?$")] = ""
    limit: Limit = 50
    page_token: PageToken = ""


class OneProof(Input):
    """A proof by id."""

    proof_id: Annotated[str, Field(pattern="^prf_[0-9a-f]{26}$")]


class FigureView(Output):
    """One account as the journal and another source have it, in minor units, debits plus."""

    source: Source
    measure: Measure
    account: str
    currency: str
    journal_minor: int
    other_minor: int
    difference_minor: int

    @classmethod
    def of(cls, figure: Figure) -> Self:
        """As the proof has it."""
        return cls(difference_minor=figure.difference_minor, **figure.model_dump())


class ProofSummary(Output):
    """A proof as lists show it."""

    id: str
    entity: str
    day: date
    verdict: Verdict
    journals: int
    differences_count: int
    late_count: int
    proven_at: datetime
    version: int

    @classmethod
    def of(cls, proof: Proof) -> Self:
        """As the document has it."""
        return cls(late_count=len(proof.late), **proof.model_dump(include=set(cls.model_fields)))


class ProofView(ProofSummary):
    """A day of a legal entity: every source's figures, what differs, what is waited for, what is on its way."""

    figures: list[FigureView]
    differences: list[Difference]
    late: list[Timing]
    explained: list[Timing]
    findings: list[str]
    """The open cases, by id (`/v1/audit/findings`)."""
    report: str
    sha256: str

    @classmethod
    def of(cls, proof: Proof) -> Self:
        """As the document has it."""
        facts = proof.model_dump(include=set(cls.model_fields) - {"figures"})
        return cls(late_count=len(proof.late), figures=[FigureView.of(one) for one in proof.figures], **facts)


class ProofPage(Output):
    """Some proofs, and where the next ones begin."""

    items: list[ProofSummary]
    next_page_token: str
