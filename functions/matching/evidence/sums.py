"""Which open items add up to a payment, exactly and countably: two ways to explain money are none."""

from collections.abc import Sequence
from typing import NamedTuple

from functions.matching.evidence.money import Item


class Sum(NamedTuple):
    """Items that add up, how many sets of them do, and whether they are all there are."""

    items: tuple[Item, ...]
    ways: int
    everything: bool


NO_SUM = Sum((), 0, everything=False)


def sum_of(items: Sequence[Item], wanted: int, most: int, *, smallest: int = 2) -> Sum:
    """The smallest set of at least `smallest` items that add up to `wanted`, and the number of all such sets.

    Exact for up to `most` items (2^most sums); of more, only whether all together do.
    """
    owed = sorted((item for item in items if item.open_cents > 0), key=lambda item: (item.due, item.invoice))
    total = sum(item.open_cents for item in owed)
    if len(owed) < smallest or total < wanted:
        return NO_SUM
    if total == wanted:
        return Sum(tuple(owed), 1, everything=True)
    fitting = [item for item in owed if item.open_cents <= wanted]
    if len(fitting) > most:
        return NO_SUM
    return _counted(fitting, wanted, smallest)


def _counted(items: list[Item], wanted: int, smallest: int) -> Sum:
    """Counts the sets that reach each sum; `best` keeps the smallest set, the first in order among equals."""
    left = sum(item.open_cents for item in items)
    reached: dict[tuple[int, bool], tuple[int, tuple[int, ...]]] = {(0, smallest <= 0): (1, ())}
    for at, item in enumerate(items):
        left -= item.open_cents
        for (total, _), (ways, chosen) in list(reached.items()):
            new = total + item.open_cents
            if new <= wanted and new + left >= wanted:
                key = (new, len(chosen) + 1 >= smallest)
                before = reached.get(key)
                longer = (*chosen, at)
                if before is None:
                    reached[key] = (ways, longer)
                else:
                    best = min(before[1], longer, key=lambda one: (len(one), one))
                    reached[key] = (before[0] + ways, best)
    ways, chosen = reached.get((wanted, True), (0, ()))
    return Sum(tuple(items[at] for at in chosen), ways, everything=False) if ways else NO_SUM
