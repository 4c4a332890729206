"""An invoice or credit note as EN 16931-1 sees it: its business terms, each once, whatever syntax is written or read.

Every field names its business terms (BT) or groups (BG). Amounts are minor units of the document's currency, rates
are basis points. Texts are clean: one line, no character XML forbids, empty where the term is absent.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

LINE_OBJECT: Final = "130"
"""UNTDID 1001: invoicing data sheet, by which EN 16931 marks an invoiced object (BT-128)."""


class Endpoint(NamedTuple):
    """Where electronic documents reach a party (BT-34, BT-49): the scheme from the EAS code list, and the address."""

    scheme: str
    address: str


class PostalAddress(NamedTuple):
    """BG-5, BG-8."""

    line: str
    """BT-35, BT-50."""
    city: str
    """BT-37, BT-52."""
    postcode: str
    """BT-38, BT-53."""
    country: str
    """BT-40, BT-55 (ISO 3166-1)."""


class Contact(NamedTuple):
    """BG-6, BG-9."""

    name: str
    """BT-41, BT-56."""
    phone: str
    """BT-42, BT-57."""
    email: str
    """BT-43, BT-58."""


@dataclass(frozen=True, slots=True)
class Party:
    """The seller (BG-4) or the buyer (BG-7)."""

    name: str
    """BT-27, BT-44."""
    identifier: str
    """BT-29, BT-46: how the seller calls them."""
    legal_id: str
    """BT-30, BT-47."""
    vat_id: str
    """BT-31, BT-48."""
    endpoint: Endpoint | None
    """BT-34, BT-49."""
    address: PostalAddress
    contact: Contact


@dataclass(frozen=True, slots=True)
class Means:
    """Payment instructions (BG-16) and the account to transfer to (BG-17)."""

    code: str
    """BT-81 (UNTDID 4461)."""
    text: str
    """BT-82."""
    reference: str
    """BT-83."""
    account: str
    """BT-84: an IBAN."""
    account_name: str
    """BT-85."""
    bic: str
    """BT-86."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """VAT of one category and rate (BG-23)."""

    base_minor: int
    """BT-116."""
    vat_minor: int
    """BT-117."""
    category: str
    """BT-118 (UNTDID 5305)."""
    rate: int
    """BT-119."""
    reason: str
    """BT-120: why there is no VAT."""
    reason_code: str
    """BT-121 (VATEX)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line (BG-25). A reversal has the quantity -1: no price is negative (BR-27)."""

    place: str
    """BT-126."""
    note: str
    """BT-127: how the amount was reckoned."""
    charge_id: str
    """BT-128: by which the API explains it."""
    quantity: int
    """BT-129, in units of one (BT-130 is C62)."""
    net_minor: int
    """BT-131."""
    starts_on: date
    """BT-134."""
    ends_on: date
    """BT-135."""
    price_minor: int
    """BT-146."""
    category: str
    """BT-151."""
    rate: int | None
    """BT-152; None where nothing is subject to VAT (BR-O-05)."""
    name: str
    """BT-153."""
    kind: str
    """BT-155: the seller's own name of the service."""


class Preceding(NamedTuple):
    """The invoice a credit note corrects (BG-3; Directive 2006/112/EC, art. 219)."""

    number: str
    """BT-25."""
    issued_on: date
    """BT-26."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The whole document."""

    number: str
    """BT-1."""
    issued_on: date
    """BT-2."""
    type_code: str
    """BT-3 (UNTDID 1001): 380 an invoice, 381 a credit note, whose amounts are positive."""
    currency: str
    """BT-5."""
    vat_currency: str
    """BT-6: the tax office's, where it is another."""
    due_on: date | None
    """BT-9."""
    buyer_reference: str
    """BT-10."""
    payment_terms: str
    """BT-20."""
    note: str
    """BT-22."""
    process: str
    """BT-23."""
    specification: str
    """BT-24."""
    preceding: Preceding | None
    """BG-3."""
    seller: Party
    """BG-4."""
    buyer: Party
    """BG-7."""
    delivered_on: date
    """BT-72: the last tax point."""
    starts_on: date
    """BT-73: no line's days are outside of the document's (PEPPOL-EN16931-R110 and R111)."""
    ends_on: date
    """BT-74."""
    means: Means
    """BG-16."""
    net_minor: int
    """BT-106 and BT-109, which are the same: nothing is allowed or charged on document level."""
    vat_minor: int
    """BT-110."""
    vat_accounted_minor: int | None
    """BT-111, in minor units of BT-6."""
    gross_minor: int
    """BT-112."""
    due_minor: int
    """BT-115."""
    breakdown: tuple[Breakdown, ...]
    """BG-23."""
    items: tuple[Item, ...]
    """BG-25."""
