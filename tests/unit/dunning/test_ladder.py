"""The ladder: three levels, each on its day, the closest procedure first."""

from datetime import date

from functions.dunning.ladder import LEVELS, Procedure, first_day, next_day, next_level, pay_by, procedure_for

DUE = date(2026, 10, 15)
USUAL = procedure_for()


def made(days_to_pay: int) -> Procedure:
    return USUAL.model_copy(update={"days_to_pay": days_to_pay})


def test_the_first_level_comes_three_days_after_the_item_is_overdue() -> None:
    assert first_day(USUAL, DUE, date(2026, 10, 16)) == date(2026, 10, 19)


def test_late_news_counts_from_today_so_that_levels_do_not_come_at_once() -> None:
    assert first_day(USUAL, DUE, date(2026, 12, 1)) == date(2026, 12, 4)


def test_the_levels_come_ten_and_twenty_days_after_the_item_is_overdue() -> None:
    assert next_day(USUAL, "reminder", date(2026, 10, 19)) == date(2026, 10, 26)
    assert next_day(USUAL, "second_reminder", date(2026, 10, 26)) == date(2026, 11, 5)


def test_nothing_follows_the_final_notice() -> None:
    assert [next_level(taken) for taken in ("", *LEVELS)] == [*LEVELS, None]
    assert next_day(USUAL, "final_notice", DUE) is None


def test_one_has_seven_days_to_pay() -> None:
    assert pay_by(USUAL, date(2026, 10, 19)) == date(2026, 10, 26)


def test_the_closest_procedure_is_used() -> None:
    table = {("DE", "business"): made(1), ("DE", ""): made(2), ("", "business"): made(3), ("", ""): made(4)}
    asked = [("DE", "business"), ("DE", "private"), ("AT", "business"), ("AT", "private")]
    assert [procedure_for(*case, table).days_to_pay for case in asked] == [1, 2, 3, 4]
    assert procedure_for("AT", "private") == USUAL
