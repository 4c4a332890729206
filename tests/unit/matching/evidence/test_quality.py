"""The gate: what is decided without a person on payments nobody has seen, and that a probability means what it says."""

from functools import cache

import pytest

from common.tools.money.judged import Judged, judge
from common.tools.money.payments import Payers
from common.tools.money.world import Setting, world
from functions.matching.evidence.batch import match

SETTINGS = [
    Setting(70_001, 5_000, 1_500, "MP", "rf"),
    Setting(70_002, 5_000, 1_500, "slashes", "mixed", 20, style="bank"),
    Setting(70_003, 5_000, 1_500, "R", "none", 80, other_account=True),
]
"""Seeds the weights were not learned from."""
LEAST_DECIDED = 96.0
"""Percent of payments that can be decided; the platform's figure at full size is 90."""
MOST_WRONG = 0.2
"""Percent of those posted."""


@cache
def _judged(setting: Setting) -> Judged:
    made = Payers(world(setting)).pay()
    return judge({money.payment: decision for money, decision in match(made.invoices, made.payments)}, made.truth)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: f"{one.numbering} {one.style} {one.form}")
def test_nearly_all_that_can_be_decided_is_and_hardly_any_wrong(setting: Setting) -> None:
    judged = _judged(setting)
    figures = judged.figures()
    assert figures["automatic_of_decidable_percent"] >= LEAST_DECIDED, judged.missed.most_common(5)
    assert figures["wrong_of_automatic_percent"] <= MOST_WRONG, judged.wrong_by_kind.most_common(5)


def test_a_probability_means_what_it_says() -> None:
    """Reliability: in every bin with a hundred payments, predicted and observed are near each other."""
    rows: dict[float, list[float]] = {}
    for setting in SETTINGS:
        for row in _judged(setting).reliability():
            kept = rows.setdefault(row["from"], [0, 0, 0])
            for at, value in enumerate((1, row["predicted"], row["observed"])):
                kept[at] += value * row["payments"]
    told = {start: (right / count, said / count) for start, (count, said, right) in rows.items() if count >= 100}
    assert told
    for start, (observed, predicted) in told.items():
        assert abs(observed - predicted) <= (0.01 if start >= 0.99 else 0.05), (start, predicted, observed)


def test_a_hostile_world_is_not_posted_wrong_either() -> None:
    """One payment in three a trap: wrong ones stay rare, and most that can be decided still are."""
    figures = _judged(Setting(70_004, 3_000, 900, "INV", "ogm", 40, style="bank", hostile=33)).figures()
    assert figures["wrong_of_automatic_percent"] <= 1.0
    assert figures["automatic_of_decidable_percent"] >= 90
