"""Where a consumer is: two items of evidence that agree (Regulation (EU) 282/2011, art. 24b and 24f)."""

from collections import Counter
from dataclasses import dataclass

from common.failures import Rejected
from common.parties import Buyer
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
    items = _items(buyer)
    named = Counter(country for _, country in items)
    country, votes = max(named.items(), key=lambda one: (one[1], one[0]))
    tied = sum(1 for count in named.values() if count == votes) > 1
    if len(named) > 1 and (votes < ENOUGH or tied):
        raise Rejected("location_contradictory", f"{_listed(items)} contradict each other")
    return Located(_territory(buyer, country), (_weight(items, country),))


def _items(buyer: Buyer) -> list[tuple[str, str]]:
    """(kind, country) of each item, the address first, each once."""
    told = [("address", buyer.address.country), *((item.kind, item.country) for item in buyer.locations)]
    return list(dict.fromkeys((kind, parent_of(country)) for kind, country in told))


def _territory(buyer: Buyer, country: str) -> Territory:
    """The address tells the part of its country; of any other country nothing more is known."""
    address = buyer.address
    return (
        territory_of(address.country, address.postcode)
        if parent_of(address.country) == country
        else territory_of(country)
    )


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
