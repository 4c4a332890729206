"""Accounting's HTTP routes: journals, the trial balance, batches for SAP."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from common.events.accounting import Posting
from common.failures import Rejected
from common.functions import command, query
from common.functions.routes import Input, Output
from common.money import Currency
from common.transaction import Transaction
from common.world import World
from functions.accounting import handlers, trial_balance
from functions.accounting.model import (
    BatchState,
    Journal,
    SapBatch,
    SummaryLine,
    batch_day,
    batch_id,
    document_key,
    lines_of,
)
from functions.accounting.postings import chart

LONGEST_RANGE: Final = 92
"""Days of one trial balance."""
MOST_JOURNALS: Final = 50_000
"""Journals one trial balance adds up one by one; a wider question is one for BigQuery."""
STEP: Final = 1000

Limit = Annotated[int, AfterValidator(lambda limit: max(1, min(limit, 100)))]


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


def list_journals(asked: JournalsAsked, world: World) -> JournalsShown:
    """Journals of a document, a member or a day."""
    selection = _selection(asked)
    found = world.read.select(Journal, limit=asked.limit, after=asked.page_token, **selection)
    return JournalsShown(items=[_journal(j) for j in found], next_page_token=_token(found, asked.limit))


def _selection(asked: JournalsAsked) -> dict[str, str]:
    if asked.document:
        return {"document_key": document_key(asked.document)}
    if asked.member_id:
        return {"member_id": asked.member_id}
    if asked.day:
        return {"batch_day": batch_day(asked.day, asked.entity, asked.currency)}
    raise Rejected("nothing_asked", "name a document, a member_id or a day", status=400)


def _journal(journal: Journal) -> JournalShown:
    return JournalShown.model_validate(journal.model_dump(include=set(JournalShown.model_fields)))


def show_journal(asked: JournalAsked, world: World) -> JournalShown:
    """One journal."""
    found = world.read.find(Journal, asked.journal_id)
    if found is None:
        raise Rejected("not_found", "there is no such journal", status=404)
    return _journal(found)


def list_batches(asked: BatchesAsked, world: World) -> BatchesShown:
    """Batches for SAP."""
    named = {"state": asked.state, "posted_on": asked.day.isoformat() if asked.day else None}
    selection = {name: value for name, value in named.items() if value}
    found = world.read.select(SapBatch, limit=asked.limit, after=asked.page_token, **selection)
    return BatchesShown(items=[_batch(b) for b in found], next_page_token=_token(found, asked.limit))


def show_batch(asked: BatchAsked, world: World) -> BatchShown:
    """One batch for SAP."""
    found = world.read.find(SapBatch, asked.batch_id)
    if found is None:
        raise Rejected("not_found", "there is no such batch", status=404)
    return _batch(found)


def _batch(batch: SapBatch) -> BatchShown:
    fields = batch.model_dump(include=set(BatchShown.model_fields) - {"allowed"})
    return BatchShown.model_validate(fields | {"allowed": batch.allowed})


def resend_batch(given: Resending, transaction: Transaction) -> BatchShown:
    """Sends a rejected batch again."""
    return _batch(handlers.resend(given.batch_id, given.reason, transaction))


def show_balance(asked: BalanceAsked, world: World) -> BalanceShown:
    """What every account moved over some days."""
    if not 0 <= (asked.day_to - asked.day_from).days < LONGEST_RANGE:
        raise Rejected("wrong_range", f"ask for at most {LONGEST_RANGE} days, the first one first")
    days = trial_balance.days_between(asked.day_from, asked.day_to)
    known = world.read.find_all(SapBatch, [batch_id(day, asked.entity, asked.currency) for day in days])
    batches = trial_balance.frozen(known)
    journals = list(_journals(trial_balance.open_days(days, batches, asked.entity, asked.currency), world))
    lines = [line for batch in batches for line in batch.lines]
    lines += [line for journal in journals for line in lines_of(journal)]
    return _balance(asked, trial_balance.by_account(lines), len(batches), len(journals))


def _journals(days: list[str], world: World) -> Iterator[Journal]:
    counted = 0
    for day in days:
        after = ""
        while found := world.read.select(Journal, limit=STEP, after=after, batch_day=day):
            counted += len(found)
            if counted > MOST_JOURNALS:
                raise Rejected("too_much", f"more than {MOST_JOURNALS} journals are not closed: ask for fewer days")
            yield from found
            after = found[-1].id


def _balance(asked: BalanceAsked, lines: tuple[SummaryLine, ...], batches: int, journals: int) -> BalanceShown:
    rows = [
        BalanceRow(
            **line.model_dump(exclude={"document_type"}),
            name=chart().names.get(line.account, ""),
            balance_minor=line.debit_minor - line.credit_minor,
        )
        for line in lines
    ]
    return BalanceShown(
        **asked.model_dump(),
        rows=rows,
        debit_minor=sum(row.debit_minor for row in rows),
        credit_minor=sum(row.credit_minor for row in rows),
        batches=batches,
        journals=journals,
    )


def _token(found: list[Journal] | list[SapBatch], limit: int) -> str:
    return found[-1].id if len(found) == limit else ""


ROUTES: Final = (
    query("/v1/journals", list_journals, JournalsAsked, JournalsShown, scope="journals:read"),
    query("/v1/journals/{journal_id}", show_journal, JournalAsked, JournalShown, scope="journals:read"),
    query("/v1/trial-balance", show_balance, BalanceAsked, BalanceShown, scope="journals:read"),
    query("/v1/sap-batches", list_batches, BatchesAsked, BatchesShown, scope="journals:read"),
    query("/v1/sap-batches/{batch_id}", show_batch, BatchAsked, BatchShown, scope="journals:read"),
    command("POST", "/v1/sap-batches/{batch_id}/resend", resend_batch, Resending, BatchShown, scope="journals:write"),
)
