"""What callers of accounting send and are told."""

from datetime import date, datetime

from pydantic import Field

from common.events.accounting import Conversion, Posting
from common.functions.routes import Input, Limit, Output, PageToken
from common.money import Currency
from functions.accounting.member_ledger import LedgerLine
from functions.accounting.model.batches import BatchState, SapBatch, SummaryLine
from functions.accounting.model.journals import Journal
from functions.accounting.model.parts import ExchangeState, Part
from functions.accounting.model.periods import Period, PeriodState


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
    effective_on: date
    """The day it happened, by its own document; it stands in the books on `posted_on`."""
    event: str
    """The name of the money event it is for; empty in old ones."""
    reverses: str
    """The journal it takes back, in whole or in part."""
    conversion: Conversion | None
    batch_id: str = ""
    """The batch that told SAP of it; empty until its day is sealed."""
    batch_state: str = ""
    sap_documents: tuple[str, ...] = ()
    """SAP's numbers of the documents that hold its lines."""

    @classmethod
    def of(cls, journal: Journal, chart: dict[str, str]) -> "JournalShown":
        """What a caller is told of a journal."""
        names = {each.account: chart.get(each.account, "") for each in journal.postings}
        more = {"names": names, "effective_on": journal.happened_on}
        return cls.model_validate(journal.model_dump(include=set(cls.model_fields)) | more)


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


class PartShown(Output):
    """One SAP document of a batch."""

    number: int
    document_type: str
    lines: int
    message_id: str
    state: ExchangeState
    sap_document: str
    year: str
    reason: str
    reversal_message_id: str
    """Of the document that counters it; empty where there is none."""
    reversal_state: str
    reversed_by: str
    """SAP's number of the document that counters it."""

    @classmethod
    def of(cls, part: Part) -> "PartShown":
        """What a caller is told of a part."""
        return cls(
            number=part.number,
            document_type=part.document_type,
            lines=part.last - part.first,
            message_id=part.posting.message_id,
            state=part.posting.state,
            sap_document=part.posting.document,
            year=part.posting.year,
            reason=part.posting.reason,
            reversal_message_id=part.reversal.message_id if part.reversal else "",
            reversal_state=part.reversal.state if part.reversal else "",
            reversed_by=part.reversal.document if part.reversal else "",
        )


class BatchShown(Output):
    """A batch for SAP: what it sums up, its documents, and what SAP said."""

    id: str
    posted_on: date
    number: int
    """0 for the day's first batch, then those that supplement it."""
    entity: str
    currency: str
    state: BatchState
    journals: int
    total_minor: int
    lines: tuple[SummaryLine, ...]
    digest: str
    """SHA-256 over its journals, one after the other."""
    sealed_at: datetime | None
    parts: list[PartShown]
    attempt: int
    sap_document: str
    """The number of its first SAP document."""
    reason: str
    allowed: list[str]

    @classmethod
    def of(cls, batch: SapBatch) -> "BatchShown":
        """What a caller is told of a batch."""
        more = {"allowed": batch.allowed, "parts": [PartShown.of(part) for part in batch.parts]}
        return cls.model_validate(batch.model_dump(include=set(cls.model_fields) - {"parts"}) | more)


class BatchesShown(Output):
    """A page of batches."""

    items: list[BatchShown]
    next_page_token: str


class Resending(Input):
    """Sends a rejected batch again, after its cause was put right."""

    batch_id: str
    reason: str = Field(min_length=3, max_length=500)


class Reversing(Input):
    """Has SAP's documents of a batch mirrored; its journals are posted anew by a batch that supplements it."""

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


class PeriodsAsked(Input):
    """The months of a legal entity's books."""

    entity: str = "MP"
    limit: Limit = 50
    page_token: PageToken = ""


class PeriodShown(Output):
    """A month of a legal entity's books."""

    id: str
    entity: str
    month: str
    state: PeriodState
    reason: str
    """Why it was changed last."""
    by: str
    changed_on: date | None
    allowed: list[str]

    @classmethod
    def of(cls, period: Period) -> "PeriodShown":
        """What a caller is told of a month."""
        return cls.model_validate(period.model_dump(include=set(cls.model_fields)) | {"allowed": period.allowed})


class PeriodsShown(Output):
    """The months of a legal entity's books, the latest first."""

    items: list[PeriodShown]
    next_page_token: str


class ChangePeriod(Input):
    """Closes a month or opens it again, for a reason that is kept."""

    period_id: str
    reason: str = Field(min_length=3, max_length=500)


class LedgerAsked(Input):
    """A member's account, as it stood at the end of a day."""

    member_id: str
    as_of: date | None = None
    """None: as it stands now."""
    currency: Currency | None = None
    limit: Limit = 50
    page_token: str = ""


class LedgerSums(Output):
    """What a member's account comes to in one currency: debits less credits."""

    currency: str
    receivables_minor: int
    unapplied_minor: int
    refunds_minor: int
    balance_minor: int


class LedgerShown(Output):
    """A member's account: a page of its lines in the order of the books, and what all of them come to."""

    member_id: str
    as_of: date | None
    totals: list[LedgerSums]
    items: list[LedgerLine]
    next_page_token: str
