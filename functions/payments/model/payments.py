"""Payments and their attempts: what may become of each, decided without asking anybody."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from common.documents import Document, id_from
from common.events.base import Task
from common.events.invoicing import InvoiceIssued
from common.events.matching import OfItem
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency, Minor
from common.parking import Freeze
from common.parties import PaymentProvider, personal
from common.values import Exact
from functions.payments.finality import RAILS, Rail
from functions.payments.model.asking import Answer, Outcome
from functions.payments.model.awaiting import Wait
from functions.payments.retries.brain import Decision

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
    "processing": tuple(timedelta(days=days) for days in (4, 3, 4, 7, 14, 14, 14)),
}
"""How long we wait before we ask the provider again; a webhook is normally faster. After the last a human looks."""
COLLECTION_HOUR: Final = time(5, tzinfo=UTC)
"""Hours before anybody is reminded (noon): that money is on its way is known everywhere by then."""
LOOK_AGAIN: Final = timedelta(hours=12)
"""How long a collection waits before it looks whether its member still is frozen."""
MOST_ATTEMPTS: Final = 12
"""With every card and account together; policies allow far fewer with each."""
BY_FILE: Final = "sepa"
"""Whose attempts are handed in as files: their days are those of the files, planned there (`next_at` tells when)."""
NO_MEANS: Final = "no_means"
"""The code of an attempt for which there was no card or account to ask with."""


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
    provider: PaymentProvider | Literal[""] = ""
    """Who is asked; empty (as of `method`): the payment's, before attempts told their own."""
    method: Method | Literal[""] = ""
    means: str = ""
    """Which card or account, as a digest of its token: another one starts a new budget of attempts."""
    decided_at: datetime | None = None
    decided_by: str = ""
    """Who decided it by hand, where the provider could not say; empty where it did."""
    decision: Decision | None = None
    """What followed its failure, and why."""
    rail: Rail | Literal[""] = ""
    """By which scheme's rules its money can be taken back; empty: those of its method."""


class Payment(Document):
    """The automatic collection of one invoice. No second attempt while one is undecided.

    Without any attempt it waits for its day (`next_at`), or because an invariant is broken for its member.
    """

    collection = "payments"
    indexed = ("member_id", "state", "provider_id")

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
    attempts: tuple[Attempt, ...] = Field(max_length=MOST_ATTEMPTS)
    provider_id: str = ""
    """The provider's id of the payment that brought the money: its settlement names it."""
    due_on: date | None = None
    next_at: datetime | None = None
    """When the next attempt is planned: until then its item is not chased. None while one is undecided, and once no
    further one is made."""
    settled: bool = False
    """Nothing is owed any more, however it was paid: no further attempt."""
    owed_minor: Minor | None = None
    """What a further attempt asks for, where something has changed since the invoice."""
    item_version: int = 0
    """The open item's version that says so: older news changes nothing."""
    means_revision: int = 0
    """The revision of the member who pays that its card or account was taken from; 0: the invoice's own."""
    means_member: str = ""
    """Who that was, where it is somebody who took the member's place."""
    wait: Wait | None = None
    """Why the planned attempt is not made yet, where it waits; kept afterwards."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.state != state_of(self.attempts):
            raise ValueError("the payment's state is not that of its attempts")
        if any(attempt.state in UNDECIDED for attempt in self.attempts[:-1]):
            raise ValueError("a further attempt was made while one was undecided")
        if self.next_at is not None and self.state not in {"requested", "failed"}:
            raise ValueError("a further attempt is planned for money that came or is on its way")
        return self

    def attempt(self, number: int) -> Attempt:
        """An attempt by its number, from 1."""
        return self.attempts[number - 1]

    def asked_in(self, number: int) -> int:
        """What an attempt asks for."""
        return self.attempt(number).amount_minor or self.amount_minor

    def provider_of(self, number: int) -> PaymentProvider:
        """Who was asked by an attempt."""
        return self.attempt(number).provider or self.provider

    def method_of(self, number: int) -> Method:
        """By what an attempt was to be paid."""
        return self.attempt(number).method or self.method

    def rail_of(self, number: int) -> Rail:
        """By which rules an attempt's money can be taken back."""
        return self.attempt(number).rail or RAILS[self.method_of(number)]

    @property
    def undecided(self) -> bool:
        """Whether nobody knows yet what becomes of an attempt: its money may be on its way."""
        return any(attempt.state in UNDECIDED for attempt in self.attempts)

    @property
    def open_minor(self) -> int:
        """What is still owed, as far as is known here; never more than the invoice."""
        return min(self.amount_minor, self.amount_minor if self.owed_minor is None else self.owed_minor)

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


class AnnounceCollection(Task, name="payments.announce_collection"):
    """Tell that an attempt is about to be made, so that credit that is there is used first."""

    payment_id: str


class RetryPayment(Task, name="payments.retry_payment"):
    """Make the attempt that is planned, the first or a further one, if it is still needed."""

    payment_id: str


class PaymentFreeze(Freeze):
    """Members from whom no further collection is begun: an invariant is broken for them."""

    collection = "payment_freezes"


def payment_id_of(invoice_id: str) -> str:
    """The id of an invoice's payment."""
    return id_from("pay", invoice_id)


def scheduled(invoice: InvoiceIssued, earliest: datetime) -> Payment | None:
    """The payment of an invoice, to be collected on the day it is due; None where the buyer pays by themselves.

    What is due already is collected as early as may be.
    """
    method = invoice.buyer.payment_method
    if method == "transfer" or invoice.total_minor <= 0:
        return None
    return Payment(
        id=payment_id_of(invoice.invoice_id),
        member_id=invoice.buyer.member_id,
        invoice_id=invoice.invoice_id,
        invoice_number=invoice.number,
        entity=invoice.entity,
        amount_minor=invoice.total_minor,
        currency=invoice.currency,
        method=method,
        provider=invoice.buyer.payment_provider,
        token=invoice.buyer.payment_token,
        state=state_of(()),
        attempts=(),
        due_on=invoice.due_on,
        next_at=max(earliest, datetime.combine(invoice.due_on, COLLECTION_HOUR)),
    )


def requested(invoice: InvoiceIssued, now: datetime) -> Payment | None:
    """The payment of an invoice with its first attempt under way; None where the buyer pays by themselves."""
    payment = scheduled(invoice, now)
    return None if payment is None else retried(payment, now)


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
        method=payment.method_of(number),
        provider=payment.provider_of(number),
        token=payment.token,
        sent_at=attempt.sent_at,
    )


def state_of(attempts: tuple[Attempt, ...]) -> AttemptState:
    """A payment's state: `succeeded` as soon as one attempt has, else that of the last; `requested` before any."""
    if not attempts:
        return "requested"
    return "succeeded" if any(a.state == "succeeded" for a in attempts) else attempts[-1].state


def answered(
    payment: Payment, number: int, answer: Answer, at: datetime | None = None, rail: Rail | None = None
) -> Payment:
    """The payment after an answer; the same object where the answer changes nothing.

    Answers come in any order and any number of times: what can't follow from the state has been overtaken.
    Rejected `charged_twice` where the provider has two successful payments for one attempt, `charged_too_much` or
    `charged_otherwise` where it says to have collected another amount or currency than it was asked for: nothing is
    allocated, nothing else is attempted, and a human has to look.
    """
    attempt = payment.attempt(number)
    if answer.outcome == "succeeded":
        _must_be_what_was_asked(payment, number, answer)
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
            "rail": rail or attempt.rail,
            "decided_at": at if answer.outcome in {"succeeded", "failed"} else attempt.decided_at,
        }
    )
    return with_attempt(payment, following)


def _must_be_what_was_asked(payment: Payment, number: int, answer: Answer) -> None:
    asked = payment.asked_in(number)
    said = f"{answer.provider_id}: {answer.amount_minor} {answer.currency} of {asked} {payment.currency}"
    if answer.currency and answer.currency.upper() != payment.currency:
        raise Rejected("charged_otherwise", said)
    if answer.amount_minor > asked:
        raise Rejected("charged_too_much", said)
    if answer.amount_minor and answer.amount_minor < asked:
        raise Rejected("charged_otherwise", said)


def with_attempt(payment: Payment, attempt: Attempt) -> Payment:
    """The payment with one attempt as it is now; once money came, nothing further is planned."""
    number = attempt.number
    attempts = (*payment.attempts[: number - 1], attempt, *payment.attempts[number:])
    state = state_of(attempts)
    return payment.but(
        attempts=attempts,
        provider_id=attempt.provider_id if attempt.state == "succeeded" else payment.provider_id,
        state=state,
        next_at=payment.next_at if state in {"requested", "failed"} else None,
    )


def may_retry(payment: Payment) -> bool:
    """Whether an attempt is planned and the money still owed."""
    return (payment.next_at is not None or not payment.attempts) and not payment.settled


def retried(payment: Payment, now: datetime, amount_minor: int | None = None) -> Payment:
    """The payment with its next attempt under way, for what is owed or what is named of it."""
    following = sent(payment.id, len(payment.attempts) + 1, now)
    asked = min(payment.open_minor, payment.open_minor if amount_minor is None else amount_minor)
    update = {
        "amount_minor": 0 if asked == payment.amount_minor else asked,
        "provider": payment.provider,
        "method": payment.method,
        "means": means_of(payment.provider, payment.token),
    }
    attempts = (*payment.attempts, following.model_copy(update=update))
    return payment.but(attempts=attempts, state=state_of(attempts), next_at=None)


def means_of(provider: str, token: str) -> str:
    """A card or account without telling which: the same for the same token of a provider."""
    return id_from("mns", provider, token)


def followed(payment: Payment, told: OfItem) -> Payment:
    """The payment that knows what is still owed on its item."""
    return payment.but(
        settled=not told.open_minor,
        owed_minor=told.open_minor,
        item_version=told.item_version,
    )


def next_question(
    payment: Payment, number: int, asked: AskProvider | None, unasked_at: datetime | None = None
) -> tuple[AskProvider, timedelta] | None:
    """What to ask the provider next and how long to wait; None where an attempt is decided.

    A question that was not even put to a provider that is down (`unasked_at`) counts by the time that has passed.
    Rejected `provider_silent` at the end of the ladder: a human has to look.
    """
    attempt = payment.attempt(number)
    if attempt.state not in LADDERS:
        return None
    ladder = LADDERS[attempt.state]
    tries = asked.tries + 1 if asked is not None and asked.state == attempt.state else 0
    if unasked_at is not None:
        tries = sum(passed <= unasked_at - attempt.sent_at for passed in accumulate(ladder))
    if tries >= len(ladder):
        raise Rejected("provider_silent", f"{attempt.id} is still {attempt.state}; ask the provider by hand")
    task = AskProvider(
        member_id=payment.member_id, payment_id=payment.id, number=number, state=attempt.state, tries=tries
    )
    return task, ladder[tries]
