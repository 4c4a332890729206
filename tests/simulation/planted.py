"""Looks for a planted bug, seed by seed."""

from collections.abc import Callable
from typing import Final

import pytest

from common.tools.simulation.run import faultless, run

WITHIN: Final = 200


def is_found(bug: Callable[[pytest.MonkeyPatch], None], patch: pytest.MonkeyPatch) -> bool:
    """Whether any of so many seeds breaks; what is right is known before the bug is planted."""
    faultless()
    bug(patch)
    return any(run(seed).broken for seed in range(1, WITHIN + 1))
