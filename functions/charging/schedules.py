"""Fee schedules: what a sale or a listing costs a member, and the sentence that explains it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from common.failures import Rejected
from common.money import EXPONENTS, LARGEST, Currency, Money, share

DATA: Final = Path(__file__).with_name("fee_schedules.json")
ANY: Final = ""
"""A rule that leaves a field empty is for every value of it."""

Fee = Annotated[StrictInt, Field(ge=0, le=LARGEST)]


class Case(BaseModel):
    """What a fee depends on."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    entity: str
    currency: Currency
    kind: str
    category: str
    country: str
    segment: str
    basis_minor: int
    """The price the fee is taken from."""
    on: date


class Rated(BaseModel):
    """A fee, net in minor units, and how it came about."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    amount_minor: int
    rule: str


class FeeRule(BaseModel):
    """A flat fee, or a share of the price with a minimum and a cap; for all cases its filled fields name."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: str
    category: str = ANY
    country: str = ANY
    segment: str = ANY
    flat_minor: Fee | None = None
    basis_points: Annotated[StrictInt, Field(ge=0, le=10_000)] | None = None
    minimum_minor: Fee = 0
    cap_minor: Fee = LARGEST

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.flat_minor is None) == (self.basis_points is None):
            raise ValueError("a rule is flat or a percentage")
        if self.minimum_minor > self.cap_minor:
            raise ValueError("the minimum is above the cap")
        return self

    @property
    def scope(self) -> tuple[str, str, str, str]:
        """What it is for: kind, category, segment, country."""
        return (self.kind, self.category, self.segment, self.country)

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """How specific it is: category counts before segment, segment before country."""
        return (self.category != ANY, self.segment != ANY, self.country != ANY)

    def covers(self, case: Case) -> bool:
        """Whether it is for this case."""
        wanted = (case.kind, case.category, case.segment, case.country)
        return all(mine in {ANY, theirs} for mine, theirs in zip(self.scope, wanted, strict=True))


class Schedule(BaseModel):
    """One version of an entity's fees in a currency, from a day on until a later version begins."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    version: int
    entity: str
    currency: Currency
    valid_from: date
    rules: tuple[FeeRule, ...]

    @model_validator(mode="after")
    def _says_each_once(self) -> Self:
        twice = [scope for scope, times in Counter(rule.scope for rule in self.rules).items() if times > 1]
        if twice:
            raise ValueError(f"two rules for {twice[0]}")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)

    schedules: tuple[Schedule, ...]


@lru_cache(maxsize=1)
def schedules() -> tuple[Schedule, ...]:
    """Every fee schedule there is."""
    return _File.model_validate_json(DATA.read_bytes()).schedules


def rate(case: Case, among: Sequence[Schedule] | None = None) -> Rated:
    """The fee of a case by the schedule of its day; the most specific rule wins.

    Rejected `no_fee_schedule` where the day, entity or currency has none, `no_fee_rule` where it has no rule for it.
    """
    schedule = _schedule(case, schedules() if among is None else among)
    rule = _rule(case, schedule)
    amount, sum_ = _flat(rule, case) if rule.flat_minor is not None else _percentage(rule, case)
    where = f"category {rule.category or 'any'}, segment {rule.segment or 'any'}, country {rule.country or 'any'}"
    title = f"{schedule.name} version {schedule.version}, valid from {schedule.valid_from}"
    return Rated(amount_minor=amount, rule=f"{title}; {case.kind} ({where}): {sum_}")


def _schedule(case: Case, among: Sequence[Schedule]) -> Schedule:
    fitting = [
        schedule
        for schedule in among
        if (schedule.entity, schedule.currency) == (case.entity, case.currency) and schedule.valid_from <= case.on
    ]
    if not fitting:
        raise Rejected("no_fee_schedule", f"{case.entity} has no fees in {case.currency} on {case.on}")
    return max(fitting, key=lambda schedule: (schedule.valid_from, schedule.version))


def _rule(case: Case, schedule: Schedule) -> FeeRule:
    fitting = [rule for rule in schedule.rules if rule.covers(case)]
    if not fitting:
        what = f"{case.kind}, category {case.category or 'none'}, segment {case.segment}, country {case.country}"
        raise Rejected("no_fee_rule", f"{schedule.name} version {schedule.version} has no fee for {what}")
    return max(fitting, key=lambda rule: rule.rank)


def _flat(rule: FeeRule, case: Case) -> tuple[int, str]:
    amount = rule.flat_minor or 0
    return amount, f"flat {_money(amount, case)}"


def _percentage(rule: FeeRule, case: Case) -> tuple[int, str]:
    points = rule.basis_points or 0
    part = share(case.basis_minor, points)
    amount = min(max(part, rule.minimum_minor), rule.cap_minor)
    exact = _plain(case.basis_minor * points, 4 + EXPONENTS[case.currency])
    text = f"{_plain(points, 2)} % of {_money(case.basis_minor, case)} = {exact}"
    text += f", rounded half up {_money(part, case)}; {_limits(rule, case)}"
    if amount != part:
        text += f"; {'minimum' if amount > part else 'cap'} applied"
    return amount, f"{text} = {_money(amount, case)}"


def _limits(rule: FeeRule, case: Case) -> str:
    cap = "no cap" if rule.cap_minor == LARGEST else f"cap {_money(rule.cap_minor, case)}"
    return f"minimum {_money(rule.minimum_minor, case)}, {cap}"


def _plain(number: int, places: int) -> str:
    """A number of so many decimal places without closing zeros."""
    text = f"{Decimal(number).scaleb(-places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _money(amount_minor: int, case: Case) -> str:
    return str(Money(amount_minor=amount_minor, currency=case.currency))
