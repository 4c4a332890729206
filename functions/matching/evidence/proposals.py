"""Every way to explain a payment by items that are open: what it would pay, and what speaks for and against it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from functions.matching.evidence.keys import MOST_NAMED
from functions.matching.evidence.money import Found, Item
from functions.matching.evidence.names import whole
from functions.matching.evidence.reading import Reading
from functions.matching.evidence.rules import Rules
from functions.matching.evidence.sums import sum_of
from functions.matching.evidence.support import (
    NAMED,
    RANK,
    Mention,
    Support,
    mention,
    nearly,
    owners_of,
    support,
    told_members,
)

Amount = Literal[
    "exact", "named_sum", "sum_all", "sum_some", "short", "discount", "part", "over", "named_part", "named_over"
]
Against = Literal["none", "unknown", "sibling", "stranger", "settled"]
_MOST_GROUPS: Final = 12
_WHOLE: Final = 10_000


@dataclass(slots=True, eq=False)
class Proposal:
    """So much for these items, and why."""

    shares: tuple[tuple[Item, int], ...]
    amount: Amount
    mention: Mention
    """Of the item that is mentioned least."""
    most: Mention
    """Of the one that is mentioned most."""
    support: Support
    against: Against
    ways: int = 1
    """Sets of the member's items that add up to the same."""
    pool: int = 1
    """Open items of the member."""
    features: tuple[str, ...] = ()
    probability: float = 0.0

    @property
    def invoices(self) -> frozenset[str]:
        """What it pays."""
        return frozenset(item.invoice for item, _ in self.shares)


class Case:
    """One payment beside the items its keys led to."""

    def __init__(self, reading: Reading, found: Found, rules: Rules) -> None:
        self.reading = reading
        self.found = found
        self.rules = rules
        self.amount = reading.money.amount_cents
        self.items = sorted(found.items.values(), key=lambda item: (item.due, item.invoice))
        self.mentions = {item.invoice: mention(item, reading) for item in self.items}
        self.owners = owners_of(self.items, reading.iban)
        self.told = told_members(self.items, reading)

    def rank(self, item: Item) -> int:
        """How well an item is mentioned."""
        return RANK[self.mentions[item.invoice]]

    @cached_property
    def named(self) -> list[Item]:
        """Items the text names, also such as are paid already."""
        return [item for item in self.items if self.rank(item) >= RANK["digits"]]

    @property
    def mentioned(self) -> list[Item]:
        """What the text mentions so that it is hardly by chance, the best mentioned first."""
        return sorted((item for item in self.items if self.rank(item) >= NAMED), key=lambda item: -self.rank(item))

    @cached_property
    def settled(self) -> list[Item]:
        """What the text names and is paid already."""
        return [item for item in self.named if item.open_cents <= 0]

    @cached_property
    def groups(self) -> list[list[Item]]:
        """Items by member: those first of whom something is named, then whose account or id came with it."""
        by_member: dict[str, list[Item]] = {}
        for item in self.items:
            by_member.setdefault(item.member, []).append(item)
        return sorted(by_member.values(), key=lambda group: (self._place(group), group[0].invoice))

    def _place(self, group: list[Item]) -> tuple[int, bool, bool]:
        best = max(self.rank(item) for item in group)
        known = group[0].member in self.owners | self.told | self.found.aliases
        return -best if best >= NAMED else 0, not known, all(item.open_cents != self.amount for item in group)

    def proposals(self) -> list[Proposal]:
        """All of them, each set of items once, the strongest reading of it."""
        found: dict[tuple[tuple[str, int], ...], Proposal] = {}
        for proposal in self._all():
            key = tuple((item.invoice, cents) for item, cents in proposal.shares)
            found.setdefault(key, proposal)
        return list(found.values())

    def _all(self) -> Iterator[Proposal]:
        yield from self._across()
        for group in self.groups[:_MOST_GROUPS] + [g for g in self.groups[_MOST_GROUPS:] if self._fits(g)]:
            yield from self._of(group)

    def _fits(self, group: list[Item]) -> bool:
        return any(item.open_cents == self.amount for item in group)

    def _across(self) -> Iterator[Proposal]:
        """Items of several members that are all named and add up: somebody pays for others, too."""
        owed = [item for item in self.named if item.open_cents > 0][:MOST_NAMED]
        several = len({item.member for item in owed}) > 1
        if several and sum(item.open_cents for item in owed) == self.amount:
            backed = max((self.support(item) for item in owed), key=lambda one: one.payer in {"sure", "likely"})
            yield self._made(owed, "named_sum", backed)

    def _of(self, group: list[Item]) -> Iterator[Proposal]:
        owed = [item for item in group if item.open_cents > 0]
        if not owed:
            return
        backed = self.support(group[0])
        named = [item for item in owed if self.rank(item) >= NAMED]
        if len(named) > 1:
            yield from self._several(named, backed)
        exact = [item for item in owed if item.open_cents == self.amount]
        for item in exact:
            if (
                self.rank(item)
                or backed.payer in {"sure", "likely"}
                or backed.name == "some"
                or nearly(item, self.reading)
            ):
                yield self._made([item], "exact", backed, pool=len(owed))
        if len(named) == 1 and not exact:
            yield from self._one_named(named[0], owed, backed)
        if not exact and not named and backed.payer in {"sure", "likely"}:
            yield from self._by_payer(owed, backed)
        elif exact and len(named) == 1 and named[0] not in exact:
            yield from self._one_named(named[0], owed, backed)

    def _several(self, named: list[Item], backed: Support) -> Iterator[Proposal]:
        """Several named: all of them if it is enough; else the one set among them that it is exactly."""
        strong = [item for item in named if self.rank(item) >= RANK["digits"]]
        for chosen in (named, strong):
            if len(chosen) > 1 and sum(item.open_cents for item in chosen) == self.amount:
                yield self._made(chosen, "named_sum", backed)
                return
        found = sum_of(named, self.amount, self.rules.most_items_in_a_sum)
        if found.ways:
            yield self._made(found.items, "named_sum", backed, ways=found.ways + 1, pool=len(named))
        elif len(strong) > 1:
            amount: Amount = "named_over" if self.amount > sum(item.open_cents for item in strong) else "named_part"
            yield self._made(strong, amount, backed)

    def _one_named(self, item: Item, owed: list[Item], backed: Support) -> Iterator[Proposal]:
        """One is named, and the money is not what is open: with others, less, or more."""
        rest = [other for other in owed if other is not item]
        found = sum_of(rest, self.amount - item.open_cents, self.rules.most_items_in_a_sum, smallest=1)
        if self.amount > item.open_cents and found.ways:
            amount: Amount = "sum_all" if found.everything else "sum_some"
            yield self._made([item, *found.items], amount, backed, ways=found.ways, pool=len(owed))
        yield self._made([item], self._beside(item), backed, pool=len(owed))

    def _by_payer(self, owed: list[Item], backed: Support) -> Iterator[Proposal]:
        found = sum_of(owed, self.amount, self.rules.most_items_in_a_sum)
        if found.ways:
            amount: Amount = "sum_all" if found.everything else "sum_some"
            yield self._made(found.items, amount, backed, ways=found.ways, pool=len(owed))
        for item in owed:
            beside = self._beside(item)
            if beside in {"short", "discount"} or len(owed) == 1:
                yield self._made([item], beside, backed, pool=len(owed))

    def _beside(self, item: Item) -> Amount:
        """What an amount is that is not exactly what is open."""
        if self.amount == item.open_cents:
            return "exact"
        lacking = item.open_cents - self.amount
        rules = self.rules
        if abs(lacking) <= max(rules.short_cents, item.open_cents * rules.short_basis_points // _WHOLE):
            return "short"
        taken = [(item.open_cents * points + _WHOLE // 2) // _WHOLE for points in rules.discount_basis_points]
        if any(abs(lacking - one) <= 1 for one in taken):
            return "discount"
        return "part" if lacking > 0 else "over"

    def support(self, item: Item) -> Support:
        """What speaks for the item's member."""
        return support(item, self.reading, self.found, self.owners, self.told)

    def _made(
        self, items: Sequence[Item], amount: Amount, backed: Support, *, ways: int = 1, pool: int = 1
    ) -> Proposal:
        least = min((self.mentions[item.invoice] for item in items), key=RANK.__getitem__)
        most = max((self.mentions[item.invoice] for item in items), key=RANK.__getitem__)
        if least == "none" == most and any(nearly(item, self.reading) for item in items):
            least = most = "near"
        against = self._against(items)
        return Proposal(tuple(self._shares(items)), amount, least, most, backed, against, ways, pool)

    def _shares(self, items: Iterable[Item]) -> Iterator[tuple[Item, int]]:
        left = self.amount
        for item in items:
            if cents := min(left, item.open_cents):
                left -= cents
                yield item, cents

    def _against(self, items: Sequence[Item]) -> Against:
        """What else the text names: an item of somebody else, one that is paid, a sibling, none there is."""
        members = {item.member for item in items}
        others = [item for item in self.named if item not in items]
        if any(item.member not in members and item.open_cents > 0 for item in others):
            return "stranger"
        if any(item.open_cents <= 0 for item in others):
            return "settled"
        if others:
            return "sibling"
        return "unknown" if self._names_nothing() and not any(self.rank(item) >= NAMED for item in items) else "none"

    def _names_nothing(self) -> bool:
        """Whether it has a whole number or reference of ours that is not open."""
        known = {item.packed for item in self.items} | {item.reference for item in self.items}
        reading = self.reading
        written = [*reading.references, *reading.numbers]
        return any(one not in known for one in written) or (len(reading.structured) > NAMED and not self.named)

    def commonness(self) -> int:
        """How many in a million open items have this amount by chance."""
        others = max(0, self.found.counts.get(f"a{self.amount}", 1) - 1)
        return (others + 1) * 1_000_000 // (self.reading.ground.items + 1_000)

    def namesakes(self, item: Item) -> int:
        """How many items of others stand under the same name."""
        same = self.found.counts.get("f" + whole(item.words), 1)
        return max(0, same - self.found.counts.get("u" + item.member, 1))
