"""Until when money that came can still be taken back, by the rules of the way it came (`finality.json`)."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Literal

from common.dates import next_bank_day
from common.events.payments import WayBack
from common.values import Exact

Rail = Literal["card", "sepa_core", "sepa_b2b", "transfer", "proceeds"]
RAILS: Final[Mapping[str, Rail]] = {"card": "card", "direct_debit": "sepa_core"}
"""The rail of a method, unless the mandate says otherwise: providers collect by SEPA Core."""
MONTHS: Final = 12


class Way(Exact):
    """One way back, open for so many days, bank days (TARGET2) or calendar months."""

    can: Literal["returned", "refunded", "claimed", "disputed"]
    days: int = 0
    bank_days: int = 0
    months: int = 0

    def until(self, day: date) -> date:
        """The last day on which it is open for money of a day."""
        for _ in range(self.bank_days):
            day = next_bank_day(day + timedelta(days=1))
        return months_after(day, self.months) + timedelta(days=self.days)


class Rule(Exact):
    """What holds for one rail, and who says so."""

    why: str
    source: str
    ways: tuple[Way, ...]


class Finality(Exact):
    """When money is final, why not before, and each way back in the order they close."""

    final_on: date
    why: str
    source: str
    ways_back: tuple[WayBack, ...]


def finality(rail: Rail, on: date) -> Finality:
    """The finality of money that came on a day by a rail."""
    rule = _rules()[rail]
    ways = sorted((WayBack(can=way.can, until=way.until(on)) for way in rule.ways), key=lambda way: way.until)
    return Finality(
        final_on=max((way.until for way in ways), default=on),
        why=rule.why,
        source=rule.source,
        ways_back=tuple(ways),
    )


def months_after(day: date, months: int) -> date:
    """The same day some months later; the month's last where it has no such day."""
    place = day.year * MONTHS + day.month - 1 + months
    first = date(place // MONTHS, place % MONTHS + 1, 1)
    following = date((place + 1) // MONTHS, (place + 1) % MONTHS + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


@cache
def _rules() -> dict[str, Rule]:
    told = json.loads(Path(__file__).with_name("finality.json").read_text("utf-8"))
    return {rail: Rule.model_validate(rule) for rail, rule in told.items()}
