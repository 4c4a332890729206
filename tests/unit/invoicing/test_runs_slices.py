"""Canary, slices, pause and cancel: whatever people do and wherever the process dies, no number is missing."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.events.invoicing import InvoiceIssued, RunCompleted
from common.failures import Rejected
from common.transaction import UnitOfWork
from emulators.memory import MemorySession
from functions.invoicing.handlers import runs, runs_shown, runs_starting
from functions.invoicing.model.archive import ArchiveEntry
from functions.invoicing.model.bills import Bill
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.manifests import Page
from functions.invoicing.model.run_policies import Policy
from functions.invoicing.model.runs import Run, RunSlot
from functions.invoicing.requests.run_policies import SetPolicy, ShowPolicy
from functions.invoicing.requests.runs import ChangeRun, ShowRun, StartRun
from tests.kit import Platform
from tests.unit.invoicing.given import SEPTEMBER, billed, charge, platform, without_documents

VERBS = {
    "release": runs.release_run,
    "continue": runs.continue_run,
    "pause": runs.pause_run,
    "resume": runs.resume_run,
    "cancel": runs.cancel_run,
    "rerun": runs.rerun,
}


def policy(here: Platform, **changes: Any) -> None:
    given_ = SetPolicy(entity="MP", policy=Policy(**changes), reason="a test")
    here.do(runs_starting.set_policy, given_)


def started(here: Platform, **facts: Any) -> str:
    run_id = here.do(runs.start_run, StartRun(entity="MP", cut_off=SEPTEMBER, **facts))["id"]
    here.settle()
    return str(run_id)


def change(here: Platform, run_id: str, verb: str, actor: str = "machine:test") -> Any:
    return here.do(VERBS[verb], ChangeRun(run_id=run_id, reason="a test"), actor=actor)


def later(here: Platform, **time: int) -> None:
    here.advance_to(here.clock.now() + timedelta(**time))


def shown(here: Platform, run_id: str) -> Any:
    return runs_shown.show_run(ShowRun(run_id=run_id), here.runtime.world)


def places(here: Platform) -> list[int]:
    return sorted(int(invoice.number[-7:]) for invoice in here.all(Invoice))


def gapless(here: Platform) -> bool:
    found = places(here)
    return found == list(range(1, len(found) + 1))


def test_a_canary_is_issued_alone_and_waits_for_a_person() -> None:
    here = without_documents(members=30)
    policy(here, canary_minutes=0)
    run_id = started(here, canary=5)
    change(here, run_id, "release")
    later(here, hours=48)
    run = shown(here, run_id)
    assert (run.state, run.invoices, run.numbered, run.issued_invoices) == ("canary", 30, 5, 5)
    assert run.allowed == ["continue", "cancel"]
    assert len(here.all(Invoice)) == 5
    change(here, run_id, "continue")
    later(here, minutes=1)
    assert shown(here, run_id).state == "completed"
    assert places(here) == list(range(1, 31))


def test_a_canary_goes_on_by_itself_after_its_time_when_its_documents_are_archived() -> None:
    here = platform(members=12)
    run_id = started(here, canary=5)
    change(here, run_id, "release")
    later(here, minutes=59)
    assert shown(here, run_id).state == "canary"
    assert len(here.all(ArchiveEntry)) == 5
    later(here, minutes=2)
    assert shown(here, run_id).state == "completed"
    assert places(here) == list(range(1, 13))


def test_a_canary_whose_documents_are_not_archived_says_so_and_stays() -> None:
    here = without_documents(members=12)
    run_id = started(here, canary=5)
    change(here, run_id, "release")
    later(here, hours=30)
    assert (shown(here, run_id).state, shown(here, run_id).trouble) == ("canary", "canary_not_archived")
    change(here, run_id, "continue")
    later(here, minutes=1)
    assert (shown(here, run_id).state, shown(here, run_id).trouble) == ("completed", "")


def test_a_run_goes_on_slice_by_slice_with_a_block_of_numbers_each() -> None:
    here = without_documents(members=250)
    policy(here, slice_pages=1)
    run_id = started(here)
    change(here, run_id, "release")
    later(here, seconds=4)
    assert len(here.all(Invoice)) == 100
    later(here, minutes=1)
    run = shown(here, run_id)
    assert (run.state, [(b.first, b.invoices) for b in run.blocks]) == ("completed", [(1, 100), (101, 100), (201, 50)])
    assert (run.first_number, run.last_number) == ("MP-2026-0000001", "MP-2026-0000250")
    assert gapless(here)


def test_a_paused_run_issues_what_has_numbers_and_goes_on_when_told() -> None:
    here = without_documents(members=250)
    policy(here, slice_pages=1)
    run_id = started(here)
    change(here, run_id, "release")
    change(here, run_id, "pause")
    later(here, hours=5)
    run = shown(here, run_id)
    assert (run.state, run.numbered, run.allowed) == ("paused", 100, ["resume", "cancel"])
    assert gapless(here)
    change(here, run_id, "resume")
    later(here, minutes=1)
    assert shown(here, run_id).state == "completed"
    assert places(here) == list(range(1, 251))


@pytest.mark.parametrize("when", ["canary", "issuing", "paused"])
def test_a_cancelled_run_leaves_no_gap_and_the_next_one_takes_the_rest(when: str) -> None:
    here = without_documents(members=250)
    policy(here, slice_pages=1, canary_minutes=0)
    run_id = started(here, canary=5 if when == "canary" else 0)
    change(here, run_id, "release")
    if when == "paused":
        change(here, run_id, "pause")
    answer = change(here, run_id, "cancel")
    assert answer["state"] == "stopping"
    with pytest.raises(Rejected, match="run_in_progress"):
        started(here)
    later(here, minutes=1)
    run = shown(here, run_id)
    assert (run.state, run.issued_invoices) == ("cancelled", run.numbered)
    assert 0 < len(here.all(Invoice)) < 250
    assert gapless(here)
    [told] = here.events(RunCompleted)
    assert isinstance(told, RunCompleted)
    assert (told.invoices, told.totals_minor) == (run.numbered, {"EUR": 1_190 * run.numbered})
    billed(here)
    assert places(here) == list(range(1, 251))
    assert not any(bill.open for bill in here.all(Bill))


def test_what_is_allowed_is_exactly_what_the_api_does() -> None:
    """FIELD.md, complaint 26: no button where the server refuses, and none missing."""
    here = without_documents(members=250)
    policy(here, slice_pages=1, canary_minutes=0)
    run_id, seen = started(here, canary=5), set()
    for step in ("look", "release", "continue", "pause", "resume", "wait"):
        if step in VERBS:
            change(here, run_id, step)
        later(here, minutes=2 if step == "wait" else 0)
        run = shown(here, run_id)
        seen.add(run.state)
        assert [verb for verb in VERBS if works(here, run_id, verb)] == [v for v in VERBS if v in run.allowed], step
    assert seen == {"frozen", "canary", "issuing", "paused", "completed"}


def works(here: Platform, run_id: str, verb: str) -> bool:
    """Whether a command goes through; nothing of it is kept."""
    unit = UnitOfWork(MemorySession(here.engine), here.clock.now(), "machine:test")
    try:
        VERBS[verb](ChangeRun(run_id=run_id, reason="a try"), unit)
    except Rejected:
        return False
    return True


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.sampled_from([*VERBS, "wait", "charge", "start"]), max_size=12), slice_pages=st.integers(1, 3))
def test_no_order_of_commands_leaves_a_gap_or_bills_twice(steps: list[str], slice_pages: int) -> None:
    here = without_documents(members=120)
    policy(here, slice_pages=slice_pages, canary_minutes=0)
    run_id, charged = started(here, canary=7), 120
    for number, step in enumerate(steps):
        try:
            if step == "wait":
                later(here, minutes=1)
            elif step == "charge":
                here.tell(charge(f"more-{number}", member=f"member-{number:04d}"))
                charged += 1
            elif step == "start":
                run_id = started(here)
            else:
                answer = change(here, run_id, step)
                run_id = answer["id"]
        except Rejected:
            continue
        assert gapless(here) or shown(here, run_id).numbered
    later(here, hours=1)
    assert gapless(here)
    lines = [line.charge_id for document in (*here.all(Invoice), *here.all(Bill)) for line in document.lines]
    assert len(lines) == len(set(lines)) == charged
    assert len(here.events(InvoiceIssued)) == len(here.all(Invoice))
    busy = {slot.run_id for slot in here.all(RunSlot)} - {""}
    assert busy == {run.id for run in here.all(Run) if run.state not in {"completed", "cancelled"}}


def test_another_number_of_the_series_between_two_slices_leaves_no_gap() -> None:
    here = without_documents(members=150)
    policy(here, slice_pages=1)
    run_id = started(here)
    change(here, run_id, "release")
    here.do(lambda _, unit: unit.next_numbers("MP-invoice-2026", 1), None)
    later(here, minutes=1)
    assert [(block.first, block.last) for block in shown(here, run_id).blocks] == [(1, 100), (102, 151)]
    assert set(range(1, 152)) - set(places(here)) == {101}


def test_progress_tells_how_far_and_when_it_will_be_done() -> None:
    here = without_documents(members=300)
    policy(here, slice_pages=1)
    run_id = started(here)
    assert shown(here, run_id).frozen_percent == 100
    change(here, run_id, "release")
    later(here, seconds=6)
    run = shown(here, run_id)
    assert (run.issued_pages, run.issued_invoices, run.invoices_a_minute) == (2, 200, 2000)
    assert run.expected_end == here.clock.now() + timedelta(seconds=3)
    later(here, minutes=1)
    assert shown(here, run_id).expected_end is None


def test_a_run_keeps_the_policy_it_was_started_with() -> None:
    here = without_documents(members=150)
    run_id = started(here)
    policy(here, slice_pages=1)
    change(here, run_id, "release")
    here.settle()
    assert len(shown(here, run_id).blocks) == 1
    told = runs_shown.show_policy(ShowPolicy(entity="MP"), here.runtime.world)
    assert (told.version, told.policy.slice_pages) == (1, 1)


def test_nobody_of_the_staff_releases_alone_what_is_above_the_limit() -> None:
    here = without_documents(members=3)
    policy(here, four_eyes_minor={"EUR": 3_569})
    given_ = StartRun(entity="MP", cut_off=SEPTEMBER)
    run_id = here.do(runs.start_run, given_, actor="staff:anna@marketplace.example")["id"]
    here.settle()
    with pytest.raises(Rejected, match="four_eyes") as refused:
        change(here, run_id, "release", "staff:anna@marketplace.example")
    assert refused.value.status == 403
    change(here, run_id, "release", "staff:bert@marketplace.example")
    assert shown(here, run_id).blocks[0].released_by == "staff:bert@marketplace.example"


def test_pages_of_a_run_know_their_place() -> None:
    here = without_documents(members=130)
    run_id = started(here, canary=10)
    pages = sorted((page for page in here.all(Page) if page.run_id == run_id), key=lambda page: page.number)
    assert [len(page.drafts) for page in pages] == [10, 100, 20]
    assert date(2026, 10, 1) == pages[0].issued_on
