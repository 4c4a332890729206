"""Parts of a period's fee by days, which always add up to the whole, however the period is cut."""

from datetime import date
from typing import Final, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from common.values import Exact

LONGEST_DAYS: Final = 1_100
"""Three years in advance."""


class Period(Exact):
    """A subscription's period and the days of it that are charged; first and last days belong to it."""

    period_from: date
    period_to: date
    active_from: date
    active_to: date

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not self.period_from <= self.active_from <= self.active_to <= self.period_to:
            says = "the order is period_from, active_from, active_to, period_to"
            raise PydanticCustomError("period_out_of_order", says)
        if self.of_days > LONGEST_DAYS:
            raise PydanticCustomError("period_too_long", "a period has at most 1100 days")
        return self

    @property
    def of_days(self) -> int:
        """How many days the period has."""
        return (self.period_to - self.period_from).days + 1

    @property
    def days(self) -> int:
        """How many of them are charged."""
        return (self.active_to - self.active_from).days + 1

    @property
    def whole(self) -> bool:
        """Whether all of them are."""
        return self.days == self.of_days

    def part(self, fee_minor: int) -> int:
        """What the charged days cost of the whole period's fee (not negative).

        The fee up to the last charged day less the fee up to the day before the first, each rounded half up. So the
        parts of any cut add up to the fee, each is less than one minor unit from its exact share, and no part has to
        know the others; for two parts it is the largest remainder.
        """
        before = (self.active_from - self.period_from).days
        return upto(fee_minor, before + self.days, self.of_days) - upto(fee_minor, before, self.of_days)

    def rest(self, on: date) -> "Period":
        """What is left of the charged days from a day on; the day is one of them."""
        return self.model_copy(update={"active_from": on})


def upto(amount_minor: int, part: int, whole: int) -> int:
    """`part` of `whole` parts of an amount (none negative), rounded half up."""
    return (2 * amount_minor * part + whole) // (2 * whole)
