"""Drafts and issued invoices: lines, VAT and totals that add up."""

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from common.documents import Document, id_from
from common.events.invoicing import Exchange, Line, VatTotal
from common.failures import Rejected
from common.money import share
from common.parties import SELLERS, Buyer, Seller


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
        bases: dict[tuple[str, int], int] = {}
        for line in self.lines:
            group = (line.category, line.rate_basis_points)
            bases[group] = bases.get(group, 0) + line.amount_minor
        if bases != {(vat.category, vat.rate_basis_points): vat.base_minor for vat in self.vat}:
            raise ValueError("the bases of VAT are not the sums of their lines")
        if any(vat.vat_minor != share(vat.base_minor, vat.rate_basis_points) for vat in self.vat):
            raise ValueError("VAT is not its rate of its base")
        if self.net_minor != sum(bases.values()) or self.vat_minor != sum(vat.vat_minor for vat in self.vat):
            raise ValueError("a total is not the sum of its parts")
        if self.total_minor != self.net_minor + self.vat_minor:
            raise ValueError("the total is not net and VAT")
        return self


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
    indexed = ("member_id", "run_id")

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


def invoice_id(number: str) -> str:
    """The id of the invoice with that number."""
    return id_from("inv", number)
