"""Refunds by bank transfer: what waits goes into a file each bank day; what the bank books, they are paid by."""

from collections.abc import Sequence

from common.dates import is_bank_day, next_bank_day
from common.failures import Rejected
from common.functions.declared import Tick
from common.parking import frozen_among
from common.parties import SELLERS
from common.transaction import Transaction
from functions.payments.handlers.refunds import record_refund, refunds_by_id
from functions.payments.model.asking import Answer
from functions.payments.model.payments import PaymentFreeze
from functions.payments.model.refunds import Refund, sending
from functions.payments.model.transfers import (
    MOST,
    PAGE,
    TRANSFER_BATCH,
    FiledTransfers,
    FileTransfers,
    SealTransfers,
    SettleTransfers,
    TakeTransferBooking,
    TransferBatch,
    TransferBooking,
    batch_id_named,
    filled,
    opened,
    refund_id_named,
    transfer_batch_id_of,
)

EURO = "EUR"


def start_transfers(tick: Tick, transaction: Transaction) -> None:
    """Begins a file for each legal entity; SEPA transfers are in euro and banks work on TARGET days.

    A refund in another currency waits until somebody pays it and says so.
    """
    today = tick.slot.date()
    if is_bank_day(today):
        for entity in SELLERS:
            transaction.later(SealTransfers(entity=entity, on=today))


def seal(task: SealTransfers, transaction: Transaction) -> None:
    """Puts a page of what waits into the batch, then goes on or seals it. An empty batch is not made."""
    batch = transaction.find(TransferBatch, transfer_batch_id_of(task.entity, task.on, task.number))
    if batch is not None and batch.state != "open":
        return
    found = transaction.select(Refund, limit=PAGE, after=task.after, state="requested", entity=task.entity)
    frozen = frozen_among(PaymentFreeze, [refund.member_id for refund in found], transaction)
    batch = batch or opened(task, next_bank_day(task.on), transaction.now)
    due = [refund for refund in found if _is_due(refund) and refund.member_id not in frozen]
    for refund in due:
        transaction.put(sending(refund, transaction.now).but(batch_id=batch.id))
    _go_on(filled(batch, due) if due else batch, task, found, transaction)


def note_file(task: FileTransfers, filed: FiledTransfers, transaction: Transaction) -> None:
    """Notes where a batch's file lies; a repetition notes nothing."""
    batch = transaction.get(TransferBatch, task.batch_id)
    if batch.state == "sealed":
        transaction.put(batch.but(state=TRANSFER_BATCH.move(batch.state, "file"), **filed.model_dump()))


def take_booking(task: TakeTransferBooking, transaction: Transaction) -> None:
    """Records a transfer that left or came back, in whichever order that is heard.

    Rejected `unknown_transfer`, `transfer_differs`, or `paid_twice` for one that left although it was taken for failed
    and tried again: a human looks.
    """
    if task.booking.end_to_end_id:
        _take_one(task.booking, transaction)
    else:
        _take_batch(task.booking, transaction)


def settle(task: SettleTransfers, transaction: Transaction) -> None:
    """The refunds of a booked batch are paid; one that came back before stays so."""
    found = transaction.select(Refund, limit=PAGE, after=task.after, batch_id=task.batch_id)
    refunds = {refund.id: refund for refund in found}
    for refund in found:
        if refund.state == "sent":
            answer = Answer(outcome="succeeded", provider_id=task.batch_id, amount_minor=refund.amount_minor)
            record_refund(refunds, refund.id, answer, transaction)
    if len(found) == PAGE:
        transaction.later(task.model_copy(update={"after": found[-1].id}))


def _is_due(refund: Refund) -> bool:
    return refund.way == "transfer" and refund.currency == EURO and bool(refund.payee_iban)


def _go_on(batch: TransferBatch, task: SealTransfers, found: Sequence[Refund], transaction: Transaction) -> None:
    more = len(found) == PAGE
    if more and batch.count < MOST:
        if batch.count:
            transaction.put(batch)
        transaction.later(task.model_copy(update={"after": found[-1].id}))
        return
    if batch.count:
        transaction.put(batch.but(state=TRANSFER_BATCH.move(batch.state, "seal"), sealed_at=transaction.now))
        transaction.later(FileTransfers(batch_id=batch.id))
    if more:
        transaction.later(task.model_copy(update={"number": task.number + 1, "after": found[-1].id}))


def _take_one(booking: TransferBooking, transaction: Transaction) -> None:
    refund_id, tries = refund_id_named(booking.end_to_end_id)
    refunds = refunds_by_id([refund_id], transaction)
    refund = refunds.get(refund_id)
    if refund is None or refund.tries < tries:
        raise Rejected("unknown_transfer", f"{booking.end_to_end_id}: no transfer of ours")
    if abs(booking.amount_minor) != refund.amount_minor or booking.currency != refund.currency:
        said = f"{booking.amount_minor} {booking.currency} of {refund.amount_minor} {refund.currency}"
        raise Rejected("transfer_differs", f"{booking.end_to_end_id}: {said}")
    if tries in refund.came_back:
        return
    if booking.amount_minor > 0:
        refunds[refund_id] = noted = refund.but(came_back=(*refund.came_back, tries))
        answer = Answer(outcome="failed", code=booking.code or "returned")
        if tries < refund.tries or record_refund(refunds, refund_id, answer, transaction) is noted:
            transaction.put(noted)
    elif tries < refund.tries:
        raise Rejected("paid_twice", f"{booking.end_to_end_id} left, and was tried again: the member may have it twice")
    else:
        record_refund(refunds, refund_id, Answer(outcome="succeeded"), transaction)


def _take_batch(booking: TransferBooking, transaction: Transaction) -> None:
    batch = transaction.find(TransferBatch, batch_id_named(booking.message_id))
    if batch is None or booking.amount_minor != -batch.total_minor:
        raise Rejected("transfer_differs", f"{booking.message_id}: {booking.amount_minor} {booking.currency}")
    if batch.state == "booked":
        return
    transaction.put(batch.but(state=TRANSFER_BATCH.move(batch.state, "book")))
    transaction.later(SettleTransfers(batch_id=batch.id, booked_on=booking.booked_on))
