"""Amounts as members type them."""

import re
from typing import Final

from common.failures import Rejected
from common.money import EXPONENTS, LARGEST

_SPACES: Final = re.compile(r"[\s\u00a0\u202f'’_]")
_PLAIN: Final = re.compile(r"(\d{1,13})(?:[.,](\d{0,3}))?", re.ASCII)
_GROUPED: Final = re.compile(r"(\d{1,3}(?:([.,])\d{3})+)(?:(?!\2)[.,](\d{0,3}))?", re.ASCII)
INVALID: Final = "amount_invalid"


def minor_in(text: str, currency: str) -> int:
    """`1.234,50`, `1,234.50`, `1234.5` and `1'234.50` are all 123450; Rejected `amount_invalid` for what is unclear.

    `1.234` is refused where the currency has two decimal places: nobody guesses whether that is a thousand.
    """
    places = EXPONENTS[currency]
    compact = _SPACES.sub("", text).upper().replace(currency, "").replace("€", "")
    plain, grouped = _PLAIN.fullmatch(compact), _GROUPED.fullmatch(compact)
    if plain and len(plain[2] or "") <= places:
        whole, part = plain[1], plain[2] or ""
    elif grouped and (grouped[3] is not None or compact.count(grouped[2]) > 1) and len(grouped[3] or "") <= places:
        whole, part = grouped[1].replace(grouped[2], ""), grouped[3] or ""
    else:
        raise Rejected(INVALID, f"write the amount in {currency}, like 12.50")
    minor = int(whole + part.ljust(places, "0"))
    if minor > LARGEST:
        raise Rejected(INVALID, "this amount is too large")
    return minor
