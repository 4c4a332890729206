"""Shrinking a failing history: the fewest faults that still break it, and its story in order."""

from collections.abc import Callable, Iterator, Sequence

from common.tools.simulation.run import Outcome, run

NEAR: int = 4
"""Lines of the history shown around each fault."""


def shrink(outcome: Outcome, still: Callable[[Outcome], bool] | None = None) -> Outcome:
    """The same seed with as few of its faults as still break something (delta debugging, Zeller 2002)."""
    fails = still or (lambda found: bool(found.broken))
    smallest = outcome
    size = max(1, len(outcome.faults) // 2)
    while True:
        following = _without_one_part(smallest, size, fails)
        if following is not None:
            smallest = following
            size = max(1, min(size, len(smallest.faults) // 2))
        elif size == 1:
            return smallest
        else:
            size = max(1, size // 2)


def _without_one_part(outcome: Outcome, size: int, fails: Callable[[Outcome], bool]) -> Outcome | None:
    for start in range(0, len(outcome.faults), size):
        left = outcome.faults[:start] + outcome.faults[start + size :]
        found = run(outcome.seed, only=left)
        if fails(found) and len(found.faults) < len(outcome.faults):
            return found
    return None


def story(outcome: Outcome) -> Iterator[str]:
    """A shrunk history to be read: what struck, what happened around it in order, and what is broken."""
    yield f"seed {outcome.seed} breaks with {len(outcome.faults)} faults:"
    yield from (f"  - {fault}" for fault in outcome.faults)
    yield "what happened:"
    lines = [f"{moment:%Y-%m-%d %H:%M:%S} {line}" for moment, line in outcome.told]
    shown = _near([line for _, line in outcome.told], outcome.faults)
    yield from _with_gaps(lines, shown)
    yield "what is wrong at the end:"
    yield from (f"  - {one}" for one in outcome.broken)


def _near(told: Sequence[str], faults: Sequence[str]) -> list[int]:
    """The lines that speak of a fault's message or caller, and their neighbours."""
    places = [fault.partition(": ")[2].partition(" copy ")[0].partition(" try ")[0] for fault in faults]
    hits = [n for n, line in enumerate(told) if any(place in line for place in places)]
    near = {m for n in hits for m in range(n - NEAR, n + NEAR + 1) if 0 <= m < len(told)}
    return sorted(near)


def _with_gaps(lines: Sequence[str], shown: Sequence[int]) -> Iterator[str]:
    before = -1
    for number in shown:
        if number > before + 1:
            yield f"    ... {number - before - 1} more"
        yield f"  {lines[number]}"
        before = number
