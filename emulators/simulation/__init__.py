"""Deterministic simulation: each order, repetition, delay and crash a seed decides, in one thread and virtual time."""

from emulators.simulation.engine import Crash, FaultyEngine
from emulators.simulation.faults import Faults, Kind
from emulators.simulation.scheduler import Scheduler, Stuck

__all__ = ["Crash", "Faults", "FaultyEngine", "Kind", "Scheduler", "Stuck"]
