"""Which items money is for where it says so by itself: what was collected, chosen, or quoted with check digits."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from common.parties import SELLERS
from common.references import number_of
from functions.matching.model import Item, Receipt
from functions.matching.verdicts import Zone

CERTAIN: Final = 10_000
"""In basis points: what was collected, chosen, or quoted with check digits."""

_NUMBER: Final = re.compile(
    r"(?<![A-Z0-9])([A-Z]{2,4})[\s./_-]*(2\s?0\s?[0-9]\s?[0-9])[\s./_-]*([0-9](?:\s?[0-9]){6}[0-9]?)(?![0-9])",
    re.IGNORECASE,
)
_RF: Final = r"(?<![A-Z0-9])RF(?:\s?[0-9]){2}(?:\s?0)*(?:\s?[A-Z]){2,4}(?:\s?[0-9]){11}[0-9]?(?![0-9])"
_REFERENCES: Final = {
    "rf": re.compile(_RF, re.IGNORECASE),
    "ogm": re.compile(_RF + r"|(?<![0-9])[0-9]{3}\s?/?\s?[0-9]{4}\s?/?\s?[0-9]{5}(?![0-9])", re.IGNORECASE),
    "qrr": re.compile(_RF + r"|(?<![0-9])[0-9]{2}(?:\s?[0-9]{5}){5}(?![0-9])", re.IGNORECASE),
}
"""How references look in free text, by the form a seller's payers quote."""


class Share(NamedTuple):
    """So much of the money for that item."""

    item: Item
    amount_minor: int


class Verdict(NamedTuple):
    """What money is for, and why, in words; `sure` where that teaches whose account it came from."""

    shares: tuple[Share, ...] = ()
    evidence: tuple[str, ...] = ()
    sure: bool = False
    zone: Zone = "manual"
    score_basis_points: int = 0
    rules_version: str = ""


NOTHING: Final = Verdict()


def numbers_in(text: str, entity: str) -> list[str]:
    """The entity's invoice numbers in free text, whatever the payer made of case, spaces and dashes."""
    found = [
        f"{entity}-{_digits(match[2])}-{_digits(match[3])}"
        for match in _NUMBER.finditer(text)
        if match[1].upper() == entity
    ]
    return list(dict.fromkeys(found))


def number_of_reference(reference: str, entity: str = "") -> str:
    """The invoice number a reference (ISO 11649, OGM, QRR) was made from; empty where its check digits are wrong."""
    return number_of(plain(reference), entity)


def plain(reference: str) -> str:
    """A reference without white space, in capitals."""
    return "".join(reference.split()).upper()


def quoted_numbers(receipt: Receipt) -> list[str]:
    """The invoices whose references the money quotes, check digits and all: structured ones, or those in its text."""
    entity = receipt.entity
    given = [number_of_reference(one, entity) for one in (receipt.reference, *receipt.references)]
    if not any(given):
        seller = SELLERS.get(entity)
        form = _REFERENCES[seller.transfer_reference if seller else "rf"]
        text = f"{receipt.reference} {receipt.text}"
        given = [number_of_reference(match[0], entity) for match in form.finditer(text)]
    return list(dict.fromkeys(number for number in given if number))


def named_numbers(receipt: Receipt) -> list[str]:
    """Every invoice number the money names in full, the surest first."""
    if receipt.invoice_number:
        return [receipt.invoice_number]
    if receipt.purposes:
        return list(dict.fromkeys(purpose.invoice_number for purpose in receipt.purposes))
    quoted = quoted_numbers(receipt)
    if quoted and any(number_of_reference(one, receipt.entity) for one in (receipt.reference, *receipt.references)):
        return quoted
    text = f"{receipt.reference} {receipt.text}"
    return list(dict.fromkeys([*quoted, *numbers_in(text, receipt.entity)]))


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
    return _certain(paid, tuple(_how_named(receipt, share.item) for share in paid))


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
    return _certain(chosen, tuple(f"the payer chose {share.item.number}" for share in chosen))


def _certain(shares: tuple[Share, ...], evidence: tuple[str, ...]) -> Verdict:
    return Verdict(shares, evidence, sure=True, zone="automatic", score_basis_points=CERTAIN) if shares else NOTHING


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
