"""The daily batches for SAP: which days are closed, and how a batch moves from summary to accepted document."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal

from common.dates import day_in
from common.documents import Document, id_from
from common.events.accounting import BatchAccepted
from common.events.base import Task
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency
from common.parties import Seller
from common.values import Value
from functions.accounting.model.journals import Journal, batch_day

PAGE: Final = 500
"""Journals summarised in one task."""
LOOK_BACK: Final = 3
"""Days a closing looks at again although they are closed."""
FIRST_LOOK_BACK: Final = 366
"""Days an entity's first closing looks back on."""
MOST_LINES: Final = 850
"""An SAP document holds 999 lines (message F5 727); we stay clear of it."""
PATIENCE: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
"""How long to wait before asking SAP again after each answer that did not come; the last one repeats."""

BatchState = Literal["collecting", "prepared", "sent", "accepted", "rejected", "unknown"]

BATCH: Machine[BatchState] = Machine(
    "SAP batch",
    {
        "collecting": {"complete": "prepared"},
        "prepared": {"send": "sent", "recount": "collecting"},
        "sent": {"accept": "accepted", "reject": "rejected", "lose": "unknown"},
        "unknown": {"accept": "accepted", "reject": "rejected", "lose": "unknown"},
        "rejected": {"resend": "prepared"},
        "accepted": {},
    },
)
STAFF_VERBS: Final = frozenset({"resend"})


class SummariseBatch(Task, name="accounting.summarise_batch"):
    """Add the next page of the day's journals to the batch; `page` counts those already in it."""

    batch_id: str
    page: int


class ReleaseBatch(Task, name="accounting.release_batch"):
    """Compare the batch with the journals there are, and let it go to SAP."""

    batch_id: str


class SendBatch(Task, name="accounting.send_batch"):
    """Post the batch to SAP; the same attempt may be posted again without effect."""

    batch_id: str


def batch_id(day: date, entity: str, currency: str) -> str:
    """The one batch of a day, entity and currency; also SAP's message id, which has room for 35."""
    return id_from("sap", day.isoformat(), entity, currency)


DayKey = tuple[date, str, str]
"""A day, an entity and a currency: what becomes one batch."""


class Closing(Document):
    """How far a legal entity's days are closed, so that no missed night is lost. Its id is the entity's code."""

    collection = "closings"

    closed_through: date


def day_over(slot: datetime, entity: Seller) -> date:
    """The last day that is over for a legal entity."""
    return day_in(entity.time_zone, slot) - timedelta(days=1)


def days_over(slot: datetime, entity: Seller, closing: Closing | None) -> list[date]:
    """The days a closing looks at, newest first: those since the last one, and a few before."""
    last = day_over(slot, entity)
    missed = (last - closing.closed_through).days if closing else FIRST_LOOK_BACK
    return [last - timedelta(days=back) for back in range(LOOK_BACK + max(0, missed))]


class SummaryLine(Value):
    """What a day posted on one account for one document type, tax code and country."""

    document_type: str
    account: str
    tax_code: str
    country: str
    debit_minor: int
    credit_minor: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is summed together."""
        return (self.document_type, self.account, self.tax_code, self.country)


def summed(lines: Iterable[SummaryLine]) -> tuple[SummaryLine, ...]:
    """Lines of the same key added up, debits and credits apart, in the order of their keys."""
    totals: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for line in lines:
        debit, credit = totals.get(line.key, (0, 0))
        totals[line.key] = (debit + line.debit_minor, credit + line.credit_minor)
    return tuple(
        SummaryLine(
            document_type=key[0],
            account=key[1],
            tax_code=key[2],
            country=key[3],
            debit_minor=totals[key][0],
            credit_minor=totals[key][1],
        )
        for key in sorted(totals)
    )


def lines_of(journal: Journal) -> list[SummaryLine]:
    """A journal's postings as lines of a summary."""
    return [SummaryLine(document_type=journal.document_type, **p.model_dump()) for p in journal.postings]


class SapBatch(Document):
    """A day's journals of one entity and currency as one SAP document: a frozen summary and what SAP said."""

    collection = "sap_batches"
    indexed = ("state", "posted_on")  # a handful a day: a day may be indexed here

    posted_on: date
    entity: str
    currency: Currency
    state: BatchState = "collecting"
    after: str = ""
    """The last journal summarised: where the next page begins."""
    pages: int = 0
    journals: int = 0
    total_minor: int = 0
    """Sum of debits, equal to the sum of credits."""
    lines: tuple[SummaryLine, ...] = ()
    attempt: int = 1
    """Grows with each resending after a rejection; a repeat of the same attempt has no effect at SAP."""
    unanswered: int = 0
    """How often SAP did not answer this attempt."""
    sap_document: str = ""
    reason: str = ""
    answered_at: datetime | None = None

    @property
    def day(self) -> str:
        """Which journals are in it."""
        return batch_day(self.posted_on, self.entity, self.currency)

    @property
    def message_id(self) -> str:
        """SAP's message id: the same one is taken only once."""
        return self.id if self.attempt == 1 else f"{self.id}-{self.attempt}"

    @property
    def allowed(self) -> list[str]:
        """What staff may do with it now."""
        return [verb for verb in BATCH.allows(self.state) if verb in STAFF_VERBS]


def opened(day: date, entity: str, currency: str) -> SapBatch:
    """An empty batch; only made for a day that has journals."""
    return SapBatch(id=batch_id(day, entity, currency), posted_on=day, entity=entity, currency=currency)


def with_page(batch: SapBatch, page: Sequence[Journal]) -> SapBatch:
    """The batch with one more page of journals; prepared when it was the last. Rejected `too_many_lines`."""
    lines = summed([*batch.lines, *(line for journal in page for line in lines_of(journal))])
    if len(lines) * 2 > MOST_LINES:
        raise Rejected("too_many_lines", f"{len(lines)} summary lines do not fit one SAP document")
    done = len(page) < PAGE
    return batch.but(
        after=page[-1].id if page else batch.after,
        pages=batch.pages + 1,
        journals=batch.journals + len(page),
        total_minor=sum(line.debit_minor for line in lines),
        lines=lines,
        state=BATCH.move(batch.state, "complete") if done else batch.state,
    )


def emptied(batch: SapBatch) -> SapBatch:
    """The batch before its first page: its journals are counted anew."""
    return batch.but(state=BATCH.move(batch.state, "recount"), after="", pages=0, journals=0, total_minor=0, lines=())


def resent(batch: SapBatch, reason: str) -> SapBatch:
    """A rejected batch, to be sent as a new attempt; Rejected `wrong_state` otherwise."""
    return batch.but(
        state=BATCH.move(batch.state, "resend"), attempt=batch.attempt + 1, unanswered=0, reason=f"sent again: {reason}"
    )


class SapAnswer(Value):
    """What SAP said: it took the batch, refused it for good, or nobody knows yet."""

    kind: Literal["accepted", "rejected", "unknown", "not_asked"]
    document: str = ""
    reason: str = ""


VERBS: Final = {"accepted": "accept", "rejected": "reject", "unknown": "lose"}


def answered(batch: SapBatch, answer: SapAnswer, now: datetime) -> SapBatch:
    """The batch after SAP's answer, or after none."""
    return batch.but(
        state=BATCH.move(batch.state, VERBS[answer.kind]),
        sap_document=answer.document,
        reason=answer.reason,
        unanswered=batch.unanswered + (answer.kind == "unknown"),
        answered_at=now,
    )


def ask_again_in(batch: SapBatch) -> timedelta:
    """How long to wait before the same attempt is posted again."""
    return PATIENCE[min(batch.unanswered, len(PATIENCE)) - 1]


def accepted(batch: SapBatch) -> BatchAccepted:
    """The event that tells that SAP took it."""
    return BatchAccepted(
        batch_id=batch.id,
        entity=batch.entity,
        currency=batch.currency,
        posted_on=batch.posted_on,
        journals=batch.journals,
        total_minor=batch.total_minor,
        sap_document=batch.sap_document,
    )
