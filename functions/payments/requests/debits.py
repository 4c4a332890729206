"""Questions about direct debits and their files, what banks report of them, and the answers."""

from datetime import date, datetime
from typing import Literal, Self

from common.events.payments import WayBack
from common.functions.routes import Input, Limit, Output, PageToken
from functions.payments.model.debit_batches import BatchState, DebitBatch
from functions.payments.model.debits import Debit, DebitState, Return
from functions.payments.requests.fields import Id
from functions.payments.sepa.banks import Scheme
from functions.payments.sepa.messages import Sequence


class ByDebit(Input):
    """One debit."""

    debit_id: Id


class ByBatch(Input):
    """One file of debits."""

    batch_id: Id


class SearchDebits(Input):
    """Which debits."""

    member_id: Id = ""
    batch_id: Id = ""
    limit: Limit = 50
    page_token: PageToken = ""


class SearchBatches(Input):
    """Which files."""

    entity: Id = ""
    state: BatchState | Literal[""] = ""
    limit: Limit = 50
    page_token: PageToken = ""


class DebitAnswer(Output):
    """A debit, with the days until which it can still be taken back."""

    debit_id: str
    member_id: str
    payment_id: str
    attempt: int
    invoice_number: str
    entity: str
    amount_minor: int
    currency: str
    end_to_end_id: str
    mandate_id: str
    mandate_reference: str
    scheme: Scheme
    sequence: Sequence | Literal[""]
    announced_on: date
    collect_on: date
    state: DebitState
    batch_id: str
    code: str
    settled_on: date | None
    returns: list[Return]
    final_on: date | None
    ways_back: list[WayBack]

    @classmethod
    def of(cls, debit: Debit) -> Self:
        """As the document has it, without the account."""
        final = debit.finality
        own = {"debit_id", "sequence", "returns", "final_on", "ways_back"}
        return cls(
            debit_id=debit.id,
            sequence=debit.order.sequence if debit.order else "",
            returns=list(debit.returns),
            final_on=final.final_on if final else None,
            ways_back=list(final.ways_back) if final else [],
            **debit.model_dump(include=set(cls.model_fields) - own),
        )


class DebitPage(Output):
    """Some debits; an empty token is the end."""

    items: list[DebitAnswer]
    next_page_token: str = ""


class GroupAnswer(Output):
    """The debits of one sequence type."""

    payment_information_id: str
    sequence: Sequence
    count: int
    total_minor: int
    rejected: int
    rejected_minor: int
    booking_id: str


class BatchAnswer(Output):
    """A file of debits."""

    batch_id: str
    entity: str
    scheme: Scheme
    message_id: str
    hand_in_on: date
    collect_on: date
    state: BatchState
    count: int
    total_minor: int
    groups: list[GroupAnswer]
    sealed_at: datetime | None
    file: str
    sha256: str
    size_bytes: int

    @classmethod
    def of(cls, batch: DebitBatch) -> Self:
        """As the document has it."""
        groups = [
            GroupAnswer(payment_information_id=batch.named(group), **group.model_dump()) for group in batch.groups
        ]
        own = {"batch_id", "count", "total_minor", "groups"}
        return cls(
            batch_id=batch.id,
            count=batch.count,
            total_minor=batch.total_minor,
            groups=groups,
            **batch.model_dump(include=set(cls.model_fields) - own),
        )


class BatchPage(Output):
    """Some files; an empty token is the end."""

    items: list[BatchAnswer]
    next_page_token: str = ""


class ReportTaken(Output):
    """What became of a bank's report; `ignored` of its refusals say that nothing went wrong."""

    batch_id: str
    message_id: str
    refused: int
    refused_whole: list[str]
    ignored: int
