"""Where a consumer is: two items of evidence that agree (Regulation (EU) 282/2011, art. 24b and 24f)."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from common.failures import Rejected
from common.parties import Buyer, Location
from functions.invoicing.tax.territories import Territory, parent_of, territory_of

ENOUGH = 2
"""Items that agree."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where a consumer is taken to be, and what says so."""

    territory: Territory
    grounds: tuple[str, ...]


def located(buyer: Buyer) -> Located:
    """Where a consumer is, by the address and the items kept with it.

    One item alone is enough up to EUR 100,000 of such sales a year (art. 24b, second paragraph), and is marked. Where
    items contradict each other, the country that at least two kinds of item name, and more than any other, is taken.
    Rejected `location_contradictory` where there is none.
    """
    return _located(buyer.address.country, buyer.address.postcode, buyer.locations)


@lru_cache(maxsize=4096)
def _located(at: str, postcode: str, locations: tuple[Location, ...]) -> Located:
    items = _items(at, locations)
    named = Counter(country for _, country in items)
    country, votes = max(named.items(), key=lambda one: (one[1], one[0]))
    tied = sum(1 for count in named.values() if count == votes) > 1
    if len(named) > 1 and (votes < ENOUGH or tied):
        raise Rejected("location_contradictory", f"{_listed(items)} contradict each other")
    return Located(_territory(at, postcode, country), (_weight(items, country),))


def _items(at: str, locations: tuple[Location, ...]) -> list[tuple[str, str]]:
    """(kind, country) of each item, the address first, each once."""
    told = [("address", at), *((item.kind, item.country) for item in locations)]
    return list(dict.fromkeys((kind, parent_of(country)) for kind, country in told))


def _territory(at: str, postcode: str, country: str) -> Territory:
    """The address tells the part of its country; of any other country nothing more is known."""
    return territory_of(at, postcode) if parent_of(at) == country else territory_of(country)


def _weight(items: list[tuple[str, str]], country: str) -> str:
    for_it = [kind for kind, named in items if named == country]
    against = [f"{kind} ({named})" for kind, named in items if named != country]
    if len(for_it) < ENOUGH:
        return (
            f"consumer in {country} by the {for_it[0]} alone: a single item of evidence (art. 24b, Regulation 282/2011)"
        )
    but = f", against {' and '.join(against)}" if against else ""
    return f"consumer in {country} by {', '.join(for_it)}{but} (art. 24b and 24f, Regulation 282/2011)"


def _listed(items: list[tuple[str, str]]) -> str:
    return ", ".join(f"{kind} ({country})" for kind, country in items)
