"""How much one person may give to a member as a credit, before a second one has to agree."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StrictInt

from common.failures import Rejected
from common.money import LARGEST, Currency
from common.values import Exact
from functions.charging.explaining import money

DATA: Final = Path(__file__).with_name("credit_limits.json")
Limit = Annotated[StrictInt, Field(ge=0, le=LARGEST)]


class Limits(Exact):
    """Limits by currency, in minor units; a currency that is not named has none free."""

    each_minor: dict[Currency, Limit]
    """Of one credit."""
    month_minor: dict[Currency, Limit]
    """Of all credits of a member in a calendar month, with one entity."""


@lru_cache(maxsize=1)
def limits() -> Limits:
    """The limits that apply."""
    return Limits.model_validate_json(DATA.read_bytes())


def must_be_within(amount_minor: int, credited_minor: int, currency: Currency) -> None:
    """Rejected `needs_approval` for a credit above the limit, or above what is left of the member's month."""
    each, month = (of.get(currency, 0) for of in (limits().each_minor, limits().month_minor))
    if amount_minor > each:
        raise Rejected("needs_approval", f"one person may give {money(each, currency)} at once")
    if credited_minor + amount_minor > month:
        says = f"one person may give a member {money(month, currency)} a month"
        raise Rejected("needs_approval", f"{says}; {money(credited_minor, currency)} were given already")
