"""Showing payments, finding them, and telling what would follow a failure."""

from common.failures import Rejected
from common.world import World
from functions.payments.handlers.recording import today_of
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.requests.payments import (
    ByPayment,
    DecisionAnswer,
    PaymentAnswer,
    PaymentPage,
    PreviewRetry,
    RetryPlan,
    Search,
)
from functions.payments.retries.brain import Case, planned


def show_payment(given: ByPayment, world: World) -> PaymentAnswer:
    """A payment with its attempts, what was decided after each, and until when its money can be taken back."""
    payment = world.read.find(Payment, given.payment_id)
    if payment is None:
        raise Rejected("not_found", "there is no such payment", status=404)
    return PaymentAnswer.of(payment, today_of(payment, world.now))


def search_payments(given: Search, world: World) -> PaymentPage:
    """Payments of a member, of an invoice or in a state."""
    if given.invoice_id:
        payment = world.read.find(Payment, payment_id_of(given.invoice_id))
        return PaymentPage(items=[PaymentAnswer.of(payment, today_of(payment, world.now))] if payment else [])
    equals = {name: value for name, value in (("member_id", given.member_id), ("state", given.state)) if value}
    found = world.read.select(Payment, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    items = [PaymentAnswer.of(payment, today_of(payment, world.now)) for payment in found]
    return PaymentPage(items=items, next_page_token=following)


def preview_retry(given: PreviewRetry, world: World) -> RetryPlan:  # noqa: ARG001 - a question to the rules alone
    """What would follow a failed attempt, and the next ones if they failed in the same way; nothing is recorded.

    Rejected `failed_before_it_began` where the first attempt is later than the failure.
    """
    first_at = given.first_at or given.failed_at
    if first_at > given.failed_at:
        raise Rejected("failed_before_it_began", "first_at is later than failed_at")
    case = Case(
        provider=given.provider,
        method=given.method,
        code=given.code,
        soft=given.soft,
        tries=given.tries,
        first_at=first_at,
        failed_at=given.failed_at,
        owed_minor=given.amount_minor,
        currency=given.currency,
        mandate=given.mandate,
    )
    found = planned(case)
    return RetryPlan(attempts=given.tries + len(found) - 1, decisions=[DecisionAnswer.of(one) for one in found])
