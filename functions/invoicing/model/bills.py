"""What waits to be billed, and to whom: bills and recipients."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final, Self, TypeVar

from common.documents import Document, id_from
from common.encoding import flat_json
from common.events.charging import ChargeAccepted
from common.failures import Rejected
from common.parking import Freeze
from common.parties import Buyer
from common.values import Value

L = TypeVar("L")

MOST_LINES: Final = 2_000


"""On one bill, hence on one invoice."""


REMEMBERED: Final = 6
"""So many totals of earlier invoices a bill remembers."""


LARGEST_BILL: Final = 600_000


"""Bytes: its invoice still fits a document of 1 MiB, and so does a page of a manifest."""


class BillLine(Value):
    """A charge that waits to be billed, net of VAT unless `gross`; negative for a reversal or a credit."""

    charge_id: str
    kind: str
    description: str
    occurred_on: date
    amount_minor: int
    gross: bool = False
    rule: str
    reverses: str = ""
    """The charge this takes back."""
    service_from: date | None = None
    """The days it is for, where it is for some (`ChargeAccepted`)."""
    service_to: date | None = None

    @property
    def place(self) -> tuple[date, str, bool]:
        """Where it stands on an invoice: by day, a reversal after its charge, whatever arrived first."""
        return self.occurred_on, self.reverses or self.charge_id, bool(self.reverses)

    @classmethod
    def of(cls, charge: ChargeAccepted) -> Self:
        """The line of a charge."""
        return cls.model_validate(charge.model_dump(include=set(cls.model_fields)))


class BillHead(Document):
    """What a bill says besides its lines."""

    indexed = ("entity", "open", "member_id", "billing_day")

    entity: str
    member_id: str
    currency: str
    open: bool = False
    """It has lines."""
    billing_day: int = 0
    """The member's; 0 until a run for some billing days has looked."""
    moved_to: str = ""
    """Who took the member's place: what still comes here is theirs."""
    earlier: tuple[int, ...] = ()
    """What was billed from it the last times, in all and with VAT: a run compares itself with that."""

    def _of(self, lines: Sequence[Any], **changes: Any) -> Self:
        return self.but(lines=tuple(lines), open=bool(lines), **changes)

    def _left(self, lines: Sequence[L], charge_ids: Iterable[str], id_of: Callable[[L], str]) -> list[L]:
        invoiced = set(charge_ids)
        left = [line for line in lines if id_of(line) not in invoiced]
        if len(lines) - len(left) != len(invoiced):
            raise Rejected("bill_changed", f"{self.id} lacks lines that were frozen")
        return left


class Bill(BillHead):
    """What one member owes one legal entity in one currency and has not been invoiced yet."""

    collection = "bills"

    lines: tuple[BillLine, ...] = ()

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

    def with_lines_of(self, other: "Bill") -> "Bill":
        """The bill with another one's lines; Rejected `bill_full` where they don't fit."""
        known = {line.charge_id for line in self.lines}
        bill = self._of((*self.lines, *(line for line in other.lines if line.charge_id not in known)))
        if len(bill.lines) > MOST_LINES or bill.size > LARGEST_BILL:
            raise Rejected("bill_full", f"the lines of {other.member_id} don't fit the bill of {self.member_id}")
        return bill

    def moved(self, into: str) -> "Bill":
        """The bill after its lines went to another member's."""
        return self._of((), moved_to=into)

    def without(self, charge_ids: Iterable[str]) -> "Bill":
        """The bill without what was invoiced; Rejected `bill_changed` where one of it is not there."""
        return self._of(self._left(self.lines, charge_ids, lambda line: line.charge_id))

    @property
    def size(self) -> int:
        """Bytes it takes, near enough: its lines, which are most of it, to the byte."""
        return len(flat_json(self.lines)) + len(self.model_dump_json(exclude={"lines"}).encode())


class BillAsStored(BillHead):
    """A bill whose lines stay as they are stored: whoever takes some off for good asks for their ids alone.

    Reading a line costs as much as all else that issuing does with it.
    """

    collection = "bills"

    lines: tuple[dict[str, Any], ...] = ()

    def billed(self, charge_ids: Iterable[str], total_minor: int) -> Self:
        """The bill after these charges were invoiced, over so much; Rejected `bill_changed` where one is not there."""
        left = self._left(self.lines, charge_ids, lambda line: str(line["charge_id"]))
        return self._of(left, earlier=(*self.earlier, total_minor)[-REMEMBERED:])


def bill_id(charge: ChargeAccepted) -> str:
    """The bill a charge belongs on."""
    return bill_of(charge.entity, charge.member_id, charge.currency)


def bill_of(entity: str, member_id: str, currency: str) -> str:
    """The bill of a member with a legal entity in a currency."""
    return id_from("bill", entity, member_id, currency)


class Recipient(Document):
    """Whom a member's invoices are made out to, as `members` told last. Its id is the member's."""

    collection = "recipients"

    revision: int
    buyer: Buyer
    segment: str = ""
    billing_day: int = 0
    """The day of the month on which they are billed; 0: as the legal entity's policy says."""
    merged_into: str = ""
    """Who took their place: they are not billed any more."""


class InvoicingFreeze(Freeze):
    """Members whose bills no run takes: an invariant is broken for them."""

    collection = "invoicing_freezes"
