"""What a change of the rules would have done: past payments matched by both versions, and where they part."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from functions.matching.evidence.batch import Run
from functions.matching.evidence.deciding import Decision, Zone
from functions.matching.evidence.index import Index
from functions.matching.evidence.money import Invoice, Money, ground_of
from functions.matching.evidence.rules import Rules

EXAMPLES: Final = 5
"""Payments shown of each kind of change."""
Truth = Mapping[str, Mapping[str, int]]
"""By payment the cents by invoice; a payment that is missing is one whose truth is not known."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one version of the rules made of the payments."""

    version: str
    automatic: int
    suggested: int
    manual: int
    automatic_cents: int
    """Posted without a person."""


@dataclass(frozen=True, slots=True)
class Example:
    """One payment that is decided otherwise."""

    payment: str
    old: Decision
    new: Decision


@dataclass(slots=True)
class Change:
    """Payments that changed in the same way, such as `suggested -> automatic`, and the first few of them."""

    payments: int = 0
    cents: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Backtest:
    """Both versions beside each other. Wins and losses are ids of payments, as far as the truth is known.

    A win is posted right where it was not, or no longer posted wrong; a loss the contrary.
    """

    old: Side
    new: Side
    changes: dict[str, Change]
    wins: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()

    @property
    def changed(self) -> int:
        """Payments that are decided otherwise: in zone, or in what they pay."""
        return sum(change.payments for change in self.changes.values())


def backtest(
    invoices: Sequence[Invoice],
    payments: Sequence[Money],
    old_rules: Rules,
    new_rules: Rules,
    truth: Truth | None = None,
    *,
    weights: Mapping[str, float] | None = None,
) -> Backtest:
    """Matches the payments to the invoices as they were open, once by each version; changes nothing anywhere.

    Each version starts from the same items and posts what it would have posted, so that what follows from a decision is
    part of its comparison. `weights` are the present ones unless given.
    """
    old = _decided(invoices, payments, old_rules, weights)
    new = _decided(invoices, payments, new_rules, weights)
    known = truth or {}
    worth = {money.payment: _worth(money, old, new, known) for money in payments if money.payment in known}
    return Backtest(
        _side(old_rules, old),
        _side(new_rules, new),
        _changes(payments, old, new),
        tuple(payment for payment, (before, after) in worth.items() if after > before),
        tuple(payment for payment, (before, after) in worth.items() if after < before),
    )


def _decided(
    invoices: Sequence[Invoice], payments: Sequence[Money], rules: Rules, weights: Mapping[str, float] | None
) -> dict[str, Decision]:
    listed = list(invoices)
    return Run(Index(listed, ground_of(listed)), rules, weights).match(payments)


def _side(rules: Rules, decisions: Mapping[str, Decision]) -> Side:
    zones = Counter(_zone(one) for one in decisions.values())
    cents = sum(share.cents for one in decisions.values() if one.zone == "automatic" for share in one.shares)
    return Side(rules.version, zones["automatic"], zones["suggested"], zones["manual"], cents)


def _zone(decision: Decision) -> Zone:
    return decision.zone if decision.shares else "manual"


def _shares(decision: Decision) -> dict[str, int]:
    return {share.item.invoice: share.cents for share in decision.shares}


def _changes(payments: Sequence[Money], old: Mapping[str, Decision], new: Mapping[str, Decision]) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for money in payments:
        before, after = old[money.payment], new[money.payment]
        zones = _zone(before), _zone(after)
        if zones[0] == zones[1] and (zones[0] == "manual" or _shares(before) == _shares(after)):
            continue
        change = found.setdefault(" -> ".join(zones), Change())
        change.payments += 1
        change.cents += max(0, money.amount_cents)
        if len(change.examples) < EXAMPLES:
            change.examples.append(Example(money.payment, before, after))
    return found


def _worth(money: Money, old: Mapping[str, Decision], new: Mapping[str, Decision], truth: Truth) -> tuple[int, int]:
    """Posted right is better than left to a person, and that is better than posted wrong."""
    true = dict(truth[money.payment])
    return _value(old[money.payment], true), _value(new[money.payment], true)


def _value(decision: Decision, true: Mapping[str, int]) -> int:
    if decision.zone != "automatic":
        return 0
    return 1 if _shares(decision) == true else -1
