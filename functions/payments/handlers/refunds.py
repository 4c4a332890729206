"""Giving money back: on record first, then asked for, then recorded as whoever pays it says."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from common.dates import day_in
from common.events.matching import RefundRequested, RefundWithdrawn
from common.events.payments import RefundFailed, RefundPaid
from common.failures import Rejected, TryLater
from common.parking import frozen_among
from common.parties import SELLERS
from common.transaction import Transaction
from common.world import World
from functions.payments.handlers.looking import look_later
from functions.payments.model.asking import Answer
from functions.payments.model.payments import LOOK_AGAIN, PaymentFreeze
from functions.payments.model.refunds import (
    LADDER,
    REFUND,
    UNDECIDED,
    WAYS,
    AskRefund,
    BeginRefund,
    Refund,
    SendRefund,
    again,
    answered,
    approved,
    order,
    refund_id_of,
    sending,
    wished,
)
from functions.payments.model.webhooks import LookAtRefund
from functions.payments.requests.refunds import (
    ApproveRefund,
    ByRefund,
    DecideRefund,
    RefundAnswer,
    RefundPage,
    RetryRefund,
    SearchRefunds,
)


def take_wishes(wishes: Sequence[RefundRequested], transaction: Transaction) -> None:
    """Begins refunds; those by transfer wait for the next file, those above a person's limit for a second one."""
    wishes = list({wish.refund_id: wish for wish in wishes}.values())
    known = transaction.find_all(Refund, [wish.refund_id for wish in wishes])
    frozen = frozen_among(PaymentFreeze, [wish.member_id for wish in wishes], transaction)
    for wish, refund in zip(wishes, known, strict=True):
        if refund is None:
            _begin(wished(wish), transaction, frozen=wish.member_id in frozen)


def record_sent(tasks: Sequence[SendRefund], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what became of orders; an undecided one is asked for later."""
    refunds = refunds_by_id([task.refund_id for task in tasks], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        after = record_refund(refunds, task.refund_id, answer, transaction)
        _ask_later(after, 0, transaction)


def record_findings(tasks: Sequence[AskRefund], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what providers knew of undecided refunds. Rejected `provider_silent` at the end: a human looks."""
    refunds = refunds_by_id([task.refund_id for task in tasks], transaction)
    for task, answer in zip(tasks, answers, strict=True):
        if answer.outcome == "skipped":
            continue
        after = record_refund(refunds, task.refund_id, answer, transaction)
        _ask_later(after, task.step + 1, transaction)


def record_looks(tasks: Sequence[LookAtRefund], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what providers say of refunds that their notices are about.

    Rejected `unknown_refund` where it stays none of ours, `provider_silent` where the provider can't be asked.
    """
    ids = [_ours(task, answer) for task, answer in zip(tasks, answers, strict=True)]
    refunds = refunds_by_id([one for one in ids if one], transaction)
    for task, answer, refund_id in zip(tasks, answers, ids, strict=True):
        if answer.outcome == "unknown" and not answer.provider_id:
            look_later(task, "provider_silent", "the provider does not answer about", transaction)
        elif refund_id not in refunds:
            look_later(task, "unknown_refund", "we know no refund of", transaction)
        else:
            record_refund(refunds, refund_id, answer, transaction)


def _ours(task: LookAtRefund, answer: Answer) -> str:
    return refund_id_of(answer.attempt_id or task.refund_id)


def withdraw(news: Sequence[RefundWithdrawn], transaction: Transaction) -> None:
    """Gives up refunds whose money was taken from us meanwhile.

    Rejected `paid_twice` where it is on its way or was paid already: the member has it twice, and a human asks for it.
    """
    refunds = refunds_by_id([one.refund_id for one in news], transaction)
    for one in news:
        refund = refunds.get(one.refund_id)
        if refund is None:
            raise TryLater(f"there is no refund {one.refund_id} yet")
        if "withdraw" not in REFUND.allows(refund.state) or one.amount_minor != refund.amount_minor:
            took = f"{one.reason} took {one.amount_minor} of it"
            raise Rejected("paid_twice", f"{refund.id} is {refund.state}, and {took}")
        refunds[refund.id] = refund.but(state=REFUND.move(refund.state, "withdraw"), code=one.reason)
        transaction.put(refunds[refund.id])


def approve_refund(given: ApproveRefund, transaction: Transaction) -> RefundAnswer:
    """Agrees to a refund above the limit of who asked for it; four eyes."""
    after = approved(_found(given.refund_id, transaction), transaction.actor)
    frozen = frozen_among(PaymentFreeze, [after.member_id], transaction)
    return RefundAnswer.of(_begin(after, transaction, frozen=bool(frozen)))


def retry_refund(given: RetryRefund, transaction: Transaction) -> RefundAnswer:
    """Tries a failed refund once more, the same way or by transfer."""
    after = again(_found(given.refund_id, transaction), given.payee)
    frozen = frozen_among(PaymentFreeze, [after.member_id], transaction)
    return RefundAnswer.of(_begin(after, transaction, frozen=bool(frozen)))


def decide_refund(given: DecideRefund, transaction: Transaction) -> RefundAnswer:
    """Decides a refund by hand whose provider can't say what became of it; one that failed may be tried again.

    Rejected `not_found` (404) or `already_decided` (409).
    """
    refund = _found(given.refund_id, transaction)
    if refund.state not in UNDECIDED:
        raise Rejected("already_decided", f"{refund.id} is {refund.state}", status=409)
    code = "decided_by_hand" if given.outcome == "failed" else ""
    answer = Answer(outcome=given.outcome, provider_id=given.provider_id, code=code)
    return RefundAnswer.of(record_refund({refund.id: refund}, refund.id, answer, transaction))


def begin_waiting(tasks: Sequence[BeginRefund], transaction: Transaction) -> None:
    """Begins what had to wait for a frozen member; it waits on while they are."""
    refunds = refunds_by_id([task.refund_id for task in tasks], transaction)
    frozen = frozen_among(PaymentFreeze, [refund.member_id for refund in refunds.values()], transaction)
    for refund in refunds.values():
        if refund.state == "requested":
            _begin(refund, transaction, frozen=refund.member_id in frozen)


def record_refund(refunds: dict[str, Refund], refund_id: str, answer: Answer, transaction: Transaction) -> Refund:
    """The refund after an answer, in `refunds` too, and told where money moved by it."""
    before = refunds[refund_id]
    after = answered(before, answer, _today(before, transaction))
    if after is not before:
        refunds[refund_id] = after
        transaction.put(after)
        _tell(before, after, transaction)
    return after


def refunds_by_id(ids: Iterable[str], transaction: Transaction) -> dict[str, Refund]:
    """The refunds by id; what there is none of is left out."""
    found = transaction.find_all(Refund, list(dict.fromkeys(ids)))
    return {refund.id: refund for refund in found if refund is not None}


def show_refund(given: ByRefund, world: World) -> RefundAnswer:
    """A refund as it stands."""
    refund = world.read.find(Refund, given.refund_id)
    if refund is None:
        raise Rejected("not_found", "there is no such refund", status=404)
    return RefundAnswer.of(refund)


def search_refunds(given: SearchRefunds, world: World) -> RefundPage:
    """Refunds of a member, of a receipt or in a state."""
    found = world.read.select(Refund, limit=given.limit, after=given.page_token, **given.equals)
    following = found[-1].id if len(found) == given.limit else ""
    return RefundPage(items=[RefundAnswer.of(refund) for refund in found], next_page_token=following)


def _begin(refund: Refund, transaction: Transaction, *, frozen: bool) -> Refund:
    provider = WAYS.get(refund.way)
    if refund.state != "requested" or provider is None:
        transaction.put(refund)
        return refund
    if frozen:
        transaction.put(refund)
        task = BeginRefund(member_id=refund.member_id, refund_id=refund.id)
        transaction.later(task, transaction.now + LOOK_AGAIN)
        return refund
    after = sending(refund, transaction.now)
    transaction.put(after)
    transaction.later(
        SendRefund(
            member_id=after.member_id,
            refund_id=after.id,
            provider=provider,
            order=order(after),
            sent_at=transaction.now,
        )
    )
    return after


def _ask_later(refund: Refund, step: int, transaction: Transaction) -> None:
    if refund.state not in UNDECIDED:
        return
    if step >= len(LADDER):
        raise Rejected("provider_silent", f"{refund.order_id} is still {refund.state}; ask {refund.way} by hand")
    task = AskRefund(member_id=refund.member_id, refund_id=refund.id, tries=refund.tries, step=step)
    transaction.later(task, transaction.now + LADDER[step])


def _tell(before: Refund, after: Refund, transaction: Transaction) -> None:
    about: dict[str, Any] = {
        "member_id": after.member_id,
        "refund_id": after.id,
        "receipt_id": after.receipt_id,
        "sequence": after.told,
        "source": after.source,
        "entity": after.entity,
        "amount_minor": after.amount_minor,
        "currency": after.currency,
    }
    today = _today(after, transaction)
    if after.state == "succeeded":
        about |= {"invoice_number": after.invoice_number, "credit_note_number": after.credit_note_number}
        transaction.emit(RefundPaid(**about, paid_on=today))
    elif after.state == "failed":
        undone = before.state == "succeeded"
        transaction.emit(RefundFailed(**about, code=after.code, undone=undone, failed_on=today))


def _found(refund_id: str, transaction: Transaction) -> Refund:
    refund = transaction.find(Refund, refund_id)
    if refund is None:
        raise Rejected("not_found", "there is no such refund", status=404)
    return refund


def _today(refund: Refund, transaction: Transaction) -> date:
    seller = SELLERS.get(refund.entity)
    return day_in(seller.time_zone if seller else "UTC", transaction.now)
