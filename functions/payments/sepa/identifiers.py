"""The names by which our debits are known at banks: every one ours, derived, so that the same file is made again."""

import hashlib
import re
from datetime import date
from typing import Final

from common.documents import id_from
from functions.payments.sepa.banks import Scheme

END_TO_END: Final = re.compile(r"[A-Z]{2,4}-\d{4}-\d{5,8}-\d{1,3}")
MESSAGE: Final = re.compile(r"([A-Z]{2,4}-\d{8}-[CB]\d{1,3}-[0-9A-F]{8})(-(FRST|RCUR|FNAL|OOFF))?")
"""A message's id, and with its sequence type that of one payment information in it."""


def end_to_end_id(invoice_number: str, attempt: int) -> str:
    """Of an attempt to collect an invoice: people read in it what it is for."""
    return f"{invoice_number}-{attempt}"


def debit_id_of(end_to_end: str) -> str:
    """Our document's id, so that what a bank sends is found without a search."""
    return id_from("sdd", end_to_end)


def message_id(entity: str, scheme: Scheme, hand_in_on: date, number: int) -> str:
    """Of the so manieth file of a day; the last part tells it from a mistyped one."""
    plain = f"{entity}-{hand_in_on:%Y%m%d}-{scheme[0]}{number}"
    return f"{plain}-{hashlib.sha256(plain.encode()).hexdigest()[:8].upper()}"


def payment_information_id(message: str, sequence: str) -> str:
    """Of the debits of one sequence type in a message."""
    return f"{message}-{sequence}"


def message_and_sequence(told: str) -> tuple[str, str]:
    """The message's id and the sequence type in what a bank quotes (none: the whole message); empty if not ours."""
    match = MESSAGE.fullmatch(told.strip())
    return (match[1], match[3] or "") if match else ("", "")


def batch_id_of(message: str) -> str:
    """Our document's id of a message."""
    return id_from("bat", message)
