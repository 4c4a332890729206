"""Tasks of one commit that each read and write on their own: one is done, the others are asked for again."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from common.events.base import Task
from common.transaction import Transaction

T = TypeVar("T", bound=Task)


def one_by_one(handler: Callable[[T, Transaction], None]) -> Callable[[Sequence[T], Transaction], None]:
    """A handler of slices of a handler of one: reads come first in every commit."""

    def first(tasks: Sequence[T], transaction: Transaction) -> None:
        """Does the first task and leaves the others for the next commit."""
        handler(tasks[0], transaction)
        for task in tasks[1:]:
            transaction.later(task)

    return first
