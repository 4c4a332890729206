"""What banks say of our debits: files refused or accepted, batches credited, single ones given back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.events.payments import PaymentReceived
from common.failures import Rejected
from common.transaction import Transaction
from functions.payments.handlers.debit_book import DebitBook
from functions.payments.model.debit_batches import (
    DEBIT_BATCH,
    PAGE,
    DebitBatch,
    Group,
    RejectDebits,
    SettleGroup,
    credited,
    with_rejected,
)
from functions.payments.model.debits import ConfirmReturn, Debit, Return, TakeDebitBooking
from functions.payments.requests.debits import ReportTaken
from functions.payments.sepa.identifiers import batch_id_of, debit_id_of, message_and_sequence
from functions.payments.sepa.messages import SEQUENCES
from functions.payments.sepa.pain002 import Report, Status
from functions.payments.sepa.reasons import is_return

CONFIRM_AFTER: Final = timedelta(days=5)
"""How long a booking may come after the bank has said that a collected debit comes back."""
UNTOLD: Final = "MS03"
"""The scheme's own word for a reason that is not given."""


def take_report(report: Report, transaction: Transaction) -> ReportTaken:
    """Takes a status report in: what the bank refuses has failed, the rest goes on.

    Rejected `unknown_message` where it is about no file of ours.
    """
    message, _ = message_and_sequence(report.message_id)
    batch = transaction.find(DebitBatch, batch_id_of(message)) if message else None
    if batch is None:
        raise Rejected("unknown_message", f"{report.message_id[:35]!r} is no file of ours")
    tasks = _refusals(report, batch)
    ignored = sum(one.verdict == "rejected" and not _refuses(one) for one in (*report.payments, *report.transactions))
    if "accept" in DEBIT_BATCH.allows(batch.state) and _accepts(report):
        transaction.put(batch.but(state=DEBIT_BATCH.move(batch.state, "accept")))
    for task in tasks:
        transaction.later(task)
    refused = sum(len(task.end_to_end_ids) for task in tasks)
    whole: list[str] = [task.sequence or "all" for task in tasks if not task.end_to_end_ids]
    return ReportTaken(batch_id=batch.id, message_id=message, refused=refused, refused_whole=whole, ignored=ignored)


def reject_debits(task: RejectDebits, transaction: Transaction) -> None:
    """Records debits as refused; of those that were credited already the booking decides, some days later."""
    batch = transaction.get(DebitBatch, task.batch_id)
    page = _page(task, transaction)
    found = [one for one in page if not task.sequence or (one.order and one.order.sequence == task.sequence)]
    book = DebitBook(found, transaction)
    gone = []
    for debit in found:
        if debit.batch_id != batch.id:
            raise Rejected("unknown_debit", f"{debit.end_to_end_id} is not in {batch.message_id}")
        if debit.state == "settled":
            confirm = ConfirmReturn(
                member_id=debit.member_id, debit_id=debit.id, code=task.code, receipts=len(debit.receipts)
            )
            transaction.later(confirm, transaction.now + CONFIRM_AFTER)
        elif book.reject(debit, task.code):
            gone.append(debit)
    if gone:
        transaction.put(with_rejected(batch, gone))
    if not task.end_to_end_ids and len(page) == PAGE:
        transaction.later(task.model_copy(update={"after": page[-1].id}))


def confirm_return(task: ConfirmReturn, transaction: Transaction) -> None:
    """Believes a bank that said a collected debit comes back, where no booking of it was seen: without a fee."""
    debit = transaction.get(Debit, task.debit_id)
    book = DebitBook([debit], transaction)
    if debit.state == "settled" and len(debit.receipts) == task.receipts:
        back = Return(code=task.code, amount_minor=debit.amount_minor, returned_on=transaction.now.date())
        book.give_back(debit, back)


def take_bookings(tasks: Sequence[TakeDebitBooking], transaction: Transaction) -> None:
    """Takes in what was booked on our accounts and looks like debits of ours, each once.

    A credit that is about none of them is told as any other money. Rejected `unknown_debit` for a return of none of
    ours, `batch_differs` where a batch is credited with another sum, `return_differs`, `debit_differs`.
    """
    found = transaction.find_all(Debit, [debit_id_of(task.end_to_end_id) for task in tasks if task.end_to_end_id])
    messages = [message_and_sequence(task.message_id) for task in tasks]
    batches = transaction.find_all(DebitBatch, [batch_id_of(message) for message, _ in messages if message])
    by_id = {batch.id: batch for batch in batches if batch is not None}
    book = DebitBook(found, transaction)
    for task, (message, sequence) in zip(tasks, messages, strict=True):
        debit = book.find(debit_id_of(task.end_to_end_id)) if task.end_to_end_id else None
        batch = by_id.get(batch_id_of(message)) if message else None
        if debit is not None:
            _take_one(task, debit, book)
        elif batch is not None and task.amount_minor > 0:
            by_id[batch.id] = _take_batch(task, batch, sequence, transaction)
        elif task.amount_minor > 0:
            transaction.emit(_other_money(task))
        else:
            raise Rejected("unknown_debit", f"{task.booking_id}: {task.end_to_end_id[:35]!r} is no debit of ours")


def settle_group(task: SettleGroup, transaction: Transaction) -> None:
    """Tells a page of a credited batch's debits as received."""
    found = transaction.select(Debit, limit=PAGE, after=task.after, batch_id=task.batch_id)
    book = DebitBook(found, transaction)
    for debit in found:
        mine = debit.order is not None and debit.order.sequence in task.sequences
        if mine and (debit.state == "sealed" or (task.with_rejected and debit.state == "rejected")):
            book.settle(debit, task.booked_on)
    if len(found) == PAGE:
        transaction.later(task.model_copy(update={"after": found[-1].id}))


def _take_one(task: TakeDebitBooking, debit: Debit, book: DebitBook) -> None:
    if task.amount_minor < 0:
        if not is_return(task.return_code) and task.return_code.strip():
            raise Rejected("debit_differs", f"{debit.end_to_end_id}: taken from us with {task.return_code}, no reason")
        code = task.return_code.strip().upper() or UNTOLD
        fee = max(task.charges_minor, -task.amount_minor - debit.amount_minor, 0)
        amount = min(-task.amount_minor, debit.amount_minor)
        back = Return(code=code, amount_minor=amount, fee_minor=fee, returned_on=task.booked_on)
        book.give_back(debit, back)
        return
    if task.amount_minor != debit.amount_minor:
        raise Rejected("debit_differs", f"{debit.end_to_end_id}: {task.amount_minor} for {debit.amount_minor}")
    if debit.state == "returned":
        book.reinstate(debit, task.booked_on)
    else:
        book.settle(debit, task.booked_on)


def _take_batch(task: TakeDebitBooking, batch: DebitBatch, sequence: str, transaction: Transaction) -> DebitBatch:
    """A batch, or one group of it, is credited: whole, or less what was refused."""
    groups = [group for group in batch.groups if not sequence or group.sequence == sequence]
    if groups and all(group.booking_id == task.booking_id for group in groups):
        return batch
    fresh = [group for group in groups if not group.booking_id]
    if fresh != groups or not groups:
        raise Rejected("batch_credited_twice", f"{batch.message_id}: {task.booking_id}")
    with_all = _adds_up(task, groups, batch)
    sequences = tuple(one for one in SEQUENCES if any(group.sequence == one for group in groups))
    after = credited(batch, sequences, task.booking_id)
    transaction.put(after)
    transaction.later(
        SettleGroup(batch_id=batch.id, sequences=sequences, with_rejected=with_all, booked_on=task.booked_on)
    )
    return after


def _adds_up(task: TakeDebitBooking, groups: list[Group], batch: DebitBatch) -> bool:
    """Whether the bank has credited also what it refused, to take it back by itself."""
    whole = sum(group.total_minor for group in groups)
    rest = whole - sum(group.rejected_minor for group in groups)
    if task.amount_minor == rest:
        return False
    if task.amount_minor == whole:
        return True
    raise Rejected("batch_differs", f"{batch.message_id}: {task.amount_minor} for {rest} of {whole} (minor units)")


def _accepts(report: Report) -> bool:
    told = [one.verdict for one in (report.group, *report.payments) if one is not None]
    return "accepted" in told and "rejected" not in told[:1]


def _refusals(report: Report, batch: DebitBatch) -> list[RejectDebits]:
    """What a report refuses: everything, a payment information, or single debits by reason."""
    if report.group is not None and _refuses(report.group) and not _names_single(report):
        return [RejectDebits(batch_id=batch.id, code=_code(report.group))]
    found = []
    for payment in report.payments:
        _, sequence = message_and_sequence(payment.name)
        if _refuses(payment) and sequence:
            found.append(
                RejectDebits.model_validate({"batch_id": batch.id, "sequence": sequence, "code": _code(payment)})
            )
    by_code: dict[str, list[str]] = {}
    for one in report.transactions:
        if _refuses(one):
            by_code.setdefault(_code(one), []).append(one.name)
    for code, names in by_code.items():
        pages = [tuple(names[at : at + PAGE]) for at in range(0, len(names), PAGE)]
        found += [RejectDebits(batch_id=batch.id, end_to_end_ids=page, code=code) for page in pages]
    return found


def _names_single(report: Report) -> bool:
    return any(_refuses(one) for one in (*report.payments, *report.transactions))


def _refuses(status: Status) -> bool:
    """A refusal whose reason says that nothing went wrong is none."""
    return status.verdict == "rejected" and (not status.code or is_return(status.code))


def _code(status: Status) -> str:
    return status.code.strip().upper() or UNTOLD


def _page(task: RejectDebits, transaction: Transaction) -> list[Debit]:
    if task.end_to_end_ids:
        ids = [debit_id_of(name) for name in task.end_to_end_ids]
        found = transaction.find_all(Debit, ids)
        unknown = [name for name, debit in zip(task.end_to_end_ids, found, strict=True) if debit is None]
        if unknown:
            raise Rejected("unknown_debit", f"{', '.join(unknown[:5])}: no debits of ours")
        return [debit for debit in found if debit is not None]
    return transaction.select(Debit, limit=PAGE, after=task.after, batch_id=task.batch_id)


def _other_money(task: TakeDebitBooking) -> PaymentReceived:
    return PaymentReceived(
        receipt_id=task.booking_id,
        source="bank",
        entity=task.entity,
        amount_minor=task.amount_minor,
        currency=task.currency,
        received_on=task.booked_on,
        reference=task.reference,
        text=task.text,
        payer_name=task.payer_name,
        payer_iban=task.payer_iban,
        account_iban=task.account_iban,
        final_on=task.booked_on,
    )
