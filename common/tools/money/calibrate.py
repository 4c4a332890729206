"""Writes `weights.json`: what each piece of evidence weighs, learned from made payments whose truth is known.

    python -m common.tools.money.calibrate

A conditional logit: for each payment the explanations, and that it is for nothing open, compete; the weights are those
under which the true ones are most likely, drawn towards nothing by a small penalty (Newton's method).
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import exp
from pathlib import Path
from typing import Final

from common.tools.money.payments import Payers
from common.tools.money.world import Setting, Truth, world
from functions.matching.evidence import rules
from functions.matching.evidence.batch import Run
from functions.matching.evidence.deciding import Decision, settle, weighed
from functions.matching.evidence.index import Index
from functions.matching.evidence.money import Found, Item, Money, Paid, ground_of
from functions.matching.evidence.proposals import Case
from functions.matching.evidence.reading import Reading

WEIGHTS: Final = Path(rules.__file__).parent / "weights.json"
PENALTY: Final = 0.15
ROUNDS: Final = 12
Lesson = tuple[tuple[tuple[str, ...], ...], int]
"""The features of each explanation, and which is true; -1: none."""


def settings(first: int) -> list[Setting]:
    """The worlds that are learned from: every numbering, both styles, few and many namesakes, traps in some."""
    return [
        Setting(first, 30_000, 12_000, "MP", "rf"),
        Setting(first + 1, 20_000, 8_000, "slashes", "mixed", 20, style="bank"),
        Setting(first + 2, 12_000, 6_000, "R", "none", 80, other_account=True),
        Setting(first + 3, 20_000, 8_000, "INV", "ogm", 40, style="bank", hostile=5),
        Setting(first + 4, 20_000, 8_000, "RE", "qrr", 60, hostile=5),
        Setting(first + 5, 12_000, 6_000, "plain", "rf", 10, style="bank", other_account=True),
        Setting(first + 6, 12_000, 6_000, "random", "rf", 60, style="bank", hostile=3),
        Setting(first + 7, 20_000, 8_000, "entities", "mixed", 0, hostile=3),
        Setting(first + 8, 8_000, 4_000, "short", "none", 60),
        Setting(first + 9, 8_000, 4_000, "yearlast", "rf", 60, style="bank"),
        Setting(first + 10, 60_000, 10_000, "MP", "rf", 0, style="bank", other_account=True),
        Setting(first + 11, 300, 200, "MP", "rf", 40, hostile=5),
    ]


class Learning(Run):
    """A run that remembers every payment's explanations as they were when it was decided last."""

    seen: dict[str, list[tuple[tuple[str, ...], dict[str, int]]]]
    items: list[Item]
    """What the last payment's keys led to."""

    def taught(self, payments: Sequence[Money], truth: Mapping[str, Truth]) -> None:
        """Decides each in the order of their dates, and posts what is true: for a start without any weights."""
        for money in sorted(payments, key=lambda one: (one.date, one.payment)):
            self.decide(money)
            true = truth[money.payment].shares
            for item in self.items:
                if cents := true.get(item.invoice, 0):
                    self.index.give(item, Paid(money.payment, cents))

    def decide(self, money: Money) -> Decision:
        """As a run decides, and noted."""
        reading = Reading(money, self.index.ground)
        found = Found(aliases=self.index.accounts.get(reading.iban, frozenset()))
        decision = settle(reading, found, self.index.fetch, self.rules, self.weights)
        self.items = list(found.items.values())
        if money.amount_cents > 0:
            ranked = weighed(Case(reading, found, self.rules), self.weights)
            self.seen[money.payment] = [
                (one.features, {item.invoice: cents for item, cents in one.shares}) for one in ranked
            ]
        return decision


def lessons(setting: Setting, weights: Mapping[str, float]) -> Counter[Lesson]:
    """What one world teaches."""
    made = Payers(world(setting)).pay()
    run = Learning(Index(made.invoices, ground_of(made.invoices)), weights=weights)
    run.seen = {}
    if weights:
        run.match(made.payments)
    else:
        run.taught(made.payments, made.truth)
    return Counter(_lesson(run.seen[payment], made.truth[payment]) for payment in run.seen)


def _lesson(seen: Sequence[tuple[tuple[str, ...], dict[str, int]]], truth: Truth) -> Lesson:
    right = next((at for at, (_, shares) in enumerate(seen) if shares == truth.shares), -1)
    order = sorted(range(len(seen)), key=lambda at: (seen[at][0], at == right))
    return tuple(seen[at][0] for at in order), order.index(right) if right >= 0 else -1


def fitted(taught: Counter[Lesson], start: Mapping[str, float]) -> dict[str, float]:
    """The weights under which what was taught is most likely."""
    names = sorted({name for (proposals, _) in taught for one in proposals for name in one})
    place = {name: at for at, name in enumerate(names)}
    weights = [start.get(name, 0.0) for name in names]
    coded = [
        ([[place[name] for name in one] for one in proposals], right, count)
        for (proposals, right), count in taught.items()
        if proposals
    ]
    for _ in range(ROUNDS):
        slope, curve = _derivatives(coded, weights)
        step = _solved(curve, slope)
        scale = min(1.0, 4.0 / max(1e-9, *(abs(one) for one in step)))
        weights = [weight + scale * one for weight, one in zip(weights, step, strict=True)]
        if max(abs(one) for one in step) < 1e-3:  # noqa: PLR2004 - converged
            break
    return {name: round(weight, 3) for name, weight in zip(names, weights, strict=True)}


def _derivatives(
    coded: Iterable[tuple[list[list[int]], int, int]], weights: Sequence[float]
) -> tuple[list[float], list[list[float]]]:
    size = len(weights)
    slope = [-PENALTY * weight for weight in weights]
    curve = [[0.0] * size for _ in range(size)]
    for at in range(size):
        curve[at][at] = PENALTY
    for proposals, right, count in coded:
        odds = [exp(min(30.0, sum(weights[at] for at in one))) for one in proposals]
        whole = 1.0 + sum(odds)
        mean: dict[int, float] = {}
        for number, (one, odd) in enumerate(zip(proposals, odds, strict=True)):
            share = odd / whole
            error = count * ((number == right) - share)
            weight = count * share
            for at in one:
                slope[at] += error
                mean[at] = mean.get(at, 0.0) + share
                row = curve[at]
                for other in one:
                    row[other] += weight
        for at, left in mean.items():
            row = curve[at]
            for other, value in mean.items():
                row[other] -= count * left * value
    return slope, curve


def _solved(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Gauss, with the largest element of each column."""
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    size = len(rows)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        first = rows[at]
        for row in rows[at + 1 :]:
            if factor := row[at] / first[at]:
                row[at:] = [one - factor * other for one, other in zip(row[at:], first[at:], strict=True)]
    found = [0.0] * size
    for at in range(size - 1, -1, -1):
        rest = sum(rows[at][other] * found[other] for other in range(at + 1, size))
        found[at] = (rows[at][size] - rest) / rows[at][at]
    return found


def calibrated(first: int, passes: int = 3) -> dict[str, float]:
    """Learned three times: what is posted depends on the weights, and what is open on what was posted."""
    weights: dict[str, float] = {}
    for _ in range(passes):
        taught: Counter[Lesson] = Counter()
        with ProcessPoolExecutor(2) as pool:
            for one in pool.map(lessons, settings(first), [weights] * len(settings(first))):
                taught.update(one)
        weights = fitted(taught, weights)
        sys.stderr.write(f"{sum(taught.values())} payments, {len(taught)} lessons, {len(weights)} weights\n")
    return weights


def main(first: int = 1_000) -> None:
    """Learns and writes."""
    weights = calibrated(first)
    told = {
        "learned_from": f"generated worlds, seeds {first} to {first + len(settings(first)) - 1}",
        "weights": weights,
    }
    WEIGHTS.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
