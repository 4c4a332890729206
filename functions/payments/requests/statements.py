"""Bank statements as they are sent in, and what is told of them."""

from datetime import datetime
from typing import Literal, Self

from common.functions.routes import Input, Limit, Output
from common.values import Value
from functions.payments.bank.camt import AccountStatement
from functions.payments.model.statements import Statement
from functions.payments.requests.fields import Id


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
    opening_minor: int
    closing_minor: int
    entries: int
    credits: int
    credits_minor: int
    taken_at: datetime

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """As the document has it."""
        return cls(statement_id=statement.id, **statement.model_dump(include=set(cls.model_fields)))


class StatementPage(Output):
    """Some bank statements; an empty token is the end."""

    items: list[StatementAnswer]
    next_page_token: str = ""


class StatementFile(Value):
    """An uploaded file, checked and read."""

    statements: tuple[AccountStatement, ...]


class StatementOutcome(Output):
    """What became of one statement; `already_known` of its credits had come before."""

    statement_id: str
    number: str
    outcome: Literal["taken", "duplicate"]
    entries: int
    credits: int
    already_known: int


class StatementsTaken(Output):
    """What became of a file."""

    statements: list[StatementOutcome]
