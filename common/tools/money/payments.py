"""Payments of a world: whom they are for is known, what is told about them follows the payer's traits."""

from random import Random
from typing import Final

from common.tools.money.habits import bank_text, plain_text
from common.tools.money.people import account, chosen, person
from common.tools.money.traps import trap
from common.tools.money.world import FIGURES, Member, Truth, World
from functions.matching.evidence.money import Invoice, Money

_STYLES: Final = {"plain": plain_text, "bank": bank_text}

_PAIRS: dict[str, int | str | None] = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue",
}  # fmt: skip
UMLAUTS = str.maketrans(_PAIRS)
NO_ACCOUNT, NO_NAME = 7, 3
"""Percent of payments whose bank does not tell the payer's account, or name."""


class Payers:
    """Makes the payments of one world."""

    def __init__(self, made: World) -> None:
        self.made = made
        self.chance = Random(made.setting.seed + 77)  # noqa: S311 - a generator, no secrets
        self.names: dict[tuple[str, int], int] = {}
        self.owed = {member.key: list(member.invoices) for member in made.members}
        for row in made.invoices:
            key = (row.member_name, row.open_cents)
            self.names[key] = self.names.get(key, 0) + 1

    def pay(self) -> World:
        """The world with its payments, in the order the bank tells them."""
        everyone = list(self.made.members)
        self.chance.shuffle(everyone)
        at = 0
        while len(self.made.payments) < self.made.setting.payments and at < len(everyone):
            member, at = everyone[at], at + 1
            if not (self.chance.randrange(100) < self.made.setting.hostile and trap(self, member)):
                self._one(member)
        self.chance.shuffle(self.made.payments)
        return self.made

    def _one(self, member: Member) -> None:
        habit, amount = chosen(self.chance, FIGURES["reference"]), chosen(self.chance, FIGURES["amount"])
        owed = [row for row in self.owed[member.key] if row.open_cents > 0]
        if amount == "several" and len(owed) < 2:  # noqa: PLR2004 - there is one
            amount = "exact"
        if amount == "astray":
            return self._astray(member)
        chosen_rows = self._chosen(owed, amount)
        cents = self._cents(chosen_rows, amount)
        shares = self._shares(chosen_rows, cents)
        self.tell(member, chosen_rows, cents, habit, amount, shares)
        if amount == "duplicate":
            self.tell(member, chosen_rows, cents, habit, "second", {}, day=28)
        return None

    def _chosen(self, owed: list[Invoice], amount: str) -> list[Invoice]:
        if amount != "several":
            return [self.chance.choice(owed)]
        if self.chance.random() < 0.5:  # noqa: PLR2004 - everything
            return list(owed)
        return self.chance.sample(owed, self.chance.randrange(2, len(owed) + 1))

    def _cents(self, rows: list[Invoice], amount: str) -> int:
        whole = sum(row.open_cents for row in rows)
        if amount == "part":
            return max(1, whole * self.chance.choice([20, 25, 33, 50, 50, 60, 75]) // 100)
        if amount == "over":
            return whole + self.chance.choice([100, 500, 1000, whole // 10 + 1, 333])
        if amount == "short":
            return max(1, whole - self.chance.choice([1, 2, 5, 50, 150, max(1, whole // 250)]))
        return whole

    def _shares(self, rows: list[Invoice], cents: int) -> dict[str, int]:
        shares = {}
        for row in rows:
            shares[row.invoice] = min(cents, row.open_cents)
            cents -= shares[row.invoice]
        return {name: share for name, share in shares.items() if share}

    def _astray(self, member: Member) -> None:
        first, last = person(self.chance, member.country, 60)
        money = self.chance.randrange(300, 50_000)
        iban, truth = account(self.chance, member.country), Truth({}, "astray", decidable=False)
        self.add(f"{first} {last}", iban, money, "Miete Oktober", "", truth)

    def tell(
        self,
        member: Member,
        rows: list[Invoice],
        cents: int,
        habit: str,
        amount: str,
        shares: dict[str, int],
        day: int = 0,
    ) -> None:
        """A payment by a member, or by whoever pays for them, as they write it."""
        text, structured = _STYLES[self.made.setting.style](self.chance, member, rows, habit)
        name, iban = member.payer or (member.name, member.iban)
        kind = f"{habit} {amount}{' third' if member.payer else ''}"
        decidable = bool(shares) and self._decidable(member, rows, habit, amount)
        untold = self.chance.randrange(100)
        if untold < NO_ACCOUNT + NO_NAME:
            decidable = decidable and habit in {"structured", "number"}
        written = "" if NO_ACCOUNT <= untold < NO_ACCOUNT + NO_NAME else self._written(name)
        iban = "" if untold < NO_ACCOUNT else iban
        self.add(written, iban, cents, text, structured, Truth(shares, kind, decidable), day)

    def _written(self, name: str) -> str:
        """A name as the payer's bank has it."""
        kind = self.chance.randrange(12)
        plain = name.translate(UMLAUTS)
        words = name.split()
        options = [name, name, name.upper(), plain, plain.upper(), plain[:27]]
        options += [
            " ".join(reversed(words)),
            f"{words[-1]}, {words[0]}",
            f"Dr. {name}",
            f"{words[0][0]}. {' '.join(words[1:])}",
            name,
            name,
        ]
        return options[kind] if len(words) == 2 or kind < 6 else name  # noqa: PLR2004

    def _decidable(self, member: Member, rows: list[Invoice], habit: str, amount: str) -> bool:
        if habit in {"structured", "number"}:
            return True
        if amount not in {"exact", "several", "duplicate"}:
            return False
        peers = [row.open_cents for row in member.invoices]
        unique = amount == "several" or peers.count(rows[0].open_cents) == 1
        if not unique:
            return False
        if habit in {"member", "mistyped"}:
            return habit == "member" or member.payer is None
        known = member.payer is None and member.listed_iban == member.iban
        alone = self.names[member.name, rows[0].open_cents] == 1 and amount != "several"
        return known or (alone and (member.payer is None or habit == "name"))

    def add(self, name: str, iban: str, cents: int, text: str, structured: str, truth: Truth, day: int = 0) -> None:
        """A payment and the truth about it."""
        payment = f"pay_{len(self.made.payments):07d}"
        date = f"2026-10-{day or self.chance.randrange(1, 21):02d}"
        self.made.payments.append(Money(payment, date, cents, name, iban, text, structured))
        self.made.truth[payment] = truth
