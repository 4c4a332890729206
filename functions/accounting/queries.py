"""What callers of accounting may look at: journals, batches, the trial balance."""

from collections.abc import Iterator
from typing import Final

from common.failures import Rejected
from common.world import World
from functions.accounting import trial_balance
from functions.accounting.model.batches import SapBatch, SummaryLine, batch_id, lines_of
from functions.accounting.model.journals import Journal, batch_day, document_key
from functions.accounting.postings import chart
from functions.accounting.requests import (
    BalanceAsked,
    BalanceRow,
    BalanceShown,
    BatchAsked,
    BatchesAsked,
    BatchesShown,
    BatchShown,
    JournalAsked,
    JournalsAsked,
    JournalShown,
    JournalsShown,
)

LONGEST_RANGE: Final = 92
"""Days of one trial balance."""
MOST_JOURNALS: Final = 50_000
"""Journals one trial balance adds up one by one; a wider question is one for BigQuery."""
STEP: Final = 1000


def list_journals(asked: JournalsAsked, world: World) -> JournalsShown:
    """Journals of a document, a member or a day."""
    selection = _selection(asked)
    found = world.read.select(Journal, limit=asked.limit, after=asked.page_token, **selection)
    return JournalsShown(
        items=[JournalShown.of(j, chart().names) for j in found], next_page_token=_token(found, asked.limit)
    )


def _selection(asked: JournalsAsked) -> dict[str, str]:
    if asked.document:
        return {"document_key": document_key(asked.document)}
    if asked.member_id:
        return {"member_id": asked.member_id}
    if asked.day:
        return {"batch_day": batch_day(asked.day, asked.entity, asked.currency)}
    raise Rejected("nothing_asked", "name a document, a member_id or a day", status=400)


def show_journal(asked: JournalAsked, world: World) -> JournalShown:
    """One journal."""
    found = world.read.find(Journal, asked.journal_id)
    if found is None:
        raise Rejected("not_found", "there is no such journal", status=404)
    return JournalShown.of(found, chart().names)


def list_batches(asked: BatchesAsked, world: World) -> BatchesShown:
    """Batches for SAP."""
    named = {"state": asked.state, "posted_on": asked.day.isoformat() if asked.day else None}
    selection = {name: value for name, value in named.items() if value}
    found = world.read.select(SapBatch, limit=asked.limit, after=asked.page_token, **selection)
    return BatchesShown(items=[BatchShown.of(b) for b in found], next_page_token=_token(found, asked.limit))


def show_batch(asked: BatchAsked, world: World) -> BatchShown:
    """One batch for SAP."""
    found = world.read.find(SapBatch, asked.batch_id)
    if found is None:
        raise Rejected("not_found", "there is no such batch", status=404)
    return BatchShown.of(found)


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
