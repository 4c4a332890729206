"""The clock a simulator of the world lives by, so that weeks can pass in a second."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol


class VirtualClock(Protocol):
    """A clock that can be moved forward."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...

    def subscribe(self, callback: Callable[..., Any], /) -> Any:
        """Have `callback` called after each move of the clock."""
        ...


def epoch(clock: VirtualClock) -> int:
    """The clock's present in whole seconds since 1970."""
    return int(clock.now().timestamp())
