"""What callers of accounting send and are told."""

from datetime import date

from pydantic import Field

from common.events.accounting import Posting
from common.functions.routes import Input, Limit, Output
from common.money import Currency
from functions.accounting.model.batches import BatchState, SapBatch, SummaryLine
from functions.accounting.model.journals import Journal


class JournalsAsked(Input):
    """Which journals: of a document, of a member, or of a day (with entity and currency)."""

    document: str = ""
    member_id: str = ""
    day: date | None = None
    entity: str = "MP"
    currency: Currency = "EUR"
    limit: Limit = 50
    page_token: str = ""


class JournalShown(Output):
    """A journal."""

    id: str
    member_id: str
    entity: str
    document_type: str
    document: str
    currency: str
    posted_on: date
    postings: tuple[Posting, ...]
    names: dict[str, str]
    """What the chart calls the accounts."""

    @classmethod
    def of(cls, journal: Journal, chart: dict[str, str]) -> "JournalShown":
        """What a caller is told of a journal."""
        names = {each.account: chart.get(each.account, "") for each in journal.postings}
        return cls.model_validate(journal.model_dump(include=set(cls.model_fields)) | {"names": names})


class JournalsShown(Output):
    """A page of journals."""

    items: list[JournalShown]
    next_page_token: str


class JournalAsked(Input):
    """One journal."""

    journal_id: str


class BatchesAsked(Input):
    """Which batches: all, those of a state, or those of a day."""

    state: BatchState | None = None
    day: date | None = None
    limit: Limit = 50
    page_token: str = ""


class BatchAsked(Input):
    """One batch."""

    batch_id: str


class BatchShown(Output):
    """A batch for SAP: what it sums up, and what SAP said."""

    id: str
    posted_on: date
    entity: str
    currency: str
    state: BatchState
    journals: int
    total_minor: int
    lines: tuple[SummaryLine, ...]
    attempt: int
    sap_document: str
    reason: str
    allowed: list[str]

    @classmethod
    def of(cls, batch: SapBatch) -> "BatchShown":
        """What a caller is told of a batch."""
        return cls.model_validate(batch.model_dump(include=set(cls.model_fields)) | {"allowed": batch.allowed})


class BatchesShown(Output):
    """A page of batches."""

    items: list[BatchShown]
    next_page_token: str


class Resending(Input):
    """Sends a rejected batch again, after its cause was put right."""

    batch_id: str
    reason: str = Field(min_length=3, max_length=500)


class BalanceAsked(Input):
    """The days of a trial balance, both included, for one entity and currency."""

    day_from: date
    day_to: date
    entity: str = "MP"
    currency: Currency = "EUR"


class BalanceRow(Output):
    """What one account moved, by tax code and country; `balance_minor` is debits less credits."""

    account: str
    name: str
    tax_code: str
    country: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


class BalanceShown(Output):
    """A trial balance, and from what it was added up."""

    entity: str
    currency: str
    day_from: date
    day_to: date
    rows: list[BalanceRow]
    debit_minor: int
    credit_minor: int
    batches: int
    """Frozen summaries used."""
    journals: int
    """Journals added up one by one, of days that are not closed."""
