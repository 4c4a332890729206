"""Bank days, due dates and the entity's own calendar."""

from datetime import UTC, date, datetime

import pytest

from common.dates import day_in, due_on, is_bank_day, next_bank_day, noon_utc


@pytest.mark.parametrize(
    "closed",
    [
        (2026, 1, 1),
        (2026, 4, 3),
        (2026, 4, 6),
        (2026, 5, 1),
        (2026, 12, 25),
        (2026, 12, 26),
        (2027, 3, 26),
        (2027, 3, 29),
    ],
)
def test_target_is_closed_on_its_holidays(closed: tuple[int, int, int]) -> None:
    assert not is_bank_day(date(*closed))


def test_a_due_date_moves_to_the_next_bank_day() -> None:
    assert due_on(date(2026, 12, 11), 14) == date(2026, 12, 28)
    assert next_bank_day(date(2026, 12, 28)) == date(2026, 12, 28)


def test_midnight_belongs_to_the_entitys_day() -> None:
    assert day_in("Europe/Berlin", datetime(2026, 10, 31, 23, 30, tzinfo=UTC)) == date(2026, 11, 1)
    assert day_in("Europe/Berlin", datetime(2026, 10, 25, 22, 30, tzinfo=UTC)) == date(2026, 10, 25)


def test_noon_is_the_same_day_everywhere_in_europe() -> None:
    for zone in ("Europe/Lisbon", "Europe/Helsinki", "Atlantic/Azores"):
        assert day_in(zone, noon_utc(date(2026, 3, 29))) == date(2026, 3, 29)
