"""Running seeds: each a story under its own faults, judged against the same story without any."""

import gc
import logging
import os
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import chain, count
from time import perf_counter
from typing import Any, Final

from common.tools.simulation import verdict
from common.tools.simulation.accounting import small_batches
from common.tools.simulation.cast import CAST, Actor, troupe
from common.tools.simulation.story import Story
from emulators.simulation import Faults, Kind, Stuck
from functions.audit.invariants.state import State

ORDERLY: Final = frozenset(
    {
        Kind.DUPLICATE, Kind.REORDER, Kind.CRASH_BEFORE_COMMIT, Kind.CRASH_AFTER_COMMIT, Kind.CRASH_AFTER_PUBLISH,
        Kind.CRASH_BEFORE_ASKING, Kind.CRASH_AFTER_ASKING, Kind.CONFLICT, Kind.LOST_ANSWER, Kind.PUBLISH_REFUSED,
        Kind.REPEATED_COMMAND, Kind.WEBHOOK_REPEATED, Kind.SAP_SILENT, Kind.MAIL_SILENT, Kind.STATEMENT_REPEATED,
        Kind.CHARGES_REPEATED, Kind.SLOT_DOUBLED, Kind.CHARGED_THEN_SILENT, Kind.VIES_SILENT,
        Kind.SAP_LOCKED, Kind.SAP_REJECTS, Kind.SAP_DOUBLED, Kind.SAP_MISTAKEN, Kind.NOT_YET,
    }
)  # fmt: skip
"""Under these alone the outcome is the fault-free one, document by document. The others may move a fact to another
day; every second seed goes without them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a seed."""

    seed: int
    broken: tuple[str, ...]
    faults: tuple[str, ...]
    deliveries: int
    digest: str
    seconds: float
    told: tuple[tuple[datetime, str], ...] = field(default=(), repr=False)


def run(seed: int, *, only: Collection[str] | None = None) -> Outcome:
    """Plays a seed, or those of its faults that `only` names, and judges it. The same seed gives the same history."""
    orderly, cast = seed % 2 == 0, troupe(seed)
    right = faultless(cast)
    began = perf_counter()
    story = Story(Faults(seed, only=only, without=frozenset(Kind) - ORDERLY if orderly else ()), cast)
    with _quiet():
        fault = _played(story)
        state = State(story.runtime.world)
        found = verdict.outcome(state)
        broken = tuple(chain(fault, _judged(story, state, right, found if orderly else None)))
    return Outcome(
        seed=seed,
        broken=broken,
        faults=tuple(sorted(story.faults.struck)),
        deliveries=story.scheduler.deliveries,
        digest=verdict.digest(found),
        seconds=perf_counter() - began,
        told=tuple(story.scheduler.told) if broken else (),
    )


def _played(story: Story) -> list[str]:
    """Plays it; why it could not be played to its end, if so."""
    try:
        with small_batches():
            story.play()
    except Stuck as fault:
        return [f"stuck: {fault}"]
    except Exception as fault:  # noqa: BLE001 - whatever stops the story is the platform's fault, and told as such
        return [f"the story broke off: {fault!r}"]
    return []


def _judged(story: Story, state: State, right: dict[str, Any], found: dict[str, Any] | None) -> Iterator[str]:
    """What is wrong; `found` is the outcome where it has to be the fault-free one, `right`."""
    yield from verdict.broken(story, state)
    if found is not None:
        yield from verdict.differences(found, right["outcome"])
    yield from verdict.differences(
        {name: [sums] for name, sums in verdict.money(state).items()},
        {name: [sums] for name, sums in right["money"].items()},
    )


@cache
def faultless(cast: tuple[Actor, ...] = CAST) -> dict[str, Any]:
    """The story of these as it goes when nothing goes wrong; it must hold by itself."""
    story = Story(Faults(0, only=()), cast)
    with _quiet():
        with small_batches():
            story.play()
        state = State(story.runtime.world)
        broken = list(verdict.broken(story, state))
    if broken:
        raise RuntimeError(f"the story without faults is wrong: {broken}")
    books = {name: state.bodies(name) for name in ("sap_batches", "periods")}
    return {"outcome": verdict.outcome(state), "money": verdict.money(state), "books": books}


@cache
def _keep_what_is_there() -> None:
    gc.collect()
    gc.freeze()


_PLAYED: Final = count(1)
_CLEARED_EVERY: Final = 8
"""Stories: a tenth of the time of each would go into looking, and what eight leave behind is some 100 MB."""


def _clear_away() -> None:
    if next(_PLAYED) % _CLEARED_EVERY == 0:
        gc.collect()


@contextmanager
def _quiet() -> Iterator[None]:
    """What functions log while everything around them breaks is of no interest to anybody.

    Nor is garbage collected meanwhile: a story makes little of it that is not freed at once, and looking takes a fifth.
    What was there before the first story stays for ever and is not looked through.
    """
    _keep_what_is_there()
    shown = sys.stderr
    logging.disable(logging.CRITICAL)
    gc.disable()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - not a path of ours
        sys.stderr = nowhere
        try:
            yield
        finally:
            sys.stderr = shown
            logging.disable(logging.NOTSET)
            gc.enable()
            _clear_away()


def run_many(first: int, count: int, workers: int) -> Iterator[Outcome]:
    """So many seeds from one on, over several processes, in order."""
    if workers == 1:
        yield from map(run, range(first, first + count))
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(run, range(first, first + count), chunksize=max(1, min(20, count // (4 * workers))))
