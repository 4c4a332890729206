"""Payments and their attempts: what may become of each, decided without asking anybody."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from common.documents import Document, id_from
from common.events.base import Task
from common.events.invoicing import InvoiceIssued
from common.events.matching import CreditNoteApplied, ItemReopened, ItemSettled
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency, Minor
from common.parking import Freeze
from common.parties import PaymentProvider, personal
from common.values import Exact
from functions.payments.model.asking import Answer, Outcome, ProviderName

AttemptState = Literal["requested", "sent", "unknown", "processing", "succeeded", "failed"]
Method = Literal["card", "direct_debit"]

ATTEMPT: Machine[AttemptState] = Machine(
    "payment attempt",
    {
        "requested": {"send": "sent"},
        "sent": {"succeed": "succeeded", "fail": "failed", "process": "processing", "doubt": "unknown"},
        "unknown": {"succeed": "succeeded", "fail": "failed", "process": "processing"},
        "processing": {"succeed": "succeeded", "fail": "failed"},
        "failed": {"succeed": "succeeded"},
        "succeeded": {},
    },
)
"""`failed` can still succeed: where the provider says the money came, it came."""

UNDECIDED: Final = frozenset({"sent", "unknown", "processing"})
VERBS: Final[dict[Outcome, str]] = {
    "succeeded": "succeed", "failed": "fail", "processing": "process", "unknown": "doubt", "not_found": "doubt",
    "skipped": "",
}  # fmt: skip
LADDERS: Final[dict[str, tuple[timedelta, ...]]] = {
    "unknown": (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6), *(timedelta(days=1),) * 6),
    "processing": (
        timedelta(days=4),
        timedelta(days=3),
        timedelta(days=4),
        timedelta(days=7),
        *(timedelta(days=14),) * 3,
    ),
}
"""How long we wait before we ask the provider again; a webhook is normally faster. After the last a human looks."""
RETRY_AFTER: Final = timedelta(days=3)
RETRY_HOUR: Final = time(5, tzinfo=UTC)
"""Hours before anybody is reminded (noon): that money is on its way again is known everywhere by then."""
LOOK_AGAIN: Final = timedelta(hours=12)
"""How long a collection waits before it looks whether its member still is frozen."""
ATTEMPTS: Final = 2
FINAL_AFTER: Final[dict[Method, timedelta]] = {"card": timedelta(days=120), "direct_debit": timedelta(days=397)}
"""Card schemes: chargebacks up to 120 days. SEPA SDD Core rulebook: 13 months for an unauthorised debit."""


class Attempt(Exact):
    """One request to the provider; its id is the idempotency key and is in the provider's metadata."""

    id: str
    number: int
    state: AttemptState
    sent_at: datetime
    provider_id: str = ""
    code: str = ""
    soft: bool = False
    amount_minor: Minor = 0
    """What it asks for; 0: the payment's amount."""


class Payment(Document):
    """The automatic collection of one invoice. No second attempt while one is undecided.

    Without any attempt it waits: an invariant is broken for its member.
    """

    collection = "payments"
    indexed = ("member_id", "state")

    member_id: str
    invoice_id: str
    invoice_number: str
    entity: str
    amount_minor: Minor = Field(gt=0)
    currency: Currency
    method: Method
    provider: PaymentProvider = "stripe"
    token: Annotated[str, personal("")]
    state: AttemptState
    attempts: tuple[Attempt, ...] = Field(max_length=ATTEMPTS)
    settled: bool = False
    """Nothing is owed any more, however it was paid: no further attempt."""
    owed_minor: Minor | None = None
    """What a further attempt asks for, where something has changed since the invoice."""
    item_version: int = 0
    """The open item's version that says so: older news changes nothing."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.state != state_of(self.attempts):
            raise ValueError("the payment's state is not that of its attempts")
        if any(attempt.state in UNDECIDED for attempt in self.attempts[:-1]):
            raise ValueError("a further attempt was made while one was undecided")
        return self

    def attempt(self, number: int) -> Attempt:
        """An attempt by its number, from 1."""
        return self.attempts[number - 1]

    def asked_in(self, number: int) -> int:
        """What an attempt asks for."""
        return self.attempt(number).amount_minor or self.amount_minor

    def number_of(self, attempt_id: str) -> int:
        """The number of one of its attempts; 0 where it has no such attempt."""
        return next((attempt.number for attempt in self.attempts if attempt.id == attempt_id), 0)


class ChargeAttempt(Task, name="payments.charge_attempt"):
    """Ask the provider to collect. It says all the provider is told, so that a repetition says the same."""

    payment_id: str
    number: int
    attempt_id: str
    invoice_number: str
    amount_minor: int
    currency: str
    method: Method
    provider: PaymentProvider = "stripe"
    token: Annotated[str, personal("")]
    sent_at: datetime


class AskProvider(Task, name="payments.ask_provider"):
    """Ask the provider what became of an attempt; `tries` counts on the ladder of the `state` it was in."""

    payment_id: str
    number: int
    state: AttemptState
    tries: int


class RetryPayment(Task, name="payments.retry_payment"):
    """Make the next attempt, if it is still needed: the second, or the first of a payment that had to wait."""

    payment_id: str


class ProcessWebhook(Task, name="payments.process_webhook"):
    """Look at what a webhook is about; what the webhook itself says is not believed."""

    event_id: str
    type: str
    intent_id: str
    """The provider's id of the payment it is about."""
    provider: ProviderName = "stripe"
    tries: int = 0


class PaymentFreeze(Freeze):
    """Members from whom no further collection is begun: an invariant is broken for them."""

    collection = "payment_freezes"


def payment_id_of(invoice_id: str) -> str:
    """The id of an invoice's payment."""
    return id_from("pay", invoice_id)


def requested(invoice: InvoiceIssued, now: datetime, *, waits: bool = False) -> Payment | None:
    """The payment of an invoice with its first attempt under way; None where the buyer pays by themselves.

    One that `waits` has no attempt yet.
    """
    method = invoice.buyer.payment_method
    if method == "transfer" or invoice.total_minor <= 0:
        return None
    payment_id = payment_id_of(invoice.invoice_id)
    attempts = () if waits else (sent(payment_id, 1, now),)
    return Payment(
        id=payment_id,
        member_id=invoice.buyer.member_id,
        invoice_id=invoice.invoice_id,
        invoice_number=invoice.number,
        entity=invoice.entity,
        amount_minor=invoice.total_minor,
        currency=invoice.currency,
        method=method,
        provider=invoice.buyer.payment_provider,
        token=invoice.buyer.payment_token,
        state=state_of(attempts),
        attempts=attempts,
    )


def sent(payment_id: str, number: int, now: datetime) -> Attempt:
    """An attempt that is being sent: it is on record before the provider hears of it."""
    state = ATTEMPT.move("requested", "send")
    return Attempt(id=id_from("att", payment_id, str(number)), number=number, state=state, sent_at=now)


def order(payment: Payment, number: int) -> ChargeAttempt:
    """What the provider is asked to do for an attempt."""
    attempt = payment.attempt(number)
    return ChargeAttempt(
        member_id=payment.member_id,
        payment_id=payment.id,
        number=number,
        attempt_id=attempt.id,
        invoice_number=payment.invoice_number,
        amount_minor=payment.asked_in(number),
        currency=payment.currency,
        method=payment.method,
        provider=payment.provider,
        token=payment.token,
        sent_at=attempt.sent_at,
    )


def state_of(attempts: tuple[Attempt, ...]) -> AttemptState:
    """A payment's state: `succeeded` as soon as one attempt has, else that of the last; `requested` before any."""
    if not attempts:
        return "requested"
    return "succeeded" if any(a.state == "succeeded" for a in attempts) else attempts[-1].state


def answered(payment: Payment, number: int, answer: Answer) -> Payment:
    """The payment after an answer; the same object where the answer changes nothing.

    Answers come in any order and any number of times: what can't follow from the state has been overtaken.
    Rejected `charged_twice` where the provider has two successful payments for one attempt, `charged_too_much` where
    it says to have collected more than it was asked for: a human has to look.
    """
    attempt = payment.attempt(number)
    asked = payment.asked_in(number)
    if answer.outcome == "succeeded" and answer.amount_minor > asked:
        raise Rejected("charged_too_much", f"{answer.provider_id}: {answer.amount_minor} of {asked}")
    if attempt.state == answer.outcome == "succeeded" and attempt.provider_id != answer.provider_id:
        raise Rejected("charged_twice", f"{attempt.provider_id} and {answer.provider_id} both collected {attempt.id}")
    verb = VERBS[answer.outcome]
    if verb not in ATTEMPT.allows(attempt.state):
        return payment
    following = attempt.model_copy(
        update={
            "state": ATTEMPT.move(attempt.state, verb),
            "provider_id": answer.provider_id or attempt.provider_id,
            "code": answer.code,
            "soft": answer.soft,
        }
    )
    attempts = (*payment.attempts[: number - 1], following, *payment.attempts[number:])
    return payment.but(attempts=attempts, state=state_of(attempts))


def may_retry(payment: Payment) -> bool:
    """Whether a next attempt is right: the first had to wait, or failed softly, and the money is still owed."""
    if not payment.attempts:
        return not payment.settled
    last = payment.attempts[-1]
    return payment.state == "failed" and last.soft and last.number < ATTEMPTS and not payment.settled


def retry_at(failed_at: datetime) -> datetime:
    """When an attempt that failed now is followed by the next."""
    return datetime.combine((failed_at + RETRY_AFTER).date(), RETRY_HOUR)


def retried(payment: Payment, now: datetime) -> Payment:
    """The payment with its next attempt under way."""
    following = sent(payment.id, len(payment.attempts) + 1, now)
    if payment.owed_minor is not None:
        following = following.model_copy(update={"amount_minor": min(payment.owed_minor, payment.amount_minor)})
    attempts = (*payment.attempts, following)
    return payment.but(attempts=attempts, state=state_of(attempts))


def followed(payment: Payment, told: ItemSettled | ItemReopened | CreditNoteApplied) -> Payment:
    """The payment that knows what is still owed on its item."""
    return payment.but(
        settled=not told.open_minor,
        owed_minor=told.open_minor,
        item_version=told.item_version,
    )


def next_question(payment: Payment, number: int, asked: AskProvider | None) -> tuple[AskProvider, timedelta] | None:
    """What to ask the provider next and how long to wait; None where an attempt is decided.

    Rejected `provider_silent` at the end of the ladder: a human has to look.
    """
    state = payment.attempt(number).state
    if state not in LADDERS:
        return None
    tries = asked.tries + 1 if asked is not None and asked.state == state else 0
    if tries >= len(LADDERS[state]):
        raise Rejected("provider_silent", f"{payment.attempt(number).id} is still {state}; ask the provider by hand")
    task = AskProvider(member_id=payment.member_id, payment_id=payment.id, number=number, state=state, tries=tries)
    return task, LADDERS[state][tries]
