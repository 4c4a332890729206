"""What follows a failed attempt: the retry brain's decision, kept with it, and the next attempt's moment."""

from datetime import datetime
from typing import Literal

from common.parties import Buyer
from functions.payments.model.asking import Answer
from functions.payments.model.payments import (
    BY_FILE,
    COLLECTION_HOUR,
    MOST_ATTEMPTS,
    NO_MEANS,
    Payment,
    answered,
    retried,
    with_attempt,
)
from functions.payments.retries.brain import Case, decide

MandateStanding = Literal["active", "ended", "at_provider"]


def case_of(payment: Payment, number: int) -> Case:
    """A failed attempt as the retry brain sees it."""
    attempt = payment.attempt(number)
    same = [one for one in payment.attempts if one.means == attempt.means and one.number <= number]
    return Case(
        provider=payment.provider_of(number),
        method=payment.method_of(number),
        code=attempt.code,
        soft=attempt.soft,
        tries=len(same),
        first_at=same[0].sent_at,
        failed_at=attempt.decided_at or attempt.sent_at,
        owed_minor=payment.asked_in(number),
        currency=payment.currency,
    )


def judged(payment: Payment, number: int, mandate: MandateStanding = "at_provider") -> Payment:
    """The payment with the decision on what follows a failed attempt, and the next one planned where there is one.

    An attempt that was overtaken by a further one is not decided on.
    """
    attempt = payment.attempt(number)
    if attempt.state != "failed" or attempt.decision is not None or number != len(payment.attempts):
        return payment
    decision = decide(case_of(payment, number).model_copy(update={"mandate": mandate}))
    if number >= MOST_ATTEMPTS and decision.at is not None:
        said = (*decision.reasons, f"{number} attempts were made in all")
        decision = decision.model_copy(update={"action": "ask_method", "at": None, "reasons": said})
    known = with_attempt(payment, attempt.model_copy(update={"decision": decision}))
    return known.but(next_at=decision.at)


def without_means(payment: Payment, now: datetime, code: str = NO_MEANS) -> Payment:
    """The payment whose next attempt failed before it was sent: there is nothing to ask with (`code` says why)."""
    begun = retried(payment, now)
    answer = Answer(outcome="failed", code=code)
    return judged(answered(begun, len(begun.attempts), answer, now), len(begun.attempts))


def with_means(payment: Payment, buyer: Buyer, revision: int, earliest: datetime) -> Payment:
    """The payment that is collected with what its member pays with now; the same object where nothing follows.

    What failed for want of another card or account is collected at the `earliest`; where it was stopped, or there was
    no attempt with it after all, nothing is begun by a change. Whoever pays by transfer now has no means any more,
    unless they took the place of the member: then what the member had agreed to goes on. Nothing is collected before
    it is due.
    """
    plans = payment.next_at is not None
    asked = bool(payment.attempts) and _was_asked(payment)
    if _is_older(payment, buyer, revision) or payment.settled or BY_FILE in {payment.provider, buyer.payment_provider}:
        return payment
    method, token = buyer.payment_method, buyer.payment_token
    if not (plans or asked) or (buyer.payment_provider, token) == (payment.provider, payment.token):
        return payment
    heard = {"means_revision": revision, "means_member": buyer.member_id}
    if method == "transfer":
        return payment.but(token="", **heard) if plans and buyer.member_id == payment.member_id else payment
    known = payment.but(method=method, provider=buyer.payment_provider, token=token, **heard)
    begins = asked and not plans and bool(token) and len(payment.attempts) < MOST_ATTEMPTS
    return known.but(next_at=max(earliest, *_due(payment))) if begins else known


def _is_older(payment: Payment, buyer: Buyer, revision: int) -> bool:
    """Whether we have heard the like already; revisions of two members don't compare."""
    same = (payment.means_member or payment.member_id) == buyer.member_id
    return same and revision <= payment.means_revision


def _due(payment: Payment) -> list[datetime]:
    return [datetime.combine(payment.due_on, COLLECTION_HOUR)] if payment.due_on else []


def _was_asked(payment: Payment) -> bool:
    decision = payment.attempts[-1].decision
    return decision is not None and decision.action in {"ask_authentication", "ask_method", "ask_mandate"}
