"""Bank statements as they are sent in, and what is told of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple, Self

from common.functions.routes import Input, Limit, Output
from functions.payments.bank.continuity import Reason, gaps
from functions.payments.bank.entries import AccountStatement, Format, Kind
from functions.payments.bank.kinds import EntryKind
from functions.payments.model.statements import BankAccount, BankEntry, Statement, StatementUpload
from functions.payments.requests.fields import Id


class Kept(NamedTuple):
    """Where the entries of a long statement are kept until they are taken in."""

    file: str
    slices: int


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file of statements, checked and read; no model, as what it holds was checked where it was read."""

    statements: tuple[AccountStatement, ...]
    content: bytes = field(default=b"", repr=False)
    slices: Mapping[str, Kept] = field(default_factory=dict)
    """By statement, where there is more than one commit can hold."""


class SearchStatements(Input):
    """Which bank statements."""

    account_iban: Id = ""
    limit: Limit = 50
    page_token: Id = ""


class StatementAnswer(Output):
    """A bank statement that was taken in."""

    statement_id: str
    account_iban: str
    number: str
    entity: str
    currency: str
    format: Format
    kind: Kind
    sequence: int | None
    opened_on: date | None
    closed_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    entries: int
    credits: int
    credits_minor: int
    debits: int
    debits_minor: int
    slices_left: int
    known: int
    warnings: list[str]
    taken_at: datetime

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """As the document has it."""
        kept = statement.model_dump(include=set(cls.model_fields) - {"warnings"})
        return cls(statement_id=statement.id, warnings=list(statement.warnings), **kept)


class StatementPage(Output):
    """Some bank statements; an empty token is the end."""

    items: list[StatementAnswer]
    next_page_token: str = ""


class StatementOutcome(Output):
    """What became of one statement; `already_known` of its payments had come before.

    `new` are the others: none of a duplicate. Of a long one, which goes on being taken in after the answer, they are
    counted when that is over: `slices_left` and `known` of the statement tell.
    """

    statement_id: str
    number: str
    outcome: Literal["taken", "duplicate"]
    entries: int
    credits: int
    debits: int
    already_known: int
    warnings: list[str]
    new: int = 0


class StatementsTaken(Output):
    """What became of a file; `complete`: no statement is missing on its accounts, as far as anybody knows.

    `duplicate`: all of it had been taken in before, and nothing is changed by it.
    """

    statements: list[StatementOutcome]
    complete: bool = True
    duplicate: bool = False
    new: int = 0
    """Payments that this file brought first."""


class SearchEntries(Input):
    """Which entries: those that a statement brought."""

    statement_id: Id
    limit: Limit = 50
    page_token: Id = ""


class EntryAnswer(Output):
    """One payment on an account of ours; negative amounts left it."""

    entry_id: str
    statement_id: str
    account_iban: str
    amount_minor: int
    currency: str
    booked_on: date
    kind: EntryKind
    told: bool
    code: str
    reason: str
    reversal: bool
    returned: bool

    @classmethod
    def of(cls, entry: BankEntry) -> Self:
        """As the document has it."""
        return cls(entry_id=entry.id, **entry.model_dump(include=set(cls.model_fields)))


class EntryPage(Output):
    """Some entries; an empty token is the end."""

    items: list[EntryAnswer]
    next_page_token: str = ""


class SearchAccounts(Input):
    """Which of our bank accounts: all, or those with a gap in their statements."""

    with_gaps: Literal["true", "false"] = "false"
    limit: Limit = 50
    page_token: Id = ""


class GapAnswer(Output):
    """What is missing between two statements of an account."""

    reason: Reason
    after: date
    before: date
    closing_minor: int
    opening_minor: int
    first_missing: int | None
    last_missing: int | None


class AccountAnswer(Output):
    """How far an account's statements are complete."""

    account_iban: str
    entity: str
    currency: str
    state: Literal["complete", "gap"]
    statements: int
    first_on: date | None
    last_on: date | None
    closing_minor: int | None
    gaps: list[GapAnswer]

    @classmethod
    def of(cls, account: BankAccount) -> Self:
        """As the document has it."""
        spans = account.spans
        return cls(
            account_iban=account.account_iban,
            entity=account.entity,
            currency=account.currency,
            state="complete" if account.complete else "gap",
            statements=sum(span.statements for span in spans),
            first_on=spans[0].first_on if spans else None,
            last_on=spans[-1].last_on if spans else None,
            closing_minor=spans[-1].closing_minor if spans else None,
            gaps=[GapAnswer(**gap.model_dump()) for gap in gaps(spans)],
        )


class AccountPage(Output):
    """Some accounts; an empty token is the end."""

    items: list[AccountAnswer]
    next_page_token: str = ""


class SearchFiles(Input):
    """Which files of the inbox: all, or those with an outcome."""

    outcome: Literal["", "waiting", "taken", "refused"] = ""
    limit: Limit = 50
    page_token: Id = ""


class FileAnswer(Output):
    """What became of a file in the inbox."""

    file: str
    generation: str
    outcome: Literal["waiting", "taken", "refused"]
    code: str
    detail: str
    statement_ids: list[str]
    noted_at: datetime

    @classmethod
    def of(cls, upload: StatementUpload) -> Self:
        """As the document has it."""
        kept = upload.model_dump(include=set(cls.model_fields) - {"statement_ids"})
        return cls(statement_ids=list(upload.statement_ids), **kept)


class FilePage(Output):
    """Some files; an empty token is the end."""

    items: list[FileAnswer]
    next_page_token: str = ""
