"""Making the files of sealed transfer batches: the same batch always makes the same file."""

import hashlib
from collections.abc import Iterator, Sequence

from common.failures import TryLater
from common.parties import SELLERS
from common.world import World
from functions.payments.model.refunds import Refund
from functions.payments.model.transfers import PAGE, FiledTransfers, FileTransfers, TransferBatch, order_of
from functions.payments.sepa import pain001
from functions.payments.sepa.messages import Account, TransferFile


def write(tasks: Sequence[FileTransfers], world: World) -> list[FiledTransfers]:
    """Writes and files each batch once; what is in the archive already stays. TryLater while it can't be read whole."""
    return [_filed(task.batch_id, world) for task in tasks]


def file_of(batch: TransferBatch, world: World) -> TransferFile:
    """What a batch's file says; TryLater where not all of its refunds can be read yet."""
    seller = SELLERS[batch.entity]
    orders = tuple(order_of(refund) for refund in _refunds(batch.id, world))
    if len(orders) != batch.count or batch.sealed_at is None:
        raise TryLater(f"{batch.message_id}: {len(orders)} of {batch.count} refunds can be read")
    return TransferFile(
        message_id=batch.message_id,
        made_at=batch.sealed_at,
        execute_on=batch.execute_on,
        payer=Account(name=seller.name, iban=seller.iban, bic=seller.bic),
        orders=orders,
    )


def _filed(batch_id: str, world: World) -> FiledTransfers:
    batch = world.read.find(TransferBatch, batch_id)
    if batch is None:
        raise TryLater("the batch is not there yet")
    content = pain001.write(file_of(batch, world))
    name = f"transfers/{batch.entity}/{batch.message_id}.xml"
    if not world.put_file(name, content, "application/xml"):
        kept = world.get_file(name)
        if kept is None:
            raise TryLater(f"{name} is there and can't be read")
        content = kept
    return FiledTransfers(file=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))


def _refunds(batch_id: str, world: World) -> Iterator[Refund]:
    after = ""
    while found := world.read.select(Refund, limit=PAGE, after=after, batch_id=batch_id):
        yield from found
        after = found[-1].id
