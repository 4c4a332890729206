"""Showing payments, and finding them."""

from common.failures import Rejected
from common.world import World
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.requests.payments import ByPayment, PaymentAnswer, PaymentPage, Search


def show_payment(given: ByPayment, world: World) -> PaymentAnswer:
    """A payment with its attempts."""
    payment = world.read.find(Payment, given.payment_id)
    if payment is None:
        raise Rejected("not_found", "there is no such payment", status=404)
    return PaymentAnswer.of(payment)


def search_payments(given: Search, world: World) -> PaymentPage:
    """Payments of a member, of an invoice or in a state."""
    if given.invoice_id:
        payment = world.read.find(Payment, payment_id_of(given.invoice_id))
        return PaymentPage(items=[PaymentAnswer.of(payment)] if payment else [])
    equals = {name: value for name, value in (("member_id", given.member_id), ("state", given.state)) if value}
    found = world.read.select(Payment, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return PaymentPage(items=[PaymentAnswer.of(payment) for payment in found], next_page_token=following)
