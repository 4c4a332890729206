"""Questions about payments, what staff decide on them, and their answers."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StrictInt

from common.events.payments import WayBack
from common.functions.routes import Input, Limit, Output
from common.money import LARGEST, Currency
from functions.payments.finality import finality
from functions.payments.model.awaiting import Wait
from functions.payments.model.payments import Attempt, AttemptState, Payment
from functions.payments.requests.fields import Id
from functions.payments.retries.brain import Action, Decision, Method
from functions.payments.retries.reasons import Group, ReasonClass

Code = Annotated[str, Field(max_length=100, pattern=r"^[\x20-\x7e]*$")]


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


class DecideAttempt(Input):
    """What became of an attempt whose provider can't say it, as somebody has found out there, and why."""

    payment_id: Id
    attempt: Annotated[StrictInt, Field(ge=1, le=100)]
    outcome: Literal["succeeded", "failed"]
    provider_id: Code = ""
    amount_minor: Annotated[StrictInt, Field(ge=0, le=LARGEST)] = 0
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class PreviewRetry(Input):
    """A failed attempt that may not have happened: what would follow it?"""

    provider: Literal["stripe", "adyen", "gocardless", "mollie", "sepa"] = "stripe"
    method: Method
    code: Code
    soft: bool = True
    tries: Annotated[StrictInt, Field(ge=1, le=100)] = 1
    first_at: AwareDatetime | None = None
    failed_at: AwareDatetime
    amount_minor: Annotated[StrictInt, Field(ge=0, le=LARGEST)]
    currency: Currency
    mandate: Literal["active", "ended", "at_provider"] = "at_provider"


class DecisionAnswer(Output):
    """What follows a failed attempt, and every reason for it."""

    action: Action
    at: datetime | None
    reason_class: ReasonClass
    group: Group
    reasons: list[str]
    policy: str

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """As it was decided."""
        return cls(**decision.model_dump(exclude={"reasons"}), reasons=list(decision.reasons))


class RetryPlan(Output):
    """What would follow if every further attempt failed in the same way; the last decision ends it."""

    attempts: int
    """How many would be made in all."""
    decisions: list[DecisionAnswer]


class FinalityAnswer(Output):
    """When the money is final, why not before, and each way in which it can still be taken back until then."""

    final_on: date
    is_final: bool
    why: str
    source: str
    ways_back: list[WayBack]


class AttemptAnswer(Output):
    """One attempt."""

    attempt_id: str
    number: int
    state: AttemptState
    provider: str
    method: str
    amount_minor: int
    provider_id: str
    code: str
    soft: bool
    sent_at: datetime
    decided_at: datetime | None
    decided_by: str
    decision: DecisionAnswer | None

    @classmethod
    def of(cls, payment: Payment, attempt: Attempt) -> Self:
        """As the document has it; what old ones do not tell, their payment does."""
        kept = attempt.model_dump(include=set(cls.model_fields) - {"provider", "method", "amount_minor", "decision"})
        return cls(
            attempt_id=attempt.id,
            provider=payment.provider_of(attempt.number),
            method=payment.method_of(attempt.number),
            amount_minor=payment.asked_in(attempt.number),
            decision=DecisionAnswer.of(attempt.decision) if attempt.decision else None,
            **kept,
        )


class PaymentAnswer(Output):
    """A payment. `allowed` has `decide` while nobody knows what became of an attempt."""

    payment_id: str
    member_id: str
    invoice_id: str
    invoice_number: str
    entity: str
    amount_minor: int
    open_minor: int
    """What is still owed, and asked for by a further attempt."""
    currency: str
    method: str
    provider: str
    state: AttemptState
    settled: bool
    next_at: datetime | None
    """When the next attempt is made."""
    wait: Wait | None
    """Why the planned attempt, named by its number, was not made on its day, and until when it waits at most."""
    attempts: list[AttemptAnswer]
    finality: FinalityAnswer | None
    """Of money that came; none before."""
    allowed: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, payment: Payment, today: date) -> Self:
        """As the document has it, without the token."""
        told = {"attempts", "finality", "open_minor", "payment_id", "allowed"}
        return cls(
            payment_id=payment.id,
            open_minor=payment.open_minor,
            attempts=[AttemptAnswer.of(payment, attempt) for attempt in payment.attempts],
            finality=_finality_of(payment, today),
            allowed=["decide"] if payment.undecided else [],
            **payment.model_dump(include=set(cls.model_fields) - told),
        )


class PaymentPage(Output):
    """Some payments; an empty token is the end."""

    items: list[PaymentAnswer]
    next_page_token: str = ""


def _finality_of(payment: Payment, today: date) -> FinalityAnswer | None:
    attempt = next((one for one in payment.attempts if one.state == "succeeded"), None)
    if attempt is None:
        return None
    final = finality(payment.rail_of(attempt.number), (attempt.decided_at or attempt.sent_at).date())
    return FinalityAnswer(
        final_on=final.final_on,
        is_final=today > final.final_on or not final.ways_back,
        why=final.why,
        source=final.source,
        ways_back=list(final.ways_back),
    )
