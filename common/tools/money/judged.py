"""How well payments were matched, against the truth: what was posted wrong, what was missed, what probability meant."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from common.tools.money.world import Truth
from functions.matching.evidence.deciding import Decision

_BINS = 10


@dataclass(slots=True)
class Judged:
    """Counts over payments. A payment is right when it has exactly its true shares."""

    payments: int = 0
    decidable: int = 0
    automatic: int = 0
    decided: int = 0
    """Automatic and right among the decidable."""
    wrong: list[str] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    wrong_by_kind: Counter[str] = field(default_factory=Counter)
    bins: dict[int, list[float]] = field(default_factory=dict)
    brier: float = 0.0
    explained: int = 0

    def figures(self) -> dict[str, Any]:
        """As they are shown."""
        return {
            "payments": self.payments,
            "decidable": self.decidable,
            "automatic_percent": round(100 * self.automatic / max(1, self.payments), 2),
            "automatic_of_decidable_percent": round(100 * self.decided / max(1, self.decidable), 2),
            "wrong": len(self.wrong),
            "wrong_of_automatic_percent": round(100 * len(self.wrong) / max(1, self.automatic), 3),
            "brier": round(self.brier / max(1, self.explained), 5),
        }

    def reliability(self) -> list[dict[str, Any]]:
        """Predicted and observed share of right ones, a row a tenth; the last tenth also by its own parts."""
        return [
            {
                "from": round(at / _BINS, 1) if at < _BINS else _TOP[at - _BINS],
                "payments": int(count),
                "predicted": round(predicted / count, 4),
                "observed": round(right / count, 4),
            }
            for at, (count, predicted, right) in sorted(self.bins.items())
        ]


_TOP = (0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999)


def judge(decisions: Mapping[str, Decision], truth: Mapping[str, Truth]) -> Judged:
    """Compares decisions with the truth."""
    judged = Judged()
    for payment, decision in decisions.items():
        _count(judged, payment, decision, truth[payment])
    return judged


def _count(judged: Judged, payment: str, decision: Decision, true: Truth) -> None:
    right = {share.item.invoice: share.cents for share in decision.shares} == true.shares
    automatic = decision.zone == "automatic"
    judged.payments += 1
    judged.decidable += true.decidable
    judged.automatic += automatic
    judged.decided += automatic and right and true.decidable
    if automatic and not right:
        judged.wrong.append(payment)
        judged.wrong_by_kind[true.kind] += 1
    if true.decidable and not automatic:
        judged.missed[true.kind] += 1
    if decision.shares:
        _weigh(judged, decision.score, right)


def _weigh(judged: Judged, score: float, right: bool) -> None:
    place = min(int(score * _BINS), _BINS - 1)
    for at, border in enumerate(_TOP):
        if score >= border:
            place = _BINS + at
    row = judged.bins.setdefault(place, [0, 0, 0])
    row[0] += 1
    row[1] += score
    row[2] += right
    judged.explained += 1
    judged.brier += (score - right) ** 2
