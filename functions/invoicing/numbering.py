"""Invoice numbers without gaps, and the creditor reference a payer quotes."""

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


def place_of(first: int, page_offset: int, index: int) -> int:
    """Where a draft's number stands in its series: a pure function of the run's block and the draft's place in it."""
    return first + page_offset + index


def reference(number: str) -> str:
    """The ISO 11649 creditor reference of a number, for instance `RF79MP20260000001`; at most 25 characters."""
    body = number.replace("-", "")
    return f"RF{98 - _mod97(body + 'RF00'):02d}{body}"


def is_reference(text: str) -> bool:
    """Whether a text is a creditor reference with the right check digits."""
    return text.isascii() and text.isalnum() and text.startswith("RF") and _mod97(text[4:] + text[:4]) == 1


def _number(prefix: str, place: int) -> str:
    digits = min(DIGITS, ROOM - len(prefix))
    number = f"{prefix}{place:0{digits}d}"
    if len(number) > ROOM:
        raise ValueError(f"{number} is longer than {ROOM} characters")
    return number


def _mod97(text: str) -> int:
    """ISO 7064: letters count from A = 10 to Z = 35."""
    return int("".join(str(int(character, 36)) for character in text)) % 97
