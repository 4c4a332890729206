"""Statements follow each other: what is missing is shown until it comes, and money never waits for it."""

from itertools import permutations

import pytest

from common.failures import Rejected
from functions.payments.handlers import statements_shown
from functions.payments.model.statements import BankEntry
from functions.payments.requests.statements import AccountAnswer, SearchAccounts
from tests.kit import Platform
from tests.unit.payments.bank.paper import entry, file, statement, upload

MONDAY, TUESDAY, WEDNESDAY = "2026-10-19", "2026-10-20", "2026-10-21"


def day(on: str, opening: int, moved: int, sequence: int | None = None, since: str = "", number: str = "") -> bytes:
    """A day on which one payment came."""
    entries = [entry(moved, f"R-{on}-{sequence}-{number}", day=on)] if moved else []
    name = number or f"S-{on}-{sequence}"
    return file(statement(entries, opening, opening + moved, number=name, day=on, since=since, sequence=sequence))


def account(platform: Platform) -> AccountAnswer:
    [found] = statements_shown.search_accounts(SearchAccounts(), platform.runtime.world).items
    return found


def after(*files: bytes) -> AccountAnswer:
    platform = Platform("payments")
    for content in files:
        upload(platform, content)
    return account(platform)


def test_a_missing_day_is_a_gap_that_closes_when_it_comes() -> None:
    platform = Platform("payments")
    upload(platform, day(MONDAY, 0, 100, 7))
    told = upload(platform, day(WEDNESDAY, 150, 30, 9))
    assert not told.complete
    [gap] = account(platform).gaps
    assert (gap.reason, str(gap.after), str(gap.before)) == ("missing", MONDAY, WEDNESDAY)
    assert (gap.closing_minor, gap.opening_minor, gap.first_missing, gap.last_missing) == (100, 150, 8, 8)
    assert len(platform.all(BankEntry)) == 2
    assert upload(platform, day(TUESDAY, 100, 50, 8)).complete
    assert (account(platform).state, account(platform).closing_minor) == ("complete", 180)


def test_statements_are_complete_in_whatever_order_they_come() -> None:
    files = [day(MONDAY, 0, 100, 7), day(TUESDAY, 100, 50, 8), day(WEDNESDAY, 150, 30, 9)]
    for order in permutations(files):
        found = after(*order)
        assert (found.state, found.statements, found.closing_minor) == ("complete", 3, 180)


def test_days_without_movement_need_no_statement() -> None:
    assert after(day(MONDAY, 0, 100), day(WEDNESDAY, 100, 30)).state == "complete"


def test_a_number_that_is_left_out_is_a_gap_even_where_the_balance_goes_on() -> None:
    [gap] = after(day(MONDAY, 0, 100, 7), day(WEDNESDAY, 100, 30, 9)).gaps
    assert (gap.reason, gap.first_missing, gap.last_missing) == ("numbers", 8, 8)


def test_numbers_that_are_days_leave_out_weekends() -> None:
    """ABN AMRO numbers by the day of the year."""
    assert after(day("2026-10-16", 0, 100, 26289), day(MONDAY, 100, 30, 26292)).state == "complete"


def test_numbers_begin_again_with_the_year() -> None:
    assert after(day("2026-12-31", 0, 100, 250), day("2027-01-04", 100, 30, 1)).state == "complete"


def test_numbers_that_go_on_with_another_balance_are_a_contradiction() -> None:
    [gap] = after(day(MONDAY, 0, 100, 7), day(TUESDAY, 120, 30, 8)).gaps
    assert (gap.reason, gap.closing_minor, gap.opening_minor) == ("contradiction", 100, 120)


def test_a_week_over_its_days_is_no_gap_in_any_order() -> None:
    entries = [entry(minor, f"R-{on}-None-", day=on) for on, minor in ((MONDAY, 100), (TUESDAY, 50), (WEDNESDAY, 30))]
    week = file(statement(entries, 0, 180, number="WEEK", since=MONDAY, day=WEDNESDAY))
    files = [day(MONDAY, 0, 100), day(TUESDAY, 100, 50), day(WEDNESDAY, 150, 30), week]
    for order in permutations(files):
        platform = Platform("payments")
        for content in order:
            upload(platform, content)
        assert account(platform).state == "complete"
        assert len(platform.all(BankEntry)) == 3


def test_statements_that_overlap_by_days_go_on() -> None:
    one = [entry(100, "A", day=MONDAY), entry(50, "B", day=TUESDAY)]
    two = [entry(50, "B", day=TUESDAY), entry(30, "C", day=WEDNESDAY)]
    first = file(statement(one, 0, 150, number="W1", since=MONDAY, day=TUESDAY))
    second = file(statement(two, 100, 180, number="W2", since=TUESDAY, day=WEDNESDAY))
    for order in ((first, second), (second, first)):
        found = after(*order)
        assert (found.state, found.closing_minor) == ("complete", 180)


def test_a_statement_that_contradicts_itself_is_refused_whole() -> None:
    platform = Platform("payments")
    bad = statement([entry(100, "A")], 0, 999, number="S2")
    with pytest.raises(Rejected, match=r"unbalanced: line 4, statement S2: opening balance 0 and 1 entries of 100"):
        upload(platform, file(statement([entry(100, "B")], 0, 100), bad))
    assert platform.all(BankEntry) == []


def test_accounts_with_gaps_are_listed() -> None:
    platform = Platform("payments")
    upload(platform, day(MONDAY, 0, 100))
    world = platform.runtime.world
    assert statements_shown.search_accounts(SearchAccounts(with_gaps="true"), world).items == []
    upload(platform, day(WEDNESDAY, 150, 100))
    assert len(statements_shown.search_accounts(SearchAccounts(with_gaps="true"), world).items) == 1


def test_a_number_used_again_another_year_is_another_statement() -> None:
    platform = Platform("payments")
    for year in (2026, 2027):
        told = upload(platform, day(f"{year}-01-05", 0, 0, number="00001"))
        assert told.statements[0].outcome == "taken"
