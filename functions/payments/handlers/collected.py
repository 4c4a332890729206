"""What a payment of a provider was for, whoever began it: a collection of ours, or the member on our page."""

from collections.abc import Iterable
from typing import NamedTuple

from common.documents import id_from
from common.transaction import Transaction
from functions.payments.model.asking import ProviderName
from functions.payments.model.checkouts import Checkout
from functions.payments.model.payments import Payment


class Collected(NamedTuple):
    """What has to be known of money to tell what becomes of it."""

    payment_id: str
    member_id: str
    entity: str
    currency: str
    invoice_number: str
    """Empty where it was for several invoices."""
    invoices: tuple[tuple[str, int], ...]
    """Their ids, and how much of it was for each."""


def collected_by_id(payment_ids: Iterable[str], transaction: Transaction) -> dict[str, Collected]:
    """By the payment's or checkout's id; what we know nothing of is left out."""
    ids = list(dict.fromkeys(one for one in payment_ids if one))
    payments = [one for one in transaction.find_all(Payment, ids) if one is not None]
    found = {one.id: _of_payment(one) for one in payments}
    others = [one for one in ids if one not in found]
    checkouts = [one for one in transaction.find_all(Checkout, others) if one is not None] if others else []
    return found | {one.id: _of_checkout(one) for one in checkouts}


def collected_by_provider_id(provider_ids: Iterable[str], transaction: Transaction) -> dict[str, Collected]:
    """By the provider's id of the payment, for providers that tell no more; what we know nothing of is left out."""
    found: dict[str, Collected] = {}
    for provider_id in dict.fromkeys(one for one in provider_ids if one):
        known = _by_provider_id(provider_id, transaction)
        if known is not None:
            found[provider_id] = known
    return found


def _by_provider_id(provider_id: str, transaction: Transaction) -> Collected | None:
    for payment in transaction.select(Payment, provider_id=provider_id, limit=1):
        return _of_payment(payment)
    for checkout in transaction.select(Checkout, provider_id=provider_id, limit=1):
        return _of_checkout(checkout)
    return None


def receipt_id_of(provider: ProviderName, provider_id: str) -> str:
    """The id under which the money of a provider's payment was told."""
    return id_from("rcp", provider, provider_id)


def _of_payment(payment: Payment) -> Collected:
    return Collected(
        payment.id,
        payment.member_id,
        payment.entity,
        payment.currency,
        payment.invoice_number,
        ((payment.invoice_id, payment.amount_minor),),
    )


def _of_checkout(checkout: Checkout) -> Collected:
    number = checkout.purposes[0].invoice_number if len(checkout.purposes) == 1 else ""
    invoices = tuple((one.invoice_id, one.amount_minor) for one in checkout.purposes if one.amount_minor > 0)
    return Collected(checkout.id, checkout.member_id, checkout.entity, checkout.currency, number, invoices)
