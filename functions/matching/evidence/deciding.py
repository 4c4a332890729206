"""The decision on one payment: the most probable explanation, how probable, and whether a person has to look.

The explanations of a payment, and that it is for nothing open, exclude each other: their probabilities are a softmax
over what speaks for each. Two that are equally good share the probability, so that a tie is never sure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import exp
from typing import Final, Literal

from functions.matching.evidence import keys
from functions.matching.evidence.money import Found, Item
from functions.matching.evidence.proposals import Case, Proposal
from functions.matching.evidence.reading import Reading
from functions.matching.evidence.rules import Rules
from functions.matching.evidence.said import said, unexplained
from functions.matching.evidence.support import RANK
from functions.matching.evidence.weighing import features

Zone = Literal["automatic", "suggested", "manual"]
_WHOLE: Final = 10_000
_FAR: Final = 30.0
"""More log odds than that are no surer."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many cents for that item."""

    item: Item
    cents: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a payment is for, in which zone, how probably, why, and by which version of the rules."""

    shares: tuple[Share, ...]
    zone: Zone
    score: float
    evidence: tuple[str, ...]
    version: str
    mention: str = "none"
    lookups: int = 0


Fetch = Callable[[Iterable[str], Found], None]


def settle(reading: Reading, found: Found, fetch: Fetch, rules: Rules, weights: Mapping[str, float]) -> Decision:
    """Decides with as few look-ups as it takes: names are only looked for where references decide nothing."""
    fetch(keys.exact(reading), found)
    case = Case(reading, found, rules)
    if _speaks_for_itself(case):
        fetch([f"a{case.amount}"], found)
        return decided(case, rules, weights)
    fetch(keys.payer(reading, case.named), found)
    fetch(keys.beside(Case(reading, found, rules).mentioned), found)
    decision = decide(reading, found, rules, weights)
    if decision.zone == "automatic":
        return decision
    fetch(keys.likely(reading), found)
    return decide(reading, found, rules, weights)


def _speaks_for_itself(case: Case) -> bool:
    """Whether what is named in full is exactly what was paid, by whom it is owed."""
    named = case.named
    exact = bool(named) and sum(item.open_cents for item in named) == case.amount
    return exact and all(item.open_cents > 0 and case.support(item).payer in {"sure", "likely"} for item in named)


def decide(reading: Reading, found: Found, rules: Rules, weights: Mapping[str, float]) -> Decision:
    """The decision on a payment by the items its keys led to; pure, and its cost is that of these items."""
    return decided(Case(reading, found, rules), rules, weights)


def decided(case: Case, rules: Rules, weights: Mapping[str, float]) -> Decision:
    """The decision on a case."""
    money = case.reading.money
    if money.amount_cents <= 0:
        return Decision((), "manual", 0.0, ("not money that came in",), rules.version)
    ranked = weighed(case, weights)
    if not ranked:
        return Decision((), "manual", 0.0, unexplained(case), rules.version, lookups=case.found.lookups)
    best, tied = ranked[0], _tied(ranked)
    zone = _zone(best, case, rules, tied=tied)
    return Decision(
        tuple(Share(item, cents) for item, cents in best.shares),
        zone,
        best.probability,
        said(best, case, tied=tied),
        rules.version,
        best.most,
        case.found.lookups,
    )


def weighed(case: Case, weights: Mapping[str, float]) -> list[Proposal]:
    """Every explanation with its probability, the most probable first."""
    proposals = case.proposals()
    for proposal in proposals:
        proposal.features = features(proposal, case)
    odds = [exp(min(_FAR, sum(weights.get(name, 0.0) for name in one.features))) for one in proposals]
    whole = 1.0 + sum(odds)
    for proposal, one in zip(proposals, odds, strict=True):
        proposal.probability = one / whole
    return sorted(proposals, key=_order)


def _order(proposal: Proposal) -> tuple[float, int, int, str, str]:
    first = proposal.shares[0][0]
    return -proposal.probability, -RANK[proposal.mention], len(proposal.shares), first.due, first.invoice


def _tied(ranked: list[Proposal]) -> bool:
    """Whether another explanation is as good by its kind."""
    best = ranked[0]
    if best.ways > 1 and best.amount != "named_sum":
        return True
    return any(
        (other.mention, other.amount, other.support.payer) == (best.mention, best.amount, best.support.payer)
        for other in ranked[1:]
        if other.invoices != best.invoices
    )


def _zone(best: Proposal, case: Case, rules: Rules, *, tied: bool) -> Zone:
    cents = sum(share for _, share in best.shares)
    wrong = 1.0 - best.probability
    sure = best.probability * _WHOLE >= rules.least_probability_basis_points
    affordable = wrong * cents <= rules.most_expected_loss_cents
    if sure and affordable and not tied and not _repeated(best, case) and trusted(best, rules):
        return "automatic"
    return "suggested" if best.probability * _WHOLE >= rules.suggested_from_basis_points else "manual"


def trusted(best: Proposal, rules: Rules) -> bool:
    """Whether the rules let this combination of evidence be posted without a person."""
    mention = best.most if best.amount in {"sum_all", "sum_some"} else best.mention
    return any(
        mention in one.mention and best.amount in one.amount and best.support.payer in one.payer
        for one in rules.trusted
    )


def _repeated(best: Proposal, case: Case) -> bool:
    """Whether it may be the second payment of something paid already: an item it names, or one of the same amount."""
    if RANK[best.mention] >= RANK["digits"]:
        return False
    paid = {best_item.member for best_item, _ in best.shares}
    return any(
        case.amount in {item.listed_cents, *(one.cents for one in item.paid)}
        for item in case.items
        if item.paid and (item.member in paid or case.rank(item) >= RANK["digits"])
    )
