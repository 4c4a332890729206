"""Where a service is taxed and at what rate: Directive 2006/112/EC, art. 44, 58, 59 and 196.

Territories of a member state outside the VAT area, or with rates of their own, are not told apart (the Canary
Islands, Büsingen, Madeira and others), nor is the small sellers' threshold of art. 59c used.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal

from common.failures import Rejected
from common.parties import Buyer, Seller

Scheme = Literal["domestic", "reverse_charge", "oss", "outside_scope"]

PREFIXES: Final = {"GR": "EL"}
"""VAT ids start with the country's code, but for Greece."""


@dataclass(frozen=True, slots=True)
class VatDecision:
    """How one line is taxed. `evidence` says on what grounds, and is kept with the invoice."""

    category: Literal["S", "AE", "O"]
    """EN 16931: S standard, AE reverse charge, O outside scope."""
    country: str
    rate_basis_points: int
    scheme: Scheme
    note: str = ""
    """What the law wants said on the invoice (art. 226 no. 11a)."""
    evidence: tuple[str, ...] = ()


def decide(seller: Seller, buyer: Buyer, tax_point: date) -> VatDecision:
    """The VAT on a service sold on that day; Rejected `no_vat_rate` where the table does not reach back so far."""
    home, away = seller.address.country, buyer.address.country
    evidence = (f"country {away} by the billing address", f"{'business' if buyer.business else 'private'} customer")
    if away == home:
        return VatDecision("S", home, standard_rate(home, tax_point), "domestic", evidence=evidence)
    if away not in rates():
        return VatDecision("O", "", 0, "outside_scope", "Outside the scope of EU VAT", evidence)
    if buyer.business and is_of_another_state(buyer.vat_id, home):
        proof = (*evidence, f"VAT id {buyer.vat_id} checked as valid")
        return VatDecision("AE", away, 0, "reverse_charge", "Reverse charge", proof)
    return VatDecision("S", away, standard_rate(away, tax_point), "oss", evidence=(*evidence, "no valid VAT id"))


def is_of_another_state(vat_id: str, home: str) -> bool:
    """Whether a VAT id was given by a member state other than `home`: only then does the customer owe the VAT."""
    prefixes = {PREFIXES.get(country, country) for country in rates() if country != home}
    return vat_id[:2] in prefixes


def standard_rate(country: str, day: date) -> int:
    """A member state's standard rate on that day, in basis points."""
    for valid_from, rate in reversed(rates()[country]):
        if valid_from <= day:
            return rate
    raise Rejected("no_vat_rate", f"no standard rate of {country} is known for {day}")


@cache
def rates() -> dict[str, tuple[tuple[date, int], ...]]:
    """The standard rates of every member state, oldest first: (valid from, basis points)."""
    table = json.loads(Path(__file__).with_name("vat_rates.json").read_text("utf-8"))
    return {
        country: tuple((date.fromisoformat(day), rate) for day, rate in sorted(history.items()))
        for country, history in table["standard_basis_points"].items()
    }
