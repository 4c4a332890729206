"""When runs begin: grace windows, billing days, schedules that were missed, several entities and currencies."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.base import Task
from common.events.members import MemberChanged
from common.failures import Rejected
from common.tools.areas import functions
from functions.invoicing.handlers import runs, runs_starting
from functions.invoicing.handlers.runs_starting import billing_days_of, due_days
from functions.invoicing.model.bills import Bill
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.runs import Run, RunSlot
from functions.invoicing.requests.runs import StartRun
from tests.kit import Platform
from tests.unit.invoicing.given import SEPTEMBER, bill_of, buyer, changed, charge, release, without_documents
from tests.unit.invoicing.test_runs_holds import left
from tests.unit.invoicing.test_runs_slices import change, later, policy, shown, started

TICK = "invoicing-start-due-runs"


def member(name: str, day: int, revision: int = 1) -> MemberChanged:
    return changed(buyer(name), revision).model_copy(update={"billing_day": day})


def billed_members(here: Platform) -> list[str]:
    return sorted(invoice.member_id for invoice in here.all(Invoice))


def morning(here: Platform, day: int, month: int = 10) -> None:
    """Six in the morning, when the schedule comes round."""
    here.advance_to(datetime(2026, month, day, 5, 20, tzinfo=UTC))
    here.bus.fire(TICK)
    here.settle()


def at(day: int, month: int = 10) -> Platform:
    made = Platform("invoicing", start=datetime(2026, month, day, 4, tzinfo=UTC))
    made.bus.functions = [function for function in made.bus.functions if "-render-" not in function.name]
    return made


def test_charges_that_come_within_the_grace_are_billed_and_later_ones_wait() -> None:
    here = without_documents(members=1)
    run_id = here.do(runs.start_run, StartRun(entity="MP", cut_off=SEPTEMBER, grace_hours=24))["id"]
    here.settle()
    run = shown(here, run_id)
    assert (run.state, run.allowed) == ("waiting", ["cancel"])
    assert run.freezes_at == run.expected_end == datetime(2026, 10, 1, 22, tzinfo=UTC)
    here.tell(charge("late", 500, member="member-0000"))
    here.tell(charge("next", 700, member="member-0000", occurred_on=date(2026, 10, 1)))
    here.advance_to(run.freezes_at)
    assert shown(here, run_id).state == "frozen"
    here.tell(charge("too-late", 900, member="member-0000"))
    release(here, run_id)
    assert [invoice.net_minor for invoice in here.all(Invoice)] == [1_500]
    assert [line.charge_id for line in here.all(Bill)[0].lines] == ["next", "too-late"]


def test_a_run_whose_grace_is_over_freezes_at_once_and_a_waiting_one_can_be_cancelled() -> None:
    here = without_documents(members=1)
    later(here, days=3)
    assert shown(here, started(here, grace_hours=24)).state == "frozen"
    with pytest.raises(Rejected, match="run_in_progress"):
        started(here)
    here = without_documents(members=1)
    run_id = started(here, grace_hours=48)
    change(here, run_id, "cancel")
    later(here, days=3)
    assert shown(here, run_id).state == "cancelled"
    assert shown(here, started(here)).state == "frozen"


def test_a_run_for_some_billing_days_takes_those_members_alone() -> None:
    here = without_documents()
    here.tell(*(member(f"m{day}", day) for day in (1, 5, 10, 15)))
    here.tell(*(charge(f"c{day}", member=f"m{day}") for day in (1, 5, 10, 15)), charge("x", member="stranger"))
    run_id = started(here, billing_days=(10, 5))
    release(here, run_id)
    assert billed_members(here) == ["m10", "m5"]
    assert [(one.member_id, one.reason) for one in left(here, run_id).skipped] == [("stranger", "no_recipient")]
    bill = here.read.find(Bill, bill_of("m15"))
    assert bill is not None
    assert (bill.billing_day, bill.open) == (15, True)
    release(here, started(here, billing_days=(15,)))
    assert billed_members(here) == ["m10", "m15", "m5"]


def test_runs_for_all_days_of_a_month_bill_everybody_once_over_many_pages() -> None:
    here = without_documents()
    here.tell(*(member(f"m{n:03d}", 1 + n % 28) for n in range(240)))
    for start in range(0, 240, 80):
        here.tell(*(charge(f"c{n}", member=f"m{n:03d}") for n in range(start, start + 80)))
    for first in (1, 8, 15, 22):
        run_id = started(here, billing_days=tuple(range(first, first + 7)))
        if shown(here, run_id).invoices:
            release(here, run_id)
    assert len(here.all(Invoice)) == 240
    assert len({invoice.member_id for invoice in here.all(Invoice)}) == 240


def test_a_change_of_the_billing_day_counts_at_once() -> None:
    here = without_documents()
    here.tell(member("m1", 20))
    here.tell(charge("c1", member="m1"))
    change(here, started(here, billing_days=(5,)), "cancel")
    here.tell(member("m1", 10, revision=2))
    release(here, started(here, billing_days=(10,)))
    assert billed_members(here) == ["m1"]


def scheduled(day: int, month: int = 10, **more: Any) -> Platform:
    here = at(day, month)
    policy(here, **({"scheduled": True, "releases_itself": True, "canary": 0, "grace_hours": 0} | more))
    here.tell(*(member(f"m{n}", n) for n in (5, 6, 7, 28)))
    here.tell(*(charge(f"c{n}", member=f"m{n}") for n in (5, 6, 7, 28)))
    return here


def test_members_are_billed_on_their_day_by_themselves() -> None:
    here = scheduled(4)
    for day in range(4, 9):
        morning(here, day)
    later(here, minutes=1)
    issued = {invoice.member_id: invoice.issued_on.day for invoice in here.all(Invoice)}
    assert issued == {"m5": 5, "m6": 6, "m7": 7}
    assert {run.state for run in here.all(Run)} == {"completed", "cancelled"}
    assert {run.trouble for run in here.all(Run) if run.state == "cancelled"} == {"nothing_to_issue"}


def test_a_missed_day_is_billed_with_the_next_one_exactly_once() -> None:
    """FIELD.md, complaint 2: skip the scheduler for some days, and nothing is lost."""
    here = scheduled(4)
    for day in (4, 8, 8, 9):
        morning(here, day)
    later(here, minutes=1)
    assert billed_members(here) == ["m5", "m6", "m7"]
    [run] = [run for run in here.all(Run) if run.invoices]
    assert (run.days, run.cut_off) == ((5, 6, 7, 8), date(2026, 10, 7))


def test_while_a_run_is_under_way_the_days_wait_for_the_next_tick() -> None:
    here = scheduled(4, releases_itself=False)
    morning(here, 5)
    [run] = here.all(Run)
    morning(here, 6)
    morning(here, 7)
    assert len(here.all(Run)) == 1
    release(here, run.id)
    morning(here, 8)
    [second] = [one for one in here.all(Run) if one.id != run.id]
    assert (second.days, second.invoices) == ((6, 7, 8), 2)


def test_a_scheduled_run_waits_for_its_grace_without_keeping_others_out() -> None:
    here = scheduled(5, grace_hours=48)
    morning(here, 5)
    morning(here, 6)
    assert billed_members(here) == []
    morning(here, 7)
    later(here, minutes=1)
    assert billed_members(here) == ["m5"]
    assert [invoice.issued_on for invoice in here.all(Invoice)] == [date(2026, 10, 7)]


def test_a_scheduled_run_has_its_canary_and_goes_on_by_itself() -> None:
    here = scheduled(5, canary=1, canary_minutes=30)
    here.bus.functions = functions("invoicing")
    here.tell(member("x5", 5), member("y5", 5))
    here.tell(charge("cx", member="x5"), charge("cy", member="y5"))
    morning(here, 5)
    later(here, minutes=10)
    assert len(here.all(Invoice)) == 1
    later(here, minutes=30)
    assert len(here.all(Invoice)) == 3


def test_an_entity_without_a_schedule_is_left_alone() -> None:
    here = at(4)
    here.tell(member("m5", 5), charge("c5", member="m5"))
    for day in (4, 5, 6):
        morning(here, day)
    assert here.all(Run) == here.all(RunSlot) == []


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_whichever_ticks_are_missed_every_day_of_a_month_is_due_once(first: date, steps: list[int]) -> None:
    until, seen, now = None, list[date](), first
    for step in steps:
        days = due_days(until, now)
        seen += days
        until, now = (days[-1] if days else until), now + timedelta(days=min(step, 31))
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
    assert (seen[-1] - seen[0]).days == len(seen) - 1


@given(st.integers(2020, 2040), st.integers(1, 12))
def test_every_billing_day_falls_on_one_day_of_each_month(year: int, month: int) -> None:
    days = [date(year, month, 1) + timedelta(days=n) for n in range(31)]
    found = [number for day in days if day.month == month for number in billing_days_of(day)]
    assert sorted(found) == list(range(1, 32))


def test_several_currencies_of_a_member_are_several_invoices() -> None:
    here = without_documents()
    here.tell(changed(buyer()))
    here.tell(charge("a", 1_000), charge("b", 2_000, currency="CHF"), charge("c", -500, currency="SEK"))
    run_id = started(here)
    release(here, run_id)
    assert sorted((one.currency, one.net_minor) for one in here.all(Invoice)) == [("CHF", 2_000), ("EUR", 1_000)]
    assert shown(here, run_id).gross_minor == {"CHF": 2_380, "EUR": 1_190}


def test_runs_of_several_entities_go_on_at_the_same_time_each_with_its_own_numbers() -> None:
    here = without_documents()
    here.tell(changed(buyer()), changed(buyer("jean", "BE")))
    for entity in ("MP", "MB"):
        here.tell(*(charge(f"{entity}-{who}", member=who, entity=entity) for who in ("anna", "jean")))
    ids = [
        here.do(runs.start_run, StartRun(entity=entity, cut_off=SEPTEMBER, canary=1))["id"] for entity in ("MP", "MB")
    ]
    here.settle()
    for run_id in ids:
        change(here, run_id, "release")
    later(here, seconds=6)
    for run_id in ids:
        assert (shown(here, run_id).state, shown(here, run_id).numbered) == ("canary", 1)
        change(here, run_id, "continue")
    later(here, minutes=1)
    assert {shown(here, run_id).state for run_id in ids} == {"completed"}
    assert sorted(invoice.number for invoice in here.all(Invoice)) == [
        "MB-2026-0000001",
        "MB-2026-0000002",
        "MP-2026-0000001",
        "MP-2026-0000002",
    ]


def test_a_tick_is_a_fact_that_needs_nothing() -> None:
    here = scheduled(5)
    here.do(runs_starting.start_due_runs, Task())
    here.settle()
    assert len(here.all(Run)) == 1
