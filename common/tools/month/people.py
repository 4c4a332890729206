"""Members with hidden traits: who they are, how they pay, what they sell."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from common.tools.month.means import CAST, Means, means, pick

FIGURES: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "month.json").read_text())
FIRST: Final = [
    "Anna",
    "Ben",
    "Clara",
    "Dinis",
    "Elif",
    "Fabio",
    "Greta",
    "Hugo",
    "Ida",
    "Jonas",
    "Katarzyna",
    "Léa",
    "Milan",
    "Nora",
    "Olof",
    "Paula",
    "Zoë",
]
LAST: Final = [
    "Müller",
    "Dubois",
    "Janssen",
    "Peeters",
    "Gruber",
    "Rossi",
    "García",
    "Keller",
    "Nowak",
    "Lindqvist",
    "Silva",
    "Byrne",
    "Virtanen",
]
TRADES: Final = ["Antik", "Bikes", "Books", "Ceramics", "Cameras", "Design", "Records", "Toys", "Vintage", "Watches"]
FEWEST: Final = 12
"""Charges of a member of the cast, so that each has an invoice."""
CITIES: Final = {
    "DE": ("Hamburg", "20457"), "FR": ("Lyon", "69002"), "NL": ("Utrecht", "3511 AA"), "BE": ("Gent", "9000"),
    "AT": ("Graz", "8010"), "IT": ("Torino", "10121"), "ES": ("Valencia", "46001"), "CH": ("Basel", "4051"),
    "PL": ("Gdańsk", "80-001"), "SE": ("Malmö", "211 20"), "PT": ("Porto", "4000-001"), "IE": ("Cork", "T12 AB34"),
    "FI": ("Turku", "20100"),
}  # fmt: skip
VAT_SHAPES: Final = {
    "DE": "#########", "FR": "###########", "NL": "#########B01", "BE": "0#########", "AT": "U########",
    "IT": "###########", "PL": "##########", "SE": "##########01", "FI": "########", "PT": "5########",
    "IE": "#######W", "ES": "########R",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A member and what nobody but the generator knows about them."""

    number: int
    segment: str
    country: str
    name: str
    vat_id: str
    iban: str
    charges: int
    pays: str
    """on_time, late, never."""
    days_late: int
    means: Means
    """How they pay, and what goes wrong with it."""

    @property
    def external_id(self) -> str:
        """The marketplace's own id."""
        return f"user-{self.number:07d}"

    @property
    def token(self) -> str:
        """What stands for their card or account at the provider."""
        kind = "sepa" if self.means.road == "debit" else "card"
        tokens = {
            "stripe": f"pm_{kind}_{self.number}",
            "adyen": f"shopper{self.number}/stored{self.number}",
            "gocardless": f"MD0M{self.number}",
            "mollie": f"cst_{self.number}/mdt_{self.number}",
        }
        return tokens.get(self.means.provider, "")

    def details(self) -> dict[str, Any]:
        """What the marketplace sends us about them."""
        city, postcode = CITIES[self.country]
        return {
            "external_id": self.external_id,
            "kind": "private" if self.segment == "private" else "business",
            "segment": self.segment,
            "name": self.name,
            "email": f"{self.external_id}@members.example",
            "address": {
                "street": f"Market Street {1 + self.number % 90}",
                "city": city,
                "postcode": postcode,
                "country": self.country,
            },
            "language": FIGURES["languages"].get(self.country, "en"),
            "currency": "EUR",
            "vat_id": self.vat_id,
            **self._paying(),
            "terms_days": 14,
        }

    def _paying(self) -> dict[str, str]:
        if not self.means.collects:
            return {"payment_method": "transfer"}
        method = "direct_debit" if self.means.road == "debit" else "card"
        return {"payment_method": method, "payment_provider": self.means.provider, "payment_token": self.token}


def people(count: int, seed: int) -> list[Person]:
    """So many members; the same seed gives the same ones."""
    chance = Random(seed)  # noqa: S311 - a generator, no secrets
    return [_person(number, chance, seed) for number in range(1, count + 1)]


def _person(number: int, chance: Random, seed: int) -> Person:
    segment, country = pick(chance, FIGURES["segments"]), pick(chance, FIGURES["countries"])
    told = CAST[number - 1] if number <= len(CAST) else {}
    if told:
        segment, country = "semi_pro", told["country"]
    return Person(
        number=number,
        segment=segment,
        country=country,
        name=_name(segment, chance),
        vat_id=_vat_id(segment, country, chance),
        iban=iban_of(number),
        charges=max(_charges(segment, chance), FEWEST if told else 1),
        pays="on_time" if told else _punctuality(segment, chance),
        days_late=max(1, round(chance.lognormvariate(0, 1.0) * FIGURES["late_days_median"])),
        means=means(number, country, segment, seed),
    )


def _name(segment: str, chance: Random) -> str:
    if segment == "private":
        return f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    return f"{chance.choice(LAST)} {chance.choice(TRADES)}"


def _vat_id(segment: str, country: str, chance: Random) -> str:
    """A made-up id whose check digits are right, for most businesses in the EU."""
    from stdnum.eu import vat

    if segment == "private" or country not in VAT_SHAPES or chance.randrange(100) >= FIGURES["vat_id_valid_percent"]:
        return ""
    for _ in range(20_000):
        drawn = "".join(str(chance.randrange(10)) if c == "#" else c for c in VAT_SHAPES[country])
        prefixed = country + drawn
        if vat.is_valid(prefixed):
            return prefixed
    return ""


def _charges(segment: str, chance: Random) -> int:
    """How many fees a member causes in a month."""
    if segment == "private":
        return 1 + sum(chance.random() < 0.3 for _ in range(10))  # noqa: PLR2004 - mean 3 beside the first
    if segment == "semi_pro":
        return max(1, round(chance.lognormvariate(3.0, 0.65)))
    return min(FIGURES["charges_business_cap"], max(1, round(chance.lognormvariate(4.787, 1.0))))


def _punctuality(segment: str, chance: Random) -> str:
    if chance.randrange(100) < FIGURES["never_pays_percent"]:
        return "never"
    return "on_time" if chance.randrange(100) < FIGURES["on_time_percent"][segment] else "late"


def iban_of(number: int) -> str:
    """A German IBAN of a test bank with right check digits (ISO 13616)."""
    account = f"500105170{number:09d}"
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02d}{account}"
