"""The policy of matching as versioned data (`policy.json`): what is not evidence but a decision of the business."""

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from common.values import Exact

DebtKind = Literal["costs", "interest", "principal"]


class Owner(Exact):
    """Whose task some unapplied money is; what is not said fits all."""

    team: str
    sources: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """Of the seller whose account it came to."""
    member_known: bool | None = None

    def fits(self, source: str, country: str, *, member_known: bool) -> bool:
        """Whether it is theirs."""
        if self.sources and source not in self.sources:
            return False
        if self.countries and country not in self.countries:
            return False
        return self.member_known in {None, member_known}


class Return(Exact):
    """What becomes of money that nobody claims."""

    sources: tuple[str, ...]
    countries: tuple[str, ...] = ()
    member_known: bool
    from_days: int = Field(ge=1)
    """Since it came."""
    do: Literal["propose", "return"]
    """To people, or by itself; either way only to the account it came from."""


class Policy(Exact):
    """One version of it."""

    version: str
    open_items: int = Field(ge=1)
    """About how many items of a seller are open: how telling an amount is depends on it."""
    member_ids: tuple[str, ...]
    """Examples of how the marketplace's own ids of members look."""
    alias_days: int = Field(ge=1)
    """An account that has not paid for so long tells nothing any more."""
    buckets: tuple[int, ...]
    """Ages of unapplied money in days, up to which a bucket goes; what is older is the last one."""
    owners: tuple[Owner, ...]
    """The first that fits."""
    returns: tuple[Return, ...]
    """The first that fits."""
    tolerance_minor: dict[str, int]
    """By currency: so little left of an item by a payment is written off by rule. 0, or nothing said: never."""
    write_off_alone_minor: dict[str, int]
    """By currency: up to so much one person writes off alone; above, a second one agrees."""
    appropriation: dict[str, tuple[DebtKind, ...]]
    """By country of the seller, `*` for all others: in which order money pays what it says nothing of."""

    @model_validator(mode="after")
    def _fits_everything(self) -> Self:
        last = self.owners[-1]
        if last.sources or last.countries or last.member_known is not None:
            raise ValueError("the last owner has to fit all money")
        if list(self.buckets) != sorted(set(self.buckets)) or not self.buckets:
            raise ValueError("buckets go up")
        if "*" not in self.appropriation or any(len(set(o)) != 3 for o in self.appropriation.values()):  # noqa: PLR2004
            raise ValueError("an order of appropriation names each kind of debt once, and there is one for all")
        return self

    def owner(self, source: str, country: str, *, member_known: bool) -> str:
        """The team whose task it is."""
        return next(one.team for one in self.owners if one.fits(source, country, member_known=member_known))

    def bucket(self, days: int) -> str:
        """The bucket of an age: `0-7`, `8-30`, …, `91+`."""
        low = 0
        for high in self.buckets:
            if days <= high:
                return f"{low}-{high}"
            low = high + 1
        return f"{low}+"

    def order(self, country: str) -> tuple[DebtKind, ...]:
        """In which order debts are paid by money that says nothing of them."""
        return self.appropriation.get(country, self.appropriation["*"])


@cache
def policy() -> Policy:
    """The policy this release was shipped with."""
    return Policy.model_validate_json(Path(__file__).with_name("policy.json").read_bytes())
