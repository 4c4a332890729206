"""How one language names things, beside counting and dating them."""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, Final

from common.wording import Wording

HERE: Final = Path(__file__).parent
UNPRINTABLE: Final = re.compile(
    "[^ -~\u00a0-\u02ff\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u04ff"
    "\u1e00-\u1eff\u200b\u2010-\u2027\u202f\u2030-\u2040\u20a0-\u20bf\u2190-\u2193\u2212]"
)
"""What the built-in font lacks, or what steers the text's direction; PDF/A allows no missing glyph."""
LONG: Final = 20
"""Letters of a word that may not fit a column."""
WIDE: Final = 12
"""The same where all of them are capitals or digits."""
_PARTS: Final = re.compile(r"(\S{6})(?=\S)")
BREAKS: Final = re.compile(r"[^\S\u00a0\u202f]+")
"""White space, but for what holds a number or an amount together."""


class Words(Wording):
    """How one language names, counts and dates things; English where we don't speak it."""

    def __init__(self, language: str, country: str = "") -> None:
        super().__init__(language, country)
        self._texts = texts(self.language) | spoken_there(self.language, country)

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def get(self, name: str, otherwise: str) -> str:
        """A text, or something else where there is none of that name."""
        return self._texts.get(name, otherwise)

    def fill(self, name: str, **values: str) -> str:
        """A sentence with its gaps filled."""
        return self[name].format(**values)


def printable(value: Any) -> Any:
    """The same value with texts that can be set: on one line, strange characters as boxes."""
    if isinstance(value, str):
        return UNPRINTABLE.sub("□", unicodedata.normalize("NFC", BREAKS.sub(" ", value).strip()))
    if isinstance(value, dict):
        return {key: printable(part) for key, part in value.items()}
    return [printable(part) for part in value] if isinstance(value, list) else value


def breakable(text: str) -> str:
    """A text whose long words may go on in the next line; never for what is to be copied."""
    return " ".join(_PARTS.sub("\\1\u200b", word) if _is_long(word) else word for word in text.split(" "))


@cache
def texts(language: str) -> dict[str, str]:
    """Every label and sentence of a language we write."""
    found: dict[str, str] = json.loads((HERE / "texts" / f"{language}.json").read_text("utf-8"))
    return found


@cache
def spoken_there(language: str, country: str) -> dict[str, str]:
    """What is called something else in one of the language's countries: Swiss `MWST` for German `USt.`"""
    file = HERE / "texts" / f"{language}-{country}.json"
    found: dict[str, str] = json.loads(file.read_text("utf-8")) if (language, country) == ("de", "CH") else {}
    return found


@cache
def slip_texts(language: str) -> dict[str, str]:
    """The prescribed words of a Swiss payment part: German, French, Italian, and English for all others."""
    found: dict[str, dict[str, str]] = json.loads((HERE / "swiss.json").read_text("utf-8"))
    return found.get(language, found["en"])


def _is_long(word: str) -> bool:
    return len(word) > (WIDE if word == word.upper() else LONG)
