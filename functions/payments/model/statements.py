"""Bank statements that were taken in, each entry on them once, and whether an account's statements are complete."""

from datetime import date, datetime
from typing import Annotated, Literal

from common.documents import Document, id_from
from common.events.base import Task
from common.money import Currency, Minor
from common.parties import personal
from functions.payments.bank.continuity import Span, gaps
from functions.payments.bank.entries import AccountStatement, Format, Kind
from functions.payments.bank.identity import Sighting
from functions.payments.bank.kinds import EntryKind
from functions.payments.model.asking import ProviderName


class TakeSlice(Task, name="payments.take_slice"):
    """Take in the next entries of a statement that did not fit into one commit; they are kept in a file."""

    statement_id: str
    file: str
    slices: int
    """How many the statement has."""
    number: int = 0
    left_out: tuple[date, ...] = ()
    """Days that came in another format already."""


class TakeStatementFile(Task, name="payments.take_statement_file"):
    """Take in a file that somebody has put into the inbox."""

    file: str
    generation: str


class TakeArrival(Task, name="payments.take_arrival"):
    """A provider's payout is on the bank account: find which."""

    entry_id: str
    provider: ProviderName
    entity: str
    account_iban: str
    amount_minor: int
    currency: str
    booked_on: date
    text: Annotated[str, personal("")] = ""


class Statement(Document):
    """A bank statement that was taken in; opening balance and entries give the closing balance."""

    collection = "statements"
    indexed = ("account_iban",)

    account_iban: str
    number: str
    entity: str
    currency: Currency
    format: Format = "camt.053"
    kind: Kind = "booked"
    sequence: int | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    opening_minor: Minor | None
    """None where it has no balances: reports and notifications."""
    closing_minor: Minor | None
    entries: int
    credits: int
    """Payments that came in: of a batch each."""
    credits_minor: Minor
    debits: int = 0
    debits_minor: Minor = 0
    sha256: str
    slices_left: int = 0
    """Of its entries, which are taken in one slice after another; 0: all are."""
    known: int = 0
    """Payments that had come before, in another file."""
    warnings: tuple[str, ...] = ()
    taken_at: datetime


class BankEntry(Document):
    """One payment on our account, once whatever files it is in. A credit that was told has the receipt's id."""

    collection = "bank_entries"
    indexed = ("statement_id", "marks")

    statement_id: str
    """Of the file that brought it first."""
    account_iban: str = ""
    amount_minor: Minor
    """Negative: it left the account."""
    currency: Currency
    booked_on: date
    kind: EntryKind = "member_money"
    told: bool = True
    """Whether it was told as money received."""
    parts: int = 1
    """Of how many payments its entry is, in the file that brought it."""
    code: str = ""
    reason: str = ""
    reversal: bool = False
    returned: bool = False
    """Of a credit: the bank took it back."""
    marks: tuple[str, ...] = ()
    """By what a reversal finds it, hashed."""


class EntryTally(Document):
    """What statements say of how many equal entries there are, for entries without a reference of the bank's."""

    collection = "entry_tallies"

    sightings: tuple[Sighting, ...]


class BankAccount(Document):
    """How far an account's statements are complete."""

    collection = "bank_accounts"
    indexed = ("complete",)

    account_iban: str
    entity: str
    currency: Currency
    spans: tuple[Span, ...] = ()
    complete: bool = True
    """Whether its statements follow each other without a gap."""

    def with_spans(self, spans: tuple[Span, ...]) -> "BankAccount":
        """As it is after another statement."""
        return self.but(spans=spans, complete=not gaps(spans))


class StatementUpload(Document):
    """What became of a file in the inbox: the same content again, or another under its name, is another one."""

    collection = "statement_files"
    indexed = ("outcome",)

    file: str
    generation: str
    outcome: Literal["waiting", "taken", "refused"] = "waiting"
    code: str = ""
    detail: str = ""
    statement_ids: tuple[str, ...] = ()
    noted_at: datetime


def statement_id_of(statement: AccountStatement) -> str:
    """By account, format, the bank's number and the last day: some banks use their numbers again."""
    return id_from("stm", statement.account, statement.format, statement.number, statement.closed_on.isoformat())


def account_id_of(iban: str, currency: str) -> str:
    """One account may be kept in several currencies."""
    return id_from("acc", iban, currency)


def file_id_of(file: str, generation: str) -> str:
    """Of one version of a file in the inbox."""
    return id_from("stf", file, generation)
