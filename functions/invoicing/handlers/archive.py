"""Notes where rendered documents are kept, and tells it."""

from collections.abc import Sequence

from common.events.base import Task
from common.events.invoicing import DocumentArchived
from common.failures import Rejected
from common.transaction import Transaction
from functions.invoicing.model.archive import ArchiveEntry, Filed, Unrendered, archive_id


def note_documents(_: Sequence[Task], answers: Sequence[Filed | Unrendered], transaction: Transaction) -> None:
    """Keeps the name and hash of each rendered document, once; Rejected `not_rendered` where one has none."""
    filed = [_must_be_filed(answer) for answer in answers]
    known = transaction.find_all(ArchiveEntry, [archive_id(one.document_id) for one in filed])
    for one, entry in zip(filed, known, strict=True):
        if entry is None:
            facts = dict(one)
            transaction.put(ArchiveEntry(id=archive_id(one.document_id), archived_at=transaction.now, **facts))
            transaction.emit(DocumentArchived(**facts))


def _must_be_filed(answer: Filed | Unrendered) -> Filed:
    if isinstance(answer, Unrendered):
        raise Rejected("not_rendered", answer.fault)
    return answer
