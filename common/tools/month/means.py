"""How members pay, and what goes wrong with it: hidden traits by seed, shares in `methods.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

METHODS: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "methods.json").read_text("utf-8"))
CAST: Final[list[dict[str, Any]]] = METHODS["cast"]
"""The first members of every month: one for each way money comes and goes wrong."""
HUNDRED: Final = 100
TEN_THOUSAND: Final = 10_000
MOST_DISORDER: Final = 2

Road = Literal["debit", "card", "wallet", "instant", "transfer"]
Fate = Literal["pays", "soft", "hard", "late_soft", "refused", "refunded", "disputed"]
"""`soft` and `hard` fail at once, `late_soft` after the money was credited, `refused` before it was collected;
`refunded` is taken back by the member, `disputed` at their card's bank."""


@dataclass(frozen=True, slots=True)
class Means:
    """One member's way of paying, and what nobody but the generator knows of it."""

    road: Road
    provider: str = ""
    """Who collects; empty where the member pays by themselves."""
    fate: Fate = "pays"
    code: str = ""
    """The bank's reason where a debit of our own comes back."""
    disorder: tuple[str, ...] = ()
    recovers: bool = False
    """Whether a further attempt succeeds, or the member comes and pays."""
    method: str = ""
    """What they choose on the page, where they come to it."""
    choice: str = ""
    """What they click on the provider's page then."""
    reference: str = "structured"
    amount: str = "exact"
    third_party: bool = False
    """Somebody else pays for them, by another name and account."""
    net: Literal["", "part", "whole"] = ""
    """How much of their invoice the marketplace keeps back from what they sold."""
    goodwill: bool = False
    """Whether they are given something back after they have paid."""
    won: bool = False
    """Whether we win the dispute."""

    @property
    def collects(self) -> bool:
        """Whether we collect by ourselves."""
        return self.road in {"debit", "card"}

    def steps(self) -> list[str]:
        """What the provider's simulator does at each attempt, in its own words; the last step stays in force."""
        words, every = METHODS["words"][self.provider], METHODS["words"]["every"]
        pays = words.get("slow", words["pays"]) if self.road == "debit" else words["pays"]
        told = [words.get(one) or every.get(one, "") for one in self.disorder]
        first = "+".join(dict.fromkeys(part for part in (self._first(words, pays), *told) if part))
        if self.fate in {"pays", "refunded", "disputed"} and "cut_before" in self.disorder:
            return [words["cut_before"], pays]
        if self.fate == "soft" and not self.recovers:
            return [first]
        return [first, pays] if self.fate in {"soft", "late_soft"} else [first]

    def _first(self, words: Mapping[str, str], pays: str) -> str:
        if self.fate == "pays":
            return pays
        if self.fate == "soft" and self.road == "debit":
            return str(words["slow_soft"])
        return str(words.get(self.fate) or words["hard"])


def means(number: int, country: str, segment: str, seed: int) -> Means:
    """The means of a member, by their number: the first are the cast, the others are drawn."""
    chance = Random(f"{seed}-{number}-means")  # noqa: S311 - a generator, no secrets
    drawn = _drawn(country, segment, chance)
    if number > len(CAST):
        return drawn
    return _cast(CAST[number - 1], chance)


def pick(chance: Random, weights: Mapping[str, int]) -> str:
    """One of the names, by weight."""
    return chance.choices(list(weights), list(weights.values()))[0]


def of_country(table: str, country: str) -> Any:
    """A country's entry of a table, or that of all others."""
    return METHODS[table].get(country, METHODS[table]["other"])


def _drawn(country: str, segment: str, chance: Random) -> Means:
    road: Road = pick(chance, of_country("roads", country))  # type: ignore[assignment]
    provider = pick(chance, METHODS["providers"][road]) if road in METHODS["providers"] else ""
    fate = _fate(road, provider, chance)
    return Means(
        road=road,
        provider=provider,
        fate=fate,
        code=_code(fate, chance),
        disorder=_disorder(chance) if provider and provider != "sepa" else (),
        recovers=chance.randrange(HUNDRED) < METHODS["recovers_percent"],
        **_page(road, country, chance),
        reference=pick(chance, METHODS["reference"]),
        amount=pick(chance, METHODS["amount_per_thousand"]),
        third_party=chance.randrange(HUNDRED) < METHODS["third_party_percent"][segment],
        net=_net(country, chance),
        goodwill=chance.randrange(TEN_THOUSAND) < METHODS["goodwill_basis_points"],
        won=chance.randrange(HUNDRED) < METHODS["dispute_won_percent"],
    )


def _cast(part: Mapping[str, Any], chance: Random) -> Means:
    """A member of the cast: what is not told is what everybody does."""
    road, country = part["road"], part["country"]
    told = {name: value for name, value in part.items() if name not in {"country", "disorder"}}
    disorder = tuple(part.get("disorder", ()))
    plain = Means(road=road, disorder=disorder, recovers=True, won=bool(chance.randrange(2)))
    found = replace(plain, **told, **_page(road, country, chance))
    return replace(found, code=_code(found.fate, chance) or {"refused": "AC01"}.get(found.fate, ""))


def _page(road: Road, country: str, chance: Random) -> dict[str, Any]:
    """What they choose on the page, if they come to it: a wallet is a card there."""
    method = str(of_country("page_methods", country)) if road == "instant" else "card"
    return {"method": method, "choice": pick(chance, METHODS["page_choices"][method])}


def _fate(road: Road, provider: str, chance: Random) -> Fate:
    table: dict[str, int] = METHODS["fates_basis_points"].get(road, {})
    drawn = chance.randrange(TEN_THOUSAND)
    for fate, share in table.items():
        if drawn < share:
            return _possible(fate, provider)
        drawn -= share
    return "pays"


def _possible(fate: str, provider: str) -> Fate:
    """What the provider has a word for; where it has none, the account is closed."""
    words = METHODS["words"].get(provider, {})
    known = provider == "sepa" or fate == "soft" or fate in words
    return fate if known else "soft"  # type: ignore[return-value]


def _code(fate: Fate, chance: Random) -> str:
    codes = METHODS["return_codes"].get("soft" if fate == "late_soft" else fate)
    return pick(chance, codes) if codes else ""


def _disorder(chance: Random) -> tuple[str, ...]:
    rates: dict[str, int] = METHODS["disorder_basis_points"]["demo"]
    return tuple(name for name, rate in rates.items() if chance.randrange(TEN_THOUSAND) < rate)[:MOST_DISORDER]


def _net(country: str, chance: Random) -> Literal["", "part", "whole"]:
    if chance.randrange(HUNDRED) >= of_country("net_first_percent", country):
        return ""
    return "whole" if chance.randrange(HUNDRED) < METHODS["net_whole_percent"] else "part"
