"""Drafts and issued invoices: lines, VAT and totals that add up."""

from collections.abc import Sequence
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from common.documents import Document, id_from
from common.events.invoicing import Exchange, Line, Preceding, VatTotal
from common.failures import Rejected
from common.parties import SELLERS, Buyer, Seller
from functions.invoicing.tax.amounts import amounts_of
from functions.invoicing.tax.exchange import converted


def seller_of(entity: str) -> Seller:
    """A legal entity as it sells now; Rejected `unknown_entity`."""
    if entity not in SELLERS:
        raise Rejected("unknown_entity", f"there is no legal entity {entity}")
    return SELLERS[entity]


class Amounts(BaseModel):
    """Lines, VAT and totals that add up to the last minor unit: no other can be made (EN 16931, BR-CO-10 to 17)."""

    currency: str
    lines: tuple[Line, ...]
    vat: tuple[VatTotal, ...]
    net_minor: int
    vat_minor: int
    total_minor: int
    exchange: Exchange | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        groups: dict[tuple[str, int], list[Line]] = {}
        for line in self.lines:
            groups.setdefault((line.category, line.rate_basis_points), []).append(line)
        told = {(vat.category, vat.rate_basis_points): vat for vat in self.vat}
        if groups.keys() != told.keys() or len(told) != len(self.vat):
            raise ValueError("the VAT is not of the lines' categories and rates, each once")
        for group, lines in groups.items():
            must_follow(told[group], lines)
        if self.net_minor != sum(vat.base_minor for vat in self.vat):
            raise ValueError("the net total is not the sum of its parts")
        if self.vat_minor != sum(vat.vat_minor for vat in self.vat):
            raise ValueError("the VAT is not the sum of its parts")
        if self.total_minor != self.net_minor + self.vat_minor:
            raise ValueError("the total is not net and VAT")
        must_stand_alone(self.vat)
        must_be_exchanged(self.exchange, self.vat_minor, self.currency)
        return self


def must_follow(vat: VatTotal, lines: Sequence[Line]) -> None:
    """ValueError unless the VAT of a group is what follows from its lines (`functions.invoicing.tax.amounts`)."""
    due = amounts_of(lines, vat.rate_basis_points)
    net_minor = due.net_minor if due.quoted_minor is None else sum(line.amount_minor for line in lines)
    if vat.base_minor != net_minor:
        raise ValueError("the bases of VAT are not the sums of their lines")
    if (vat.quoted_minor, vat.base_minor) != (due.quoted_minor, due.base_minor):
        raise ValueError("the base is not what the quoted prices have in them")
    if vat.vat_minor != due.vat_minor:
        raise ValueError("VAT is not its rate of its base")


def must_stand_alone(vat: Sequence[VatTotal]) -> None:
    """ValueError where what is outside the scope of VAT shares a document with anything else (EN 16931, BR-O-11)."""
    if len(vat) > 1 and any(total.category == "O" for total in vat):
        raise ValueError("what is outside the scope of VAT stands on a document of its own")


def must_be_exchanged(exchange: Exchange | None, vat_minor: int, currency: str) -> None:
    """ValueError unless the VAT in the tax currency is the VAT at the rate that is told (BT-111)."""
    if exchange and exchange.vat_minor != converted(vat_minor, exchange.rate, currency, exchange.currency):
        raise ValueError("the VAT in the tax currency is not the VAT at its rate")


class Draft(Amounts):
    """An invoice before it has a number, as a billing run froze it."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    bill_id: str
    buyer: Buyer
    due_on: date
    evidence: tuple[str, ...]
    """On what grounds its VAT was decided."""


class Invoice(Amounts, Document):
    """An issued invoice: frozen, both parties as they were. What happens to it later stands elsewhere."""

    collection = "invoices"
    indexed = ("member_id", "run_id", "entity", "currency")

    number: str
    reference: str
    entity: str
    member_id: str
    run_id: str
    seller: Seller
    buyer: Buyer
    issued_on: date
    due_on: date
    evidence: tuple[str, ...]
    preceding: Preceding | None = None
    """What it stands in the place of, if anything."""


def invoice_id(number: str) -> str:
    """The id of the invoice with that number."""
    return id_from("inv", number)
