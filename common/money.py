"""Money as integer minor units and a currency, so that no cent is ever lost or made."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field, StrictInt

from common.values import Exact

EXPONENTS: Final = {
    "EUR": 2, "CHF": 2, "PLN": 2, "SEK": 2, "CZK": 2, "DKK": 2, "HUF": 2, "RON": 2, "GBP": 2, "NOK": 2,
    "USD": 2, "ISK": 0, "JPY": 0, "BHD": 3, "KWD": 3,
}  # fmt: skip
"""Decimal places of each currency we bill in or receive (ISO 4217, 2026-01-01)."""

LARGEST: Final = 10**13
"""No single amount is larger, in minor units: it stays exact in every JSON reader (2**53)."""

Currency = Annotated[str, Field(pattern="^(" + "|".join(EXPONENTS) + ")$", examples=["EUR"])]
Minor = Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)]


class Money(Exact):
    """An exact amount: `amount_minor` in minor units of `currency` (ISO 4217)."""

    amount_minor: Minor
    currency: Currency

    def __add__(self, other: "Money") -> "Money":
        """The sum; ValueError across currencies."""
        self._same(other)
        return Money(amount_minor=self.amount_minor + other.amount_minor, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The difference; ValueError across currencies."""
        return self + -other

    def __neg__(self) -> "Money":
        """The same amount the other way round."""
        return Money(amount_minor=-self.amount_minor, currency=self.currency)

    def __str__(self) -> str:
        """The amount as people write it in English: `12.50 EUR`."""
        return f"{decimal_text(self.amount_minor, self.currency)} {self.currency}"

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Parts in proportion to the weights that add up to the whole (largest remainder)."""
        return [Money(amount_minor=part, currency=self.currency) for part in split(self.amount_minor, weights)]

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")


def decimal_text(amount_minor: int, currency: str) -> str:
    """The amount in major units with the currency's decimal places: 1250 EUR is `12.50`."""
    places = EXPONENTS[currency]
    sign, digits = ("-" if amount_minor < 0 else ""), str(abs(amount_minor)).zfill(places + 1)
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def share(amount_minor: int, basis_points: int) -> int:
    """`basis_points` ten-thousandths of an amount, rounded half up away from zero (EN 16931, BR-CO-17)."""
    doubled = 2 * abs(amount_minor) * basis_points + 10_000
    return doubled // 20_000 if amount_minor >= 0 else -(doubled // 20_000)


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """An amount split in proportion to the weights, to the last minor unit (largest remainder)."""
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights are not negative, and one is positive")
    sign, whole = (-1 if amount_minor < 0 else 1), abs(amount_minor)
    parts = [whole * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
