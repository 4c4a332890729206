"""Days as the business counts them: bank days, due dates and the legal entity's own calendar."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def day_in(zone: str, moment: datetime) -> date:
    """The calendar day of an instant (aware) in a legal entity's time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def noon_utc(day: date) -> datetime:
    """An instant that lies within `day` everywhere in Europe; timers of a day fire then."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@lru_cache(maxsize=64)
def _easter(year: int) -> date:
    """Easter Sunday (Gregorian computus, Meeus/Jones/Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    h = (19 * a + b - d - (b - f + 1) // 3 + 15) % 30
    week = (32 + 2 * e + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * week) // 451
    month, day = divmod(h + week - 7 * m + 114, 31)
    return date(year, month, day + 1)


def is_bank_day(day: date) -> bool:
    """Whether TARGET2 settles on this day (closed: weekends, 1 Jan, Good Friday, Easter Monday, 1 May, 25/26 Dec)."""
    easter = _easter(day.year)
    return (
        day.weekday() < 5  # noqa: PLR2004 - Monday to Friday
        and (day.month, day.day) not in {(1, 1), (5, 1), (12, 25), (12, 26)}
        and day not in {easter - timedelta(days=2), easter + timedelta(days=1)}
    )


def next_bank_day(day: date) -> date:
    """The day itself where banks work on it, else the next one they do."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def due_on(issued_on: date, terms_days: int) -> date:
    """When an invoice is due: so many days after its issue, moved to a bank day."""
    return next_bank_day(issued_on + timedelta(days=terms_days))
