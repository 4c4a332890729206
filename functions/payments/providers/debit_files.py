"""Making the files of sealed batches, and putting them into the archive: the same batch always makes the same file."""

import hashlib
from collections.abc import Iterator, Sequence

from common.failures import TryLater
from common.parties import SELLERS
from common.world import World
from functions.payments.model.debit_batches import DebitBatch, FileBatch, FiledBatch
from functions.payments.model.debits import Debit
from functions.payments.sepa import pain008
from functions.payments.sepa.messages import Account, DebitFile

PAGE = 300


def write(tasks: Sequence[FileBatch], world: World) -> list[FiledBatch]:
    """Writes and files each batch once; what is in the archive already stays. TryLater while a batch is not there."""
    return [_file(task.batch_id, world) for task in tasks]


def file_of(batch: DebitBatch, world: World) -> DebitFile:
    """What a batch's file says; TryLater where not all of its debits can be read yet."""
    seller = SELLERS[batch.entity]
    orders = tuple(debit.order for debit in _debits(batch.id, world) if debit.order is not None)
    if len(orders) != batch.count or batch.sealed_at is None:
        raise TryLater(f"{batch.message_id}: {len(orders)} of {batch.count} debits can be read")
    return DebitFile(
        message_id=batch.message_id,
        made_at=batch.sealed_at,
        scheme=batch.scheme,
        collect_on=batch.collect_on,
        creditor=Account(name=seller.name, iban=seller.iban, bic=seller.bic),
        creditor_id=seller.creditor_id,
        orders=orders,
    )


def _file(batch_id: str, world: World) -> FiledBatch:
    batch = world.read.find(DebitBatch, batch_id)
    if batch is None:
        raise TryLater("the batch is not there yet")
    content = pain008.write(file_of(batch, world))
    name = f"debits/{batch.entity}/{batch.message_id}.xml"
    if not world.put_file(name, content, "application/xml"):
        kept = world.get_file(name)
        if kept is None:
            raise TryLater(f"{name} is there and can't be read")
        content = kept
    return FiledBatch(file=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))


def _debits(batch_id: str, world: World) -> Iterator[Debit]:
    after = ""
    while found := world.read.select(Debit, limit=PAGE, after=after, batch_id=batch_id):
        yield from found
        after = found[-1].id
