"""Names of payers and members, compared as people and banks write them."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final, Literal

from functions.matching.evidence.text import fold, one_edit

Likeness = Literal["full", "strong", "initial", "some", "none", "absent"]
_WORD: Final = re.compile(r"[^\W_]+")
_APOSTROPHE: Final = re.compile(r"(?<=\w)['’`´.](?=\w)")
_DOUBLE: Final = (("AE", "A"), ("OE", "O"), ("UE", "U"), ("SS", "S"))
_PARTLY: Final = 4
"""Letters a single word needs to say something."""
_TYPED: Final = 5
"""Letters a word needs to be known again with one mistyped."""
_CUT: Final = 14
"""Letters after which a name may be cut by a bank: it shows 27, 35 or 70, some fewer."""
EMPTY_WORDS: Final = frozenset(
    {
        "GMBH", "MBH", "AG", "KG", "KGAA", "OHG", "GBR", "UG", "EK", "EV", "SE", "BV", "NV", "VOF", "CV",
        "BVBA", "SRL", "SPRL", "SARL", "SAS", "SASU", "SA", "EURL", "SCI", "SNC", "SPA", "SRLS", "SL", "SLU",
        "SLNE", "LTD", "LIMITED", "LLC", "LLP", "PLC", "INC", "CO", "COMPANY", "AB", "OY", "OYJ", "AS", "ASA",
        "APS", "SP", "ZOO", "SPZOO", "SPK", "SRO", "KFT", "HAFTUNGSBESCHRANKT", "HERR", "HERRN", "FRAU", "DR",
        "PROF", "DIPL", "ING", "MR", "MRS", "MS", "MISS", "MME", "MLLE", "MONSIEUR", "MADAME", "SIG", "SIGRA",
        "SR", "SRA", "DHR", "MEVR", "FAM", "FAMILIE", "UND", "AND", "ET", "EN", "OG", "OCH", "ODER", "OR", "OU",
        "OF", "VON", "VAN", "VOM", "DE", "DEN", "DER", "DU", "DES", "DI", "DA", "DO", "DOS", "LA", "LE", "LES",
        "EL", "DEL", "DELLA", "TER", "TE", "ZU", "ZUM", "AM", "THE", "CIE", "MAG", "BSC", "MSC", "MBA", "BA",
        "LDA", "LDAS", "SASS", "SCRL", "CVBA"
    }
)  # fmt: skip
"""Words of names that tell nobody apart: forms of companies, titles, particles."""


def words(name: str) -> tuple[str, ...]:
    """The words of a name that tell people apart, each once, in order; initials are words of one letter.

    `ä`, `ae` and `a` are the same, as are `ß`, `ss` and `s`; hyphens separate, apostrophes don't.
    """
    return _words(name)


@lru_cache(maxsize=65_536)
def _words(name: str) -> tuple[str, ...]:
    found = _WORD.findall(_APOSTROPHE.sub("", fold(name)))
    telling = [_canonical(word) for word in found if word not in EMPTY_WORDS and not word.isdigit()]
    return tuple(dict.fromkeys(telling or [_canonical(word) for word in found]))


def _canonical(word: str) -> str:
    for double, single in _DOUBLE:
        if double in word:
            word = word.replace(double, single)
    return word


def whole(parts: Collection[str]) -> str:
    """A name as a key: its words in alphabetical order; empty where a single short word is all there is."""
    key = " ".join(sorted(parts))
    return key if len(key) >= _PARTLY else ""


def likeness(payer: tuple[str, ...], member: tuple[str, ...]) -> Likeness:
    """How alike two names are.

    full: the same words; strong: one holds all of the other (two words at least), a letter mistyped, or cut by a bank;
    initial: the same but for first names told by a letter; some: one telling word in common; none; absent: one is
    empty.
    """
    if not payer or not member:
        return "absent"
    if payer == member or set(payer) == set(member):
        return "full"
    return _likeness(payer, member)


@lru_cache(maxsize=65_536)
def _likeness(payer: tuple[str, ...], member: tuple[str, ...]) -> Likeness:
    left, right = "".join(payer), "".join(member)
    if left == right or "".join(sorted(payer)) == "".join(sorted(member)):
        return "full"
    shorter, longer = (payer, member) if len(payer) <= len(member) else (member, payer)
    how = [_word_in(word, longer) for word in shorter]
    if (
        len(shorter) > 1
        and all(how)
        and any(one == "same" and len(w) >= _PARTLY for one, w in zip(how, shorter, strict=True))
    ):
        return "initial" if "initial" in how else "strong"
    if (len(left) >= _CUT and right.startswith(left)) or (len(right) >= _CUT and left.startswith(right)):
        return "strong"
    if len(shorter) == len(longer) == 1 and how[0] == "typed":
        return "strong"
    told = any(one in {"same", "typed"} and len(w) >= _PARTLY for one, w in zip(how, shorter, strict=True))
    return "some" if told else "none"


def _word_in(word: str, others: tuple[str, ...]) -> str:
    """How a word is found among others: same, initial, typed (one letter off), or not at all."""
    if word in others:
        return "same"
    for other in others:
        if (len(word) == 1 or len(other) == 1) and word[0] == other[0]:
            return "initial"
        if len(word) >= _TYPED and len(other) >= _TYPED and one_edit(word, other):
            return "typed"
    return ""


def told_in(member: tuple[str, ...], text: Collection[str]) -> bool:
    """Whether a text names the member: by every word of a name of at least two."""
    return len(member) > 1 and all(word in text for word in member if len(word) > 1)
