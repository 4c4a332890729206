"""Batches of refunds by bank transfer: filled, sealed once, filed for the bank, booked."""

import re
from datetime import date, datetime
from typing import Final, Literal

from common.documents import Document, id_from
from common.events.base import Task
from common.machine import Machine
from common.money import Minor
from common.values import Value
from functions.payments.model.refunds import Refund
from functions.payments.sepa.messages import Account, Remittance, TransferOrder

TransferBatchState = Literal["open", "sealed", "filed", "booked"]
PAGE: Final = 200
"""Refunds in one commit."""
MOST: Final = 10_000
"""Transfers in one file; the rest goes into the next."""
LONGEST_NAME, LONGEST_TEXT = 70, 140
END_TO_END: Final = re.compile(r"REF[0-9a-f]{20,30}(\.[2-9])?")
MESSAGE: Final = re.compile(r"(RT[0-9a-f]{20,30})(-T)?")
"""What we call a file, and the payment information in it."""

TRANSFER_BATCH: Machine[TransferBatchState] = Machine(
    "transfer batch",
    {
        "open": {"add": "open", "seal": "sealed"},
        "sealed": {"file": "filed"},
        "filed": {"book": "booked"},
        "booked": {},
    },
)


class TransferBatch(Document):
    """One file of refunds from a legal entity's account."""

    collection = "transfer_batches"
    indexed = ("entity", "state")

    entity: str
    execute_on: date
    state: TransferBatchState
    count: int = 0
    total_minor: Minor = 0
    opened_at: datetime
    sealed_at: datetime | None = None
    file: str = ""
    sha256: str = ""
    size_bytes: int = 0

    @property
    def message_id(self) -> str:
        """What the bank calls it, from its id: at most 35 characters of the SEPA set."""
        return f"RT{self.id.partition('_')[2]}"


class SealTransfers(Task, name="payments.seal_transfers"):
    """Put a page of what is to be transferred into a batch, and seal it when it is full or nothing is left."""

    entity: str
    on: date
    number: int = 1
    after: str = ""


class FileTransfers(Task, name="payments.file_transfers"):
    """Make a sealed batch's file."""

    batch_id: str


class FiledTransfers(Value):
    """Where a batch's file lies."""

    file: str
    sha256: str
    size_bytes: int


class TransferBooking(Value):
    """What a bank entry says of a transfer of ours, or of a whole batch: minus left our account, plus came back."""

    end_to_end_id: str = ""
    message_id: str = ""
    amount_minor: int
    currency: str
    booked_on: date
    code: str = ""


class TakeTransferBooking(Task, name="payments.take_transfer_booking"):
    """Record what a bank entry says of transfers of ours."""

    booking: TransferBooking


class SettleTransfers(Task, name="payments.settle_transfers"):
    """A batch was booked as a sum: its refunds are paid, a page at a time."""

    batch_id: str
    booked_on: date
    after: str = ""


def transfer_batch_id_of(entity: str, on: date, number: int) -> str:
    """The id of a legal entity's batch of a day, by its place."""
    return id_from("trb", entity, on.isoformat(), str(number))


def batch_id_named(message_id: str) -> str:
    """The batch of a message's or payment information's id; empty where it is none of ours."""
    match = MESSAGE.fullmatch(message_id)
    return f"trb_{match[1].removeprefix('RT')}" if match else ""


def end_to_end_id_of(refund: Refund) -> str:
    """What a refund's transfer is called; the SEPA set has no underscore."""
    return f"REF{refund.order_id.partition('_')[2]}"


def refund_id_named(end_to_end_id: str) -> tuple[str, int]:
    """Our refund of an end-to-end id and which of its tries; an empty id where it is none of ours."""
    if not END_TO_END.fullmatch(end_to_end_id):
        return "", 0
    name, _, tries = end_to_end_id.removeprefix("REF").partition(".")
    return f"ref_{name}", int(tries or 1)


def order_of(refund: Refund) -> TransferOrder:
    """The transfer of a refund, named after what it is for."""
    about = refund.credit_note_number or refund.invoice_number
    return TransferOrder(
        end_to_end_id=end_to_end_id_of(refund),
        amount_minor=refund.amount_minor,
        payee=Account(name=refund.payee_name[:LONGEST_NAME] or "-", iban=refund.payee_iban),
        remittance=Remittance(text=f"Refund {about}".strip()[:LONGEST_TEXT]),
    )


def opened(task: SealTransfers, execute_on: date, now: datetime) -> TransferBatch:
    """An empty batch."""
    return TransferBatch(
        id=transfer_batch_id_of(task.entity, task.on, task.number),
        entity=task.entity,
        execute_on=execute_on,
        state="open",
        opened_at=now,
    )


def filled(batch: TransferBatch, refunds: list[Refund]) -> TransferBatch:
    """The batch with these refunds in it."""
    return batch.but(
        state=TRANSFER_BATCH.move(batch.state, "add"),
        count=batch.count + len(refunds),
        total_minor=batch.total_minor + sum(refund.amount_minor for refund in refunds),
    )
