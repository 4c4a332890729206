"""In which VAT area a place lies: member states have parts outside it, and places outside that count as inside."""

import json
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

Area = Literal["EU", "CH", ""]
"""Whose VAT law holds: the Union's, Switzerland's (with Liechtenstein and Büsingen), or another's."""


@dataclass(frozen=True, slots=True)
class Territory:
    """A place as VAT law sees it. A part of a country that lies outside its VAT area has no country there."""

    country: str
    """The country, by ISO 3166, that its tax is owed to or that it is a part of."""
    area: Area
    region: str = ""
    """ISO 3166-2, where it has a standard rate of its own: `PT-20`."""
    name: str = ""
    """Of the part, where it is treated otherwise than its country."""

    @property
    def in_words(self) -> str:
        """As the grounds of a decision name it."""
        return f"{self.name} ({self.country})" if self.name else self.country


@lru_cache(maxsize=4096)
def territory_of(country: str, postcode: str = "") -> Territory:
    """Where a country (ISO 3166, also `EL`, `UK`, `XI`) and postcode lie; an unknown country is another's area."""
    named = _country(country)
    if named in _data()["parts_outside"]:
        part = _data()["parts_outside"][named]
        return Territory(part["of"], "", name=part["name"])
    counted = _data()["taxed_as"].get(named, named)
    special = _special(named, _digits(postcode))
    if special:
        country_there = "CH" if special["area"] == "CH" else named
        return Territory(country_there, special["area"], special.get("region", ""), special["name"])
    return Territory(counted, _area(counted))


def state_of_vat_id(vat_id: str) -> str:
    """The member state that gave a VAT id, by ISO 3166; empty where none did (`XI` counts for goods alone)."""
    state = "GR" if vat_id[:2] == "EL" else vat_id[:2]
    return state if state in member_states() and vat_id[:2] != "GR" else ""


def parent_of(country: str) -> str:
    """The country a location item speaks for: an address in a bank of Monaco and one of France agree."""
    named = _country(country)
    part = _data()["parts_outside"].get(named)
    return str(part["of"] if part else _data()["taxed_as"].get(named, named))


@cache
def member_states() -> frozenset[str]:
    """The member states of the Union, by ISO 3166."""
    return frozenset(_data()["member_states"])


def _country(country: str) -> str:
    return str(_data()["other_names"].get(country, country))


def _area(country: str) -> Area:
    if country in member_states():
        return "EU"
    return "CH" if country == "CH" else ""


def _digits(postcode: str) -> str:
    """The digits of a postcode, however it is written: `E-35 001`, `630 86`, `9000-123`."""
    return "".join(c for c in unicodedata.normalize("NFKC", postcode) if c.isascii() and c.isdigit())


def _special(country: str, digits: str) -> dict[str, Any] | None:
    return next((part for part in _postcodes().get(country, ()) if _lies_in(digits, part)), None)


def _lies_in(digits: str, part: dict[str, Any]) -> bool:
    start = digits[: len(part["from"])]
    return len(digits) in part["digits"] and part["from"] <= start <= part["to"]


@cache
def _postcodes() -> dict[str, list[dict[str, Any]]]:
    by_country: dict[str, list[dict[str, Any]]] = {}
    for part in _data()["postcodes"]:
        by_country.setdefault(part["country"], []).append(part)
    return by_country


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("territories.json").read_text("utf-8"))
    return data
