"""Which journals a day's other batches hold already, so that none is posted to SAP twice."""

from bisect import bisect_left
from collections.abc import Sequence

from common.transaction import Transaction
from functions.accounting.model.batches import SapBatch, SapPage, batch_id, chain_ids, page_id
from functions.accounting.model.journals import Journal


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
