"""The memory engine with everything that can happen around a commit."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from common.commit import COLLECTION
from common.ports import Message
from emulators.memory import MemoryEngine
from emulators.simulation.faults import Faults, Kind

T = TypeVar("T")


class Crash(BaseException):
    """The process dies here: nothing in it may catch this."""


class FaultyEngine(MemoryEngine):
    """Crashes, conflicts and lost answers, as the seed decides. `place` says who is at work, for the n-th time."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(seed=faults.seed)
        self.faults = faults
        self.place = ""
        self.attempt = 1
        self._steps = 0
        self.unpublished = False
        """A commit's messages may not be out: the sweep has to look."""

    @property
    def left_unpublished(self) -> bool:
        """Whether a commit waits for the sweep."""
        return any(len(ids) for shard, ids in self._index(COLLECTION, "pending").items() if shard)

    def at(self, place: str, attempt: int) -> None:
        """Somebody begins to work."""
        self.place, self.attempt, self._steps = place, attempt, 0

    def crash(self, kind: Kind) -> None:
        """Dies here, where the seed says so."""
        if self.strikes(kind):
            raise Crash(kind)

    def strikes(self, kind: Kind) -> bool:
        """Whether this happens at this step of this piece of work."""
        if self.faults.is_off(kind):
            return False
        return self.faults.strikes(kind, f"{self.place} try {self.attempt} step {self._steps}", self.attempt)

    def transact(self, work: Callable[[Any], tuple[Sequence[Any], T]]) -> T:
        """See Engine. A conflict or a lost answer runs the whole attempt again, as the Google engine does."""
        self._steps += 1
        if self.strikes(Kind.CONFLICT):
            self._overtaken(work)
        self.crash(Kind.CRASH_BEFORE_COMMIT)
        result = super().transact(work)
        if self.strikes(Kind.LOST_ANSWER):
            self.unpublished = True
            result = super().transact(work)
        if self.strikes(Kind.CRASH_AFTER_COMMIT):
            self.unpublished = True
            raise Crash(Kind.CRASH_AFTER_COMMIT)
        return result

    def _overtaken(self, work: Callable[[Any], tuple[Sequence[Any], T]]) -> None:
        """An attempt that loses its race: it reads and decides, and nothing of it is kept."""
        from emulators.memory import MemorySession

        work(MemorySession(self))

    def publish(self, messages: Sequence[Message]) -> None:
        """See Engine."""
        if self.strikes(Kind.PUBLISH_REFUSED):
            self.unpublished = True
            raise ConnectionError(Kind.PUBLISH_REFUSED)
        super().publish(messages)

    def mark_published(self, commit_ids: Sequence[str]) -> None:
        """See Engine."""
        if self.strikes(Kind.CRASH_AFTER_PUBLISH):
            self.unpublished = True
            raise Crash(Kind.CRASH_AFTER_PUBLISH)
        super().mark_published(commit_ids)
