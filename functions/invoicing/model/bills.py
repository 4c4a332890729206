"""What waits to be billed, and to whom: bills and recipients."""

from collections.abc import Iterable
from datetime import date
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from common.documents import Document, id_from
from common.events.charging import ChargeAccepted
from common.failures import Rejected
from common.parking import Freeze
from common.parties import Buyer

MOST_LINES: Final = 2_000


"""On one bill, hence on one invoice."""


LARGEST_BILL: Final = 600_000


"""Bytes: its invoice still fits a document of 1 MiB, and so does a page of a manifest."""


class BillLine(BaseModel):
    """A charge that waits to be billed, net of VAT unless `gross`; negative for a reversal or a credit."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    charge_id: str
    kind: str
    description: str
    occurred_on: date
    amount_minor: int
    gross: bool = False
    rule: str
    reverses: str = ""
    """The charge this takes back."""

    @property
    def place(self) -> tuple[date, str, bool]:
        """Where it stands on an invoice: by day, a reversal after its charge, whatever arrived first."""
        return self.occurred_on, self.reverses or self.charge_id, bool(self.reverses)

    @classmethod
    def of(cls, charge: ChargeAccepted) -> Self:
        """The line of a charge."""
        return cls.model_validate(charge.model_dump(include=set(cls.model_fields)))


class Bill(Document):
    """What one member owes one legal entity in one currency and has not been invoiced yet."""

    collection = "bills"
    indexed = ("entity", "open", "member_id")

    entity: str
    member_id: str
    currency: str
    lines: tuple[BillLine, ...] = ()
    open: bool = False
    """It has lines."""

    @classmethod
    def for_charge(cls, charge: ChargeAccepted) -> Self:
        """The empty bill a charge belongs on."""
        return cls(id=bill_id(charge), entity=charge.entity, member_id=charge.member_id, currency=charge.currency)

    def with_charges(self, charges: Iterable[ChargeAccepted]) -> "Bill":
        """The bill with new charges; one it knows is left out. Rejected `bill_full` where no more fit."""
        known = {line.charge_id for line in self.lines}
        fresh = {charge.charge_id: BillLine.of(charge) for charge in charges if charge.charge_id not in known}
        bill = self._of((*self.lines, *fresh.values()))
        if len(bill.lines) > MOST_LINES or (fresh and bill.size > LARGEST_BILL):
            raise Rejected("bill_full", f"the bill of {self.member_id} has {len(self.lines)} lines")
        return bill

    def without(self, charge_ids: Iterable[str]) -> "Bill":
        """The bill without what was invoiced; Rejected `bill_changed` where one of it is not there."""
        invoiced = set(charge_ids)
        left = tuple(line for line in self.lines if line.charge_id not in invoiced)
        if len(self.lines) - len(left) != len(invoiced):
            raise Rejected("bill_changed", f"{self.id} lacks lines that were frozen")
        return self._of(left)

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return len(self.model_dump_json().encode())

    def _of(self, lines: tuple[BillLine, ...]) -> "Bill":
        return self.but(lines=lines, open=bool(lines))


def bill_id(charge: ChargeAccepted) -> str:
    """The bill a charge belongs on."""
    return id_from("bill", charge.entity, charge.member_id, charge.currency)


class Recipient(Document):
    """Whom a member's invoices are made out to, as `members` told last. Its id is the member's."""

    collection = "recipients"

    revision: int
    buyer: Buyer


class InvoicingFreeze(Freeze):
    """Members whose bills no run takes: an invariant is broken for them."""

    collection = "invoicing_freezes"
