"""TTL: documents whose policy's field lies in the past are removed, which the service does within a day."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from emulators.clock import Clock
from emulators.firestore.documents import Documents
from emulators.firestore.fields import Path, get_field
from emulators.firestore.transactions import Transactions
from emulators.firestore.wire import DocumentMessage, Message, Write

# A removal of many documents is several commits, as it is in the service.
_AT_ONCE: Final = 500


class Expiry:
    """Removes what has expired whenever the clock moves on, or when asked. ``policies``: field by collection id.

    A document without the field, or with anything but a timestamp there, never expires.
    """

    def __init__(self, transactions: Transactions, policies: Mapping[str, Path], clock: Clock) -> None:
        self._transactions = transactions
        self._policies = policies
        self._clock = clock
        if policies:
            clock.subscribe(self._moved_on)

    def sweep(self) -> int:
        """How many documents were removed; one that is changed meanwhile is left for the next time."""
        now = self._clock.now()
        writes = self._transactions.look(lambda documents: self._removals(documents, now))
        removed = 0
        for start in range(0, len(writes), _AT_ONCE):
            _, statuses = self._transactions.commit_each(writes[start : start + _AT_ONCE])
            removed += sum(status.code == 0 for status in statuses)
        return removed

    def _moved_on(self) -> None:
        self.sweep()

    def _removals(self, documents: Documents, now: datetime) -> list[Message]:
        return [
            Write(delete=document.name, current_document={"update_time": document.update_time})
            for group, path in self._policies.items()
            for collection in documents.paths_of(group)
            for document in documents.in_collection(collection)
            if _has_expired(document, path, now)
        ]


def _has_expired(document: DocumentMessage, path: Path, now: datetime) -> bool:
    value = get_field(document.fields, path)
    if value is None or not value.HasField("timestamp_value"):
        return False
    return value.timestamp_value.ToDatetime(tzinfo=UTC) <= now
