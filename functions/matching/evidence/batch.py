"""Many payments at once: the surest first, so that no guess takes what a reference names, in whatever order they come."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from functions.matching.evidence.deciding import Decision, settle
from functions.matching.evidence.index import Index
from functions.matching.evidence.money import Found, Invoice, Money, Paid, ground_of
from functions.matching.evidence.reading import Reading
from functions.matching.evidence.rules import Rules, present_rules, present_weights
from functions.matching.evidence.support import RANK

_NATURAL: Final = re.compile("[0-9]+")
_SURE: Final = 0.999


class Run:
    """Payments against the items of an index: what each is for."""

    def __init__(
        self, index: Index, rules: Rules | None = None, weights: Mapping[str, float] | None = None
    ) -> None:
        self.index = index
        self.rules = present_rules() if rules is None else rules
        self.weights = present_weights() if weights is None else weights
        self.decisions: dict[str, Decision] = {}

    def match(self, payments: Sequence[Money]) -> dict[str, Decision]:
        """Every payment's decision: first each by itself, then with what the sure ones left and taught."""
        rest = self._round(payments)
        self._round(rest)
        return self.decisions

    def _round(self, payments: Sequence[Money]) -> list[Money]:
        """Posts what is automatic, the surest first; gives back what is not."""
        first = {money.payment: self.decide(money) for money in payments}
        rest = []
        for money in sorted(payments, key=lambda one: _order(one, first[one.payment])):
            decision = first[money.payment]
            if decision.zone == "automatic" and self._is_stale(decision):
                decision = self.decide(money)
            self.decisions[money.payment] = decision
            if decision.zone == "automatic":
                self._post(money, decision)
            else:
                rest.append(money)
        return rest

    def decide(self, money: Money) -> Decision:
        """The decision on one payment as things stand."""
        reading = Reading(money, self.index.ground)
        found = Found(aliases=self.index.accounts.get(reading.iban, frozenset()))
        return settle(reading, found, self.index.fetch, self.rules, self.weights)

    def _is_stale(self, decision: Decision) -> bool:
        return any(self.index.given(share.item.invoice) != len(share.item.paid) for share in decision.shares)

    def _post(self, money: Money, decision: Decision) -> None:
        for share in decision.shares:
            self.index.give(share.item, Paid(money.payment, share.cents))
        members = {share.item.member for share in decision.shares}
        sure = RANK[decision.mention] >= RANK["number"] and decision.score >= _SURE  # type: ignore[index]
        if money.payer_iban and sure and len(members) == 1:
            from functions.matching.evidence.text import compact

            self.index.learn(compact(money.payer_iban), members.pop())


def _order(money: Money, decision: Decision) -> tuple[int, int, str, tuple[object, ...]]:
    """The surest first; of two as sure, the earlier, then by id: never by their order in the file."""
    mention = RANK[decision.mention]  # type: ignore[index]
    sure = 3 if mention >= RANK["number"] else 1 + (mention >= RANK["core"])
    return -sure, -round(decision.score * 100), money.date, _natural(money.payment)


def _natural(text: str) -> tuple[object, ...]:
    return len(text), text


def match(invoices: list[Invoice], payments: Iterable[Money]) -> Iterator[tuple[Money, Decision]]:
    """Every payment with its decision, in the order given."""
    listed = list(payments)
    decisions = Run(Index(invoices, ground_of(invoices))).match(listed)
    return ((money, decisions[money.payment]) for money in listed)
