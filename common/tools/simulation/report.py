"""Many seeds with a bar, their figures, and the story of the first that breaks."""

from time import perf_counter
from typing import Any

from rich.console import Console
from rich.progress import track

from common.tools.simulation.run import Outcome, run_many
from common.tools.simulation.shrink import shrink, story


def simulated(seeds: int, first: int, workers: int, console: Console) -> dict[str, Any]:
    """Runs the seeds; what broke, how fast it went, and the shrunk story of the first that broke."""
    began = perf_counter()
    broken: list[Outcome] = []
    deliveries = faults = 0
    for outcome in track(run_many(first, seeds, workers), "seeds", total=seeds, console=console, transient=True):
        deliveries += outcome.deliveries
        faults += len(outcome.faults)
        if outcome.broken:
            broken.append(outcome)
    seconds = perf_counter() - began
    return {
        "seeds": seeds,
        "from": first,
        "seconds": round(seconds, 1),
        "seeds_a_second": round(seeds / seconds, 1),
        "deliveries": deliveries,
        "deliveries_a_second": round(deliveries / seconds),
        "faults": faults,
        "broken": [_told(outcome) for outcome in broken],
        "story": list(story(shrink(broken[0]))) if broken else [],
    }


def _told(outcome: Outcome) -> dict[str, Any]:
    return {"seed": outcome.seed, "broken": outcome.broken, "faults": len(outcome.faults)}
