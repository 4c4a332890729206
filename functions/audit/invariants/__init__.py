"""The invariants of the platform by number: each one function, each violation with its evidence."""

from functions.audit.invariants.catalogue import INVARIANTS, Broken, Invariant, prove, prove_member
from functions.audit.invariants.rules import RULES, Rule

__all__ = ["INVARIANTS", "RULES", "Broken", "Invariant", "Rule", "prove", "prove_member"]
