"""What is matched: money that came, items that are open, and what was found of them."""

from dataclasses import dataclass, field
from typing import NamedTuple

from functions.matching.evidence.names import words
from functions.matching.evidence.shapes import Shapes, groups_of, learn
from functions.matching.evidence.text import compact


class Money(NamedTuple):
    """A payment as the bank tells it; `date` is ISO, or empty."""

    payment: str
    date: str
    amount_cents: int
    payer_name: str = ""
    payer_iban: str = ""
    remittance: str = ""
    structured_reference: str = ""


class Invoice(NamedTuple):
    """An open item as it is listed; `invoice` is its id, `number` what is printed on it, `due` ISO or empty."""

    invoice: str
    number: str
    creditor_reference: str
    member_id: str
    member_name: str
    member_iban: str
    open_cents: int
    due: str


class Paid(NamedTuple):
    """Money an item was given before, and who gave it."""

    payment: str
    cents: int


@dataclass(slots=True, eq=False)
class Item:
    """An open item made ready for comparing. `open_cents` is what is still open, `listed_cents` what was at first."""

    invoice: str
    number: str
    reference: str
    member: str
    member_key: str
    name: str
    words: tuple[str, ...]
    iban: str
    listed_cents: int
    open_cents: int
    due: str
    packed: str
    """The number's letters and digits."""
    digits: str
    """All its digits, without leading zeros."""
    core: str
    """The digits that tell it from the next one, as written."""
    paid: tuple[Paid, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known before a payment comes: how numbers, references and member ids look, and how many items there are.

    For a platform with one way to number it is learned from a few of its own numbers.
    """

    numbers: Shapes
    references: Shapes
    members: Shapes
    items: int


@dataclass(slots=True)
class Found:
    """What the keys of a payment led to: items, how many there are behind keys that are counted, members by account."""

    items: dict[str, Item] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    """Members the payer's account is known to have paid for."""
    lookups: int = 0


def ground_of(invoices: list[Invoice]) -> Ground:
    """What a list of open items shows about how it is numbered."""
    return Ground(
        learn(one.number for one in invoices),
        learn((one.creditor_reference for one in invoices), grouped=False),
        learn(one.member_id for one in invoices),
        len(invoices),
    )


def item_of(invoice: Invoice, ground: Ground, paid: tuple[Paid, ...] = ()) -> Item:
    """An open item made ready, less what it was given."""
    groups = groups_of(invoice.number)
    iban = compact(invoice.member_iban)
    member_key = compact(invoice.member_id)
    return Item(
        invoice=invoice.invoice,
        number=invoice.number,
        reference=plain_reference(invoice.creditor_reference),
        member=member_key or iban or invoice.member_name or invoice.invoice,
        member_key=member_key,
        name=invoice.member_name,
        words=words(invoice.member_name),
        iban=iban,
        listed_cents=invoice.open_cents,
        open_cents=invoice.open_cents - sum(one.cents for one in paid),
        due=invoice.due,
        packed="".join(groups),
        digits="".join(group for group in groups if group.isdigit()).lstrip("0"),
        core=ground.numbers.core(groups),
        paid=paid,
    )


def plain_reference(reference: str) -> str:
    """A reference as it is compared: letters and digits; one of digits alone without leading zeros."""
    packed = compact(reference)
    return packed.lstrip("0") if packed.isdigit() else packed
