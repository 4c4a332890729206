"""Collecting what falls due: announced, netted, asked for, answered, and tried again where that is right."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.events.invoicing import InvoiceIssued
from common.events.matching import OfItem, PaymentSuggested
from common.events.members import MemberChanged
from common.events.payments import PaymentRequested
from common.parking import frozen_among
from common.transaction import Transaction
from functions.payments.handlers import recording
from functions.payments.handlers.recording import announce, payments_by_id, plan, record, tell_failed
from functions.payments.handlers.succession import forerunners, present
from functions.payments.model.asking import NOT_ASKED, Answer, wait_of
from functions.payments.model.awaiting import Suggestions, news_of, suggestions_id_of, waiting
from functions.payments.model.ended_means import MANDATE_ENDED, EndedMeans, means_ids
from functions.payments.model.payables import Payable, payable_id_of
from functions.payments.model.payments import (
    BY_FILE,
    LOOK_AGAIN,
    NO_MEANS,
    AnnounceCollection,
    AskProvider,
    ChargeAttempt,
    Payment,
    PaymentFreeze,
    RetryPayment,
    followed,
    may_retry,
    next_question,
    order,
    payment_id_of,
    retried,
    scheduled,
)
from functions.payments.model.planning import with_means, without_means

AFTER_OTHERS: Final = timedelta(hours=1)
"""How long a collection waits for money that is on its way otherwise: the member is paying just now."""
LONGEST_WAIT_S: Final = 6 * 3600
"""No provider is left alone for longer, whatever it says."""
MOST_OPEN: Final = 50
"""So many of a member's collections take a new card or account at once."""


def collect(invoices: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """Plans to collect what the buyer's method collects by itself, on the day it is due.

    What is handed in as files is planned where the files are made. Where its mandate has ended, the member is asked
    for another method now.
    """
    found = [scheduled(invoice, transaction.now + recording.NET_AHEAD) for invoice in invoices]
    payments = [one for one in found if one is not None and one.provider != BY_FILE]
    ended = _with_ended_means(payments, transaction)
    for payment in payments:
        if payment.id in ended:
            give_up(payment, transaction, MANDATE_ENDED)
        else:
            transaction.put(payment)
            plan(payment, transaction)


def announce_collections(tasks: Sequence[AnnounceCollection], transaction: Transaction) -> None:
    """Tells of the attempts that are about to be made, so that what is there is used first."""
    payments = payments_by_id([task.payment_id for task in tasks], transaction)
    for payment in payments.values():
        if may_retry(payment):
            announce(payment, transaction)


def retry(tasks: Sequence[RetryPayment], transaction: Transaction) -> None:
    """Makes the planned attempts that are still right, each for what is open by now.

    Those of a frozen member wait, those for which money is on its way by another road, and for some days those which
    money that came is suggested to pay.
    """
    found = payments_by_id([task.payment_id for task in tasks], transaction)
    payments = [one for one in found.values() if may_retry(one) and one.provider != BY_FILE]
    frozen = frozen_among(PaymentFreeze, [payment.member_id for payment in payments], transaction)
    payables = transaction.find_all(Payable, [payable_id_of(payment.invoice_id) for payment in payments])
    suggestions = transaction.find_all(Suggestions, [suggestions_id_of(one.invoice_number) for one in payments])
    ended = _with_ended_means(payments, transaction)
    for payment, payable, suggested in zip(payments, payables, suggestions, strict=True):
        left = _left(payment, payable)
        if payment.next_at is not None and payment.next_at > transaction.now:
            _try(payment, payment.next_at - transaction.now, transaction)
        elif payment.member_id in frozen:
            _try(payment, LOOK_AGAIN, transaction)
        elif not left:
            _try(payment, AFTER_OTHERS, transaction)
        elif not payment.token:
            give_up(payment, transaction)
        elif payment.id in ended:
            give_up(payment, transaction, MANDATE_ENDED)
        elif suggested is not None and _waits(payment, suggested, transaction):
            continue
        else:
            _send(retried(payment, transaction.now, left), transaction)


def record_charges(tasks: Sequence[ChargeAttempt], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what became of charges; an undecided one is asked for later."""
    payments = payments_by_id([task.payment_id for task in tasks], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        payment = record(payments, task.payment_id, task.number, answer, transaction)
        _ask_later(payment, task.number, None, answer, transaction)


def record_findings(tasks: Sequence[AskProvider], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what the provider knew of undecided attempts."""
    payments = payments_by_id([task.payment_id for task in tasks], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        payment = record(payments, task.payment_id, task.number, answer, transaction)
        _ask_later(payment, task.number, task, answer, transaction)


def follow_items(news: Sequence[OfItem], transaction: Transaction) -> None:
    """Notes what is still owed, by the newest news of each item; a further attempt asks for that, or is not made."""
    newest: dict[str, OfItem] = {}
    for told in sorted(news, key=lambda told: told.item_version):
        newest[payment_id_of(told.invoice_id)] = told
    for payment in transaction.find_all(Payment, list(newest)):
        if payment is None or payment.state == "succeeded" or payment.item_version >= newest[payment.id].item_version:
            continue
        after = followed(payment, newest[payment.id])
        transaction.put(after)
        if payment.settled and may_retry(after) and after.provider != BY_FILE:
            _try(after, LOOK_AGAIN, transaction)


def take_new_means(changes: Sequence[MemberChanged], transaction: Transaction) -> None:
    """Collects with the card or account a member has now, also what could not be collected with the former one."""
    newest = {told.member_id or told.buyer.member_id: told for told in sorted(changes, key=lambda one: one.revision)}
    payers = present(newest, transaction)
    whose = {name: name for name in newest if payers[name] == name}
    whose |= {former: name for name in list(whose) for former in forerunners(name, transaction)}
    found = [
        payment
        for member_id in whose
        for state in ("requested", "failed")
        for payment in transaction.select(Payment, member_id=member_id, state=state, limit=MOST_OPEN)
    ]
    for payment in found:
        told = newest[whose[payment.member_id]]
        after = with_means(payment, told.buyer, told.revision, transaction.now + recording.NET_AHEAD)
        if after is payment:
            continue
        transaction.put(after)
        if after.next_at != payment.next_at:
            plan(after, transaction)


def _left(payment: Payment, payable: Payable | None) -> int:
    """What an attempt may ask for now; nothing while money for it comes otherwise, or has come and is not matched."""
    if payable is None:
        return payment.open_minor
    if any(not held.arrived for held in payable.held):
        return 0
    return min(payment.open_minor, payable.payable_minor)


def _send(payment: Payment, transaction: Transaction) -> None:
    attempt = payment.attempts[-1]
    transaction.put(payment)
    transaction.emit(
        PaymentRequested(
            member_id=payment.member_id,
            payment_id=payment.id,
            attempt=attempt.number,
            invoice_id=payment.invoice_id,
            invoice_number=payment.invoice_number,
            entity=payment.entity,
            amount_minor=payment.asked_in(attempt.number),
            currency=payment.currency,
            provider=payment.provider,
        )
    )
    transaction.later(order(payment, attempt.number))


def note_suggestions(told: Sequence[PaymentSuggested], transaction: Transaction) -> None:
    """Notes which invoices money that came may pay; a collection that waited for that is made once it is decided."""
    news = [pair for one in sorted(told, key=lambda one: one.revision) for pair in news_of(one)]
    ids = list(dict.fromkeys(name for name, _ in news))
    before = dict(zip(ids, transaction.find_all(Suggestions, ids), strict=True))
    waiting_ids = [one.payment_id for one in before.values() if one is not None and one.payment_id]
    payments = payments_by_id(waiting_ids, transaction)
    after = {name: known or Suggestions(id=name) for name, known in before.items()}
    for name, one in news:
        after[name] = after[name].told(one)
    for name, suggestions in after.items():
        if suggestions == before[name] or not suggestions.suggested:
            continue
        payment = payments.get(suggestions.payment_id)
        over = payment is not None and not suggestions.standing
        transaction.put(suggestions.but(payment_id="") if over else suggestions)
        if payment is not None and over:
            _go_on(payment, transaction)


def _go_on(payment: Payment, transaction: Transaction) -> None:
    """What waited is announced and made, unless it was paid meanwhile."""
    if may_retry(payment) and payment.next_at is not None:
        after = payment.but(next_at=min(payment.next_at, transaction.now + recording.NET_AHEAD))
        transaction.put(after)
        plan(after, transaction)


def _waits(payment: Payment, suggested: Suggestions, transaction: Transaction) -> bool:
    """Whether an attempt waits for people to decide on money that came: until then or until its days are over."""
    wait = waiting(suggested, payment.wait, len(payment.attempts) + 1, transaction.now)
    if wait is None:
        return False
    after = payment.but(wait=wait, next_at=wait.until)
    transaction.put(after)
    transaction.put(suggested.but(payment_id=payment.id))
    plan(after, transaction)
    return True


def _with_ended_means(payments: Sequence[Payment], transaction: Transaction) -> set[str]:
    """Those whose mandate has ended at the provider, as far as it has said so. One read for all."""
    by_payment = {one.id: means_ids(one.provider, one.token) for one in payments}
    ids = list(dict.fromkeys(name for names in by_payment.values() for name in names))
    ended = {one.id for one in transaction.find_all(EndedMeans, ids) if one is not None and one.ended}
    return {payment_id for payment_id, names in by_payment.items() if ended & set(names)}


def give_up(payment: Payment, transaction: Transaction, code: str = NO_MEANS) -> None:
    """Ends a collection for which there is no card or account any more; the attempt says so, and asks nobody."""
    after = without_means(payment, transaction.now, code)
    transaction.put(after)
    tell_failed(after, len(after.attempts), transaction)


def _try(payment: Payment, wait: timedelta, transaction: Transaction) -> None:
    task = RetryPayment(member_id=payment.member_id, payment_id=payment.id)
    transaction.later(task, transaction.now + wait)


def _ask_later(
    payment: Payment, number: int, asked: AskProvider | None, answer: Answer, transaction: Transaction
) -> None:
    unasked_at = transaction.now if answer.code == NOT_ASKED else None
    following = next_question(payment, number, asked, unasked_at)
    if following is not None:
        task, wait = following
        transaction.later(task, transaction.now + max(wait, timedelta(seconds=min(wait_of(answer), LONGEST_WAIT_S))))
