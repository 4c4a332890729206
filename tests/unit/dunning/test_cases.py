"""Cases: every level once, never while money is in flight, never after payment."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from common.dates import noon_utc
from common.documents import id_from
from common.events.dunning import CaseClosed, ReminderDue
from common.events.matching import ItemOverdue, OverdueItemChanged
from common.failures import Rejected
from common.parties import SELLERS
from emulators.bus import Stuck
from functions.dunning import handlers
from functions.dunning.ladder import LEVELS
from functions.dunning.model import CASES, Case, case_id_of
from functions.dunning.requests import ByCase, Close, Search
from tests.kit import Platform
from tests.unit.told import NUMBER, item_overdue, overdue_item_changed

START = datetime(2026, 10, 16, 12, tzinfo=UTC)
REMINDER, SECOND, FINAL = date(2026, 10, 19), date(2026, 10, 26), date(2026, 11, 5)
CASE = case_id_of(id_from("item", NUMBER))


@pytest.fixture
def platform() -> Platform:
    return Platform("dunning", start=START)


def until(platform: Platform, day: date) -> None:
    platform.advance_to(noon_utc(day))


def reminders(platform: Platform) -> list[ReminderDue]:
    found: Sequence[Any] = platform.events(ReminderDue)
    return sorted(found, key=lambda told: (told.pay_by, told.case_id))


def levels(platform: Platform) -> list[str]:
    return [told.level for told in reminders(platform)]


def case_of(platform: Platform, number: str = NUMBER) -> Case:
    case = platform.read.find(Case, case_id_of(id_from("item", number)))
    assert case is not None
    return case


def left(version: int, open_minor: int, number: str = NUMBER, **changes: Any) -> OverdueItemChanged:
    """What the item's commit of that version left open."""
    return overdue_item_changed(open_minor, number, item_version=version, **changes)


def collecting(version: int, open_minor: int = 11_900) -> OverdueItemChanged:
    """A provider was asked to collect."""
    return left(version, open_minor, in_flight=True)


def settled(version: int = 3, number: str = NUMBER, **changes: Any) -> OverdueItemChanged:
    """Nothing is open any more."""
    return left(version, 0, number, **changes)


def test_an_overdue_item_is_watched_before_anybody_is_reminded(platform: Platform) -> None:
    platform.tell(item_overdue())
    until(platform, REMINDER - timedelta(days=1))
    case = case_of(platform)
    assert (case.state, case.next_step, case.next_on) == ("watching", "reminder", REMINDER)
    assert (case.id, case.item_id) == (id_from("case", case.item_id), id_from("item", NUMBER))
    assert levels(platform) == []


def test_every_level_is_told_on_its_day(platform: Platform) -> None:
    platform.tell(item_overdue())
    for day, state in ((REMINDER, "reminder"), (SECOND, "second_reminder"), (FINAL, "final_notice")):
        until(platform, day - timedelta(days=1))
        assert case_of(platform).state != state
        until(platform, day)
        assert case_of(platform).state == state
    until(platform, FINAL + timedelta(days=100))
    assert levels(platform) == list(LEVELS)
    assert [told.pay_by for told in reminders(platform)] == [d + timedelta(days=7) for d in (REMINDER, SECOND, FINAL)]
    assert case_of(platform).next_step is None


def test_a_reminder_says_all_that_is_needed_to_send_it(platform: Platform) -> None:
    overdue = item_overdue()
    platform.tell(overdue)
    until(platform, REMINDER)
    (told,) = reminders(platform)
    shared = set(ReminderDue.model_fields) & set(ItemOverdue.model_fields)
    assert told.model_dump(include=shared) == overdue.model_dump(include=shared)
    assert (told.case_id, told.level, told.open_minor) == (CASE, "reminder", 11_900)


@pytest.mark.parametrize("seed", range(5))
def test_each_level_comes_once_under_redelivery_and_disorder(platform: Platform, seed: int) -> None:
    platform.bus.disorder = True
    platform.engine.random.seed(seed)
    numbers = [f"MP-2026-{n:07}" for n in range(1, 31)]
    platform.tell(*(item_overdue(number) for number in numbers))
    until(platform, FINAL + timedelta(days=30))
    told = [(reminder.invoice_number, reminder.level) for reminder in reminders(platform)]
    assert sorted(told) == sorted((number, level) for number in numbers for level in LEVELS)


def test_the_same_news_told_twice_opens_one_round(platform: Platform) -> None:
    platform.tell(item_overdue(), item_overdue())
    platform.tell(item_overdue())
    until(platform, FINAL)
    assert levels(platform) == list(LEVELS)


def test_a_redelivered_message_is_not_acted_on_again(platform: Platform) -> None:
    platform.tell(item_overdue())
    queued = [message for _, _, message in platform.engine.tasks]
    until(platform, REMINDER)
    platform.engine.publish(queued)
    platform.settle()
    assert levels(platform) == ["reminder"]


def test_what_is_in_flight_is_never_reminded_of(platform: Platform) -> None:
    platform.tell(item_overdue())
    platform.tell(collecting(3))
    until(platform, REMINDER + timedelta(days=40))
    assert levels(platform) == []
    assert case_of(platform).state == "watching"


def test_a_failed_collection_lets_the_ladder_go_on_with_its_distances(platform: Platform) -> None:
    platform.tell(item_overdue())
    platform.tell(collecting(3))
    until(platform, REMINDER + timedelta(days=10))
    platform.tell(left(4, 11_900))
    until(platform, REMINDER + timedelta(days=11))
    assert levels(platform) == ["reminder"]
    until(platform, REMINDER + timedelta(days=17))
    assert levels(platform) == ["reminder"]
    until(platform, REMINDER + timedelta(days=18))
    assert levels(platform) == ["reminder", "second_reminder"]


def test_the_end_of_an_old_collection_does_not_hide_a_later_one(platform: Platform) -> None:
    platform.tell(item_overdue())
    platform.tell(collecting(5))
    platform.tell(left(4, 11_900))
    assert case_of(platform).in_flight
    platform.tell(left(6, 11_900))
    platform.tell(collecting(5))
    assert not case_of(platform).in_flight


@pytest.mark.parametrize(("before", "reached"), [(REMINDER, ""), (SECOND, "reminder"), (FINAL, "second_reminder")])
def test_what_is_settled_before_a_step_is_not_reminded_of(platform: Platform, before: date, reached: str) -> None:
    platform.tell(item_overdue())
    until(platform, before - timedelta(days=1))
    seen = len(levels(platform))
    platform.tell(settled())
    until(platform, FINAL + timedelta(days=30))
    (told,) = platform.events(CaseClosed)
    assert (told.case_id, told.reached) == (CASE, reached)  # type: ignore[attr-defined]
    assert len(levels(platform)) == seen
    case = case_of(platform)
    assert (case.state, case.open_minor, case.next_step, case.closed_because) == ("closed", 0, None, "settled")


def test_a_case_is_closed_once(platform: Platform) -> None:
    platform.tell(item_overdue())
    platform.tell(settled(), settled())
    platform.tell(settled())
    assert len(platform.events(CaseClosed)) == 1
    assert case_of(platform).version == 2


def test_a_partial_payment_lowers_what_is_reminded_of_and_taking_it_back_raises_it(platform: Platform) -> None:
    platform.tell(item_overdue())
    platform.tell(left(3, 7_900))
    until(platform, REMINDER)
    platform.tell(left(4, 11_900))
    until(platform, SECOND)
    assert [told.open_minor for told in reminders(platform)] == [7_900, 11_900]


def test_older_news_writes_nothing(platform: Platform) -> None:
    platform.tell(item_overdue(item_version=4))
    platform.tell(left(3, 5_000))
    assert case_of(platform).version == 1


def test_an_item_that_is_open_again_is_dunned_only_once_it_is_told_as_overdue(platform: Platform) -> None:
    platform.tell(item_overdue())
    platform.tell(settled())
    platform.tell(left(4, 5_000))
    until(platform, FINAL)
    assert levels(platform) == []
    assert (case_of(platform).state, case_of(platform).open_minor) == ("closed", 5_000)


def test_a_reopened_case_starts_again_and_old_timers_do_nothing(platform: Platform) -> None:
    platform.tell(item_overdue())
    until(platform, REMINDER)
    platform.tell(collecting(3))
    platform.tell(settled(4))
    until(platform, SECOND - timedelta(days=2))
    platform.tell(left(5, 11_900), item_overdue(item_version=6))
    case = case_of(platform)
    assert (case.state, case.reached, case.in_flight, case.closed_because) == ("watching", "", False, "")
    until(platform, SECOND)
    assert levels(platform) == ["reminder"]
    until(platform, SECOND + timedelta(days=1))
    assert levels(platform) == ["reminder", "reminder"]
    until(platform, SECOND + timedelta(days=60))
    assert levels(platform) == ["reminder", *LEVELS]


def test_old_timers_of_an_untouched_first_step_do_nothing_after_reopening(platform: Platform) -> None:
    platform.tell(item_overdue())
    until(platform, REMINDER - timedelta(days=1))
    platform.tell(settled())
    platform.tell(item_overdue(item_version=5))
    until(platform, REMINDER)
    assert levels(platform) == []


def test_news_that_was_overtaken_changes_nothing(platform: Platform) -> None:
    platform.tell(item_overdue())
    platform.tell(item_overdue(item_version=5))
    assert len(platform.events(CaseClosed)) == 1
    platform.tell(settled(3))
    assert case_of(platform).state == "watching"
    platform.tell(settled(8, overdue_version=5))
    platform.tell(item_overdue(item_version=5), left(6, 4_000, overdue_version=5))
    assert (case_of(platform).state, case_of(platform).open_minor) == ("closed", 0)
    until(platform, FINAL)
    assert levels(platform) == []


def test_what_becomes_of_the_item_of_a_closed_case_is_remembered(platform: Platform) -> None:
    platform.tell(item_overdue())
    platform.do(handlers.close_by_hand, Close(case_id=CASE, reason="goodwill"))
    platform.tell(left(3, 4_000))
    platform.tell(settled(4))
    assert (case_of(platform).state, case_of(platform).open_minor) == ("closed", 0)
    assert case_of(platform).closed_because == "goodwill"
    assert len(platform.events(CaseClosed)) == 1


def test_a_slice_over_several_items_keeps_them_apart(platform: Platform) -> None:
    other = "MP-2026-0000002"
    platform.tell(item_overdue(), item_overdue(other), settled())
    platform.tell(left(4, 4_000), left(3, 7_000, other))
    assert (case_of(platform).state, case_of(platform, other).open_minor) == ("closed", 7_000)


def test_staff_close_a_case_out_of_goodwill(platform: Platform) -> None:
    platform.tell(item_overdue())
    until(platform, REMINDER)
    answer = platform.do(handlers.close_by_hand, Close(case_id=CASE, reason=" Long-standing member "))
    assert (answer["state"], answer["closed_because"]) == ("closed", "Long-standing member")
    assert (answer["allowed"], answer["next_step"], answer["open_minor"]) == ([], None, 11_900)
    with pytest.raises(Rejected) as refusal:
        platform.do(handlers.close_by_hand, Close(case_id=CASE, reason="Again"))
    assert (refusal.value.code, refusal.value.status) == ("wrong_state", 409)
    until(platform, FINAL)
    assert levels(platform) == ["reminder"]
    assert len(platform.events(CaseClosed)) == 1


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, None])
def test_closing_needs_a_reason(reason: str | None) -> None:
    with pytest.raises(ValidationError):
        Close.model_validate({"case_id": CASE, "reason": reason})


def test_a_case_is_shown_with_what_comes_next(platform: Platform) -> None:
    platform.tell(item_overdue())
    until(platform, REMINDER)
    shown = handlers.show_case(ByCase(case_id=CASE), platform.runtime.world)
    assert shown.next_step is not None
    assert (shown.next_step.level, shown.next_step.planned_on) == ("second_reminder", SECOND)
    assert (shown.state, shown.reached, shown.in_flight, shown.allowed) == ("reminder", "reminder", False, ["close"])


def test_an_unknown_case_is_not_found(platform: Platform) -> None:
    with pytest.raises(Rejected) as shown:
        handlers.show_case(ByCase(case_id="case_0"), platform.runtime.world)
    with pytest.raises(Rejected) as done:
        platform.do(handlers.close_by_hand, Close(case_id="case_0", reason="None"))
    assert (shown.value.status, done.value.status) == (404, 404)


def test_cases_are_found_by_member_and_state_page_by_page(platform: Platform) -> None:
    numbers = ["MP-2026-0000001", "MP-2026-0000002", "MP-2026-0000003"]
    platform.tell(*(item_overdue(n, member_id="mem_2" if n == numbers[2] else "mem_1") for n in numbers))
    platform.tell(settled(3, numbers[0]))
    world = platform.runtime.world
    assert len(handlers.search_cases(Search(member_id="mem_1"), world).items) == 2
    assert [c.invoice_number for c in handlers.search_cases(Search(state="closed"), world).items] == numbers[:1]
    both = handlers.search_cases(Search(member_id="mem_1", state="watching"), world)
    assert [c.invoice_number for c in both.items] == [numbers[1]]
    seen, token = [], ""
    while True:
        page = handlers.search_cases(Search(limit=2, page_token=token), world)
        seen += [case.invoice_number for case in page.items]
        token = page.next_page_token
        if not token:
            break
    assert sorted(seen) == numbers


@pytest.mark.parametrize("bad", [{"limit": 0}, {"limit": "many"}, {"state": "lost"}, {"unknown": "1"}])
def test_a_faulty_search_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Search.model_validate(bad)


def test_more_than_a_hundred_at_once_are_a_hundred() -> None:
    assert Search.model_validate({"limit": "5000"}).limit == 100


def test_every_state_can_close_and_only_a_closed_case_reopens() -> None:
    assert {state for state in CASES.moves if "close" in CASES.allows(state)} == set(CASES.moves) - {"closed"}
    assert [state for state in CASES.moves if "reopen" in CASES.allows(state)] == ["closed"]


def test_a_day_is_the_legal_entitys(platform: Platform) -> None:
    platform.advance_to(datetime(2026, 10, 20, 23, 30, tzinfo=UTC))
    platform.tell(item_overdue())
    assert SELLERS["MP"].time_zone == "Europe/Berlin"
    assert case_of(platform).next_on == date(2026, 10, 24)


def test_a_settlement_that_overtakes_its_overdue_item_waits_for_it(platform: Platform) -> None:
    platform.tell(settled(), item_overdue())
    assert case_of(platform).state == "closed"
    until(platform, FINAL)
    assert levels(platform) == []


def test_news_of_an_item_that_never_gets_overdue_comes_again_and_again(platform: Platform) -> None:
    with pytest.raises(Stuck, match="not been told as overdue"):
        platform.tell(settled())
    assert platform.all(Case) == []
