"""Fee schedules: what a sale, a listing or a subscription costs a member, as dated data that contradicts nothing."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from common.documents import canonical, id_from
from common.failures import Rejected
from common.money import LARGEST, Currency
from common.values import Exact, Value

DATA: Final = Path(__file__).with_name("fee_schedules.json")
ANY: Final = ""
"""A rule that leaves a field empty is for every value of it."""
MOST_TIERS: Final = 10
"""An explanation of all of them still fits an invoice's line."""
MOST_RULES: Final = 300
LARGEST_SCHEDULE: Final = 200_000
"""Bytes of its rules: a version stays well below the 1 MiB of a document."""

Kind = Literal[
    "listing", "commission", "promotion", "subscription", "service_fee", "financing", "compensation", "other"
]  # fmt: skip
"""What was sold. It decides how it is taxed: financing is exempt, compensation is no supply, all else is taxed."""
Form = Literal["flat", "percentage", "graduated", "volume"]
Fee = Annotated[StrictInt, Field(ge=0, le=LARGEST)]
Rate = Annotated[StrictInt, Field(ge=0, le=10_000)]
Word = Annotated[str, Field(pattern=r"^[a-z0-9_-]*$", max_length=40)]


class Case(Value):
    """What a fee depends on."""

    entity: str
    currency: Currency
    kind: Kind
    category: str
    country: str
    segment: str
    basis_minor: int
    """The price the fee is taken from; 0 where there is none."""
    on: date
    turnover_minor: int = 0
    """The member's turnover of the calendar month before this sale."""


class Scope(Exact):
    """What a rule is for; an empty field is for every value."""

    kind: Kind
    category: Word = ANY
    segment: Word = ANY
    country: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = ANY

    def __str__(self) -> str:
        """As people read it: `commission (category books, segment any, country any)`."""
        rest = (f"{name} {getattr(self, name) or 'any'}" for name in ("category", "segment", "country"))
        return f"{self.kind} ({', '.join(rest)})"

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """How specific it is: category counts before segment, segment before country."""
        return (self.category != ANY, self.segment != ANY, self.country != ANY)

    def overlaps(self, other: "Scope") -> bool:
        """Whether one and the same case may be in both."""
        fields = ("category", "segment", "country")
        pairs = [(getattr(self, name), getattr(other, name)) for name in fields]
        return self.kind == other.kind and all(a == b or ANY in {a, b} for a, b in pairs)


class Tier(Exact):
    """A band of amounts, from where the one before ends up to `up_to_minor` (that included); the last has no end."""

    up_to_minor: Annotated[StrictInt, Field(gt=0, le=LARGEST)] | None = None
    basis_points: Rate = 0
    flat_minor: Fee = 0
    """Once for the whole, where the amount lies in this band; only in volume tiers."""


Tiers = Annotated[tuple[Tier, ...], Field(max_length=MOST_TIERS)]


class FeeRule(Scope):
    """A flat fee, a share of the price, or tiers; for all cases its filled scope names.

    Graduated: each slice at its own band's rate. Volume: the whole amount at the rate of the band it reaches.
    Either by the single price or by the member's turnover of the calendar month, this sale included. Minimum and cap
    are for each charge.
    """

    flat_minor: Fee | None = None
    basis_points: Rate | None = None
    graduated: Tiers = ()
    volume: Tiers = ()
    by: Literal["price", "turnover"] = "price"
    minimum_minor: Fee = 0
    cap_minor: Fee = LARGEST
    gross: StrictBool | None = None
    """Whether the fee includes VAT; as the schedule says, when None."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        forms = [self.flat_minor is not None, self.basis_points is not None, bool(self.graduated), bool(self.volume)]
        _must(sum(forms) == 1, "one_form", "a rule is one of: flat_minor, basis_points, graduated, volume")
        _must(self.minimum_minor <= self.cap_minor, "minimum_above_cap", "the minimum is above the cap")
        limited = self.minimum_minor or self.cap_minor != LARGEST
        _must(not (self.form == "flat" and limited), "flat_with_limits", "a flat fee has no minimum and no cap")
        _must(self.by == "price" or bool(self.tiers), "turnover_without_tiers", "only tiers can go by turnover")
        _must_follow(self.tiers)
        flat = any(tier.flat_minor for tier in self.graduated)
        _must(not flat, "flat_in_graduated", "graduated tiers have rates only: the fee would jump at their ends")
        return self

    @property
    def form(self) -> Form:
        """How it is reckoned."""
        if self.flat_minor is not None:
            return "flat"
        return "graduated" if self.graduated else "volume" if self.volume else "percentage"

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """Its bands, from the lowest."""
        return self.graduated or self.volume

    @cached_property
    def scope(self) -> Scope:
        """What it is for."""
        return Scope.model_construct(**{name: getattr(self, name) for name in Scope.model_fields})

    def covers(self, case: Case) -> bool:
        """Whether it is for this case."""
        return (
            self.kind == case.kind
            and self.category in {ANY, case.category}
            and self.segment in {ANY, case.segment}
            and self.country in {ANY, case.country}
        )


class Prices(Exact):
    """An entity's fees in a currency."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    entity: Annotated[str, Field(pattern=r"^[A-Z]{2,4}$")]
    currency: Currency
    gross: StrictBool = False
    """Whether its fees include VAT, where a rule does not say."""
    rules: Annotated[tuple[FeeRule, ...], Field(min_length=1, max_length=MOST_RULES)]

    @model_validator(mode="after")
    def _says_each_once(self) -> Self:
        times = Counter(str(rule.scope) for rule in self.rules)
        twice = [scope for scope, often in times.items() if often > 1]
        _must(not twice, "two_rules", f"there are two rules for {', '.join(twice[:3])}")
        _must(len(self.canonical) <= LARGEST_SCHEDULE, "too_large", f"the rules exceed {LARGEST_SCHEDULE} bytes")
        return self

    @property
    def canonical(self) -> bytes:
        """What it says, in a form that does not change when fields are added to the program."""
        return canonical(self.model_dump(mode="json", include=set(Prices.model_fields), exclude_defaults=True))

    @property
    def digest(self) -> str:
        """The SHA-256 of what it says: two versions with the same fees have the same."""
        return hashlib.sha256(self.canonical).hexdigest()


class Schedule(Prices):
    """One version of an entity's fees in a currency, from a day on until a later version begins."""

    version: Annotated[StrictInt, Field(ge=0)]
    """0 for a draft."""
    valid_from: date

    @property
    def title(self) -> str:
        """As an explanation names it."""
        which = f"version {self.version}, valid from {self.valid_from}" if self.version else "draft"
        return f"{self.name} {which}"

    @property
    def key(self) -> tuple[date, int]:
        """Of those that have begun, the one with the highest key is in force."""
        return (self.valid_from, self.version)


@dataclass(frozen=True)
class Version:
    """A schedule by which charges may be rated, and what a charge notes to find it again."""

    schedule_id: str
    digest: str
    schedule: Schedule

    @classmethod
    def shipped(cls, schedule: Schedule) -> "Version":
        """A version that came with the program."""
        named = (schedule.entity, schedule.currency, str(schedule.version))
        return cls(id_from("fee", "shipped", *named), schedule.digest, schedule)

    @cached_property
    def by_kind(self) -> dict[str, list[FeeRule]]:
        """Its rules by kind, the most specific first."""
        found: dict[str, list[FeeRule]] = {}
        for rule in sorted(self.schedule.rules, key=lambda rule: rule.rank, reverse=True):
            found.setdefault(rule.kind, []).append(rule)
        return found

    @cached_property
    def by_turnover(self) -> frozenset[str]:
        """The kinds in which a member's turnover decides on any fee."""
        return frozenset(rule.kind for rule in self.schedule.rules if rule.by == "turnover")

    def rule_for(self, case: Case) -> FeeRule:
        """The most specific rule for a case; Rejected `no_fee_rule` where there is none."""
        for rule in self.by_kind.get(case.kind, []):
            if rule.covers(case):
                return rule
        what = f"{case.kind}, category {case.category or 'none'}, segment {case.segment}, country {case.country}"
        raise Rejected("no_fee_rule", f"{self.schedule.title} has no fee for {what}")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)

    schedules: tuple[Schedule, ...]


@lru_cache(maxsize=1)
def shipped() -> tuple[Version, ...]:
    """The versions that came with the program; more are activated by staff."""
    return tuple(map(Version.shipped, _File.model_validate_json(DATA.read_bytes()).schedules))


def shipped_for(entity: str, currency: str) -> list[Version]:
    """An entity's versions in a currency that came with the program."""
    return [one for one in shipped() if (one.schedule.entity, one.schedule.currency) == (entity, currency)]


def only_fills_gaps(before: Prices | None, after: Prices) -> bool:
    """Whether `after` costs every case what `before` does, and only adds fees for cases that had none."""
    if before is None:
        return True
    kept = set(map(_priced(before), before.rules)) <= set(map(_priced(after), after.rules))
    scopes = [rule.scope for rule in before.rules]
    added = [rule.scope for rule in after.rules if rule.scope not in scopes]
    return kept and not any(new.overlaps(old) for new in added for old in scopes)


def falls(rule: FeeRule) -> list[tuple[int, int, int]]:
    """Where a dearer sale costs less: at the end of a volume tier, (price, its fee, the fee of one unit more)."""
    found = []
    for lower, upper in pairwise(rule.volume):
        edge = lower.up_to_minor or 0
        at = edge * lower.basis_points + lower.flat_minor * 10_000
        beyond = (edge + 1) * upper.basis_points + upper.flat_minor * 10_000
        if beyond < at:
            found.append((edge, (2 * at + 10_000) // 20_000, (2 * beyond + 10_000) // 20_000))
    return found


def starts_a_month(prices: Prices, valid_from: date) -> bool:
    """Whether turnover is counted from its first day on: what goes by turnover begins on the first of a month."""
    return valid_from.day == 1 or not any(rule.by == "turnover" for rule in prices.rules)


def differing(before: Prices, after: Prices) -> dict[str, Sequence[tuple[FeeRule | None, FeeRule | None]]]:
    """What changed between two versions, scope by scope: `added`, `removed` and `changed` rules, (before, after)."""
    old, new = _by_scope(before.rules), _by_scope(after.rules)
    return {
        "added": [(None, rule) for scope, rule in new.items() if scope not in old],
        "removed": [(rule, None) for scope, rule in old.items() if scope not in new],
        "changed": [(old[scope], rule) for scope, rule in new.items() if scope in old and old[scope] != rule],
    }


def _by_scope(rules: Iterable[FeeRule]) -> dict[str, FeeRule]:
    return {str(rule.scope): rule for rule in rules}


def _priced(prices: Prices) -> Any:
    """A rule as one value, with what it leaves to its schedule."""

    def told(rule: FeeRule) -> str:
        return rule.model_copy(update={"gross": prices.gross if rule.gross is None else rule.gross}).model_dump_json()

    return told


def _must_follow(tiers: Sequence[Tier]) -> None:
    """No gaps and no overlaps: each band begins where the one before ends, and the last is open."""
    if not tiers:
        return
    ends = [tier.up_to_minor for tier in tiers]
    closed = [end for end in ends[:-1] if end is not None]
    _must(len(closed) == len(ends) - 1 and ends[-1] is None, "tier_without_end", "all tiers but the last have an end")
    _must(all(a < b for a, b in pairwise(closed)), "tiers_overlap", "each tier ends above the one before")


def _must(right: bool, code: str, says: str) -> None:
    if not right:
        raise PydanticCustomError(code, "{says}", {"says": says})
