"""Members with hidden traits: who they are, how they pay, what they sell."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

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
    method: str
    iban: str
    charges: int
    pays: str
    """on_time, late, never."""
    days_late: int
    reference: str
    amount: str
    card: str
    """Which test payment method stands behind their card or account."""

    @property
    def external_id(self) -> str:
        """The marketplace's own id."""
        return f"user-{self.number:07d}"

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
            "payment_method": self.method,
            "payment_token": self.card if self.method != "transfer" else "",
            "terms_days": 14,
        }


def people(count: int, seed: int) -> list[Person]:
    """So many members; the same seed gives the same ones."""
    chance = Random(seed)  # noqa: S311 - a generator, no secrets
    return [_person(number, chance) for number in range(1, count + 1)]


def pick(chance: Random, weights: Mapping[str, int]) -> str:
    """One of the names, by weight."""
    return chance.choices(list(weights), list(weights.values()))[0]


def _person(number: int, chance: Random) -> Person:
    segment = pick(chance, FIGURES["segments"])
    country = pick(chance, FIGURES["countries"])
    method = pick(chance, FIGURES["methods"].get(country, FIGURES["methods"]["other"]))
    return Person(
        number=number,
        segment=segment,
        country=country,
        name=_name(segment, chance),
        vat_id=_vat_id(segment, country, chance),
        method=method,
        iban=_iban(number),
        charges=_charges(segment, chance),
        pays=_punctuality(segment, chance),
        days_late=max(1, round(chance.lognormvariate(0, 1.0) * FIGURES["late_days_median"])),
        reference=pick(chance, FIGURES["reference"]),
        amount=pick(chance, FIGURES["amount"]),
        card=_card(method, chance),
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


def _card(method: str, chance: Random) -> str:
    if method == "direct_debit":
        return "pm_sepa_processing"
    if chance.randrange(100) < FIGURES["card_declined_percent"]:
        return chance.choice(["pm_card_declined", "pm_card_lost"])
    return "pm_card_silent" if chance.randrange(100) < FIGURES["provider_silent_percent"] else "pm_card_visa"


def _iban(number: int) -> str:
    """A German IBAN of a test bank with right check digits (ISO 13616)."""
    account = f"500105170{number:09d}"
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02d}{account}"
