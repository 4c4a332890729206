"""What callers of accounting may look at: journals, batches, the trial balance."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from common.failures import Rejected
from common.world import World
from functions.accounting import member_ledger, trial_balance
from functions.accounting.handlers import drilling
from functions.accounting.model.batches import COUNTING, GONE, SapBatch, SummaryLine, batch_id, chain_ids, lines_of
from functions.accounting.model.debtors import SapDebtors
from functions.accounting.model.journals import Journal, batch_day, document_key, today
from functions.accounting.model.periods import Period, months_between, named, period_id
from functions.accounting.posting import chart, chart_of
from functions.accounting.posting.deferring import month_of
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
    LedgerAsked,
    LedgerShown,
    LedgerSums,
    PeriodsAsked,
    PeriodShown,
    PeriodsShown,
)
from functions.accounting.requests_of_sap import DebtorsAsked, DebtorsShown

LONGEST_RANGE: Final = 92
"""Days of one trial balance."""
MOST_JOURNALS: Final = 50_000
"""Journals one trial balance adds up one by one; a wider question is one for BigQuery."""
STEP: Final = 1000


def list_journals(asked: JournalsAsked, world: World) -> JournalsShown:
    """Journals of a document, a member or a day."""
    selection = _selection(asked)
    found = world.read.select(Journal, limit=asked.limit, after=asked.page_token, **selection)
    return JournalsShown(items=_all_shown(found, world), next_page_token=_token(found, asked.limit))


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
    return _all_shown([found], world)[0]


def _all_shown(journals: list[Journal], world: World) -> list[JournalShown]:
    places = drilling.located(journals, world)
    return [_shown(journal, places.get(journal.id)) for journal in journals]


def _shown(journal: Journal, place: drilling.Place | None) -> JournalShown:
    shown = JournalShown.of(journal, chart_of(journal.entity, journal.happened_on).names)
    if place is None:
        return shown
    told = {"batch_id": place.batch_id, "batch_state": place.state, "sap_documents": place.sap_documents}
    return shown.model_copy(update=told)


def show_ledger(asked: LedgerAsked, world: World) -> LedgerShown:
    """A member's account as of a day, with the balance after each line."""
    journals = list(_of_member(asked, world))
    lines = member_ledger.lines_of(journals, asked.as_of, asked.currency)
    page, token = member_ledger.page(lines, asked.page_token, asked.limit)
    return LedgerShown(
        member_id=asked.member_id,
        as_of=asked.as_of,
        totals=[LedgerSums.model_validate(row) for row in member_ledger.totals(lines)],
        items=page,
        next_page_token=token,
    )


def _of_member(asked: LedgerAsked, world: World) -> Iterator[Journal]:
    after, counted = "", 0
    while found := world.read.select(Journal, limit=STEP, after=after, member_id=asked.member_id):
        counted += len(found)
        if counted > MOST_JOURNALS:
            raise Rejected("too_much", f"more than {MOST_JOURNALS} journals are the member's: ask BigQuery")
        yield from found
        after = found[-1].id


def list_periods(asked: PeriodsAsked, world: World) -> PeriodsShown:
    """The months of a legal entity's books, from the first one that was closed to the present one."""
    now = today(asked.entity, world.now)
    known: dict[str, Period] = {}
    while page := world.read.select(Period, limit=100, after=max(known, default=""), entity=asked.entity):
        known |= {period.id: period for period in page}
    months = months_between(min([period.month for period in known.values()], default=month_of(now)), month_of(now))
    names = [period_id(asked.entity, month) for month in reversed(months)]
    left = [name for name in names if not asked.page_token or name < asked.page_token]
    shown = [known.get(name) or named(name) for name in left[: asked.limit]]
    more = shown[-1].id if len(left) > asked.limit else ""
    return PeriodsShown(items=[PeriodShown.of(period) for period in shown], next_page_token=more)


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


def list_debtors(asked: DebtorsAsked, world: World) -> DebtorsShown:
    """The members of a legal entity who are debtors of their own in SAP."""
    return DebtorsShown.of(world.read.find(SapDebtors, asked.entity) or SapDebtors(id=asked.entity))


def show_balance(asked: BalanceAsked, world: World) -> BalanceShown:
    """What every account moved over some days."""
    if not 0 <= (asked.day_to - asked.day_from).days < LONGEST_RANGE:
        raise Rejected("wrong_range", f"ask for at most {LONGEST_RANGE} days, the first one first")
    days = trial_balance.days_between(asked.day_from, asked.day_to)
    batches = _whole_days(days, asked, world)
    journals = list(_journals(trial_balance.open_days(days, batches, asked.entity, asked.currency), world))
    lines = [line for batch in batches for line in batch.lines]
    lines += [line for journal in journals for line in lines_of(journal)]
    return _balance(asked, trial_balance.by_account(lines), len(batches), len(journals))


def _whole_days(days: list[date], asked: BalanceAsked, world: World) -> list[SapBatch]:
    """What holds all of a day between its batches, of the days of which none is still being counted."""
    firsts = world.read.find_all(SapBatch, [batch_id(day, asked.entity, asked.currency) for day in days])
    more = world.read.find_all(SapBatch, [name for first in firsts if first for name in chain_ids(first)])
    batches = [batch for batch in (*firsts, *more) if batch is not None]
    counting = {batch.posted_on for batch in batches if batch.state in COUNTING}
    return [batch for batch in batches if batch.posted_on not in counting and batch.state not in GONE]


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
            **line.model_dump(exclude={"document_type", "debtor"}),
            name=chart(asked.entity).names.get(line.account, ""),
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
