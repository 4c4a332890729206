"""Who holds and who waits for which document: shared locks on read, wound-wait when two want the same.

Locks are ordered by age. A younger transaction waits for an older one; an older one wounds a younger
one that itself waits, and gives one that is at work a moment to finish first. So the oldest always
gets on, no circle of waiters lasts, and nobody waits for a client that has gone away.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from emulators.firestore.errors import aborted
from emulators.firestore.queries import Query
from emulators.firestore.wire import DocumentMessage

# How long an older transaction lets a younger one that is at work finish before it is wounded.
GRACE_S: Final = 0.05
# How long a transaction that is not heard of may keep others waiting.
IDLE_S: Final = 2.0
# After so long a wait the one who waits gives up.
PATIENCE_S: Final = 10.0
# More waiting requests than this could fill the server's threads, and none be left for the holder.
MOST_WAITING: Final = 32

CONTENTION: Final = "Too much contention on these documents. Please try again."


@dataclass
class Lineage:
    """What a transaction hands on to its retries: its age, and the documents it meant to write."""

    age: int
    hot: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Want:
    """What a request needs before it may go on; ``changes`` gives documents before and after a commit."""

    shared: Collection[str] = ()
    exclusive: Collection[str] = ()
    changes: Mapping[str, tuple[DocumentMessage | None, DocumentMessage | None]] = field(default_factory=dict)

    def conflicts(self, other: "Want") -> bool:
        """Whether both cannot be granted to different owners."""
        return any(name in self.exclusive or name in self.shared for name in other.exclusive) or any(
            name in other.shared for name in self.exclusive
        )


@dataclass(eq=False)
class Owner:
    """One who holds locks: a transaction, or a single commit without one."""

    lineage: Lineage
    shared: set[str] = field(default_factory=set)
    exclusive: set[str] = field(default_factory=set)
    queries: list[Query] = field(default_factory=list)
    want: Want | None = None
    wounded: bool = False
    heard_at: float = field(default_factory=time.monotonic)

    def bars(self, want: Want) -> bool:
        """Whether a lock of this owner stands in the way of another's want."""
        return (
            any(name in self.shared or name in self.exclusive for name in want.exclusive)
            or any(name in self.exclusive for name in want.shared)
            or any(self._watches(query, want) for query in self.queries)
        )

    @staticmethod
    def _watches(query: Query, want: Want) -> bool:
        return any(
            query.touches(name, before) or query.touches(name, after) for name, (before, after) in want.changes.items()
        )


class Locks:
    """The locks of one emulator; every call is made holding the condition given."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._holders: dict[Owner, None] = {}
        self._waiting: dict[Owner, None] = {}

    def acquire(self, owner: Owner, wanted: Callable[[], Want]) -> None:
        """Waits until nothing bars what is wanted (asked anew after each wait), then holds the locks.

        Raises ABORTED when the owner is wounded by an older one or has waited too long.
        """
        began = time.monotonic()
        try:
            while True:
                self._check(owner, began)
                want = wanted()
                barring = list(self._barring(owner, want))
                if not barring:
                    self._grant(owner, want)
                    return
                if not self._wound_some(owner, barring, began):
                    self._wait(owner, want, barring)
        finally:
            owner.want = None
            owner.heard_at = time.monotonic()
            self._waiting.pop(owner, None)

    def watch(self, owner: Owner, query: Query) -> None:
        """Lets no one else commit a change to what the query looks at."""
        owner.queries.append(query)
        self._holders[owner] = None

    def release(self, owner: Owner) -> None:
        """Gives back all that an owner holds."""
        self._holders.pop(owner, None)
        owner.shared.clear()
        owner.exclusive.clear()
        owner.queries.clear()
        if self._waiting:
            self._changed.notify_all()

    def wound(self, owner: Owner) -> None:
        """Ends an owner from outside: its locks go, and its next request is told ABORTED."""
        owner.wounded = True
        self.release(owner)

    def _check(self, owner: Owner, began: float) -> None:
        if owner.wounded:
            raise aborted(CONTENTION)
        if time.monotonic() - began > PATIENCE_S:
            raise aborted("Transaction lock timeout.")

    def _grant(self, owner: Owner, want: Want) -> None:
        owner.shared.update(want.shared)
        owner.exclusive.update(want.exclusive)
        if owner.shared or owner.exclusive:
            self._holders[owner] = None

    def _barring(self, owner: Owner, want: Want) -> Iterator[Owner]:
        for holder in self._holders:
            if holder is not owner and holder.bars(want):
                yield holder
        for waiter in self._waiting:
            if waiter is not owner and self._goes_first(waiter, owner, want):
                yield waiter

    @staticmethod
    def _goes_first(waiter: Owner, owner: Owner, want: Want) -> bool:
        """An older one that waits is not overtaken, unless it waits for this very owner."""
        return (
            waiter.want is not None
            and waiter.lineage.age < owner.lineage.age
            and waiter.want.conflicts(want)
            and not owner.bars(waiter.want)
        )

    def _wound_some(self, owner: Owner, barring: Collection[Owner], began: float) -> bool:
        now = time.monotonic()
        doomed = [each for each in barring if self._must_yield(each, owner, now, now - began)]
        for each in doomed:
            self.wound(each)
        return bool(doomed)

    @staticmethod
    def _must_yield(other: Owner, owner: Owner, now: float, waited: float) -> bool:
        if other.want is not None:
            return owner.lineage.age < other.lineage.age
        gone = now - other.heard_at > IDLE_S
        return gone or (owner.lineage.age < other.lineage.age and waited >= GRACE_S)

    def _wait(self, owner: Owner, want: Want, barring: Collection[Owner]) -> None:
        if owner not in self._waiting:
            if len(self._waiting) >= MOST_WAITING:
                raise aborted(CONTENTION)
            self._waiting[owner] = None
            self._changed.notify_all()
        owner.want = want
        older = any(owner.lineage.age < each.lineage.age for each in barring)
        self._changed.wait(GRACE_S / 2 if older else 0.25)
