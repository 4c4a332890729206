"""Questions about payments, and their answers."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from common.functions.routes import Input, Limit, Output
from functions.payments.model.payments import AttemptState, Payment
from functions.payments.requests.fields import Id


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
