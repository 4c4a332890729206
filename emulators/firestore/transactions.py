"""Transactions: what they read, what they lock, and whether their commit may stand."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeVar

from emulators.firestore.documents import Documents
from emulators.firestore.errors import Refusal, aborted, invalid, precondition
from emulators.firestore.limits import check_document
from emulators.firestore.locks import CONTENTION, Lineage, Locks, Owner, Want
from emulators.firestore.queries import Query
from emulators.firestore.storage import PAST_KEPT
from emulators.firestore.wire import (
    DocumentMessage,
    Message,
    Timestamp,
    TimestampMessage,
    TransactionOptions,
)
from emulators.firestore.writes import Staging, real_changes, same, target

Concurrency = Literal["pessimistic", "optimistic"]
Result = TypeVar("Result")
Changes = Mapping[str, tuple[DocumentMessage | None, DocumentMessage | None]]
"""Documents before and after one commit, by name."""
Listener = Callable[[Changes], None]

# How long an open transaction may stay silent before it is forgotten.
EXPIRY_S: Final = 60.0
# How long a transaction may take, from its beginning to its commit.
LONGEST_S: Final = 270.0
_LINEAGES_KEPT: Final = 10_000
_OPTIMISTIC: Final = TransactionOptions.ConcurrencyMode.Value("OPTIMISTIC")
_PESSIMISTIC: Final = TransactionOptions.ConcurrencyMode.Value("PESSIMISTIC")


@dataclass(eq=False)
class Transaction(Owner):
    """An open transaction. One that reads a snapshot holds no locks."""

    id: bytes = b""
    read_only: bool = False
    optimistic: bool = False
    began_at: float = field(default_factory=time.monotonic)
    snapshot: int | None = None
    holds_snapshot: bool = False
    read_at: TimestampMessage = None
    seen: dict[str, DocumentMessage | None] = field(default_factory=dict)
    found: list[tuple[Query, list[DocumentMessage]]] = field(default_factory=list)

    def is_over(self, now: float) -> bool:
        """Whether it was silent, or open, for too long."""
        return now - self.heard_at > EXPIRY_S or now - self.began_at > LONGEST_S


class Reading(NamedTuple):
    """Documents read, in the order asked for, and the moment at which they stood so."""

    documents: list[Any]
    read_at: TimestampMessage


class _Times:
    """Moments in whole microseconds; a commit's is later than every one given before."""

    def __init__(self, latest: int) -> None:
        self._latest = latest

    def reading(self) -> TimestampMessage:
        self._latest = max(self._latest, time.time_ns() // 1000)
        return self._message(self._latest)

    def commit(self) -> TimestampMessage:
        self._latest = max(self._latest + 1, time.time_ns() // 1000)
        return self._message(self._latest)

    def check_readable(self, moment: TimestampMessage) -> int:
        """The moment in microseconds; refuses the future, and the past that is no longer kept."""
        asked, now = moment.ToMicroseconds(), max(self._latest, time.time_ns() // 1000)
        if asked > now:
            raise invalid("The requested read_time lies in the future.")
        if asked < now - PAST_KEPT:
            raise precondition("The requested snapshot version is too old.")
        return asked

    @staticmethod
    def _message(microseconds: int) -> TimestampMessage:
        seconds, rest = divmod(microseconds, 1_000_000)
        return Timestamp(seconds=seconds, nanos=rest * 1000)


class Transactions:
    """All access to the documents, one request at a time, in transactions or out of them."""

    def __init__(
        self, documents: Documents, concurrency: Concurrency, check: Callable[[DocumentMessage], None] = check_document
    ) -> None:
        self._documents = documents
        self._check = check
        self._optimistic = concurrency == "optimistic"
        self._changed = threading.Condition(threading.Lock())
        self._locks = Locks(self._changed)
        self._times = _Times(documents.version)
        self._open: dict[bytes, Transaction] = {}
        self._lineages: OrderedDict[bytes, Lineage] = OrderedDict()
        self._begun = 0
        self._swept_at = time.monotonic()
        self._listeners: dict[Listener, None] = {}

    def begin(self, options: Message) -> Transaction:
        """Opens a transaction; a retry keeps its first attempt's place in the queue."""
        with self._changed:
            self._sweep()
            lineage = self._lineage(options.read_write.retry_transaction)
            identity = f"{self._begun}-{time.time_ns():x}".encode()
            read_only = options.HasField("read_only")
            transaction = Transaction(
                lineage, id=identity, read_only=read_only, optimistic=self._is_optimistic(options)
            )
            if read_only and options.read_only.HasField("read_time"):
                self._look_back(transaction, options.read_only.read_time)
            self._open[identity] = transaction
            self._remember(identity, lineage)
            return transaction

    def get(self, identity: bytes) -> Transaction | None:
        """The open transaction of an id, nothing for no id; refuses one that is over."""
        if not identity:
            return None
        transaction = self._open.get(identity)
        if transaction is None:
            raise invalid("The referenced transaction has expired or is no longer valid.")
        transaction.heard_at = time.monotonic()
        return transaction

    def looking_back(self, moment: TimestampMessage) -> Transaction:
        """A view of the documents as they were at a moment of the last hour; it is never open, and needs no end."""
        with self._changed:
            view = Transaction(Lineage(0), read_only=True)
            self._look_back(view, moment)
            return view

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tells a listener the changes of each commit, at once and in order; returns what ends that.

        The listener is called while nothing else can change: it must be quick, and must not come back here.
        """
        with self._changed:
            self._listeners = {**self._listeners, listener: None}

        def end() -> None:
            with self._changed:
                self._listeners = {each: None for each in self._listeners if each != listener}

        return end

    def read(self, names: Sequence[str], transaction: Transaction | None = None) -> Reading:
        """The documents of the names, nothing where there is none."""
        with self._changed:
            if transaction is None:
                return Reading([self._documents.get(name) for name in names], self._times.reading())
            if transaction.read_only or transaction.optimistic:
                return self._read_snapshot(names, transaction)
            self._locks.acquire(transaction, lambda: self._want_to_read(transaction, names))
            return Reading([self._documents.get(name) for name in names], self._times.reading())

    def find(self, query: Query, transaction: Transaction | None = None) -> Reading:
        """The documents a query finds, in order."""
        with self._changed:
            if transaction is None:
                return Reading(self._documents.find(query), self._times.reading())
            if transaction.read_only or transaction.optimistic:
                return self._find_in_snapshot(query, transaction)
            return self._find_locked(query, transaction)

    def look(self, view: Callable[[Documents], Result]) -> Result:
        """What a function sees in the documents while nothing changes them."""
        with self._changed:
            return view(self._documents)

    def look_now(self, view: Callable[[Documents], Result]) -> tuple[Result, TimestampMessage]:
        """The same, and the moment of it: what is committed later has a later one."""
        with self._changed:
            return view(self._documents), self._times.reading()

    def commit(self, writes: Sequence[Message], transaction: Transaction | None = None) -> tuple[Any, Any]:
        """Makes all writes or none; their results and the time of the commit. Ends the transaction."""
        with self._changed:
            owner = self._owner(transaction)
            try:
                return self._commit(owner, lambda staging: staging.stage_all(writes))
            except Refusal as refusal:
                if refusal.code.name == "ABORTED":
                    owner.lineage.hot.update(map(target, writes))
                raise
            finally:
                self._close(owner)

    def commit_each(self, writes: Sequence[Message]) -> tuple[list[Message], list[Message]]:
        """Makes each write that can be made; results and statuses in the order of the writes."""
        with self._changed:
            owner = self._owner(None)
            try:
                (results, statuses), _ = self._commit(owner, lambda staging: staging.stage_each(writes))
            finally:
                self._close(owner)
            return results, statuses

    def rollback(self, identity: bytes) -> None:
        """Ends a transaction without a trace; one that is already over is no error."""
        with self._changed:
            transaction = self._open.get(identity)
            if transaction is not None:
                self._close(transaction)

    # What follows is called holding the lock.

    def _commit(self, owner: Owner, stage: Callable[[Staging], Any]) -> tuple[Any, TimestampMessage]:
        if isinstance(owner, Transaction):
            self._check_unchanged(owner)
        staged: list[tuple[Staging, Any, TimestampMessage]] = []

        def wanted() -> Want:
            now = self._times.commit()
            staging = Staging(self._documents.get, now, self._check)
            staged[:] = [(staging, stage(staging), now)]
            return self._want_to_write(owner, staging)

        self._locks.acquire(owner, wanted)
        staging, results, now = staged[0]
        if isinstance(owner, Transaction):
            self._check_unchanged(owner)
        changes = real_changes(staging.changes, self._documents.get)
        if changes:
            told = {name: (self._documents.get(name), after) for name, after in changes.items()}
            self._documents.apply(changes, now.ToMicroseconds())
            for listener in self._listeners:
                listener(told)
        return results, now

    def _want_to_write(self, owner: Owner, staging: Staging) -> Want:
        if isinstance(owner, Transaction) and owner.read_only and staging.changes:
            raise invalid("Cannot write in a read-only transaction.")
        before_and_after = {name: (self._documents.get(name), after) for name, after in staging.changes.items()}
        return Want(exclusive=staging.changes, changes=before_and_after)

    @staticmethod
    def _want_to_read(transaction: Transaction, names: Sequence[str]) -> Want:
        """A retry locks at once what its last attempt failed to write, so that it fails but once."""
        hot = transaction.lineage.hot
        return Want(
            shared=[name for name in names if name not in hot],
            exclusive=[name for name in names if name in hot],
        )

    def _find_locked(self, query: Query, transaction: Transaction) -> Reading:
        found: list[DocumentMessage] = []

        def wanted() -> Want:
            found[:] = self._documents.find(query)
            return self._want_to_read(transaction, [document.name for document in found])

        self._locks.acquire(transaction, wanted)
        self._locks.watch(transaction, query)
        return Reading(found, self._times.reading())

    def _read_snapshot(self, names: Sequence[str], transaction: Transaction) -> Reading:
        snapshot = self._snapshot(transaction)
        documents = [self._documents.get(name, snapshot) for name in names]
        transaction.seen.update(zip(names, documents, strict=True))
        return Reading(documents, transaction.read_at)

    def _find_in_snapshot(self, query: Query, transaction: Transaction) -> Reading:
        found = self._documents.find(query, self._snapshot(transaction))
        transaction.found.append((query, found))
        return Reading(found, transaction.read_at)

    def _snapshot(self, transaction: Transaction) -> int:
        if transaction.snapshot is None:
            transaction.snapshot = self._documents.take_snapshot()
            transaction.holds_snapshot = True
            transaction.read_at = self._times.reading()
        return transaction.snapshot

    def _check_unchanged(self, transaction: Transaction) -> None:
        """First committer wins: what an optimistic transaction has read must still stand so."""
        unlocked = transaction.optimistic and not transaction.read_only
        if not unlocked or transaction.snapshot in {None, self._documents.version}:
            return
        for name, document in transaction.seen.items():
            if not same(self._documents.get(name), document):
                raise aborted(CONTENTION)
        for query, found in transaction.found:
            now = self._documents.find(query)
            if len(now) != len(found) or not all(map(same, now, found)):
                raise aborted(CONTENTION)

    def _owner(self, transaction: Transaction | None) -> Owner:
        return Owner(self._lineage(b"")) if transaction is None else transaction

    def _close(self, owner: Owner) -> None:
        self._locks.release(owner)
        if isinstance(owner, Transaction) and owner.id in self._open:
            del self._open[owner.id]
            if owner.holds_snapshot and owner.snapshot is not None:
                self._documents.release_snapshot(owner.snapshot)

    def _lineage(self, retried: bytes) -> Lineage:
        self._begun += 1
        return self._lineages.get(retried) or Lineage(self._begun)

    def _remember(self, identity: bytes, lineage: Lineage) -> None:
        self._lineages[identity] = lineage
        if len(self._lineages) > _LINEAGES_KEPT:
            self._lineages.popitem(last=False)

    def _is_optimistic(self, options: Message) -> bool:
        mode = options.read_write.concurrency_mode
        return mode == _OPTIMISTIC or (self._optimistic and mode != _PESSIMISTIC)

    def _look_back(self, transaction: Transaction, moment: TimestampMessage) -> None:
        transaction.snapshot = self._times.check_readable(moment)
        transaction.read_at = moment

    def _sweep(self) -> None:
        now = time.monotonic()
        if now - self._swept_at < 1:
            return
        self._swept_at = now
        for transaction in [each for each in self._open.values() if each.want is None and each.is_over(now)]:
            self._close(transaction)
