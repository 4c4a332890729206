"""How open items are found by evidence: what each seller's numbers look like, and under which keys an item is kept."""

import hashlib
from functools import cache
from itertools import chain
from typing import Final

from common.parties import ERASED, SELLERS
from common.references import NUMBER, NoReference, number_of, reference_of
from functions.matching.evidence.keys import keys_of
from functions.matching.evidence.money import Ground, Item, plain_reference
from functions.matching.evidence.names import words
from functions.matching.evidence.shapes import groups_of, learn
from functions.matching.evidence.text import compact
from functions.matching.policy import policy

_YEARS: Final = range(2024, 2030)
_PLACES: Final = range(1, 30)
_ROOM: Final = 16
_BYTES: Final = 5
"""Of a key's hash: two that fall together bring an item too many, and what an item proves is read from itself."""
_STAYING: Final = frozenset("nrcd")
"""Keys a settled item is still found by: its number and reference, whole and in part."""


@cache
def ground(entity: str) -> Ground:
    """What is known of a seller's numbers, references and members' ids before any money comes: their format alone."""
    numbers = [number_at(entity, year, place) for year in _YEARS for place in _PLACES]
    return Ground(
        learn(numbers),
        learn(chain.from_iterable(_reference(number, entity) for number in numbers), grouped=False),
        learn(policy().member_ids),
        policy().open_items,
    )


def number_at(entity: str, year: int, place: int) -> str:
    """An invoice number as `invoicing` forms it: seven digits, where they fit into sixteen characters."""
    prefix = f"{entity}-{year}-"
    return f"{prefix}{place:0{min(7, _ROOM - len(prefix))}d}"


def _reference(number: str, entity: str) -> list[str]:
    if entity not in SELLERS:
        return []
    try:
        return [reference_of(number, SELLERS[entity])]
    except NoReference:
        return []


def named_by(key: str, entity: str) -> str:
    """The invoice number that a key of a whole number or reference is of; empty where it is none of ours."""
    body = key[1:]
    if key[0] == "n":
        return _dashed(body, entity)
    if key[0] != "r":
        return ""
    return number_of(body, entity) or number_of(body.zfill(12), entity) or number_of(body.zfill(27), entity)


def _dashed(packed: str, entity: str) -> str:
    year, place = packed[len(entity) : len(entity) + 4], packed[len(entity) + 4 :]
    if not (packed.startswith(entity) and year.isdecimal() and place.isdecimal() and len(year) == 4):  # noqa: PLR2004
        return ""
    number = f"{entity}-{year}-{place}"
    return number if NUMBER.fullmatch(number) and number == number_at(entity, int(year), int(place)) else ""


def compared(
    *,
    item_id: str,
    entity: str,
    number: str,
    reference: str,
    member_id: str,
    account: str,
    name: str,
    total_minor: int,
    open_minor: int,
    due: str,
) -> Item:
    """An item made ready for the evidence. What was erased is no evidence."""
    groups = groups_of(number)
    known = "" if name == ERASED else name
    return Item(
        invoice=item_id,
        number=number,
        reference=plain_reference(reference),
        member=member_id,
        member_key=compact(account),
        name=known,
        words=words(known),
        iban="",
        listed_cents=total_minor,
        open_cents=open_minor,
        due=due,
        packed="".join(groups),
        digits="".join(group for group in groups if group.isdigit()).lstrip("0"),
        core=ground(entity).numbers.core(groups),
    )


def stored_keys(entity: str, item: Item) -> tuple[str, ...]:
    """Under which keys an item is kept, hashed; those that lead by member, name or amount only while it is open.

    A number of ours, and its reference, lead to its item by themselves.
    """
    keys = [key for key in keys_of(item) if key[0] not in "nr" or named_by(key, entity) != item.number]
    keys.append(exactly(item.member, item.open_cents))
    if item.member_key:
        keys.append("u" + item.member_key)
    if item.open_cents <= 0:
        keys = [key for key in keys if key[0] in _STAYING]
    return tuple(sorted({hashed(entity, key) for key in keys}))


def exactly(member: str, cents: int) -> str:
    """The key of a member's items with just so much open: for members with more items than can be read."""
    return f"e{member}={cents}"


def hashed(entity: str, key: str) -> str:
    """A key as it is stored: names and accounts do not stand in the clear."""
    return hashlib.blake2b(f"{entity}\x1f{key}".encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
