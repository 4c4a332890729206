"""Members' proceeds pay for what they owe before anything is collected from their card or account."""

from common.dates import day_in
from common.documents import id_from
from common.events.payments import PaymentReceived
from common.failures import Rejected
from common.parking import frozen_among
from common.parties import SELLERS
from common.transaction import Transaction
from common.world import World
from functions.payments.finality import finality
from functions.payments.model.payables import Payable, holding, payable_id_of
from functions.payments.model.payments import Payment, PaymentFreeze, payment_id_of
from functions.payments.model.proceeds import Proceeds, proceeds_id_of
from functions.payments.requests.proceeds import OfferProceeds, ProceedsAnswer, ProceedsPage, SearchProceeds


def offer_proceeds(given: OfferProceeds, transaction: Transaction) -> ProceedsAnswer:
    """Takes what is needed of a member's proceeds for an invoice; the marketplace pays out the rest.

    The same offer again is answered as before. Rejected `not_found` (404), `offer_reused`, `other_member`,
    `currency_differs`, `in_flight` while money for it is being collected, `frozen` (409).
    """
    known = transaction.find(Proceeds, proceeds_id_of(given.offer))
    payable = transaction.find(Payable, payable_id_of(given.invoice_id))
    payment = transaction.find(Payment, payment_id_of(given.invoice_id))
    frozen = frozen_among(PaymentFreeze, [given.member_id], transaction)
    if known is not None:
        return _as_before(given, known)
    payable = _must_fit(given, payable)
    if payment is not None and payment.undecided:
        raise Rejected("in_flight", f"{payable.number} is being collected", status=409)
    if frozen:
        raise Rejected("frozen", "nothing new is begun with this member's money for now", status=409)
    taken = _taken(given, payable, transaction)
    if taken is None:
        return _not_needed(given, payable)
    transaction.put(taken)
    transaction.put(holding(payable, taken.id, taken.taken_minor, transaction.now, receipt_id=taken.receipt_id))
    transaction.emit(_received(taken, transaction))
    return ProceedsAnswer.of(taken)


def search_proceeds(given: SearchProceeds, world: World) -> ProceedsPage:
    """Offers that were taken, all or a member's."""
    equals = {"member_id": given.member_id} if given.member_id else {}
    found = world.read.select(Proceeds, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return ProceedsPage(items=[ProceedsAnswer.of(one) for one in found], next_page_token=following)


def _as_before(given: OfferProceeds, known: Proceeds) -> ProceedsAnswer:
    said = (given.member_id, given.invoice_id, given.amount_minor, given.currency)
    if said != (known.member_id, known.invoice_id, known.offered_minor, known.currency):
        raise Rejected("offer_reused", "this offer was made with another content before", status=409)
    return ProceedsAnswer.of(known)


def _must_fit(given: OfferProceeds, payable: Payable | None) -> Payable:
    if payable is None:
        raise Rejected("not_found", "there is no such invoice", status=404)
    if payable.member_id != given.member_id:
        raise Rejected("other_member", f"{payable.number} is owed by another member", status=409)
    if payable.currency != given.currency:
        raise Rejected("currency_differs", f"{payable.number} is in {payable.currency}", status=409)
    return payable


def _taken(given: OfferProceeds, payable: Payable, transaction: Transaction) -> Proceeds | None:
    amount = min(given.amount_minor, payable.payable_minor)
    if amount <= 0:
        return None
    proceeds_id = proceeds_id_of(given.offer)
    return Proceeds(
        id=proceeds_id,
        offer=given.offer,
        member_id=payable.member_id,
        invoice_id=payable.invoice_id,
        invoice_number=payable.number,
        entity=payable.entity,
        currency=payable.currency,
        offered_minor=given.amount_minor,
        taken_minor=amount,
        receipt_id=id_from("rcp", "proceeds", proceeds_id),
        taken_at=transaction.now,
    )


def _not_needed(given: OfferProceeds, payable: Payable) -> ProceedsAnswer:
    return ProceedsAnswer(
        proceeds_id="",
        outcome="not_needed",
        offer=given.offer,
        member_id=payable.member_id,
        invoice_id=payable.invoice_id,
        invoice_number=payable.number,
        currency=payable.currency,
        offered_minor=given.amount_minor,
        taken_minor=0,
        receipt_id="",
        taken_at=None,
    )


def _received(taken: Proceeds, transaction: Transaction) -> PaymentReceived:
    seller = SELLERS.get(taken.entity)
    today = day_in(seller.time_zone if seller else "UTC", transaction.now)
    return PaymentReceived(
        member_id=taken.member_id,
        receipt_id=taken.receipt_id,
        source="proceeds",
        entity=taken.entity,
        amount_minor=taken.taken_minor,
        currency=taken.currency,
        received_on=today,
        invoice_number=taken.invoice_number,
        provider_id=taken.offer,
        final_on=finality("proceeds", today).final_on,
    )
