"""The figures of the ground: emulators through the real clients, and the simulation."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console

from common.tools.simulation.report import simulated

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = 100


def ground(told: Console) -> dict[str, Any]:
    """Every figure as one JSON object; Google's own emulator beside ours, where there is one."""
    told.print("the simulation")
    found = simulated(SEEDS, 1, 1, told)
    told.print("the emulators")
    command = [sys.executable, "-m", "tests.benchmarks.ground", "--jars"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)  # noqa: S603 - our own code
    simulation = {name: found[name] for name in ("seeds", "seeds_a_second", "deliveries", "broken")}
    return {"simulation_on_one_core": simulation, "emulators": orjson.loads(ran.stdout)}
