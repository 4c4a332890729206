"""What callers of accounting send and are told about documents and debtors in SAP."""

from datetime import date
from typing import Annotated

from pydantic import Field

from common.functions.routes import Input, Limit, Output
from functions.accounting.model.batches import SapBatch, SummaryLine
from functions.accounting.model.debtors import SapDebtors
from functions.accounting.model.parts import SapDocument


class SapDocumentAsked(Input):
    """A SAP document by its number, and a page of the journals behind one of its lines."""

    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,10}$")]
    company_code: str = ""
    year: str = ""
    line: int = Field(default=0, ge=0)
    limit: Limit = 50
    page_token: str = ""


class SapLineShown(Output):
    """One summary line of a SAP document."""

    line: int
    document_type: str
    account: str
    tax_code: str
    country: str
    debtor: str
    debit_minor: int
    credit_minor: int

    @classmethod
    def of(cls, number: int, line: SummaryLine) -> "SapLineShown":
        """What a caller is told of a line."""
        return cls(line=number, **line.model_dump())


class BehindLine(Output):
    """What one journal adds to a line."""

    journal_id: str
    document: str
    document_type: str
    member_id: str
    debit_minor: int
    credit_minor: int


class SapDocumentShown(Output):
    """A SAP document: its lines, and what is behind the one that was asked for."""

    number: str
    company_code: str
    year: str
    batch_id: str
    batch_state: str
    part: int
    message_id: str
    reverses: str
    """The number of the document it counters."""
    posted_on: date
    currency: str
    lines: list[SapLineShown]
    journals: list[BehindLine]
    """Those behind the line that was asked for."""
    next_page_token: str

    @classmethod
    def of(
        cls,
        document: SapDocument,
        batch: SapBatch,
        lines: list[SapLineShown],
        journals: list[BehindLine],
        token: str,
    ) -> "SapDocumentShown":
        """What a caller is told of a document."""
        return cls(
            **document.model_dump(include={"number", "company_code", "year", "part", "message_id", "reverses"}),
            batch_id=batch.id,
            batch_state=batch.state,
            posted_on=batch.posted_on,
            currency=batch.currency,
            lines=lines,
            journals=journals,
            next_page_token=token,
        )


class DebtorSet(Input):
    """Makes a member a debtor of their own in SAP, from the next summary on; an empty debtor takes it back."""

    entity: str = "MP"
    member_id: Annotated[str, Field(min_length=1, max_length=64)]
    debtor: Annotated[str, Field(pattern=r"^[0-9A-Z]{0,10}$")]
    reason: str = Field(min_length=3, max_length=500)


class DebtorsAsked(Input):
    """The members of a legal entity who are debtors of their own in SAP."""

    entity: str = "MP"


class DebtorsShown(Output):
    """Which members are which debtors in SAP."""

    entity: str
    debtors: dict[str, str]

    @classmethod
    def of(cls, found: SapDebtors) -> "DebtorsShown":
        """What a caller is told."""
        return cls(entity=found.id, debtors=found.debtors)
