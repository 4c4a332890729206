"""Amounts and days as banks write them, exactly or not at all."""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from common.money import LARGEST
from functions.payments.bank.faults import invalid

_PLACES: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Decimal places of the world's currencies where they are not two (ISO 4217, 2026-01-01)."""
_MONEY: Final = re.compile("(?!X(?!AF|OF|PF|CD))[A-Z]{3}")
"""Codes beginning with X are no country's money, but for four."""
_LONGEST: Final = 20


@lru_cache(maxsize=256)
def is_currency(code: str) -> bool:
    """Whether an account may be kept in it."""
    return _MONEY.fullmatch(code) is not None


def minor(text: str, currency: str, line: int, point: str = ".") -> int:
    """Minor units, exactly. Fault where it is no plain amount, or has more decimals than its currency.

    `point` is the only decimal separator allowed: a point in XML, a comma in SWIFT messages.
    """
    whole, _, fraction = text.partition(point)
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit() and whole) or len(text) > _LONGEST:
        raise invalid(f"{text[:_LONGEST]!r} is no amount in {currency}: digits and one {point!r}, no sign", line)
    places = _PLACES.get(currency, 2)
    if len(fraction) > places:
        if fraction[places:].strip("0"):
            raise invalid(f"{text} {currency} can't be counted in minor units", line)
        fraction = fraction[:places]
    amount = int(whole + fraction.ljust(places, "0"))
    if amount > LARGEST:
        raise invalid(f"{text} {currency} is too large", line)
    return amount


@lru_cache(maxsize=4096)
def day(text: str) -> date | None:
    """The day an ISO 8601 date or date-time begins with; None where it is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
