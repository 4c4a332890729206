"""What a run puts aside or leaves out: held by the guard, repaired and run again, carried forward."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from functions.invoicing.freezing import months_before
from functions.invoicing.guard import bill_out_of_line, groups_out_of_line
from functions.invoicing.handlers import runs_holds, runs_shown
from functions.invoicing.model.bills import Bill
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.manifests import Figure, Page
from functions.invoicing.model.run_policies import Limits
from functions.invoicing.model.runs import RunHistory
from functions.invoicing.requests.runs import DecideHold, ListLeft, ShowPage
from tests.kit import Platform
from tests.unit.invoicing.given import SEPTEMBER, billed, buyer, changed, charge, release, without_documents
from tests.unit.invoicing.test_runs_slices import change, later, policy, shown, started

LARGE = 20_000_000
OCTOBER = date(2026, 10, 31)


def decide(here: Platform, run_id: str, hold_id: str, verb: str = "release", actor: str = "machine:test") -> Any:
    handler = runs_holds.release_hold if verb == "release" else runs_holds.drop_hold
    return here.do(handler, DecideHold(run_id=run_id, hold_id=hold_id, reason="looked at it"), actor=actor)


def left(here: Platform, run_id: str) -> Any:
    return runs_shown.list_left(ListLeft(run_id=run_id), here.runtime.world)


def net(here: Platform) -> list[int]:
    return sorted(invoice.net_minor for invoice in here.all(Invoice))


def with_one_large() -> tuple[Platform, str, str]:
    """A frozen run over three members, one of whom owes 200,000.00 EUR."""
    here = without_documents(members=2)
    here.tell(changed(buyer("rich")), charge("big", LARGE, "rich"))
    run_id = started(here)
    [held] = left(here, run_id).held
    return here, run_id, held.id


def test_a_bill_above_the_limit_is_held_and_the_others_go_on() -> None:
    here, run_id, hold_id = with_one_large()
    [held] = left(here, run_id).held
    assert (held.member_id, held.reason, held.total_minor, held.limit_minor) == (
        "rich",
        "above_limit",
        23_800_000,
        10_000_000,
    )
    assert held.allowed == ["release", "drop"]
    run = shown(here, run_id)
    assert (run.state, run.invoices, run.held, run.gross_minor) == ("frozen", 2, 1, {"EUR": 2_380})
    release(here, run_id)
    assert net(here) == [1_000, 1_000]
    assert shown(here, run_id).allowed == ["rerun"]
    assert hold_id.startswith("00000.bill_")


def test_a_hold_that_is_released_in_time_is_billed_with_the_others() -> None:
    here, run_id, hold_id = with_one_large()
    answer = decide(here, run_id, hold_id, actor="staff:bert@marketplace.example")
    assert (answer["invoices"], answer["held"], answer["gross_minor"]) == (3, 0, {"EUR": 23_802_380})
    [held] = left(here, run_id).held
    assert (held.state, held.decision.by, held.decision.reason) == (
        "released",
        "staff:bert@marketplace.example",
        "looked at it",
    )
    release(here, run_id)
    assert shown(here, run_id).state == "completed"
    assert net(here) == [1_000, 1_000, LARGE]
    assert shown(here, run_id).allowed == []


def test_a_hold_that_is_dropped_stays_open_for_a_later_run() -> None:
    here, run_id, hold_id = with_one_large()
    decide(here, run_id, hold_id, "drop")
    assert [(one.member_id, one.reason) for one in left(here, run_id).skipped] == [("rich", "dropped")]
    release(here, run_id)
    assert (shown(here, run_id).state, shown(here, run_id).allowed) == ("completed", [])
    assert [bill.member_id for bill in here.all(Bill) if bill.open] == ["rich"]


def test_a_hold_is_decided_once_and_only_where_there_is_one() -> None:
    here, run_id, hold_id = with_one_large()
    decide(here, run_id, hold_id)
    with pytest.raises(Rejected, match="not_found"):
        decide(here, run_id, hold_id, "drop")
    for unknown in ("00009.bill_x", "country-FR-EUR", "00000.", "99999999999999999999.bill_1"):
        with pytest.raises(Rejected, match="not_found"):
            decide(here, run_id, unknown)


def test_who_started_a_run_does_not_let_pass_what_is_above_the_limit() -> None:
    here, run_id, hold_id = with_one_large()
    run = shown(here, run_id)
    assert run.policy.four_eyes_minor["other"] > LARGE
    policy(here, four_eyes_minor={"EUR": 1_000_000})
    change(here, run_id, "cancel")
    from functions.invoicing.handlers import runs
    from functions.invoicing.requests.runs import StartRun

    given_ = StartRun(entity="MP", cut_off=SEPTEMBER)
    run_id = here.do(runs.start_run, given_, actor="staff:anna@marketplace.example")["id"]
    here.settle()
    with pytest.raises(Rejected, match="four_eyes"):
        decide(here, run_id, hold_id, actor="staff:anna@marketplace.example")
    assert decide(here, run_id, hold_id, actor="staff:bert@marketplace.example")["held"] == 0


def test_a_hold_released_after_the_run_is_billed_by_its_follow_up_alone() -> None:
    here, run_id, hold_id = with_one_large()
    release(here, run_id)
    decide(here, run_id, hold_id)
    here.tell(charge("new", member="member-0000"))
    again = change(here, run_id, "rerun")
    here.settle()
    run = shown(here, again["id"])
    assert (run.follows, run.state, run.invoices, run.held) == (run_id, "frozen", 1, 0)
    assert shown(here, run_id).followed_by == run.id
    release(here, run.id)
    assert net(here) == [1_000, 1_000, LARGE]
    assert [bill.member_id for bill in here.all(Bill) if bill.open] == ["member-0000"]
    with pytest.raises(Rejected, match="already_followed"):
        change(here, run_id, "rerun")


def test_a_released_hold_lets_pass_what_was_looked_at_and_no_more() -> None:
    here, run_id, hold_id = with_one_large()
    release(here, run_id)
    decide(here, run_id, hold_id)
    here.tell(charge("more", LARGE, "rich"))
    again = change(here, run_id, "rerun")
    here.settle()
    assert (shown(here, again["id"]).invoices, shown(here, again["id"]).held) == (0, 1)


def test_a_bill_unlike_the_members_own_before_is_held() -> None:
    here = without_documents(members=2)
    for _ in range(3):
        billed(here)
        here.tell(charge(f"next-{here.clock.now()}", member="member-0000"))
    here.tell(charge("odd", 500_000, member="member-0000"))
    [held] = left(here, started(here)).held
    assert (held.member_id, held.reason, held.limit_minor) == ("member-0000", "unlike_before", 100_000)


def test_one_bad_member_is_parked_repaired_and_run_again_in_one_action() -> None:
    """FIELD.md, complaint 22."""
    here = without_documents(members=3)
    here.tell(charge("x", member="stranger"))
    run_id = billed(here)
    assert (shown(here, run_id).state, len(here.all(Invoice))) == ("completed", 3)
    assert [(one.member_id, one.reason) for one in left(here, run_id).skipped] == [("stranger", "no_recipient")]
    here.tell(changed(buyer("stranger")))
    again = change(here, run_id, "rerun")["id"]
    here.settle()
    release(here, again)
    assert (shown(here, again).state, len(here.all(Invoice))) == ("completed", 4)
    assert shown(here, again).allowed == []


def test_a_follow_up_finds_who_was_left_behind_on_every_page() -> None:
    here = without_documents(members=230)
    here.tell(*(charge(f"x-{n}", member=f"stranger-{n}") for n in range(40)))
    run_id = billed(here)
    assert shown(here, run_id).skipped == 40
    here.tell(*(changed(buyer(f"stranger-{n}")) for n in range(40)))
    again = change(here, run_id, "rerun")["id"]
    here.bus.disorder = True
    here.settle()
    assert (shown(here, again).state, shown(here, again).invoices) == ("frozen", 40)
    release(here, again)
    assert len(here.all(Invoice)) == 270
    token, seen = "", []
    while True:
        page = runs_shown.list_left(ListLeft(run_id=run_id, page_token=token), here.runtime.world)
        seen += page.skipped
        token = page.next_page_token
        if not token:
            break
    assert len(seen) == 40


def test_a_run_with_nothing_to_repair_is_not_run_again() -> None:
    here = without_documents(members=2)
    here.tell(charge("y", -5, member="member-0000", currency="SEK"))
    run_id = billed(here)
    assert (shown(here, run_id).skipped, shown(here, run_id).allowed) == (1, [])
    with pytest.raises(Rejected, match="nothing_left_behind"):
        change(here, run_id, "rerun")


def month(here: Platform, amount: int, name: str) -> str:
    """One charge of the same member, billed where nothing holds it."""
    here.tell(charge(f"{name}-1", amount, "anna"))
    run_id = started(here)
    if shown(here, run_id).state == "frozen":
        release(here, run_id)
    return run_id


def test_a_run_unlike_those_before_is_held_as_a_whole_until_a_person_looks() -> None:
    here = without_documents()
    here.tell(changed(buyer()))
    for n in range(3):
        month(here, 3_000_000, f"month-{n}")
    [history] = here.all(RunHistory)
    assert len(history.runs) == 3
    run_id = month(here, 6_000_000, "odd")
    run = shown(here, run_id)
    assert (run.state, run.compared_with, run.allowed) == ("held", 3, ["cancel"])
    assert {(hold.id, hold.usual_minor) for hold in run.holds} == {
        (name, 3_000_000) for name in ("all-EUR", "country-DE-EUR", "kind-listing-EUR", "segment-standard-EUR")
    }
    with pytest.raises(Rejected, match="wrong_state"):
        change(here, run_id, "release")
    with pytest.raises(Rejected, match="cancel the run"):
        decide(here, run_id, "all-EUR", "drop")
    for hold in run.holds:
        decide(here, run_id, hold.id, actor="staff:bert@marketplace.example")
    assert shown(here, run_id).state == "frozen"
    release(here, run_id)
    assert net(here) == [3_000_000] * 3 + [6_000_000]


def test_a_usual_run_is_not_held() -> None:
    here = without_documents()
    here.tell(changed(buyer()))
    for n, amount in enumerate((3_000_000, 3_300_000, 2_800_000, 3_900_000)):
        assert shown(here, month(here, amount, f"m{n}")).state == "completed"


FIGURE = Figure(by="country", key="DE", currency="EUR", count=1, net_minor=0)


@given(now=st.integers(-(10**9), 10**9), usual=st.integers(-(10**9), 10**9))
def test_a_group_is_held_exactly_beyond_both_limits(now: int, usual: int) -> None:
    figures = [FIGURE.model_copy(update={"net_minor": minor}) for minor in (now, usual)]
    held = groups_out_of_line(figures[:1], [figures[1:]], Limits())
    assert bool(held) == (abs(now - usual) > 1_000_000 and 2 * abs(now - usual) > abs(usual))


def test_a_group_that_is_gone_or_new_is_held_too() -> None:
    large = FIGURE.model_copy(update={"net_minor": 5_000_000})
    [gone] = groups_out_of_line([], [[large]], Limits())
    assert (gone.id, gone.figure.net_minor, gone.usual_minor) == ("country-DE-EUR", 0, 5_000_000)
    other = Figure(by="country", key="FR", currency="EUR", count=1, net_minor=5_000_000)
    assert [hold.id for hold in groups_out_of_line([large, other], [[large]], Limits())] == ["country-FR-EUR"]
    assert groups_out_of_line([large], [], Limits()) == ()


@pytest.mark.parametrize(
    ("total", "earlier", "reason"),
    [
        (10_000_000, (), None),
        (10_000_001, (), "above_limit"),
        (10_000_001, (9_000_000,), None),
        (18_000_001, (9_000_000,), "above_limit"),
        (100_000, (1,), None),
        (100_001, (1,), "unlike_before"),
        (100_001, (), None),
        (200_000, (20_000, 5), None),
        (200_001, (20_000, 5), "unlike_before"),
    ],
)
def test_a_bill_is_compared_with_the_largest_before(total: int, earlier: tuple[int, ...], reason: str | None) -> None:
    found = bill_out_of_line(total, "EUR", earlier, Limits())
    assert (found[0] if found else None) == reason
    assert found is None or found[1] < total


def test_what_is_below_the_minimum_is_carried_forward_and_billed_in_time() -> None:
    here = without_documents(members=2)
    here.tell(charge("large", 5_000, member="member-0001"))
    policy(here, minimum_minor={"EUR": 1_500}, longest_months=2)
    run_id = billed(here)
    [small] = left(here, run_id).skipped
    assert (small.member_id, small.reason, small.total_minor, small.limit_minor) == (
        "member-0000",
        "below_minimum",
        1_190,
        1_500,
    )
    assert (net(here), shown(here, run_id).allowed) == ([6_000], [])
    here.tell(charge("enough", 300, member="member-0000", occurred_on=date(2026, 9, 20)))
    billed(here)
    assert net(here) == [1_300, 6_000]


@pytest.mark.parametrize("closing", [True, False])
def test_what_is_small_is_billed_after_so_many_months_or_when_the_books_are_closed(*, closing: bool) -> None:
    here = without_documents(members=1)
    policy(here, minimum_minor={"EUR": 1_500}, longest_months=2)
    run_id = started(here)
    assert (shown(here, run_id).invoices, shown(here, run_id).allowed) == (0, ["cancel"])
    change(here, run_id, "cancel")
    if not closing:
        later(here, days=45)
    run_id = started(here, closing=closing)
    release(here, run_id)
    assert net(here) == [1_000]


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 24))
def test_months_before_a_day_are_so_many_and_the_day_is_never_later(day: date, months: int) -> None:
    found = months_before(day, months)
    assert (day.year - found.year) * 12 + day.month - found.month == months
    assert found.day <= day.day
    assert found.day == day.day or (found + timedelta(days=1)).day == 1


def test_totals_by_country_kind_and_segment_add_up_to_the_same_net() -> None:
    here = without_documents()
    here.tell(changed(buyer()), changed(buyer("jean", "FR")), changed(buyer("urs", "CH")))
    here.tell(charge("a", 10_000), charge("b", 7_000, "jean", kind="commission"), charge("c", 5_000, "urs"))
    here.tell(charge("d", 300, "urs", currency="CHF"))
    run_id = started(here)
    figures = shown(here, run_id).figures
    for currency, whole in (("EUR", 22_000), ("CHF", 300)):
        for by in ("all", "country", "kind", "segment"):
            found = [one for one in figures if (one.by, one.currency) == (by, currency)]
            assert sum(one.net_minor for one in found) == whole
    page = runs_shown.show_page(ShowPage(run_id=run_id, page=0), here.runtime.world)
    assert page.figures == figures
    assert {bill.currency for bill in here.all(Bill) if bill.member_id == "urs"} == {"EUR", "CHF"}
    assert len(here.all(Page)) == 1
