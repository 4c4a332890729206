"""What a payment's texts say: references, numbers, member ids and names in them, before anything is looked up."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from functions.matching.evidence.money import Ground, Money, plain_reference
from functions.matching.evidence.names import words
from functions.matching.evidence.text import compact, fold, ibans_in, unconfused, untagged, without_lookalikes

_DIGITS: Final = re.compile(r"[0-9]+(?:[^A-Z0-9|]{1,3}[0-9]+)*")
_CHUNK: Final = re.compile(r"[^\s,;|]+")
_EMAIL: Final = re.compile(r"([A-Z0-9._+-]+)(?:@|\(AT\)|\[AT\]| AT |\?)([A-Z0-9-]+(?:\.[A-Z0-9-]+)+)")
_WORDS: Final = re.compile(r"[^\W\d_]{2,}")
_CUED: Final = re.compile(
    r"(?:RECHNUNG|RECHN|RNR|RG|RE|FACTUUR|FACTURE|FATTURA|FACTURA|FAKTURA|FAKTURY|FAKT|FACT|FAC|FV|INVOICE|INV|BILL|BELEG|"
    r"NOTA|FT|DOC)[A-Z]{0,6}[\s.:#°/-]*(?:NUMMER|NUMERO|NUMBER|NR|NO|NUM|N)?[\s.:#°º/-]*([0-9]+)"
)
_RANGE: Final = re.compile(r"([0-9]+)\s*(?:-|–|\.{2,3}|BIS|TO|TOT|T/M|AU|A|AL)\s*([0-9]+)")
_ON: Final = re.compile(r"\s*(?:-|–|\.{2,3}|BIS|TO|TOT|T/M|AU|A|AL)\s*(?=([0-9]{3,})?)")
_LAST: Final = re.compile(r"[0-9]+$")
_MOST_RUNS: Final = 24
_WIDEST_RANGE: Final = 50


@dataclass(slots=True)
class Digits:
    """The digits of a text: each run as written, and what neighbouring runs give together, without leading zeros."""

    raw: set[str] = field(default_factory=set)
    stripped: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    cued: set[str] = field(default_factory=set)
    """What stands behind a word for invoice, without leading zeros."""
    ordered: list[str] = field(default_factory=list)


class Reading:
    """One payment's texts, read once; what costs time is read when it is first asked for."""

    def __init__(self, money: Money, ground: Ground) -> None:
        self.money = money
        self.ground = ground
        self.iban = compact(money.payer_iban)
        self.structured = plain_reference(money.structured_reference)
        self.text = untagged(fold(f"{money.structured_reference}\n{money.remittance}"))
        self._references = ground.references.found(self.text)
        self._numbers = ground.numbers.found(self.text)
        self.references = list(dict.fromkeys(plain_reference(found) for found, _, _ in self._references))
        self.numbers = list(dict.fromkeys(found for found, _, _ in self._numbers))

    @cached_property
    def broken(self) -> list[str]:
        """Numbers that a line's end broke, that are glued to others, or whose digits were written as letters."""
        clear = unconfused(self.text)
        found = [*self.ground.numbers.found_broken(self.text), *self.ground.numbers.found(clear)]
        packed = [one for one, _, _ in found] + [
            compact(chunk) for chunk in _CHUNK.findall(self.text) if _speaks(chunk)
        ]
        packed += [self._halves(run) for run in self.digits.raw if self._halves(run)]
        return [one for one in dict.fromkeys(packed) if one not in self.numbers]

    def _halves(self, run: str) -> str:
        half = len(run) // 2
        return run[half:] if half * 2 == len(run) and half in self.ground.numbers.lengths else ""

    @cached_property
    def payer(self) -> tuple[str, ...]:
        """The words of the payer's name."""
        return words(self.money.payer_name)

    @cached_property
    def members(self) -> list[str]:
        """What looks like a member's id, or is an e-mail address, compact."""
        found = [one for one, _, _ in self._members]
        emails = [compact(f"{match[1]}{match[2]}") for match in _EMAIL.finditer(self.text)]
        return list(dict.fromkeys([*emails, *found, *(compact(match[1]) for match in _EMAIL.finditer(self.text))]))

    @cached_property
    def _members(self) -> list[tuple[str, int, int]]:
        return self.ground.members.found(self.text)

    @cached_property
    def digits(self) -> Digits:
        """The digits beside numbers and references that were found whole, and beside dates, amounts and accounts."""
        read = _digits(self.rest)
        starts = {start: number for number, start, _ in self._numbers}
        for number, _, end in self._numbers:
            if joint := _ON.match(self.text, end):
                _open_range(read, _last(number), _last(starts.get(joint.end(), joint[1] or "")))
        return read

    @cached_property
    def rest(self) -> str:
        """The text without whole numbers and references, and without what only looks like one."""
        text, ground = self.text, self.ground
        whole = [*self._references, *(self._numbers if ground.numbers.lettered else ())]
        whole += [one for one in self._members if ground.members.lettered and not one[0].isdigit()]
        for _, start, end in whole:
            text = f"{text[:start]}{'|' * (end - start)}{text[end:]}"
        return unconfused(without_lookalikes(text))

    @cached_property
    def accounts(self) -> list[str]:
        """IBANs in the text."""
        return ibans_in(self.text)

    @cached_property
    def text_words(self) -> frozenset[str]:
        """Words of the text, as those of names are compared."""
        return frozenset(words(" ".join(_WORDS.findall(self.text))))

    @cached_property
    def speaks_of_numbers(self) -> bool:
        """Whether the text has digits that may be somebody's number."""
        return bool(self.numbers or self.references or self.structured or self.digits.raw)


def _speaks(chunk: str) -> bool:
    """Whether a piece of text may be a number: at least four characters, some of them digits."""
    return len(chunk) >= 4 and any(character.isdigit() for character in chunk)  # noqa: PLR2004


def _last(number: str) -> str:
    found = _LAST.search(number)
    return found[0] if found else ""


def _digits(rest: str) -> Digits:
    read = Digits(cued={match[1].lstrip("0") for match in _CUED.finditer(rest)})
    for match in _DIGITS.finditer(rest):
        runs = re.findall("[0-9]+", match[0])[:_MOST_RUNS]
        read.ordered += runs
        read.raw.update(runs)
        read.stripped.update(run.lstrip("0") for run in runs)
        for width in (2, 3):
            read.joined.update("".join(runs[at : at + width]).lstrip("0") for at in range(len(runs) - width + 1))
    for match in _RANGE.finditer(rest):
        _open_range(read, match[1], match[2])
    return read


def _open_range(read: Digits, first: str, last: str) -> None:
    """`0012-0015` names 0013 and 0014, too; the last may be told by its last digits."""
    if not (first and last):
        return
    if len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    if len(first) == len(last) and 1 < int(last) - int(first) <= _WIDEST_RANGE:
        between = [str(n).zfill(len(first)) for n in range(int(first) + 1, int(last))]
        read.raw.update(between)
        read.stripped.update(one.lstrip("0") for one in between)
