"""How invoice numbers, references and member ids look, learned from those that exist, whoever numbered them."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from functions.matching.evidence.text import fold

RUN: Final = re.compile(r"[A-Z]+|[0-9]+")
BETWEEN: Final = "[^A-Z0-9]{0,3}"
_BARE: Final = 7
"""Digits a number without letters needs to be known by its look alone."""
_LITERALS: Final = 24
"""More structures than that, and letters are codes, not prefixes."""
_LEARNED_FROM: Final = 4_000
"""So many of each structure show which of its digits count."""
_YEAR: Final = re.compile("20[0-4][0-9]")
_YEARLY: Final = 8
"""Digits a group needs to be a year with a number behind it."""


@dataclass(slots=True)
class Structure:
    """Numbers with the same letters at the same places: how wide their groups of digits are, and which one counts."""

    letters: tuple[str, ...]
    """A group of letters as it is, one of digits empty."""
    widths: dict[int, tuple[int, int]] = field(default_factory=dict)
    core: int = 0
    year_in_core: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Shapes:
    """What numbers of one kind look like: where they are found in a text, and which digits are their core."""

    structures: dict[tuple[str, ...], Structure]
    tight: re.Pattern[str] | None
    loose: re.Pattern[str] | None
    lengths: frozenset[int]
    """How long they are without what separates their groups."""
    lettered: bool
    """Whether their letters are known: else any word before digits looks like one."""

    def core(self, groups: list[str]) -> str:
        """The digits that tell one number from the next, as written; empty where there are none."""
        structure = self.structures.get(structure_of(groups))
        if structure is None:
            digits = [group for group in groups if group.isdigit()]
            return max(digits, key=len) if digits else ""
        if not structure.widths:
            return ""
        core = groups[structure.core]
        return core[4:] if structure.year_in_core and _YEAR.match(core) and len(core) >= _YEARLY else core

    def found(self, folded: str) -> list[tuple[str, int, int]]:
        """What looks like one, compact, with its place: groups whole, whatever separates them."""
        return _found(self.tight, folded)

    def found_broken(self, folded: str) -> list[tuple[str, int, int]]:
        """As `found`, with groups of digits that a line's end or a space broke, or other digits are glued to."""
        return _found(self.loose, folded)


def groups_of(number: str) -> list[str]:
    """A number's groups of letters and of digits."""
    return RUN.findall(fold(number))


def structure_of(groups: list[str]) -> tuple[str, ...]:
    """Its letters at their places."""
    return tuple("" if group.isdigit() else group for group in groups)


def learn(numbers: Iterable[str], *, grouped: bool = True) -> Shapes:
    """The shapes of these numbers; where they are not `grouped` (references), any character may begin a new group."""
    structures: dict[tuple[str, ...], Structure] = {}
    seen: dict[tuple[str, ...], list[list[str]]] = {}
    for number in numbers:
        groups = groups_of(number) if grouped else RUN.findall("".join(groups_of(number)))
        if not groups:
            continue
        key = structure_of(groups)
        structure = structures.get(key)
        if structure is None:
            structure = structures[key] = Structure(key)
            seen[key] = []
        _widen(structure, groups)
        if structure.count <= _LEARNED_FROM:
            seen[key].append(groups)
    for key, structure in structures.items():
        _find_core(structure, seen[key])
    return _shapes(structures, grouped)


def _widen(structure: Structure, groups: list[str]) -> None:
    structure.count += 1
    widths = structure.widths
    for place, group in enumerate(groups):
        if not structure.letters[place]:
            width = len(group)
            low, high = widths.get(place, (width, width))
            if width < low or width > high or place not in widths:
                widths[place] = (min(low, width), max(high, width))


def _find_core(structure: Structure, seen: list[list[str]]) -> None:
    """The group of digits with most different values; of several, the last."""
    if not structure.widths:
        return
    different = {place: len({groups[place] for groups in seen}) for place in structure.widths}
    widths = structure.widths
    structure.core = max(different, key=lambda place: (different[place], widths[place][1], place))
    values = [groups[structure.core] for groups in islice(seen, 500)]
    yearly = sum(len(value) >= _YEARLY and bool(_YEAR.match(value)) for value in values)
    structure.year_in_core = yearly * 10 >= 9 * len(values)


def _shapes(structures: dict[tuple[str, ...], Structure], grouped: bool) -> Shapes:
    common = sorted(structures.values(), key=lambda one: (-one.count, one.letters))
    if len(common) > _LITERALS:
        common = _generalised(common)
    lettered = not any(group.startswith("@") for one in common for group in one.letters)
    common.sort(key=lambda one: (-_longest(one), one.letters))
    useful = [one for one in common if one.widths and _longest(one) >= (3 if any(one.letters) else _BARE)]
    lengths = frozenset(n for one in useful for n in range(_shortest(one), _longest(one) + 1))
    tight = "|".join(_pattern(one, "{}", BETWEEN) if grouped else _any_place(one) for one in useful)
    fixed = [one for one in useful if all(low == high for low, high in one.widths.values()) and _longest(one) >= 6]  # noqa: PLR2004
    loose = "|".join(_pattern(one, r"\s?", BETWEEN) for one in fixed) if grouped else ""
    return Shapes(structures, _compiled(tight), _compiled(loose), lengths, lettered)


def _generalised(common: list[Structure]) -> list[Structure]:
    """The same with letters of any kind: `@2` are two of them."""
    merged: dict[tuple[str, ...], Structure] = {}
    for one in common:
        key = tuple(f"@{len(letters)}" if letters else "" for letters in one.letters)
        into = merged.setdefault(key, Structure(key))
        into.count += one.count
        for place, (low, high) in one.widths.items():
            before = into.widths.get(place, (low, high))
            into.widths[place] = (min(low, before[0]), max(high, before[1]))
    return sorted(merged.values(), key=lambda one: -one.count)[:_LITERALS]


def _longest(one: Structure) -> int:
    return sum(high for _, high in one.widths.values()) + sum(_letters(group) for group in one.letters)


def _shortest(one: Structure) -> int:
    return sum(low for low, _ in one.widths.values()) + sum(_letters(group) for group in one.letters)


def _letters(group: str) -> int:
    return int(group[1:]) if group.startswith("@") else len(group)


def _pattern(one: Structure, inside: str, between: str) -> str:
    """A regular expression for its groups; `inside` may stand between the digits of a group (`{}`: nothing may)."""
    parts = []
    for place, letters in enumerate(one.letters):
        if letters:
            parts.append(f"[A-Z]{{{letters[1:]}}}" if letters.startswith("@") else letters)
        else:
            low, high = one.widths[place]
            if len(one.letters) == 1:
                low = max(low, _BARE)
            parts.append(f"[0-9]{{{low},{high}}}" if inside == "{}" else f"[0-9](?:{inside}[0-9]){{{low - 1}}}")
    glued = inside != "{}" and any(one.letters)
    return _edge(one) + between.join(parts) + ("" if glued else "(?![0-9])")


def _any_place(one: Structure) -> str:
    """For a reference: each character may be followed by a separator, for it is printed in groups of any size."""
    parts = []
    for place, letters in enumerate(one.letters):
        if letters.startswith("@"):
            parts.append("[A-Z]" + "(?:[^A-Z0-9]{0,2}[A-Z])" + f"{{{int(letters[1:]) - 1}}}")
        elif letters:
            parts.append("[^A-Z0-9]{0,2}".join(letters))
        else:
            low, high = one.widths[place]
            parts.append("[0-9](?:[^A-Z0-9]{0,2}[0-9])" + f"{{{low - 1},{high - 1}}}")
    return _edge(one) + "[^A-Z0-9]{0,2}".join(parts) + "(?![0-9])"


def _edge(one: Structure) -> str:
    """Digits begin where no digit stands before; letters anywhere (words are glued to them), single ones do not."""
    first = one.letters[0]
    if not first:
        return "(?<![0-9])"
    return "(?<![A-Z])" if _letters(first) == 1 else ""


def _compiled(alternatives: str) -> re.Pattern[str] | None:
    """Found at every place, also where they overlap."""
    return re.compile(f"(?=({alternatives}))") if alternatives else None


def _found(pattern: re.Pattern[str] | None, folded: str) -> list[tuple[str, int, int]]:
    if pattern is None:
        return []
    found = []
    for match in pattern.finditer(folded):
        text = match[1]
        found.append(("".join(RUN.findall(text)), match.start(), match.start() + len(text)))
    return found


def counted(shapes: Shapes) -> Counter[tuple[str, ...]]:
    """How many numbers of each structure were seen."""
    return Counter({key: one.count for key, one in shapes.structures.items()})
