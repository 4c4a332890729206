"""A billing run from its start to its last invoice, and everything that may come between."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from common.events.invoicing import InvoiceIssued, RunCompleted
from common.failures import Rejected
from common.parking import Parked
from functions.invoicing import main
from functions.invoicing.handlers import queries, runs, runs_shown
from functions.invoicing.model.bills import Bill
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.manifests import page_id
from functions.invoicing.model.runs import RUN, Run
from functions.invoicing.requests.invoices import ListInvoices
from functions.invoicing.requests.runs import ChangeRun, ListRuns, ShowPage, ShowRun, StartRun
from functions.invoicing.tasks import AdvanceRun, FreezePage, IssuePage
from tests.kit import Platform
from tests.unit.invoicing.given import (
    SEPTEMBER,
    bill_of,
    billed,
    buyer,
    changed,
    charge,
    message,
    release,
    start,
    without_documents,
)


def run_of(here: Platform, run_id: str) -> Run:
    found = here.read.find(Run, run_id)
    assert found is not None
    return found


def numbers(here: Platform) -> list[str]:
    return sorted(invoice.number for invoice in here.all(Invoice))


def test_a_run_previews_before_it_issues_anything() -> None:
    here = without_documents()
    here.tell(changed(buyer()), changed(buyer("jean", "FR")), changed(buyer("urs", "CH")))
    here.tell(charge("a", 10_000), charge("b", 10_000, "jean"), charge("c", 10_000, "urs"))
    shown = runs_shown.show_run(ShowRun(run_id=start(here).id), here.runtime.world)
    assert (shown.state, shown.invoices, shown.gross_minor) == ("frozen", 3, {"EUR": 33_900})
    assert [(total.country, total.scheme, total.vat_minor) for total in shown.totals] == [
        ("", "outside_scope", 0),
        ("DE", "domestic", 1_900),
        ("FR", "oss", 2_000),
    ]
    assert shown.allowed == ["release", "cancel"]
    assert not here.all(Invoice)


def test_a_run_of_many_pages_issues_every_number_of_its_block_once() -> None:
    here = without_documents(members=250)
    run_id = billed(here)
    assert numbers(here) == [f"MP-2026-{n:07d}" for n in range(1, 251)]
    run = run_of(here, run_id)
    assert (run.state, run.pages, run.invoices) == ("completed", 3, 250)
    assert not any(bill.open for bill in here.all(Bill))


def test_the_next_run_goes_on_where_the_last_one_ended() -> None:
    here = without_documents(members=3)
    billed(here)
    here.tell(charge("again", member="member-0001"))
    billed(here)
    assert numbers(here)[-1] == "MP-2026-0000004"


def test_a_completed_run_tells_what_it_issued() -> None:
    here = without_documents(members=2)
    run_id = billed(here)
    told = [event for event in here.events(RunCompleted) if isinstance(event, RunCompleted)]
    assert [(event.run_id, event.invoices, event.first_number, event.last_number) for event in told] == [
        (run_id, 2, "MP-2026-0000001", "MP-2026-0000002")
    ]
    assert told[0].totals_minor == {"EUR": 2 * 1_190}


def test_an_invoice_is_told_with_all_a_listener_needs() -> None:
    here = without_documents(members=1)
    run_id = billed(here)
    [told] = here.events(InvoiceIssued)
    assert isinstance(told, InvoiceIssued)
    assert (told.member_id, told.run_id, told.total_minor) == ("member-0000", run_id, 1_190)
    assert (told.issued_on, told.due_on) == (date(2026, 10, 1), date(2026, 10, 15))
    assert told.reference.startswith("RF")
    assert told.invoice_id == here.all(Invoice)[0].id


def test_charges_that_come_while_a_run_is_frozen_wait_for_the_next_one() -> None:
    here = without_documents(members=1)
    run_id = start(here).id
    here.tell(charge("late", member="member-0000"))
    release(here, run_id)
    [left] = here.all(Bill)
    assert [line.charge_id for line in left.lines] == ["late"]
    assert left.open


def test_lines_that_came_in_between_are_billed_by_the_next_run() -> None:
    here = without_documents(members=1)
    run_id = start(here).id
    here.tell(charge("late", 500, member="member-0000"))
    release(here, run_id)
    billed(here)
    assert sorted(invoice.net_minor for invoice in here.all(Invoice)) == [500, 1_000]


def test_what_a_run_leaves_out_is_shown_with_its_reason() -> None:
    here = without_documents(members=1)
    here.tell(charge("x", member="stranger"), charge("y", -5, member="member-0000", currency="SEK"))
    run_id = start(here).id
    shown = runs_shown.show_page(ShowPage(run_id=run_id, page=0), here.runtime.world)
    assert {(left.member_id, left.reason) for left in shown.skipped} == {
        ("stranger", "no_recipient"),
        ("member-0000", "carried_forward"),
    }
    assert shown.members == ["member-0000"]
    assert run_of(here, run_id).skipped == 2


def test_a_second_run_of_the_same_entity_is_refused_until_the_first_is_over() -> None:
    here = without_documents(members=1)
    run_id = start(here).id
    with pytest.raises(Rejected, match="run_in_progress") as refused:
        start(here)
    assert refused.value.status == 409
    release(here, run_id)
    assert start(here).id != run_id


def test_a_cancelled_run_leaves_the_bills_and_the_numbers_alone() -> None:
    here = without_documents(members=2)
    run_id = start(here).id
    here.do(runs.cancel_run, ChangeRun(run_id=run_id, reason="wrong day"))
    assert all(bill.open for bill in here.all(Bill))
    billed(here)
    assert numbers(here) == ["MP-2026-0000001", "MP-2026-0000002"]


@pytest.mark.parametrize("change", [runs.release_run, runs.cancel_run])
def test_a_run_is_released_or_cancelled_once(change: object) -> None:
    here = without_documents(members=1)
    run_id = billed(here)
    assert callable(change)
    with pytest.raises(Rejected, match="wrong_state"):
        here.do(change, ChangeRun(run_id=run_id, reason="again"))


def test_a_run_without_invoices_can_only_be_cancelled() -> None:
    here = without_documents()
    run_id = start(here).id
    with pytest.raises(Rejected, match="nothing_to_issue"):
        here.do(runs.release_run, ChangeRun(run_id=run_id, reason="go"))
    here.do(runs.cancel_run, ChangeRun(run_id=run_id, reason="nothing there"))
    assert run_of(here, run_id).state == "cancelled"


def test_a_run_can_not_bill_days_after_its_own_date() -> None:
    with pytest.raises(Rejected, match="cut_off_after_issue"):
        start(without_documents(), date(2026, 10, 2))


def test_today_is_the_day_of_the_legal_entity() -> None:
    here = Platform("invoicing", start=datetime(2026, 10, 1, 22, 30, tzinfo=UTC))
    assert start(here).issued_on == date(2026, 10, 2)


def test_an_unknown_run_is_not_found() -> None:
    here = without_documents()
    with pytest.raises(Rejected) as refused:
        here.do(runs.release_run, ChangeRun(run_id="run_0", reason="go"))
    assert refused.value.status == 404
    with pytest.raises(Rejected, match="not_found"):
        runs_shown.show_run(ShowRun(run_id="run_0"), here.runtime.world)


def test_a_page_frozen_again_by_another_message_has_no_effect() -> None:
    here = without_documents(members=150)
    run_id = here.do(runs.start_run, StartRun(entity="MP", cut_off=SEPTEMBER))["id"]
    first = FreezePage(run_id=run_id, page=0, cursor="")
    here.runtime.deliver(main.freeze_page, message("once", first))
    here.runtime.deliver(main.freeze_page, message("again", first))
    here.settle()
    run = run_of(here, run_id)
    assert (run.state, run.pages, run.invoices) == ("frozen", 2, 150)


def test_a_page_issued_again_by_another_message_has_no_effect() -> None:
    here = without_documents(members=2)
    run_id = billed(here)
    here.runtime.deliver(main.issue_page, message("again", IssuePage(page_id=page_id(run_id, 0), first=1)))
    assert not here.all(Parked)
    assert len(here.events(InvoiceIssued)) == len(here.all(Invoice)) == 2


def test_a_run_completes_once_however_often_it_is_looked_at() -> None:
    here = without_documents(members=1)
    run_id = billed(here)
    here.runtime.deliver(main.advance_run, message("again", AdvanceRun(run_id=run_id)))
    assert len(here.events(RunCompleted)) == 1
    assert not here.all(Parked)


def test_a_run_waits_for_its_last_page() -> None:
    here = without_documents(members=101)
    run_id = start(here).id
    here.do(runs.release_run, ChangeRun(run_id=run_id, reason="go"))
    here.settle()
    shown = runs_shown.show_run(ShowRun(run_id=run_id), here.runtime.world)
    assert (shown.state, shown.model_dump()["issued_pages"]) == ("issuing", 1)
    here.runtime.deliver(main.advance_run, message("early", AdvanceRun(run_id=run_id)))
    assert run_of(here, run_id).state == "issuing"
    here.advance_to(here.clock.now() + timedelta(seconds=30))
    assert run_of(here, run_id).state == "completed"


def test_a_run_that_does_not_add_up_is_parked_and_stays_open() -> None:
    here = without_documents(members=2)
    run_id = start(here).id
    here.do(tamper, run_id)
    release(here, run_id)
    assert run_of(here, run_id).state == "issuing"
    assert [parked.code for parked in here.all(Parked)] == ["run_does_not_add_up"]


def tamper(run_id: str, transaction: object) -> None:
    """Lets a run expect one cent more than it froze."""
    run = transaction.get(Run, run_id)  # type: ignore[attr-defined]
    more = run.totals[0].model_copy(update={"base_minor": run.totals[0].base_minor + 1})
    transaction.put(run.but(totals=(more,)))  # type: ignore[attr-defined]


def test_a_run_in_disorder_issues_each_invoice_once() -> None:
    here = without_documents(members=230)
    here.bus.disorder = True
    billed(here)
    assert numbers(here) == [f"MP-2026-{n:07d}" for n in range(1, 231)]
    assert len(here.events(InvoiceIssued)) == 230


def test_issuing_costs_two_writes_an_invoice_and_little_beside() -> None:
    here = without_documents(members=100)
    run_id = start(here).id
    before = dict(here.engine.counts.by_collection)
    page = IssuePage(page_id=page_id(run_id, 0), first=1)
    here.runtime.deliver(main.issue_page, message("page", page))
    after = here.engine.counts.by_collection
    spent = {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}
    assert spent.pop("invoices") == spent.pop("bills") == 100
    assert sum(spent.values()) <= 5


def test_a_run_of_wordy_bills_stays_below_every_limit_of_the_store() -> None:
    here = without_documents()
    names = [f"wordy-{n}" for n in range(4)]
    here.tell(*(changed(buyer(name)) for name in names))
    for name in names:
        here.tell(*(charge(f"{name}-{n}", member=name, rule="r" * 700) for n in range(600)))
    run = run_of(here, billed(here))
    assert (run.state, run.pages, run.invoices) == ("completed", 4, 4)


def test_runs_are_listed_by_entity() -> None:
    here = without_documents(members=1)
    run_id = billed(here)
    world = here.runtime.world
    assert [item.id for item in runs_shown.list_runs(ListRuns(entity="MP"), world).items] == [run_id]
    assert runs_shown.list_runs(ListRuns(entity="XX"), world).items == []


def test_runs_are_listed_the_latest_first_over_all_pages_although_their_ids_are_hashed() -> None:
    here = without_documents()
    world, started = here.runtime.world, list[str]()
    for day in range(7):
        here.advance_to(here.clock.now() + timedelta(days=1))
        run_id = start(here, SEPTEMBER - timedelta(days=day)).id
        here.do(runs.cancel_run, ChangeRun(run_id=run_id, reason="only a try"))
        started.insert(0, run_id)
    assert started != sorted(started, reverse=True)
    seen, token = [], ""
    for _ in range(3):
        answer = runs_shown.list_runs(ListRuns(limit=3, page_token=token), world)
        seen += [item.id for item in answer.items]
        token = answer.next_page_token
    assert (seen, token) == (started, "")


def test_invoices_are_found_by_number_member_and_run() -> None:
    here = without_documents(members=3)
    run_id = billed(here)
    world = here.runtime.world
    by_number = queries.list_invoices(ListInvoices(number="MP-2026-0000002"), world).items
    assert [item.number for item in by_number] == ["MP-2026-0000002"]
    assert [item.buyer_name for item in queries.list_invoices(ListInvoices(member_id="member-0001"), world).items] == [
        "Member-0001"
    ]
    assert len(queries.list_invoices(ListInvoices(run_id=run_id), world).items) == 3
    assert queries.list_invoices(ListInvoices(number="MP-2026-0000002", run_id="run_0"), world).items == []


def test_a_list_goes_on_with_its_token() -> None:
    here = without_documents(members=5)
    billed(here)
    seen, token = [], ""
    for _ in range(3):
        answer = queries.list_invoices(ListInvoices(limit=2, page_token=token), here.runtime.world)
        seen += [item.number for item in answer.items]
        token = answer.next_page_token
    assert sorted(seen) == numbers(here)
    assert token == ""


@pytest.mark.parametrize(
    "given",
    [
        {"entity": "mp", "cut_off": "2026-09-30"},
        {"entity": "MP"},
        {"entity": "MP", "cut_off": "soon"},
        {"entity": "MP", "cut_off": "2026-09-30", "force": True},
    ],
)
def test_a_request_for_a_run_that_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StartRun.model_validate(given)


def test_a_change_of_a_run_needs_a_reason() -> None:
    with pytest.raises(ValidationError):
        ChangeRun.model_validate({"run_id": "run_1", "reason": ""})


def test_an_unknown_entity_has_no_runs() -> None:
    with pytest.raises(Rejected, match="unknown_entity"):
        without_documents().do(runs.start_run, StartRun(entity="XX", cut_off=SEPTEMBER))


def test_every_state_of_a_run_can_be_reached_and_only_two_are_final() -> None:
    reached = {target for row in RUN.moves.values() for target in row.values()} | {"waiting"}
    assert reached == set(RUN.moves)
    assert {state for state, row in RUN.moves.items() if not row} == {"completed", "cancelled"}


def test_a_bill_that_lost_frozen_lines_is_parked_before_anything_is_issued() -> None:
    here = without_documents(members=1)
    run_id = start(here).id
    here.do(empty, bill_of("member-0000"))
    release(here, run_id)
    assert not here.all(Invoice)
    assert [parked.code for parked in here.all(Parked)] == ["bill_changed"]


def empty(bill_id: str, transaction: object) -> None:
    """Takes every line off a bill."""
    transaction.put(transaction.get(Bill, bill_id).but(lines=(), open=False))  # type: ignore[attr-defined]
