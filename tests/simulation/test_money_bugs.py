"""The simulation is not blind to what goes wrong with money in: each planted bug is found within 200 seeds."""

from collections.abc import Callable

import pytest

from tests.simulation.money_bugs import MONEY_BUGS
from tests.simulation.planted import is_found

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("bug", MONEY_BUGS, ids=lambda bug: str(bug.__name__))
def test_a_planted_bug_is_found(bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_found(bug, monkeypatch), f"{bug.__name__} was not found"
