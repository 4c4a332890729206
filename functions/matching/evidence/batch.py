"""Many payments at once: the surest first, so that no guess takes what a reference names, in any order."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from functions.matching.evidence.deciding import Decision, settle
from functions.matching.evidence.index import Index
from functions.matching.evidence.money import Found, Invoice, Money, Paid, ground_of
from functions.matching.evidence.reading import Reading
from functions.matching.evidence.rules import Rules, present_rules, present_weights
from functions.matching.evidence.support import RANK
from functions.matching.evidence.text import compact

_NATURAL: Final = re.compile("[0-9]+")
_SURE: Final = 0.999
BEFORE: Final = "a later payment of the same payer over the same amount names it, too: the earlier one pays it"
Claims = Mapping[tuple[str, int], Sequence[Money]]


class Run:
    """Payments against the items of an index: what each is for."""

    def __init__(self, index: Index, rules: Rules | None = None, weights: Mapping[str, float] | None = None) -> None:
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
        claims = _claims(payments, first)
        rest = []
        for money in sorted(payments, key=lambda one: _order(one, first[one.payment])):
            if money.payment in self.decisions and self.decisions[money.payment].zone == "automatic":
                continue
            decision = first[money.payment]
            if decision.zone == "automatic" and self._is_stale(decision):
                decision = self.decide(money)
            if decision.zone == "automatic" and (earlier := self._paid_before(money, decision, claims)):
                self.decisions[earlier.payment] = replace(decision, evidence=(*decision.evidence, BEFORE))
                self._post(earlier, decision)
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

    def _paid_before(self, money: Money, decision: Decision, claims: Claims) -> Money | None:
        """The earlier payment of the same payer that is for the same, where this one only says so more clearly."""
        if len(decision.shares) != 1:
            return None
        alike = claims.get((decision.shares[0].item.invoice, money.amount_cents), ())
        found = [one for one in alike if _is_before(one, money) and one.payment not in self.decisions]
        return min(found, key=lambda one: (one.date, _natural(one.payment)), default=None)

    def _is_stale(self, decision: Decision) -> bool:
        return any(self.index.given(share.item.invoice) != len(share.item.paid) for share in decision.shares)

    def _post(self, money: Money, decision: Decision) -> None:
        for share in decision.shares:
            self.index.give(share.item, Paid(money.payment, share.cents))
        members = {share.item.member for share in decision.shares}
        sure = RANK[decision.mention] >= RANK["number"] and decision.score >= _SURE  # type: ignore[index]
        if money.payer_iban and sure and len(members) == 1:
            self.index.learn(compact(money.payer_iban), members.pop())


def _claims(payments: Iterable[Money], decisions: Mapping[str, Decision]) -> Claims:
    """Payments that seem to be for one invoice alone, by that invoice and their amount."""
    found: dict[tuple[str, int], list[Money]] = {}
    for money in payments:
        decision = decisions[money.payment]
        if decision.zone != "manual" and len(decision.shares) == 1:
            found.setdefault((decision.shares[0].item.invoice, money.amount_cents), []).append(money)
    return found


def _is_before(one: Money, other: Money) -> bool:
    """Whether it is an earlier payment by the same account, or by the same name where no account is told."""
    if not one.date or one.date >= other.date:
        return False
    if one.payer_iban and other.payer_iban:
        return compact(one.payer_iban) == compact(other.payer_iban)
    return bool(one.payer_name) and compact(one.payer_name) == compact(other.payer_name)


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
