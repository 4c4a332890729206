"""Which revenue of an invoice belongs to later months, to the cent; and what a credit note takes back of it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from common.events.invoicing import InvoiceIssued, Line, VatTotal
from common.money import split
from functions.accounting.posting.charts import Chart
from functions.accounting.posting.entries import Part

LONGEST: Final = 3_660
"""Days of service that are spread over their months; what is said to last longer is a mistake, and not spread."""


def month_of(day: date) -> str:
    """`2026-11`"""
    return f"{day.year:04}-{day.month:02}"


def month_after(month: str) -> str:
    """The next month."""
    return month_of(date.fromisoformat(f"{month}-01") + timedelta(days=31))


def days_by_month(first: date, last: date) -> dict[str, int]:
    """How many of the days lie in each month, both ends included."""
    found: dict[str, int] = {}
    while first <= last:
        end = date.fromisoformat(f"{month_after(month_of(first))}-01") - timedelta(days=1)
        found[month_of(first)] = (min(end, last) - first).days + 1
        first = end + timedelta(days=1)
    return found


def deferred(event: InvoiceIssued, chart: Chart) -> tuple[Part, ...]:
    """The parts of its lines' net amounts that are for days of later months: by days, largest remainder."""
    if not chart.defers:
        return ()
    lasting = [line for line in event.lines if line.service_to is not None]
    return tuple(part for line in lasting for part in _parts(line, event))


def _parts(line: Line, event: InvoiceIssued) -> Iterator[Part]:
    first, last = line.served
    now = month_of(event.issued_on)
    total = _total_of(line, event.vat)
    if month_of(last) <= now or total is None or not 0 <= (last - first).days < LONGEST:
        return
    days = days_by_month(first, last)
    for month, minor in zip(days, split(line.amount_minor, list(days.values())), strict=True):
        if month > now and minor:
            yield Part(
                charge_id=line.charge_id,
                month=month,
                scheme=total.scheme,
                country=total.country,
                amount_minor=minor,
            )


def _total_of(line: Line, totals: Sequence[VatTotal]) -> VatTotal | None:
    same = [one for one in totals if (one.category, one.rate_basis_points) == (line.category, line.rate_basis_points)]
    return same[0] if same else None


def taken_back(lines: Sequence[Line], unreleased: Sequence[Part]) -> tuple[Part, ...]:
    """What a credit note's lines take of the parts that are not released yet: the latest months first."""
    left = {place: part.amount_minor for place, part in enumerate(unreleased)}
    latest = sorted(left, key=lambda place: unreleased[place].month, reverse=True)
    found: list[Part] = []
    for line in lines:
        wanted = line.amount_minor
        for place in latest:
            if unreleased[place].charge_id == line.charge_id:
                minor = _least(wanted, left[place])
                wanted, left[place] = wanted - minor, left[place] - minor
                found += [unreleased[place].model_copy(update={"amount_minor": minor})] if minor else []
    return tuple(found)


def _least(wanted: int, there: int) -> int:
    """So much of what is wanted as is there, of the same sign."""
    if wanted * there <= 0:
        return 0
    return wanted if abs(wanted) <= abs(there) else there
