"""What speaks for a member as the payer, and what for an item as what is paid: the evidence, one kind at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from functions.matching.evidence.money import Found, Item
from functions.matching.evidence.names import Likeness, likeness, told_in
from functions.matching.evidence.reading import Reading
from functions.matching.evidence.text import compact, one_edit

Mention = Literal["reference", "number", "broken", "digits", "core", "serial", "near", "none"]
Account = Literal["same", "alias", "other", "differs", "new", "absent"]
Payer = Literal["sure", "likely", "unknown", "other"]
RANK: Final[dict[Mention, int]] = {
    "reference": 7, "number": 6, "broken": 5, "digits": 4, "core": 3, "serial": 2, "near": 1, "none": 0,
}  # fmt: skip
NAMED: Final = RANK["core"]
_CORE: Final = 5
"""Digits that are hardly found in a text by chance."""
_CUED: Final = 3
_FULL: Final = 7
"""Digits of a whole number without its letters."""
_SERIAL: Final = 2


@dataclass(frozen=True, slots=True)
class Support:
    """How the payer of the money looks like a member."""

    account: Account
    name: Likeness
    name_told: bool
    id_told: Literal["yes", "other", "no"]

    @property
    def payer(self) -> Payer:
        """The sum of it: by account or id; by name; not at all; somebody else."""
        if self.account in {"same", "alias"} or self.id_told == "yes":
            return "sure"
        if self.name in {"full", "strong", "initial"} or self.name_told:
            return "likely"
        return "other" if self.account == "other" or self.id_told == "other" else "unknown"


def support(item: Item, reading: Reading, found: Found, owners: frozenset[str], told: frozenset[str]) -> Support:
    """What speaks for an item's member; `owners` are members whose account paid, `told` those whose id the text has."""
    alike = likeness(reading.payer, item.words)
    spoken = alike not in {"full", "strong"} and told_in(item.words, reading.text_words)
    id_told: Literal["yes", "other", "no"] = "no"
    if told:
        id_told = "yes" if item.member in told else "other"
    return Support(_account(item, reading, found, owners), alike, spoken, id_told)


def _account(item: Item, reading: Reading, found: Found, owners: frozenset[str]) -> Account:
    if not reading.iban:
        return "absent"
    if item.iban == reading.iban:
        return "same"
    if item.member in found.aliases:
        return "alias"
    if owners or found.aliases:
        return "other"
    return "differs" if item.iban else "new"


def owners_of(items: Iterable[Item], iban: str) -> frozenset[str]:
    """The members whose account this is."""
    return frozenset(item.member for item in items if iban and item.iban == iban)


def told_members(items: Iterable[Item], reading: Reading) -> frozenset[str]:
    """The members whose id the text has: written as an id looks, as an e-mail address, or all of its digits."""
    written = set(reading.members)
    written.update(compact(iban) for iban in reading.accounts)
    return frozenset(item.member for item in items if item.member_key and item.member_key in written)


def mention(item: Item, reading: Reading) -> Mention:  # noqa: PLR0911 - the strongest first
    """How the text mentions an item; `near` (a character off) is looked for by `nearly`."""
    if item.reference and (item.reference in reading.references or item.reference == reading.structured):
        return "reference"
    if item.packed in reading.numbers or (len(item.packed) > _CORE and item.packed == reading.structured):
        return "number"
    if item.packed in reading.broken and not (item.packed.isdigit() and len(item.packed) < _FULL):
        return "broken"
    digits = reading.digits
    if not digits.raw:
        return "none"
    if len(item.digits) >= _FULL and (item.digits in digits.stripped or item.digits in digits.joined):
        return "digits"
    if len(item.reference) > _FULL and (item.reference in digits.stripped or item.reference in digits.joined):
        return "reference"
    return _by_core(item, reading)


def _by_core(item: Item, reading: Reading) -> Mention:
    core, digits = item.core.lstrip("0"), reading.digits
    if core not in digits.stripped and core not in digits.joined:
        return "none"
    if len(core) >= _CORE or (item.core in digits.raw and len(item.core) >= _CORE):
        return "core"
    if core in digits.cued and len(core) >= _CUED:
        return "core"
    return "serial" if len(core) >= _SERIAL else "none"


def nearly(item: Item, reading: Reading) -> bool:
    """Whether something in the text is the item's number or reference but for one character."""
    if any(one_edit(item.packed, written) for written in (*reading.numbers, *reading.broken)):
        return True
    if item.reference and any(one_edit(item.reference, one) for one in (*reading.references, reading.structured)):
        return True
    if len(item.core) < _CORE:
        return False
    stripped = item.core.lstrip("0")
    return any(
        one_edit(item.core, run) or (len(stripped) >= _CORE and one_edit(stripped, run.lstrip("0")))
        for run in (*reading.digits.raw, *reading.digits.joined)
        if len(run) >= _CORE - 1
    )
