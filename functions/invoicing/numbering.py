"""Invoice and credit note numbers without gaps."""

from typing import Final

ROOM: Final = 16
"""SAP's reference field (XBLNR) holds so many characters."""
DIGITS: Final = 7


def invoice_series(entity: str, year: int) -> str:
    """The series of a legal entity's invoices in a year."""
    return f"{entity}-invoice-{year}"


def credit_series(entity: str, year: int) -> str:
    """The series of its credit notes."""
    return f"{entity}-credit-{year}"


def invoice_number(entity: str, year: int, place: int) -> str:
    """The number at a place of the series, from 1: `MP-2026-0000001`."""
    return _number(f"{entity}-{year}-", place)


def credit_number(entity: str, year: int, place: int) -> str:
    """The same for a credit note: `MP-C26-0000001`."""
    return _number(f"{entity}-C{year % 100:02d}-", place)


def place_of(first: int, index: int) -> int:
    """Where a draft's number stands in its series: a function of its page's first number and its place there alone."""
    return first + index


def _number(prefix: str, place: int) -> str:
    digits = min(DIGITS, ROOM - len(prefix))
    number = f"{prefix}{place:0{digits}d}"
    if len(number) > ROOM:
        raise ValueError(f"{number} is longer than {ROOM} characters")
    return number
