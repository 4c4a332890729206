"""Looks for a planted bug, seed by seed."""

from collections.abc import Callable
from typing import Final

import pytest

from common.tools.simulation.cast import TROUPES
from common.tools.simulation.run import faultless, run

WITHIN: Final = 200


def know_what_is_right() -> None:
    """Each troupe's story without faults, before anything is planted."""
    for troupe in TROUPES:
        faultless(troupe)


def is_found(bug: Callable[[pytest.MonkeyPatch], None], patch: pytest.MonkeyPatch) -> bool:
    """Whether any of so many seeds breaks; what is right is known before the bug is planted."""
    know_what_is_right()
    bug(patch)
    return any(run(seed).broken for seed in range(1, WITHIN + 1))
