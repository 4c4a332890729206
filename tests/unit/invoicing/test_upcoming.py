"""What a member's next invoice would say, also when there is none yet."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from functions.invoicing.handlers import upcoming
from functions.invoicing.model.bills import Bill
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.upcoming import ShowUpcoming, UpcomingList
from tests.kit import Platform
from tests.unit.invoicing.given import billed, buyer, changed, charge, without_documents
from tests.unit.invoicing.test_runs_holds import net
from tests.unit.invoicing.test_runs_slices import policy


def shown(here: Platform, member: str = "member-0000", on: date | None = None) -> UpcomingList:
    return upcoming.show_upcoming(ShowUpcoming(member_id=member, on=on), here.runtime.world)


def test_a_preview_says_what_the_next_run_invoices_and_keeps_nothing() -> None:
    here = without_documents(members=1)
    here.tell(charge("more", 234, member="member-0000", kind="commission"))
    commits = len(here.engine.select("commits", {}, limit=1000))
    [one] = shown(here).items
    [document] = one.documents
    assert (one.state, one.reason, one.total_minor, document.net_minor) == ("due", "", 1_468, 1_234)
    assert sorted(line.charge_id for line in document.lines) == ["c-member-0000", "more"]
    assert len(here.engine.select("commits", {}, limit=1000)) == commits
    billed(here)
    assert net(here) == [1_234]
    assert shown(here).items == []


def test_what_is_carried_forward_is_shown_with_the_minimum_and_its_last_day() -> None:
    here = without_documents(members=1)
    policy(here, minimum_minor={"EUR": 1_500}, longest_months=2)
    [one] = shown(here).items
    assert (one.state, one.reason, one.total_minor, one.minimum_minor) == ("left_out", "below_minimum", 1_190, 1_500)
    assert one.invoiced_by == date(2026, 11, 15)
    assert one.documents == ()
    assert [two.state for two in shown(here, on=one.invoiced_by - timedelta(days=1)).items] == ["left_out"]
    assert [two.state for two in shown(here, on=one.invoiced_by).items] == ["due"]


@pytest.mark.parametrize(("member", "reason"), [("stranger", "no_recipient"), ("member-0000", "nothing_up_to_cut_off")])
def test_a_preview_says_why_nothing_would_be_invoiced(member: str, reason: str) -> None:
    here = without_documents(members=1)
    here.tell(charge("x", member="stranger"))
    [one] = shown(here, member, on=date(2026, 9, 1) if member != "stranger" else None).items
    assert (one.state, one.reason, one.documents) == ("left_out", reason, ())


def test_a_preview_tells_of_a_hold_and_of_each_currency() -> None:
    here = without_documents(members=1)
    here.tell(charge("big", 20_000_000, member="member-0000"), charge("c", 500, member="member-0000", currency="CHF"))
    assert [(one.currency, one.state, one.reason) for one in shown(here).items] == [
        ("CHF", "due", ""),
        ("EUR", "held", "above_limit"),
    ]
    assert {bill.currency for bill in here.all(Bill)} == {"CHF", "EUR"}
    assert shown(here, "nobody").items == []


def test_a_preview_of_one_legal_entity_leaves_the_others_out() -> None:
    here = without_documents(members=1)
    here.tell(charge("be", 500, member="member-0000", entity="MB"))
    asked = ShowUpcoming(member_id="member-0000", entity="MB")
    assert [one.entity for one in upcoming.show_upcoming(asked, here.runtime.world).items] == ["MB"]
    assert [one.entity for one in shown(here).items] == ["MB", "MP"]


def test_nobody_can_say_when_a_run_is_started_by_hand() -> None:
    assert shown(without_documents(members=1)).items[0].expected_on is None


@pytest.mark.parametrize(
    ("own", "grace", "billed_on"),
    [(1, 0, (11, 1)), (2, 0, (10, 2)), (1, 24, (10, 2)), (15, 24, (10, 16)), (28, 48, (10, 30))],
)
def test_the_expected_day_is_the_day_on_which_the_scheduled_run_bills(
    own: int, grace: int, billed_on: tuple[int, int]
) -> None:
    here = without_documents(members=1)
    here.tell(changed(buyer("member-0000"), revision=2).model_copy(update={"billing_day": own}))
    policy(here, scheduled=True, releases_itself=True, grace_hours=grace, canary=0)
    expected = shown(here).items[0].expected_on
    while not here.all(Invoice):
        assert shown(here).items[0].expected_on == expected
        here.advance_to(next_morning(here))
        here.bus.fire("invoicing-start-due-runs")
        here.advance_to(here.clock.now() + timedelta(hours=1))
    assert (expected, here.all(Invoice)[0].issued_on) == (date(2026, *billed_on),) * 2


def next_morning(here: Platform) -> datetime:
    return datetime.combine(here.clock.now().date() + timedelta(days=1), time(5, 20), UTC)
