"""A simulator's clock, moved by hand."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.contracts.providers.stage import START


class Moved:
    """It begins at START and stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = START
        self._told: list[Callable[..., Any]] = []

    def now(self) -> datetime:
        """The moment it shows."""
        return self.moment

    def subscribe(self, callback: Callable[..., Any], /) -> None:
        """Has `callback` called after each move."""
        self._told.append(callback)

    def advance(self, by: timedelta) -> None:
        """Moves it."""
        self.moment += by
        for callback in self._told:
            callback()
