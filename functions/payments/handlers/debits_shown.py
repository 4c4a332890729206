"""Showing direct debits and their files."""

from common.failures import Rejected
from common.world import World
from functions.payments.model.debit_batches import DebitBatch
from functions.payments.model.debits import Debit
from functions.payments.requests.debits import (
    BatchAnswer,
    BatchPage,
    ByBatch,
    ByDebit,
    DebitAnswer,
    DebitPage,
    SearchBatches,
    SearchDebits,
)


def show_debit(given: ByDebit, world: World) -> DebitAnswer:
    """A debit with what came back of it."""
    debit = world.read.find(Debit, given.debit_id)
    if debit is None:
        raise Rejected("not_found", "there is no such debit", status=404)
    return DebitAnswer.of(debit)


def search_debits(given: SearchDebits, world: World) -> DebitPage:
    """Debits, all, a member's or a file's."""
    equals = _named(member_id=given.member_id, batch_id=given.batch_id)
    found = world.read.select(Debit, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return DebitPage(items=[DebitAnswer.of(debit) for debit in found], next_page_token=following)


def show_batch(given: ByBatch, world: World) -> BatchAnswer:
    """A file of debits: what is in it, where it lies, what the bank has said."""
    return BatchAnswer.of(_existing(given, world))


def search_batches(given: SearchBatches, world: World) -> BatchPage:
    """Files of debits, all, of a legal entity or in a state."""
    equals = _named(entity=given.entity, state=given.state)
    found = world.read.select(DebitBatch, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return BatchPage(items=[BatchAnswer.of(batch) for batch in found], next_page_token=following)


def batch_file(given: ByBatch, world: World) -> bytes:
    """A file as it is sent to the bank (pain.008.001.08)."""
    batch = _existing(given, world)
    content = world.get_file(batch.file) if batch.file else None
    if content is None:
        raise Rejected("not_filed", "this file is still being made", status=409)
    return content


def _existing(given: ByBatch, world: World) -> DebitBatch:
    batch = world.read.find(DebitBatch, given.batch_id)
    if batch is None:
        raise Rejected("not_found", "there is no such file", status=404)
    return batch


def _named(**given: str) -> dict[str, str]:
    return {name: value for name, value in given.items() if value}
