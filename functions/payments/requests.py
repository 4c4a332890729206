"""What callers send to `payments` and what they are told."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from common.functions.routes import Input, Limit, Output
from common.values import Value
from functions.payments.camt import AccountStatement
from functions.payments.model import AttemptState, Payment, Statement

Id = Annotated[str, Field(max_length=100)]

"""How many at once; more than 100 are 100."""


class ByPayment(Input):
    """One payment."""

    payment_id: Id


class Search(Input):
    """Which payments."""

    member_id: Id = ""
    invoice_id: Id = ""
    state: AttemptState | Literal[""] = ""
    limit: Limit = 50
    page_token: Id = ""


class SearchStatements(Input):
    """Which bank statements."""

    account_iban: Id = ""
    limit: Limit = 50
    page_token: Id = ""


class AttemptAnswer(Output):
    """One attempt."""

    attempt_id: str
    number: int
    state: AttemptState
    provider_id: str
    code: str
    soft: bool
    sent_at: datetime


class PaymentAnswer(Output):
    """A payment. Nothing is done to it by hand, so `allowed` is empty."""

    payment_id: str
    member_id: str
    invoice_id: str
    invoice_number: str
    entity: str
    amount_minor: int
    currency: str
    method: str
    state: AttemptState
    attempts: list[AttemptAnswer]
    allowed: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, payment: Payment) -> Self:
        """As the document has it, without the token."""
        attempts = [
            AttemptAnswer(attempt_id=a.id, **a.model_dump(exclude={"id"}, mode="python")) for a in payment.attempts
        ]
        kept = payment.model_dump(include=set(cls.model_fields) - {"attempts"})
        return cls(payment_id=payment.id, attempts=attempts, **kept)


class PaymentPage(Output):
    """Some payments; an empty token is the end."""

    items: list[PaymentAnswer]
    next_page_token: str = ""


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


class Webhook(Value):
    """A signed webhook: only what it is about; empty where it is about no payment."""

    event_id: str
    type: str
    intent_id: str = ""


class WebhookTaken(Output):
    """It is on record."""

    received: bool = True
