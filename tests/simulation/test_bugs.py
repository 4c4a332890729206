"""The simulation is not blind: each planted bug is found, and a failing history shrinks to what makes it fail."""

from collections.abc import Callable

import pytest

from common.tools.simulation.run import run
from common.tools.simulation.shrink import shrink, story
from tests.simulation.bugs import BUGS, nobody_sweeps, silence_counts_as_refusal
from tests.simulation.planted import WITHIN, is_found, know_what_is_right

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(autouse=True)
def _right_before_it_is_wrong() -> None:
    """What is right is known before a bug is planted."""
    know_what_is_right()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: str(bug.__name__))
def test_a_planted_bug_is_found(bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_found(bug, monkeypatch), f"{bug.__name__} was not found"


def test_a_failing_history_shrinks_to_one_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody_sweeps(monkeypatch)
    found = next(outcome for outcome in map(run, range(1, WITHIN)) if outcome.broken)
    assert len(found.faults) > 1
    assert len(shrink(found).faults) == 1


def test_a_shrunk_history_reads_as_a_story(monkeypatch: pytest.MonkeyPatch) -> None:
    silence_counts_as_refusal(monkeypatch)
    found = next(outcome for outcome in map(run, range(1, WITHIN)) if outcome.broken)
    lines = list(story(shrink(found)))
    assert any("the provider collects and does not answer" in line for line in lines)
    assert "what is wrong at the end:" in lines
    assert any("payment_retry" in line for line in lines[lines.index("what is wrong at the end:") :])
