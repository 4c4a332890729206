"""Notes where rendered documents are kept, and tells it."""

from collections.abc import Sequence

from common.events.base import Task
from common.events.invoicing import DocumentArchived
from common.failures import Rejected
from common.transaction import Transaction
from functions.invoicing.model import ArchiveEntry, Filed, Unrendered, archive_id


def note_documents(tasks: Sequence[Task], answers: Sequence[Filed | Unrendered], transaction: Transaction) -> None:
    """Keeps the name and hash of each rendered document; Rejected `not_rendered` where one has none."""
    for _, filed in zip(tasks, answers, strict=True):
        if isinstance(filed, Unrendered):
            raise Rejected("not_rendered", filed.fault)
        facts = dict(filed)
        entry = ArchiveEntry(id=archive_id(filed.document_id), archived_at=transaction.now, **facts)
        transaction.put(entry)
        transaction.emit(DocumentArchived(**facts))
