"""Under which keys an item is found, and which keys a payment asks for: a bounded number, whatever is open.

An index holds, for each key of `keys_of`, the items that have it; in Firestore a document a key, or an array field with
`array_contains_any`. A payment asks in three rounds and stops at the first that decides: `exact` (references and whole
numbers), `payer` (account, member, parts of numbers), `likely` (names and mistyped numbers, each with the amount).
All rounds together ask for `MOST_KEYS` at most.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from functions.matching.evidence.money import Item
from functions.matching.evidence.names import whole
from functions.matching.evidence.reading import Reading
from functions.matching.evidence.shapes import groups_of

MOST_KEYS: Final = 41
"""Key look-ups of one payment over all rounds, however long its text (most need two to nine): 5 exact, 21 for the payer
and up to 4 members of its account, 11 likely; `MOST_NAMED` numbers written in full come on top."""
MOST_ITEMS: Final = 40
"""Items taken from one key: where more have it, it says too little."""
MOST_NAMED: Final = 12
_MOST_WORDS: Final = 4
_SHORT: Final = 3


def keys_of(item: Item) -> list[str]:
    """Every key an item is kept under; those with the amount change when it is partly paid."""
    amount = str(item.open_cents)
    keys = ["a" + amount, "u" + item.member]
    if item.reference:
        keys.append("r" + item.reference)
    if item.packed:
        keys.append("n" + item.packed)
    core = item.core.lstrip("0")
    if core:
        keys.append("c" + core)
    if item.digits not in {core, item.packed} and len(item.digits) > _SHORT:
        keys.append("d" + item.digits)
    if item.iban:
        keys.append("i" + item.iban)
    if name := whole(item.words):
        keys.append("f" + name)
    keys += [f"w{word}={amount}" for word in _telling(item.words)]
    keys += [f"h{half}={amount}" for half in halves(item.core)]
    return keys


def _telling(words: Iterable[str]) -> list[str]:
    return sorted((word for word in words if len(word) >= _SHORT), key=lambda word: (-len(word), word))[:_MOST_WORDS]


def halves(core: str) -> list[str]:
    """The front and the back of a number's digits: one mistyped digit leaves one of them whole."""
    middle = len(core) // 2
    return [f"<{core[:middle]}", f">{core[middle:]}"] if len(core) >= 5 else []  # noqa: PLR2004 - shorter tells nothing


def exact(reading: Reading) -> list[str]:
    """References and numbers as they are written in full."""
    keys = []
    if len(reading.structured) >= _SHORT:
        keys += ["r" + reading.structured, "n" + reading.structured]
    keys += ["r" + reference for reference in reading.references[:3]]
    keys += ["n" + number for number in reading.numbers[:MOST_NAMED]]
    return list(dict.fromkeys(keys))


def payer(reading: Reading, named: Iterable[Item]) -> list[str]:
    """Who pays, by account and member id; the other items of whom is named; numbers in parts."""
    keys = ["i" + reading.iban] if reading.iban else []
    keys += ["u" + member for member in dict.fromkeys(item.member for item in named)][:3]
    keys += ["u" + member for member in reading.members[:3]]
    keys += ["n" + number for number in reading.broken[:4]]
    digits = reading.digits
    long = sorted(digits.joined | digits.stripped, key=lambda run: (-len(run), run))
    keys += ["d" + run for run in long if len(run) > _SHORT][:3]
    keys += ["r" + run for run in long if len(run) >= 9][:1]  # noqa: PLR2004 - a reference that lost its frame
    cores = sorted(digits.stripped, key=lambda run: (run not in digits.cued, -len(run), run))
    keys += ["c" + run for run in cores if len(run) >= 2][:5]  # noqa: PLR2004 - a single digit is no number
    keys.append(f"a{reading.money.amount_cents}")
    return list(dict.fromkeys(keys))


def beside(mentioned: Iterable[Item]) -> list[str]:
    """The other items of whom is mentioned in part: what is not exact for one may be exact for another."""
    return ["u" + member for member in dict.fromkeys(item.member for item in mentioned)][:2]


def likely(reading: Reading) -> list[str]:
    """Names with the amount, whole names, and numbers one digit off with the amount."""
    amount = reading.money.amount_cents
    keys = ["f" + name] if (name := whole(reading.payer)) else []
    known = list(dict.fromkeys([*_telling(reading.payer), *_telling(reading.text_words)]))
    keys += [f"w{word}={amount}" for word in known[: _MOST_WORDS + 2]]
    keys += [f"h{half}={amount}" for written in _written(reading) for half in halves(written)][:4]
    return list(dict.fromkeys(keys))


def _written(reading: Reading) -> Iterator[str]:
    """The cores of numbers written in full, and the longest digits."""
    for number in [*reading.numbers[:1], *reading.broken[:1]]:
        yield reading.ground.numbers.core(groups_of(number))
    yield from sorted(reading.digits.raw, key=lambda run: (-len(run), run))[:1]


def counted(key: str) -> bool:
    """Whether only the number of items behind a key is asked for: an amount alone leads to nobody."""
    return key[0] == "a"
