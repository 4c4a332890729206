"""Disputes as providers tell them: what they take opens invoices again, what they give back pays them."""

from collections.abc import Sequence
from datetime import date

from common.dates import day_in
from common.events.payments import DisputeClosed, DisputeOpened, PaymentReceived, PaymentReturned
from common.failures import Rejected
from common.parties import SELLERS
from common.transaction import Transaction
from common.world import World
from functions.payments.handlers.collected import Collected, collected_by_id, collected_by_provider_id, receipt_id_of
from functions.payments.handlers.looking import look_later
from functions.payments.handlers.payables import hold_arrived, payables_by_id
from functions.payments.model.asking import ONLY_TOLD, Answer, DisputeSaid
from functions.payments.model.disputes import (
    OVER,
    REMIND_BEFORE,
    AnswerDispute,
    Dispute,
    RemindOfDispute,
    answered,
    asked_again,
    dispute_id_of,
    moved,
    reinstated_id_of,
    return_id_of,
    unanswered,
)
from functions.payments.model.webhooks import SOON, LookAtDispute, ReportEvent
from functions.payments.requests.disputes import (
    ByDispute,
    DisputeAnswer,
    DisputePage,
    RespondToDispute,
    SearchDisputes,
)


def record_looks(tasks: Sequence[LookAtDispute], answers: Sequence[DisputeSaid], transaction: Transaction) -> None:
    """Moves disputes towards what providers say now, and tells what money moved by it.

    Rejected `unknown_payment` where it stays about none of ours, `provider_silent` where nobody answers.
    """
    ids = [dispute_id_of(task.provider, task.provider_id) for task in tasks]
    found = transaction.find_all(Dispute, list(dict.fromkeys(ids)))
    disputes = {dispute.id: dispute for dispute in found if dispute is not None}
    named = collected_by_id([said.payment_id for said in answers], transaction)
    by_provider = [said.payment_provider_id for said in answers if said.payment_id not in named]
    others = collected_by_provider_id(by_provider, transaction)
    payables = payables_by_id(
        [invoice for one in (named | others).values() for invoice, _ in one.invoices], transaction
    )
    for task, said, dispute_id in zip(tasks, answers, ids, strict=True):
        payment = named.get(said.payment_id) or others.get(said.payment_provider_id)
        if said.code == ONLY_TOLD:
            continue
        if said.outcome in {"unknown", "not_found"}:
            look_later(task, "provider_silent", "the provider does not answer about", transaction)
        elif payment is None and dispute_id not in disputes:
            look_later(task, "unknown_payment", "we know no payment of", transaction)
        else:
            before = disputes.get(dispute_id)
            after = disputes[dispute_id] = _followed(task, said, before, payment, transaction)
            if before and payment and after.taken_minor < before.taken_minor:
                hold_arrived(payables, payment.invoices, reinstated_id_of(after), transaction)


def respond_to_dispute(given: RespondToDispute, transaction: Transaction) -> DisputeAnswer:
    """Sends evidence or accepts, once for each time they ask; Rejected `not_found` (404) or `wrong_state` (409)."""
    dispute = transaction.find(Dispute, given.dispute_id)
    if dispute is None:
        raise Rejected("not_found", "there is no such dispute", status=404)
    after = answered(dispute, transaction.actor, transaction.now)
    transaction.put(after)
    task = AnswerDispute(
        member_id=dispute.member_id,
        dispute_id=dispute.id,
        provider=dispute.provider,
        provider_id=dispute.provider_id,
        texts=given.texts,
        accept=given.accept,
    )
    transaction.later(task)
    return DisputeAnswer.of(after)


def record_responses(tasks: Sequence[AnswerDispute], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Looks at each dispute once its answer has arrived; sends it again where the provider was silent.

    What the provider does not take is told as `evidence_refused`, and may be answered anew before the last day.
    """
    found = transaction.find_all(Dispute, list(dict.fromkeys(task.dispute_id for task in tasks)))
    disputes = {one.id: one for one in found if one is not None}
    for task, answer in zip(tasks, answers, strict=True):
        if answer.outcome == "unknown" and task.tries < len(SOON):
            again = task.model_copy(update={"tries": task.tries + 1})
            transaction.later(again, transaction.now + SOON[task.tries])
        elif answer.outcome in {"succeeded", "processing"}:
            transaction.later(
                LookAtDispute(
                    member_id=task.member_id,
                    provider=task.provider,
                    provider_id=task.provider_id,
                    event_id=f"answer-{task.dispute_id}",
                )
            )
        else:
            _refused(task, answer, disputes.get(task.dispute_id), transaction)


def _refused(task: AnswerDispute, answer: Answer, dispute: Dispute | None, transaction: Transaction) -> None:
    if dispute is not None and dispute.answered_by:
        transaction.put(unanswered(dispute))
    said = f"{task.provider_id}: {answer.code or answer.outcome}"
    told = ReportEvent(
        member_id=task.member_id, provider=task.provider, event_id=task.dispute_id, code="evidence_refused", detail=said
    )
    transaction.later(told)


def remind(tasks: Sequence[RemindOfDispute], transaction: Transaction) -> None:
    """Rejected `evidence_due` where the last day is near and nobody has answered: a human decides."""
    for dispute in transaction.find_all(Dispute, [task.dispute_id for task in tasks]):
        if dispute is not None and dispute.state == "needs_response" and not dispute.answered_by:
            raise Rejected("evidence_due", f"{dispute.provider_id}: answer or accept by {dispute.evidence_due_at}")


def show_dispute(given: ByDispute, world: World) -> DisputeAnswer:
    """A dispute as it stands."""
    dispute = world.read.find(Dispute, given.dispute_id)
    if dispute is None:
        raise Rejected("not_found", "there is no such dispute", status=404)
    return DisputeAnswer.of(dispute)


def search_disputes(given: SearchDisputes, world: World) -> DisputePage:
    """Disputes of a member or in a state."""
    found = world.read.select(Dispute, limit=given.limit, after=given.page_token, **given.equals)
    following = found[-1].id if len(found) == given.limit else ""
    return DisputePage(items=[DisputeAnswer.of(dispute) for dispute in found], next_page_token=following)


def _followed(
    task: LookAtDispute, said: DisputeSaid, before: Dispute | None, payment: Collected | None, transaction: Transaction
) -> Dispute:
    known = before or _opened(task, said, payment)
    after = moved(known, said)
    if after is before:
        return after
    transaction.put(after)
    if before is None:
        _tell_opened(after, transaction)
    elif asked_again(before, after):
        _remind_later(after, transaction)
    _tell_money(known, after, transaction)
    outcome = OVER.get(after.state)
    if outcome and (before is None or before.state != after.state):
        transaction.emit(DisputeClosed(**_about(after), amount_minor=after.amount_minor, outcome=outcome))
    return after


def _opened(task: LookAtDispute, said: DisputeSaid, payment: Collected | None) -> Dispute:
    if payment is None:
        raise Rejected("unknown_payment", f"{task.provider} {task.provider_id} is about no payment of ours")
    return Dispute(
        id=dispute_id_of(task.provider, task.provider_id),
        provider=task.provider,
        provider_id=task.provider_id,
        member_id=payment.member_id,
        receipt_id=receipt_id_of(task.provider, said.payment_provider_id),
        payment_id=payment.payment_id,
        invoice_number=payment.invoice_number,
        entity=payment.entity,
        amount_minor=said.amount_minor,
        currency=payment.currency,
        reason=said.reason,
        state="warning" if said.state == "warning" else "needs_response",
        evidence_due_at=said.evidence_due_at,
    )


def _about(dispute: Dispute) -> dict[str, str]:
    return {
        "member_id": dispute.member_id,
        "dispute_id": dispute.id,
        "receipt_id": dispute.receipt_id,
        "provider": dispute.provider,
        "invoice_number": dispute.invoice_number,
        "currency": dispute.currency,
    }


def _tell_opened(dispute: Dispute, transaction: Transaction) -> None:
    due = dispute.evidence_due_at
    transaction.emit(
        DisputeOpened(**_about(dispute), amount_minor=dispute.amount_minor, reason=dispute.reason, evidence_due_at=due)
    )
    _remind_later(dispute, transaction)


def _remind_later(dispute: Dispute, transaction: Transaction) -> None:
    if dispute.evidence_due_at is not None:
        task = RemindOfDispute(member_id=dispute.member_id, dispute_id=dispute.id)
        transaction.later(task, max(transaction.now, dispute.evidence_due_at - REMIND_BEFORE))


def _tell_money(before: Dispute, after: Dispute, transaction: Transaction) -> None:
    """Money that is taken is a return, money that comes back has come anew. The fee for it comes with the payout."""
    taken = after.taken_minor - before.taken_minor
    if taken > 0:
        transaction.emit(
            PaymentReturned(
                member_id=after.member_id,
                return_id=return_id_of(after),
                receipt_id=after.receipt_id,
                source=after.provider,
                kind="chargeback",
                entity=after.entity,
                amount_minor=taken,
                currency=after.currency,
                invoice_number=after.invoice_number,
                code=after.reason,
                returned_on=_today(after, transaction),
            )
        )
    elif taken < 0:
        transaction.emit(_reinstated(after, -taken, _today(after, transaction)))


def _reinstated(dispute: Dispute, amount_minor: int, today: date) -> PaymentReceived:
    return PaymentReceived(
        member_id=dispute.member_id,
        receipt_id=reinstated_id_of(dispute),
        source=dispute.provider,
        entity=dispute.entity,
        amount_minor=amount_minor,
        currency=dispute.currency,
        received_on=today,
        invoice_number=dispute.invoice_number,
        text=f"dispute {dispute.provider_id}",
    )


def _today(dispute: Dispute, transaction: Transaction) -> date:
    seller = SELLERS.get(dispute.entity)
    return day_in(seller.time_zone if seller else "UTC", transaction.now)
