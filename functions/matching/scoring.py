"""Which items money is for, by evidence; what is not sure is left to people."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from functions.matching.model import Item, Receipt

MOST_TOGETHER: Final = 8
"""One transfer pays at most so many items by their sum alone."""
MOST_SUMS: Final = 20_000
"""More possibilities are no evidence any more."""
_NUMBER: Final = re.compile(
    r"(?<![A-Z0-9])([A-Z]{2,4})[\s./_-]*(2\s?0\s?\d\s?\d)[\s./_-]*(\d(?:\s?\d){6}\d?)(?!\d)", re.IGNORECASE
)
_IN_REFERENCE: Final = re.compile(r"([A-Z]{2,4}?)(20\d\d)(\d{7,8})")
_REFERENCE: Final = re.compile(
    r"(?<![A-Z0-9])RF(?:\s?\d){2}(?:\s?0)*(?:\s?[A-Z]){2,4}(?:\s?\d){11}\d?(?!\d)", re.IGNORECASE
)


class Share(NamedTuple):
    """So much of the money for that item."""

    item: Item
    amount_minor: int


class Verdict(NamedTuple):
    """What money is for, and why, in words; `sure` where it named the invoice itself."""

    shares: tuple[Share, ...] = ()
    evidence: tuple[str, ...] = ()
    sure: bool = False


NOTHING: Final = Verdict()


def numbers_in(text: str, entity: str) -> list[str]:
    """The entity's invoice numbers in free text, whatever the payer made of case, spaces and dashes."""
    found = [
        f"{entity}-{_digits(match[2])}-{_digits(match[3])}"
        for match in _NUMBER.finditer(text)
        if match[1].upper() == entity
    ]
    return list(dict.fromkeys(found))


def number_of_reference(reference: str) -> str:
    """The invoice number an ISO 11649 reference was made from; empty where it is none or its check digits are wrong."""
    compact = plain(reference)
    if not compact.startswith("RF") or not _has_valid_check(compact):
        return ""
    match = _IN_REFERENCE.fullmatch(compact[4:].lstrip("0"))
    return f"{match[1]}-{match[2]}-{match[3]}" if match else ""


def plain(reference: str) -> str:
    """A reference without white space, in capitals."""
    return "".join(reference.split()).upper()


def named_numbers(receipt: Receipt) -> list[str]:
    """Every invoice number the money names, the surest first."""
    if receipt.invoice_number:
        return [receipt.invoice_number]
    if receipt.purposes:
        return list(dict.fromkeys(purpose.invoice_number for purpose in receipt.purposes))
    structured = number_of_reference(receipt.reference)
    if structured:
        return [structured]
    text = f"{receipt.reference} {receipt.text}"
    in_text = [number for match in _REFERENCE.finditer(text) if (number := number_of_reference(match[0]))]
    return list(dict.fromkeys([*in_text, *numbers_in(text, receipt.entity)]))


def by_name(receipt: Receipt, items: Sequence[Item], named: int) -> Verdict:
    """Money for the items it names, `named` in all: one gets what there is; several only if it is enough for all."""
    owed = [item for item in items if item.open_minor and item.currency == receipt.currency]
    if named > 1 and receipt.unapplied_minor < sum(item.open_minor for item in owed):
        return NOTHING
    left = receipt.unapplied_minor
    shares = []
    for item in owed:
        shares.append(Share(item, min(left, item.open_minor)))
        left -= shares[-1].amount_minor
    paid = tuple(share for share in shares if share.amount_minor)
    return Verdict(paid, tuple(_how_named(receipt, share.item) for share in paid), sure=True) if paid else NOTHING


def by_purpose(receipt: Receipt, items: Mapping[str, Item]) -> Verdict:
    """Money for what its payer chose: of each invoice (`items` by number) so much as they said and is still open."""
    left = receipt.unapplied_minor
    shares: dict[str, Share] = {}
    for purpose in receipt.purposes:
        item = items[purpose.invoice_number]
        before = shares[item.id].amount_minor if item.id in shares else 0
        amount = min(left, purpose.amount_minor, item.open_minor - before)
        if amount > 0 and item.currency == receipt.currency:
            shares[item.id] = Share(item, before + amount)
            left -= amount
    chosen = tuple(shares.values())
    return Verdict(chosen, tuple(f"the payer chose {share.item.number}" for share in chosen), sure=bool(chosen))


def by_amount(receipt: Receipt, items: Iterable[Item]) -> Verdict:
    """Money from a known account: for the one open item, or the one set of them, of exactly that amount.

    Two ways to explain the money are none.
    """
    owed = [item for item in items if item.open_minor and item.currency == receipt.currency]
    exact = [item for item in owed if item.open_minor == receipt.unapplied_minor]
    if len(exact) > 1:
        return NOTHING
    chosen = exact or only_sum(owed, receipt.unapplied_minor)
    if not chosen:
        return NOTHING
    how = "the open amount is exactly the money" if exact else f"{len(chosen)} open amounts add up to the money"
    evidence = (f"the payer's account {receipt.iban_ending} is known as the member's", f"only here {how}")
    return Verdict(tuple(Share(item, item.open_minor) for item in chosen), evidence)


def only_sum(items: Sequence[Item], wanted: int) -> list[Item]:
    """The one set of at most eight items whose open amounts add up to `wanted`; empty where there is none or several.

    Counts the ways to reach each (number of items, sum), so that a tie is seen; gives up where it gets too many.
    """
    ways: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {(0, 0): (1, ())}
    for index, item in enumerate(items):
        for (size, total), (count, chosen) in list(ways.items()):
            reached = (size + 1, total + item.open_minor)
            if size < MOST_TOGETHER and reached[1] <= wanted:
                before = ways.get(reached)
                ways[reached] = (before[0] + count, before[1]) if before else (count, (*chosen, index))
        if len(ways) > MOST_SUMS:
            return []
    found = [way for (_, total), way in ways.items() if total == wanted]
    return [items[index] for index in found[0][1]] if len(found) == 1 and found[0][0] == 1 else []


def _how_named(receipt: Receipt, item: Item) -> str:
    if receipt.invoice_number == item.number:
        return f"we asked the provider to collect {item.number}"
    if item.number not in named_numbers(receipt):
        return f"it names an invoice that {item.number} stands in the place of"
    if plain(receipt.reference) == plain(item.reference):
        return f"the structured reference is that of {item.number}"
    return f"the text names {item.number}"


def _digits(text: str) -> str:
    return "".join(text.split())


def _has_valid_check(compact: str) -> bool:
    """ISO 7064 MOD 97-10, as ISO 11649 prescribes it."""
    turned = compact[4:] + compact[:4]
    return turned.isascii() and turned.isalnum() and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1
