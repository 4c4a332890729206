"""Texts in the characters SEPA banks must take, so that a name stays a name wherever it comes from.

European Payments Council, EPC217-08 (SEPA Requirements for an Extended Character Set), chapter 6: letters lose their
marks, Greek and Cyrillic ones become Latin, what has no counterpart becomes a full stop.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

ALLOWED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
"""EPC SDD Core C2PSP Implementation Guidelines, 1.4: every bank has to take these, no more."""
UNKNOWN: Final = "."
LONGEST_NAME: Final = 70
LONGEST_TEXT: Final = 140
LONGEST_ID: Final = 35
_SILENT: Final = frozenset({"Cf", "Cc", "Cs"})
"""Signs that only steer how text is shown: nothing is lost without them."""
_READABLE: Final = re.compile("[A-Za-z0-9]")


def latin(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text in SEPA's characters, without white space that says nothing, cut at `longest`."""
    composed = unicodedata.normalize("NFC", text)
    letters = "".join(_letter(letter) for letter in composed)
    return " ".join(letters.split())[:longest].strip()


def name(text: str) -> str:
    """A party's name as it stands in a message, at most 70 characters; empty where nothing of it can be read."""
    made = latin(text, LONGEST_NAME)
    return made if _READABLE.search(made) else ""


def is_identifier(text: str, longest: int = LONGEST_ID) -> bool:
    """Whether a text may be a reference: SEPA's characters, no slash at either end, none twice (the same, 1.4)."""
    return (
        0 < len(text) <= longest
        and set(text) <= ALLOWED
        and text == text.strip()
        and not (text.startswith("/") or text.endswith("/") or "//" in text)
    )


def _letter(letter: str) -> str:
    if letter in ALLOWED:
        return letter
    known = _letters().get(letter)
    if known is not None:
        return known
    base = [one for one in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(one)]
    if not base or letter.isspace():
        return " " if letter.isspace() else ""
    if base == [letter]:
        return "" if unicodedata.category(letter) in _SILENT else UNKNOWN
    return "".join(_letter(one) for one in base)


@cache
def _letters() -> dict[str, str]:
    """Latin letters and signs with a counterpart; Greek by ELOT 743; Cyrillic by Bulgaria's law of 2009, or nearest."""
    told = json.loads(Path(__file__).with_name("letters.json").read_text("utf-8"))
    return {letter: made for table in told.values() for letter, made in table.items()}
