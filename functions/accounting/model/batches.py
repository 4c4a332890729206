"""The daily batches for SAP: which days are closed, what a batch sums up, and how it moves until SAP has it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

from pydantic import Field

from common.dates import day_in
from common.documents import Document, canonical, id_from
from common.events.accounting import BatchAccepted
from common.events.base import Task
from common.machine import Machine
from common.money import Currency
from common.parties import Seller
from common.values import Value
from functions.accounting.model.journals import Journal, batch_day
from functions.accounting.model.parts import PATIENCE, Exchange, Part

PAGE: Final = 500
"""Journals summarised in one task."""
LOOK_BACK: Final = 3
"""Days a closing looks at again although they are closed."""
FIRST_LOOK_BACK: Final = 366
"""Days an entity's first closing looks back on."""
FULL: Final = 2_500
"""Summary lines from which a batch takes no more journals: it stays below 1 MiB, a supplement takes the rest."""

BatchState = Literal[
    "collecting",
    "prepared",
    "sent",
    "accepted",
    "rejected",
    "unknown",
    "reversing",
    "unreversed",
    "reversed",
    "void",
]

BATCH: Machine[BatchState] = Machine(
    "SAP batch",
    {
        "collecting": {"complete": "prepared"},
        "prepared": {"send": "sent", "recount": "collecting", "drop": "void"},
        "sent": {"accept": "accepted", "reject": "rejected", "lose": "unknown"},
        "unknown": {"accept": "accepted", "reject": "rejected", "lose": "unknown"},
        "rejected": {"resend": "sent", "reverse": "reversing"},
        "accepted": {"reverse": "reversing"},
        "reversing": {"accept": "reversed", "reject": "unreversed", "lose": "reversing"},
        "unreversed": {"resend": "reversing"},
        "reversed": {},
        "void": {},
    },
)
STAFF_VERBS: Final = frozenset({"resend", "reverse"})
COUNTING: Final = frozenset({"collecting", "prepared"})
"""States in which the journals are still being counted: nothing of it is sealed."""
GONE: Final = frozenset({"reversed", "void"})
"""States in which none of the journals is in SAP by this batch."""
ASKED: Final = frozenset({"sent", "unknown", "reversing"})
"""States in which SAP owes an answer."""


class SummariseBatch(Task, name="accounting.summarise_batch"):
    """Add the next page of the day's journals to the batch; `page` counts those already in it."""

    batch_id: str
    page: int


class ReleaseBatch(Task, name="accounting.release_batch"):
    """Compare the batch with the journals there are, and let it go to SAP."""

    batch_id: str


class SendBatch(Task, name="accounting.send_batch"):
    """Post to SAP what of the batch it has not answered; the same message may be posted again without effect."""

    batch_id: str


def batch_id(day: date, entity: str, currency: str, number: int = 0) -> str:
    """The batch of a day, entity and currency; from 1 on those that supplement it."""
    return id_from("sap", day.isoformat(), entity, currency, *([str(number)] if number else []))


DayKey = tuple[date, str, str]
"""A day, an entity and a currency: what becomes one batch."""
DayCount = tuple[date, str, str, int]
"""The same, and how many journals it has."""


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


LineKey = tuple[str, str, str, str, str]


class SummaryLine(Value):
    """What a day posted on one account for one document type, tax code, country and, on receivables, SAP debtor."""

    document_type: str
    account: str
    tax_code: str
    country: str
    debit_minor: int
    credit_minor: int
    debtor: str = ""

    @property
    def key(self) -> LineKey:
        """What is summed together."""
        return (self.document_type, self.account, self.tax_code, self.country, self.debtor)


def summed(lines: Iterable[SummaryLine]) -> tuple[SummaryLine, ...]:
    """Lines of the same key added up, debits and credits apart, in the order of their keys."""
    totals: dict[LineKey, tuple[int, int]] = {}
    for line in lines:
        debit, credit = totals.get(line.key, (0, 0))
        totals[line.key] = (debit + line.debit_minor, credit + line.credit_minor)
    return tuple(
        SummaryLine(
            document_type=key[0],
            account=key[1],
            tax_code=key[2],
            country=key[3],
            debtor=key[4],
            debit_minor=totals[key][0],
            credit_minor=totals[key][1],
        )
        for key in sorted(totals)
    )


def lines_of(journal: Journal, debtor: str = "", receivables: frozenset[str] = frozenset()) -> list[SummaryLine]:
    """A journal's postings as lines of a summary; those on receivables carry the member's debtor."""
    return [
        SummaryLine(
            document_type=journal.document_type,
            account=line.account,
            tax_code=line.tax_code,
            country=line.country,
            debtor=debtor if line.account in receivables else "",
            debit_minor=line.debit_minor,
            credit_minor=line.credit_minor,
        )
        for line in journal.postings
    ]


class SapBatch(Document):
    """A day's journals of one entity and currency: a frozen summary, its SAP documents, and what SAP said.

    Sealed once, when it is first sent: a journal that comes later goes into a batch that supplements it.
    """

    collection = "sap_batches"
    indexed = ("state", "posted_on")  # a handful a day: a day may be indexed here

    posted_on: date
    entity: str
    currency: Currency
    number: int = 0
    """0 for the day's first batch, then those that supplement it."""
    supplements: int = 0
    """On the day's first batch: how many supplement it."""
    state: BatchState = "collecting"
    after: str = ""
    """The last journal looked at: where the next page begins."""
    pages: int = 0
    bounds: tuple[str, ...] = ()
    """The last journal looked at for each page: in which page a journal is, is found by halving."""
    journals: int = 0
    total_minor: int = 0
    """Sum of debits, equal to the sum of credits."""
    lines: tuple[SummaryLine, ...] = ()
    debtors: dict[str, str] = Field(default_factory=dict)
    """Which members' receivables were posted to which debtor, as it was when they were summed up."""
    digest: str = ""
    """SHA-256 over its journals, one after the other."""
    full: bool = False
    """Whether it ended before the day's last journal, because it had all the lines it may have."""
    sealed_at: datetime | None = None
    parts: tuple[Part, ...] = ()
    """Its SAP documents, from when it is sealed."""
    attempt: int = 1
    """Grows with each resending after a rejection; a repeat of the same attempt has no effect at SAP."""
    unanswered: int = 0
    """How often SAP did not answer this attempt."""
    sap_document: str = ""
    """The number of its first SAP document."""
    reason: str = ""
    answered_at: datetime | None = None

    @property
    def day(self) -> str:
        """Which journals are in it."""
        return batch_day(self.posted_on, self.entity, self.currency)

    @property
    def sealed(self) -> bool:
        """Whether its journals are in SAP by it, or on their way: nothing else may post them."""
        return self.state not in COUNTING and self.state not in GONE

    @property
    def exchanges(self) -> list[Exchange]:
        """The messages that matter now: the reversals where it is being reversed, else the postings."""
        if self.state in {"reversing", "unreversed", "reversed"}:
            return [part.reversal for part in self.parts if part.reversal is not None]
        return [part.posting for part in self.parts]

    @property
    def pending(self) -> list[Exchange]:
        """The messages SAP owes an answer to."""
        return [one for one in self.exchanges if one.pending] if self.state in ASKED else []

    @property
    def allowed(self) -> list[str]:
        """What staff may do with it now."""
        return [verb for verb in BATCH.allows(self.state) if verb in STAFF_VERBS]


class SapPage(Document):
    """Which journals a page of a batch holds, so that each is found again from either end."""

    collection = "sap_pages"

    batch_id: str
    page: int
    journals: tuple[str, ...]


def page_id(batch: str, page: int) -> str:
    """The id of a batch's page, from 0."""
    return id_from("sapp", batch, str(page))


def chain_ids(first: SapBatch) -> list[str]:
    """The ids of the batches that supplement a day's first one."""
    return [
        batch_id(first.posted_on, first.entity, first.currency, number) for number in range(1, first.supplements + 1)
    ]


def opened(day: date, entity: str, currency: str, number: int = 0) -> SapBatch:
    """An empty batch; only made for a day that has journals."""
    return SapBatch(
        id=batch_id(day, entity, currency, number), posted_on=day, entity=entity, currency=currency, number=number
    )


def with_page(
    batch: SapBatch,
    looked_at: Sequence[Journal],
    taken: Sequence[Journal],
    debtors: Mapping[str, str],
    receivables: frozenset[str],
) -> SapBatch:
    """The batch with one more page: `taken` are those of `looked_at` that no other batch has sealed.

    Prepared when it was the last page, or when it has all the lines it may have.
    """
    named = {j.member_id: debtors[j.member_id] for j in taken if j.member_id in debtors}
    added = (line for j in taken for line in lines_of(j, debtors.get(j.member_id, ""), receivables))
    lines = summed([*batch.lines, *added])
    done = len(looked_at) < PAGE
    full = not done and len(lines) >= FULL
    return batch.but(
        after=looked_at[-1].id if looked_at else batch.after,
        pages=batch.pages + 1,
        bounds=(*batch.bounds, looked_at[-1].id if looked_at else batch.after),
        journals=batch.journals + len(taken),
        total_minor=sum(line.debit_minor for line in lines),
        lines=lines,
        debtors=batch.debtors | named,
        digest=digest_of(taken, batch.digest),
        full=full,
        state=BATCH.move(batch.state, "complete") if done or full else batch.state,
    )


def digest_of(journals: Iterable[Journal], before: str = "") -> str:
    """The digest of a batch with these journals after those it had; the same journals in order give the same."""
    digest = before
    for journal in journals:
        facts = {
            "id": journal.id,
            "document": journal.document,
            "document_type": journal.document_type,
            "lines": [[*line.key, line.debit_minor, line.credit_minor] for line in lines_of(journal)],
        }
        digest = sha256(digest.encode() + canonical(facts)).hexdigest()
    return digest


def emptied(batch: SapBatch) -> SapBatch:
    """The batch before its first page: its journals are counted anew."""
    nothing = opened(batch.posted_on, batch.entity, batch.currency, batch.number)
    return nothing.but(version=batch.version, supplements=batch.supplements, state=BATCH.move(batch.state, "recount"))


def resent(batch: SapBatch, reason: str) -> SapBatch:
    """A batch of which SAP refused something: that is sent as a new attempt; Rejected `wrong_state` otherwise."""
    attempt = batch.attempt + 1
    return batch.but(
        state=BATCH.move(batch.state, "resend"),
        attempt=attempt,
        unanswered=0,
        reason=f"sent again: {reason}",
        parts=tuple(part.resent(batch.id) for part in batch.parts),
    )


def reversing(batch: SapBatch, reason: str) -> SapBatch:
    """A batch whose SAP documents are to be mirrored; reversed at once where SAP took none of them."""
    state = BATCH.move(batch.state, "reverse")
    parts = tuple(part.reversing(batch.id) for part in batch.parts)
    if not any(part.reversal for part in parts):
        state = BATCH.move(state, "accept")
    return batch.but(state=state, parts=parts, unanswered=0, reason=f"reversed: {reason}")


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
        sap_documents=tuple(part.posting.document for part in batch.parts),
    )
