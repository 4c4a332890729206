"""The invariants of the platform by number: each one function, each violation with its evidence."""

from functions.audit.invariants.catalogue import INVARIANTS, Broken, Invariant, prove

__all__ = ["INVARIANTS", "Broken", "Invariant", "prove"]
