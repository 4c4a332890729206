"""What the page says, in the languages our invoices speak."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from common.wording import REGIONS, Wording

HERE: Final = Path(__file__).parent
NAMES: Final = {
    "en": "English", "de": "Deutsch", "fr": "Français", "nl": "Nederlands", "it": "Italiano", "es": "Español",
    "pl": "Polski", "el": "Ελληνικά", "bg": "Български",
}  # fmt: skip
"""Each language as its speakers call it."""


class PageWords(Wording):
    """The page's texts beside amounts and dates; English where we don't speak a language."""

    def __init__(self, language: str, country: str = "") -> None:
        super().__init__(language, country)
        self.texts = _texts(self.language) | _spoken_there(self.language, country)
        self.locale = f"{self.language}-{country}" if country in REGIONS[self.language] else self.language

    def __getitem__(self, name: str) -> str:
        return self.texts[name]

    def fill(self, name: str, **values: str) -> str:
        """A sentence with its gaps filled."""
        return self.texts[name].format(**values)


def language_of(asked: str, preferred: str, accepted: str = "") -> str:
    """The language to speak: the one asked for, else the link's, else the first of the browser's that we speak."""
    browser = (part.partition(";")[0].strip()[:2].lower() for part in accepted.split(",")[:20])
    return next((one for one in (asked, preferred, *browser) if one in REGIONS), "en")


@cache
def _texts(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((HERE / "texts" / f"{language}.json").read_text("utf-8"))
    return found


@cache
def _spoken_there(language: str, country: str) -> dict[str, str]:
    """What is written otherwise in Switzerland."""
    if (language, country) != ("de", "CH"):
        return {}
    found: dict[str, str] = json.loads((HERE / "texts" / "de-CH.json").read_text("utf-8"))
    return found
