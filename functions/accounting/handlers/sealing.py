"""The batches of a day together: which one takes what, so that each journal is posted to SAP exactly once."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from common.transaction import Transaction
from functions.accounting.model.batches import (
    COUNTING,
    DayKey,
    SapBatch,
    SapPage,
    SummariseBatch,
    batch_id,
    chain_ids,
    opened,
    page_id,
)
from functions.accounting.model.journals import Journal


class Days:
    """All batches of some days, entities and currencies, as they are after what was put.

    At most one of a day is counting: two would take the same journals.
    """

    def __init__(self, days: Iterable[DayKey], transaction: Transaction) -> None:
        self._transaction = transaction
        wanted = list(dict.fromkeys(days))
        firsts = transaction.find_all(SapBatch, [batch_id(*day) for day in wanted])
        ids = [[first.id, *chain_ids(first)] if first else [] for first in firsts]
        found = {one.id: one for one in transaction.find_all(SapBatch, [i for day in ids for i in day]) if one}
        self._batches = {day: [found[i] for i in chain if i in found] for day, chain in zip(wanted, ids, strict=True)}

    @classmethod
    def of(cls, batches: Iterable[SapBatch | None], transaction: Transaction) -> "Days":
        """The days that these batches are of."""
        return cls((key_of(batch) for batch in batches if batch), transaction)

    def sealed(self, day: DayKey) -> int:
        """How many journals of a day are in SAP, or on their way."""
        return sum(batch.journals for batch in self._batches[day] if batch.sealed)

    def is_counting(self, day: DayKey) -> bool:
        """Whether one of the day's batches is taking journals."""
        return any(batch.state in COUNTING for batch in self._batches[day])

    def put(self, batch: SapBatch) -> None:
        """Writes one of them, but how many supplement the day, which only `open_next` changes."""
        chain = self._batches[key_of(batch)]
        place = [one.id for one in chain].index(batch.id)
        chain[place] = batch.but(supplements=chain[place].supplements)
        self._transaction.put(chain[place])

    def open_next(self, day: DayKey) -> None:
        """Opens a batch for what no other one holds.

        Where one is counting already nothing has to be opened: when it is released it finds journals that nobody has.
        """
        if self.is_counting(day):
            return
        chain = self._batches[day]
        if chain:
            chain[0] = chain[0].but(supplements=len(chain))
            self._transaction.put(chain[0])
        batch = opened(*day, len(chain))
        chain.append(batch)
        self._transaction.put(batch)
        self._transaction.later(SummariseBatch(batch_id=batch.id, page=0))


def key_of(batch: SapBatch) -> DayKey:
    """The day, entity and currency it is of."""
    return batch.posted_on, batch.entity, batch.currency


def put_reversed(batch: SapBatch, days: Days) -> None:
    """Keeps a reversed batch, and has its journals posted anew."""
    days.put(batch)
    days.open_next(key_of(batch))


def unsealed(batch: SapBatch, page: Sequence[Journal], transaction: Transaction) -> list[Journal]:
    """Those of a page that no other batch of the day has sealed."""
    if batch.number == 0 or not page:
        return list(page)
    first = transaction.get(SapBatch, batch_id(batch.posted_on, batch.entity, batch.currency))
    others = [first, *filter(None, transaction.find_all(SapBatch, chain_ids(first)))]
    wanted = [
        page_id(other.id, number)
        for other in others
        if other.sealed and other.id != batch.id
        for number in pages_between(other, page[0].id, page[-1].id)
    ]
    held = {journal for one in transaction.find_all(SapPage, wanted) if one for journal in one.journals}
    return [journal for journal in page if journal.id not in held]


def pages_between(batch: SapBatch, first: str, last: str) -> range:
    """The numbers of the pages that may hold journals from one id to another."""
    return range(bisect_left(batch.bounds, first), min(bisect_left(batch.bounds, last) + 1, batch.pages))
