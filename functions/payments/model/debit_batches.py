"""Batches of direct debits: filled, sealed once, filed for the bank, credited."""

from datetime import date, datetime
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from common.documents import Document
from common.events.base import Task
from common.machine import Machine
from common.money import Minor
from common.values import Exact, Value
from functions.payments.model.debits import Debit
from functions.payments.sepa.banks import Scheme
from functions.payments.sepa.identifiers import batch_id_of, message_id, payment_information_id
from functions.payments.sepa.messages import SEQUENCES, Sequence

BatchState = Literal["open", "sealed", "filed", "accepted", "rejected", "settled"]
PAGE: Final = 200
"""Debits in one commit."""

DEBIT_BATCH: Machine[BatchState] = Machine(
    "debit batch",
    {
        "open": {"add": "open", "seal": "sealed"},
        "sealed": {"file": "filed"},
        "filed": {"accept": "accepted", "reject": "rejected", "settle": "settled"},
        "accepted": {"reject": "rejected", "settle": "settled"},
        "rejected": {"settle": "settled"},
        "settled": {},
    },
)


class Group(Exact):
    """The debits of one sequence type: one payment information, which a bank may book by itself."""

    sequence: Sequence
    count: int = Field(ge=0)
    total_minor: Minor = Field(ge=0)
    rejected: int = 0
    rejected_minor: Minor = 0
    booking_id: str = ""
    """What credited it."""


class DebitBatch(Document):
    """One file of debits. Its id comes from its message id."""

    collection = "debit_batches"
    indexed = ("entity", "state")

    entity: str
    scheme: Scheme
    message_id: str
    hand_in_on: date
    collect_on: date
    state: BatchState
    groups: tuple[Group, ...] = ()
    opened_at: datetime
    sealed_at: datetime | None = None
    file: str = ""
    sha256: str = ""
    size_bytes: int = 0

    @property
    def count(self) -> int:
        """How many debits it has."""
        return sum(group.count for group in self.groups)

    @property
    def total_minor(self) -> int:
        """Their sum, in cents."""
        return sum(group.total_minor for group in self.groups)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if len({group.sequence for group in self.groups}) != len(self.groups):
            raise ValueError("a sequence type has one group")
        if any(group.rejected_minor > group.total_minor for group in self.groups):
            raise ValueError("no more is rejected than was handed in")
        if self.state not in {"open", "rejected"} and not self.count:
            raise ValueError("no empty batch is handed in")
        return self

    def group(self, sequence: str) -> Group:
        """The group of a sequence type; KeyError where it has none."""
        for group in self.groups:
            if group.sequence == sequence:
                return group
        raise KeyError(sequence)

    def named(self, group: Group) -> str:
        """The id of a group's payment information."""
        return payment_information_id(self.message_id, group.sequence)


class SealBatch(Task, name="payments.seal_batch"):
    """Put what is due on `days` into a batch, a page at a time, and seal it when it is full or nothing is left."""

    entity: str
    scheme: Scheme
    hand_in_on: date
    days: tuple[date, ...]
    number: int = 1


class FileBatch(Task, name="payments.file_batch"):
    """Make a sealed batch's file."""

    batch_id: str


class SettleGroup(Task, name="payments.settle_group"):
    """A batch was credited, or the groups `sequences` of it: its debits have settled, a page at a time."""

    batch_id: str
    sequences: tuple[Sequence, ...]
    with_rejected: bool
    booked_on: date
    after: str = ""


class RejectDebits(Task, name="payments.reject_debits"):
    """A bank refuses debits of a batch: those named; where none is, all of `sequence`, or of the whole batch."""

    batch_id: str
    sequence: Sequence | Literal[""] = ""
    end_to_end_ids: tuple[str, ...] = ()
    code: str
    after: str = ""


class FiledBatch(Value):
    """What lies in the archive."""

    file: str
    sha256: str
    size_bytes: int


def opened(task: SealBatch, collect_on: date, now: datetime) -> DebitBatch:
    """An empty batch."""
    message = message_id(task.entity, task.scheme, task.hand_in_on, task.number)
    return DebitBatch(
        id=batch_id_of(message),
        entity=task.entity,
        scheme=task.scheme,
        message_id=message,
        hand_in_on=task.hand_in_on,
        collect_on=collect_on,
        state="open",
        opened_at=now,
    )


def batch_of(task: SealBatch) -> str:
    """The id of the batch a task fills."""
    return batch_id_of(message_id(task.entity, task.scheme, task.hand_in_on, task.number))


def filled(batch: DebitBatch, debits: list[Debit]) -> DebitBatch:
    """With further debits."""
    known = {group.sequence: group for group in batch.groups}
    for debit in debits:
        assert debit.order is not None  # noqa: S101 - a sealed debit has one
        sequence = debit.order.sequence
        group = known.get(sequence, Group(sequence=sequence, count=0, total_minor=0))
        known[sequence] = group.model_copy(
            update={"count": group.count + 1, "total_minor": group.total_minor + debit.amount_minor}
        )
    groups = tuple(known[sequence] for sequence in SEQUENCES if sequence in known)
    return batch.but(state=DEBIT_BATCH.move(batch.state, "add"), groups=groups)


def closed(batch: DebitBatch, collect_on: date, now: datetime) -> DebitBatch:
    """Sealed: nothing comes in or goes out any more."""
    state = DEBIT_BATCH.move(batch.state, "seal")
    return batch.but(state=state, collect_on=max(collect_on, batch.collect_on), sealed_at=now)


def filed(batch: DebitBatch, what: FiledBatch) -> DebitBatch:
    """With its file in the archive."""
    return batch.but(state=DEBIT_BATCH.move(batch.state, "file"), **what.model_dump())


def with_rejected(batch: DebitBatch, debits: list[Debit]) -> DebitBatch:
    """With debits refused by the bank; refused as a whole once all are."""
    groups = []
    for group in batch.groups:
        gone = [one.amount_minor for one in debits if one.order is not None and one.order.sequence == group.sequence]
        groups.append(
            group.model_copy(
                update={"rejected": group.rejected + len(gone), "rejected_minor": group.rejected_minor + sum(gone)}
            )
        )
    after = batch.but(groups=tuple(groups))
    whole = all(group.rejected == group.count for group in groups) and "reject" in DEBIT_BATCH.allows(batch.state)
    return after.but(state=DEBIT_BATCH.move(batch.state, "reject")) if whole else after


def credited(batch: DebitBatch, sequences: tuple[Sequence, ...], booking_id: str) -> DebitBatch:
    """With a booking of some of its groups; settled once all are."""
    groups = tuple(
        group.model_copy(update={"booking_id": booking_id}) if group.sequence in sequences else group
        for group in batch.groups
    )
    whole = all(group.booking_id or group.rejected == group.count for group in groups)
    after = batch.but(groups=groups)
    return after.but(state=DEBIT_BATCH.move(batch.state, "settle")) if whole else after
