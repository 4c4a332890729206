"""Saying whether money is on its way for what a reminder asks for: this area alone knows what it asked providers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.dates import day_in
from common.events.dunning import OfReminder, ReminderDoubted
from common.events.matching import ReminderOwed
from common.events.payments import ReminderConfirmed
from common.parties import SELLERS
from common.transaction import Transaction
from functions.payments.handlers.payables import payables_by_id, pending_of
from functions.payments.model.checkouts import may_be_paid
from functions.payments.model.payables import Payable, payable_id_of, unheard
from functions.payments.model.payments import Payment, payment_id_of

COLLECTING: Final = "a provider was asked for it and has not said what became of it"
PLANNED: Final = "it is collected by itself within days"
CAME: Final = "the money has come, and nothing is heard yet of what it paid"
PAYING: Final = "the member was given a page to pay it on, which is still open"
COMES: Final = "it was paid on the page, or came back from a dispute or a bank, and is not matched yet"


def confirm(owed: Sequence[ReminderOwed], transaction: Transaction) -> None:
    """Confirms each reminder for which no money is on its way; what is doubted is asked for anew the next day.

    An invoice that is not known here yet has no collection either. Money that was put elsewhere long ago is let go.
    """
    invoices = list(dict.fromkeys(one.invoice_id for one in owed))
    payments = dict(zip(invoices, transaction.find_all(Payment, [payment_id_of(one) for one in invoices]), strict=True))
    payables = payables_by_id(invoices, transaction)
    paying = _on_a_page(owed, transaction)
    for known in list(payables.values()):
        if (after := unheard(known, transaction.now)) is not known:
            payables[known.id] = after
            transaction.put(after)
    for one in owed:
        facts: dict[str, object] = {name: getattr(one, name) for name in OfReminder.model_fields}
        why = _on_its_way(payments[one.invoice_id], payables.get(payable_id_of(one.invoice_id)))
        if why := why or (PAYING if one.invoice_id in paying else ""):
            tomorrow = day_in(SELLERS[one.entity].time_zone, transaction.now) + timedelta(days=1)
            transaction.emit(ReminderDoubted.model_validate({**facts, "why": why, "again_on": tomorrow}))
        else:
            transaction.emit(ReminderConfirmed.model_validate({**facts, "confirmed_at": transaction.now}))


def _on_a_page(owed: Sequence[ReminderOwed], transaction: Transaction) -> set[str]:
    """The invoices for which a provider's page is open: whether it was paid a moment ago, nobody has told us yet."""
    members = dict.fromkeys(one.member_id for one in owed)
    pending = [checkout for member_id in members for checkout in pending_of(member_id, transaction)]
    paying = [checkout for checkout in pending if may_be_paid(checkout, transaction.now)]
    return {purpose.invoice_id for checkout in paying for purpose in checkout.purposes}


def _on_its_way(payment: Payment | None, payable: Payable | None) -> str:
    """Why nobody is to be reminded now; empty where they may be."""
    if payment is not None and payment.undecided:
        return COLLECTING
    if payment is not None and payment.next_at is not None and not payment.settled:
        return PLANNED
    if payment is not None and payment.state == "succeeded" and not _is_heard_of(payment, payable):
        return CAME
    return COMES if payable is not None and payable.held else ""


def _is_heard_of(payment: Payment, payable: Payable | None) -> bool:
    """Whether anything was heard of the item since the money came: a payment hears no more of it then, a payable does.

    What paid it and was taken back since is owed again, and may be reminded of.
    """
    return payable is not None and payable.item_version > payment.item_version
