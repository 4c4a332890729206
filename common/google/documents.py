"""Transactions and documents in Firestore."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from google.api_core import exceptions
from google.cloud import firestore

from common.ports import Conflict, Counts, Stored, Within, Write, check_after, check_sizes, is_id

T = TypeVar("T")

ATTEMPTS: Final = 12
AGAIN: Final = (
    exceptions.Aborted,
    exceptions.AlreadyExists,
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.Unknown,
    exceptions.ResourceExhausted,
)
"""After these the outcome is unknown or the commit lost a race: the whole attempt runs again and finds out."""
OVER: Final = "transaction has expired or is no longer valid"
"""What Firestore says to a commit the client library sent once more by itself, when the first one's answer was lost."""


class FirestoreSession:
    """One attempt within a Firestore transaction."""

    def __init__(self, client: Any, transaction: Any, counts: Counts) -> None:
        self._client = client
        self._transaction = transaction
        self._counts = counts

    def load(self, refs: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """See Session."""
        return load(self._client, refs, self._counts, self._transaction)

    def select(self, collection: str, equals: Mapping[str, Any], *, limit: int, after: str = "") -> list[Stored]:
        """See Session."""
        return select(self._client, collection, equals, limit, after, self._counts, self._transaction)

    def count(self, collection: str, equals: Mapping[str, Any]) -> int:
        """See Session."""
        return count(self._client, collection, equals, self._counts)


class FirestoreDocuments:
    """The documents' half of the Google engine."""

    def __init__(self, client: Any, counts: Counts) -> None:
        self.client = client
        self.counts = counts

    def transact(self, work: Callable[[FirestoreSession], tuple[Sequence[Write], T]]) -> T:
        """See Engine. Any error after a commit was sent means *unknown*: the whole attempt runs again."""
        for attempt in range(ATTEMPTS):
            try:
                return self._once(work)
            except AGAIN as fault:
                last: Exception = fault
            except exceptions.InvalidArgument as fault:
                if OVER not in fault.message:
                    raise
                last = fault
            except ValueError as fault:
                # The client's own: out of attempts, or it can't roll back what it could not begin.
                if not isinstance(fault.__cause__ or fault.__context__, AGAIN):
                    raise
                last = fault
            time.sleep(random.uniform(0, min(2.0, 0.01 * 2**attempt)))  # noqa: S311 - jitter
        raise Conflict(f"gave up after {ATTEMPTS} attempts") from last

    def _once(self, work: Callable[[FirestoreSession], tuple[Sequence[Write], T]]) -> T:
        def attempt(transaction: Any) -> T:
            writes, result = work(FirestoreSession(self.client, transaction, self.counts))
            check_sizes(writes)
            for write in writes:
                ref = self.client.collection(write.collection).document(write.id)
                put = transaction.create if write.new else transaction.set
                put(ref, dict(write.fields))
            wrote[:] = writes
            return result

        wrote: list[Write] = []
        run: Callable[[Any], T] = firestore.transactional(attempt)
        result = run(self.client.transaction(max_attempts=3))
        self.counts.wrote(wrote)
        return result


def load(client: Any, refs: Sequence[tuple[str, str]], counts: Counts, transaction: Any = None) -> list[Stored | None]:
    """Documents by reference, in one round trip."""
    if not refs:
        return []
    found: dict[tuple[str, str], Stored | None] = {ref: None for ref in refs if not is_id(ref[1])}
    asked = [client.collection(collection).document(i) for collection, i in refs if (collection, i) not in found]
    for ref in asked:
        counts.read(ref.parent.id, 1)
    for snapshot in client.get_all(asked, transaction=transaction) if asked else ():
        ref = snapshot.reference
        found[ref.parent.id, ref.id] = Stored(ref.id, snapshot.to_dict()) if snapshot.exists else None
    return [found[ref] for ref in refs]


def select(
    client: Any,
    collection: str,
    equals: Mapping[str, Any],
    limit: int,
    after: str,
    counts: Counts,
    transaction: Any = None,
) -> list[Stored]:
    """Documents by equality, or by containment in list fields, ordered by id; Rejected after what is no id."""
    check_after(after)
    asked = narrowed(client.collection(collection), equals).order_by("__name__").limit(limit)
    if after:
        asked = asked.start_after({"__name__": client.collection(collection).document(after)})
    found = [Stored(s.id, s.to_dict()) for s in asked.stream(transaction=transaction)]
    counts.read(collection, max(len(found), 1))
    return found


def count(client: Any, collection: str, equals: Mapping[str, Any], counts: Counts) -> int:
    """How many documents there are with these fields; Firestore charges a read for each thousand."""
    asked = narrowed(client.collection(collection), equals)
    found = int(asked.count(alias="n").get()[0][0].value)
    counts.read(collection, 1 + found // 1000)
    return found


def narrowed(query: Any, equals: Mapping[str, Any]) -> Any:
    """A query with a filter for each field."""
    for name, value in equals.items():
        operator = "array_contains" if isinstance(value, Within) else "=="
        query = query.where(filter=firestore.FieldFilter(name, operator, value))
    return query
