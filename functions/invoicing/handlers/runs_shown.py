"""What is shown of billing runs: preview, holds, who was left out, how far it is and when it will be done."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from common.failures import Rejected
from common.world import World
from functions.invoicing.model.bills import Bill
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.manifests import IssuedPage, Page, page_id
from functions.invoicing.model.run_policies import RunPolicy, policy_in_force
from functions.invoicing.model.runs import UNDER_WAY, Run
from functions.invoicing.requests.run_policies import PolicyAnswer, ShowPolicy
from functions.invoicing.requests.runs import (
    LeftList,
    ListLeft,
    ListRuns,
    PageAnswer,
    RunAnswer,
    RunList,
    RunProgress,
    ShowPage,
    ShowRun,
    held_of,
)

STEP: Final = 100
"""How many runs are read at once."""
PAGES_SHOWN: Final = 8
"""Pages of a manifest read for one answer: each may have close to 1 MiB."""


def show_run(asked: ShowRun, world: World) -> RunProgress:
    """A billing run: its preview, its totals, its holds, its progress."""
    run = _run(asked.run_id, world)
    pages = world.read.count(IssuedPage, run_id=run.id)
    issued = run.numbered if pages == run.pages_out else world.read.count(Invoice, run_id=run.id)
    percent = _frozen_percent(run, world)
    speed, end = _pace(run, issued, percent, world.now)
    return RunProgress.of(
        run,
        issued_pages=pages,
        issued_invoices=issued,
        frozen_percent=percent,
        invoices_a_minute=speed,
        expected_end=end,
    )


def _frozen_percent(run: Run, world: World) -> int:
    """Of the open bills; of a run for some days or bills it is not known before its end."""
    if run.state == "waiting":
        return 0
    if run.state != "freezing" or run.days or run.follows:
        return 100 if run.frozen_at else 0
    bills = world.read.count(Bill, entity=run.entity, open=True)
    return min(100 * (run.invoices + run.skipped + run.held) // max(bills, 1), 99)


def _pace(run: Run, issued: int, percent: int, now: datetime) -> tuple[int, datetime | None]:
    """Invoices a minute, and when the phase will be over."""
    if run.state == "waiting":
        return 0, run.freezes_at
    if run.state == "freezing":
        began = run.freezes_at or run.started_at
        return 0, now + (now - began) * (100 - percent) // percent if percent else None
    if not run.blocks:
        return 0, None
    done = run.completed_at or now
    seconds = max(int((done - run.blocks[0].released_at).total_seconds()), 1)
    speed = 60 * issued // seconds
    wanted = run.numbered if run.state in {"paused", "stopping", "canary"} else run.invoices
    left = wanted - issued
    moving = run.state in UNDER_WAY and speed
    return speed, now + timedelta(seconds=60 * left // speed) if moving and left else None


def show_page(asked: ShowPage, world: World) -> PageAnswer:
    """A page of a run's manifest, with the bills it leaves out and why."""
    run = _run(asked.run_id, world)
    found = page_id(asked.run_id, asked.page)
    page = world.read.find(Page, found)
    if page is None:
        raise Rejected("not_found", "there is no such page", status=404)
    return PageAnswer.of(page, run, issued=world.read.find(IssuedPage, found) is not None)


def list_left(asked: ListLeft, world: World) -> LeftList:
    """Who a run left out and why, and whom it holds; a few pages of its manifest at a time, in their order."""
    run = _run(asked.run_id, world)
    first = int(asked.page_token or 0)
    numbers = range(first, min(first + PAGES_SHOWN, run.pages))
    pages = [page for page in world.read.find_all(Page, [page_id(run.id, n) for n in numbers]) if page]
    more = numbers.stop if numbers and numbers.stop < run.pages else None
    wanted = asked.reason
    return LeftList(
        skipped=[one for page in pages for one in page.skipped if wanted in {"", one.reason}],
        held=[one for one in held_of((page, run) for page in pages) if wanted in {"", one.reason}],
        next_page_token="" if more is None else str(more),
    )


def list_runs(asked: ListRuns, world: World) -> RunList:
    """Billing runs, the latest first. Their ids don't sort by time; they are few, so that all are read."""
    wanted = {"entity": asked.entity} if asked.entity else {}
    found = sorted(_every_run(world, wanted), key=lambda run: (run.started_at, run.id), reverse=True)
    ids = [run.id for run in found]
    start = ids.index(asked.page_token) + 1 if asked.page_token in ids else 0
    page = found[start : start + asked.limit]
    more = page[-1].id if found[start + asked.limit :] else ""
    return RunList(items=[RunAnswer.of(run) for run in page], next_page_token=more)


def show_policy(asked: ShowPolicy, world: World) -> PolicyAnswer:
    """How a legal entity's billing runs go."""
    known = world.read.find(RunPolicy, asked.entity)
    policy = policy_in_force(asked.entity, known)
    return PolicyAnswer(entity=asked.entity, policy=policy, version=known.version if known else 0)


def _every_run(world: World, wanted: dict[str, str]) -> Iterator[Run]:
    after = ""
    while page := world.read.select(Run, limit=STEP, after=after, **wanted):
        yield from page
        after = page[-1].id


def _run(run_id: str, world: World) -> Run:
    run = world.read.find(Run, run_id)
    if run is None:
        raise Rejected("not_found", "there is no such billing run", status=404)
    return run
