"""Payments that members make themselves: begun here, and shown to staff."""

from collections.abc import Sequence

from common.documents import id_from
from common.failures import Rejected
from common.functions.routes import Seen
from common.transaction import Reader, Transaction
from common.world import World
from functions.payments.model.checkouts import (
    PENDING,
    Checkout,
    ClosePage,
    For,
    InviteMember,
    abandoned,
    checkout_id_of,
    chosen,
    is_same,
    overlaps,
)
from functions.payments.model.links import PaymentLink, begun, must_be_good
from functions.payments.model.payables import MOST_SHOWN, Payable, payable_id_of
from functions.payments.model.payments import UNDECIDED, Payment, payment_id_of
from functions.payments.page.methods import TRANSFER, method_named
from functions.payments.requests.checkouts import Begin, ByCheckout, CheckoutAnswer, CheckoutPage, ListCheckouts


def begin(given: Begin, transaction: Transaction) -> Seen:
    """Begins a payment, or setting up a method: on record first, then the provider is asked for its page.

    The same choice within half an hour leads to the same page; any other one about the same invoices takes its place.
    By transfer nothing is begun: the member is shown where to. Rejected `link_revoked` or `link_expired` (410),
    `too_many_payments` (429), `method_not_offered`, and what `chosen` refuses.
    """
    link = transaction.get(PaymentLink, given.link_id)
    today = transaction.now.date()
    must_be_good(link, today)
    payables = payables_of(link, transaction)
    if given.method == TRANSFER:
        return _transferred(given, payables, transaction)
    checkout = _checkout(given, link, payables, _in_flight(payables, transaction), transaction)
    pending = [c for state in PENDING for c in transaction.select(Checkout, member_id=link.member_id, state=state)]
    for one in pending:
        if one.state != "failed" and is_same(one, checkout, transaction.now):
            return Seen(see=f"/pay/{given.token}/checkouts/{one.id}")
    for one in pending:
        if overlaps(one, checkout):
            transaction.put(abandoned(one, transaction.now))
            transaction.later(ClosePage(member_id=one.member_id, checkout_id=one.id))
    transaction.put(begun(link, today))
    transaction.put(checkout)
    transaction.later(InviteMember(member_id=checkout.member_id, checkout_id=checkout.id))
    return Seen(see=f"/pay/{given.token}/checkouts/{checkout.id}")


def payables_of(link: PaymentLink, reading: Reader | Transaction) -> list[Payable]:
    """What the member may pay with a link, the oldest first."""
    if link.only:
        named = reading.find_all(Payable, [payable_id_of(one) for one in link.invoice_ids])
        found = [payable for payable in named if payable is not None and payable.owing == "yes"]
    else:
        found = reading.select(Payable, member_id=link.member_id, owing="yes", limit=MOST_SHOWN)
    return sorted(found, key=lambda payable: (payable.due_on, payable.number))


def show_checkout(given: ByCheckout, world: World) -> CheckoutAnswer:
    """A payment that a member made or began; Rejected `not_found` (404)."""
    checkout = world.read.find(Checkout, given.checkout_id)
    if checkout is None:
        raise Rejected("not_found", "there is no such checkout", status=404)
    return CheckoutAnswer.of(checkout)


def list_checkouts(given: ListCheckouts, world: World) -> CheckoutPage:
    """The payments that a member made or began."""
    found = world.read.select(Checkout, limit=given.limit, after=given.page_token, member_id=given.member_id)
    following = found[-1].id if len(found) == given.limit else ""
    return CheckoutPage(items=[CheckoutAnswer.of(one) for one in found], next_page_token=following)


def _transferred(given: Begin, payables: Sequence[Payable], transaction: Transaction) -> Seen:
    """Where the account stands; nothing is begun, as nobody knows whether it will be paid."""
    purposes = chosen(given.wanted, payables, _in_flight(payables, transaction))
    told = "&".join(f"invoice={one.invoice_number}&amount={one.amount_minor}" for one in purposes)
    return Seen(see=f"/pay/{given.token}/transfer?{told}")


def _checkout(
    given: Begin, link: PaymentLink, payables: Sequence[Payable], in_flight: frozenset[str], transaction: Transaction
) -> Checkout:
    purposes = chosen(given.wanted, payables, in_flight) if given.kind == "pay" else ()
    about = _about(purposes, payables or transaction.select(Payable, member_id=link.member_id, limit=1))
    method = method_named(given.method, about.country, about.currency)
    checkout_id = checkout_id_of(link.id, given.key)
    return Checkout(
        id=checkout_id,
        member_id=link.member_id,
        link_id=link.id,
        kind=given.kind,
        purposes=purposes,
        entity=about.entity,
        currency=about.currency,
        amount_minor=sum(one.amount_minor for one in purposes),
        country=about.country,
        language=given.language,
        method=method.method,
        providers=method.providers,
        provider=method.providers[0],
        final_days=method.final_days,
        keep_method=given.kind == "set_up" or (given.keep_method and method.can_be_kept),
        attempt_id=id_from("att", checkout_id, "1"),
        state="open",
        begun_at=transaction.now,
    )


def _about(purposes: Sequence[For], payables: Sequence[Payable]) -> Payable:
    """The first invoice that is paid, or any: it says which seller, country and currency."""
    first = {one.invoice_id for one in purposes[:1]}
    found = [payable for payable in payables if not first or payable.invoice_id in first]
    if not found:
        raise Rejected("not_found", "this member has no invoice", status=404)
    return found[0]


def _in_flight(payables: Sequence[Payable], transaction: Transaction) -> frozenset[str]:
    found = transaction.find_all(Payment, [payment_id_of(payable.invoice_id) for payable in payables])
    return frozenset(payment.invoice_id for payment in found if payment is not None and payment.state in UNDECIDED)
