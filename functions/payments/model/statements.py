"""Bank statements that were taken in, and each credit on them that was told."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from common.documents import Document
from common.events.base import Task
from common.money import Currency, Minor
from common.parties import personal
from common.values import Value


class Entry(Value):
    """One credit on a bank account, as far as it says who paid what for."""

    receipt_id: str
    amount_minor: int
    booked_on: date
    reference: str = ""
    text: Annotated[str, personal("")] = ""
    payer_name: Annotated[str, personal("")] = ""
    payer_iban: Annotated[str, personal("")] = ""


class TakeEntry(Task, name="payments.take_entry"):
    """Take in an entry that did not fit into its statement's commit."""

    entry: Entry
    statement_id: str
    entity: str
    currency: str
    account_iban: str


class Statement(Document):
    """A bank statement that was taken in; opening balance and entries give the closing balance."""

    collection = "statements"
    indexed = ("account_iban",)

    account_iban: str
    number: str
    entity: str
    currency: Currency
    opening_minor: Minor
    closing_minor: Minor
    entries: int
    credits: int
    credits_minor: Minor
    sha256: str
    taken_at: datetime


class BankEntry(Document):
    """A credit that was told, so that a statement that overlaps does not tell it again. Its id is the receipt's."""

    collection = "bank_entries"

    statement_id: str
    amount_minor: Minor = Field(gt=0)
    currency: Currency
    booked_on: date
