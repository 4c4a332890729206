"""Amounts as providers write them in decimal text, read and written exactly: digits only, never a float."""

import re
from typing import Final

from common.money import EXPONENTS, LARGEST

_DECIMAL: Final = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,12}))?")


def minor_of(text: str, currency: str) -> int:
    """The minor units of a decimal text: `12.5` EUR is 1250, `10` JPY is 10.

    ValueError where it is no decimal, is finer than the currency, or the currency is none of ours: nothing is rounded.
    """
    if currency not in EXPONENTS:
        raise ValueError(f"{currency[:10]!r} is no currency of ours")
    return scaled(text, EXPONENTS[currency])


def scaled(text: str, places: int) -> int:
    """A decimal text in units of `places` decimal places; ValueError where it is no decimal, or is finer."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:30]!r} is no amount")
    sign, whole, rest = found[1], found[2], (found[3] or "").rstrip("0")
    if len(rest) > places:
        raise ValueError(f"{text[:30]!r} has more than {places} decimal places")
    units = int(whole + rest.ljust(places, "0"))
    if units > LARGEST * 10 ** max(0, places - 3):
        raise ValueError(f"{text[:30]!r} is too large")
    return -units if sign else units
