"""Standard rates of VAT, dated: the day of the service chooses, never today."""

import json
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from common.failures import Rejected


@dataclass(frozen=True, slots=True)
class Rate:
    """A standard rate and the days it holds."""

    basis_points: int
    valid_from: date
    valid_until: date | None
    """Its last day; None while no change is known."""


def rate_on(place: str, day: date) -> Rate:
    """The standard rate of a country (ISO 3166) or region (ISO 3166-2) on a day.

    Rejected `no_vat_rate` where the table does not know the place or does not reach back so far.
    """
    known = rates().get(place, ())
    index = bisect_right(known, day, key=lambda rate: rate.valid_from)
    if not index:
        raise Rejected("no_vat_rate", f"no standard rate of {place} is known for {day}")
    return known[index - 1]


@cache
def rates() -> dict[str, tuple[Rate, ...]]:
    """Every known standard rate of each country and region, the oldest first."""
    return {place: tuple(_dated(history)) for place, history in _data()["standard_basis_points"].items()}


def source() -> str:
    """Where the rates are from."""
    return str(_data()["source"])


def _dated(history: dict[str, int]) -> list[Rate]:
    changes = sorted((date.fromisoformat(day), points) for day, points in history.items())
    ends = [day - timedelta(days=1) for day, _ in changes[1:]]
    return [Rate(points, day, end) for (day, points), end in zip(changes, [*ends, None], strict=True)]


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("rates.json").read_text("utf-8"))
    return data
