"""What staff have found out at the provider of an attempt that nobody else can decide."""

from common.failures import Rejected
from common.transaction import Transaction
from functions.payments.handlers.recording import record, today_of
from functions.payments.model.asking import Answer
from functions.payments.model.payments import UNDECIDED, Attempt, Payment, with_attempt
from functions.payments.requests.payments import DecideAttempt, PaymentAnswer


def decide_attempt(given: DecideAttempt, transaction: Transaction) -> PaymentAnswer:
    """Decides an attempt by hand: after a provider's silence, or an answer in another amount that was set aside.

    Rejected `not_found` (404), `already_decided` or `more_than_asked` (409), `provider_id_missing` (422).
    """
    payment = transaction.find(Payment, given.payment_id)
    if payment is None or given.attempt > len(payment.attempts):
        raise Rejected("not_found", "there is no such attempt", status=404)
    attempt = payment.attempt(given.attempt)
    _must_be_right(given, payment, attempt)
    asked = given.amount_minor or payment.asked_in(given.attempt)
    update: dict[str, str | int] = {"decided_by": transaction.actor}
    if given.outcome == "succeeded":
        update["amount_minor"] = asked
    known = with_attempt(payment, attempt.model_copy(update=update))
    answer = Answer(
        outcome=given.outcome,
        provider_id=given.provider_id or attempt.provider_id,
        code="" if given.outcome == "succeeded" else "decided_by_hand",
        amount_minor=asked if given.outcome == "succeeded" else 0,
    )
    after = record({payment.id: known}, payment.id, given.attempt, answer, transaction)
    return PaymentAnswer.of(after, today_of(after, transaction.now))


def _must_be_right(given: DecideAttempt, payment: Payment, attempt: Attempt) -> None:
    if attempt.state not in UNDECIDED:
        raise Rejected("already_decided", f"attempt {given.attempt} has {attempt.state}", status=409)
    if given.outcome == "failed":
        return
    if not (given.provider_id or attempt.provider_id):
        raise Rejected("provider_id_missing", "name the provider's payment that brought the money")
    if given.amount_minor > payment.asked_in(given.attempt):
        raise Rejected(
            "more_than_asked", "give what was collected beyond what was asked back at the provider first", status=409
        )
