"""Charges become lines of open bills, and members become recipients."""

from collections.abc import Sequence

from common.events.charging import ChargeAccepted
from common.events.members import MemberChanged
from common.transaction import Transaction
from functions.invoicing.model.bills import Bill, Recipient, bill_id
from functions.invoicing.model.invoices import seller_of


def collect_charges(charges: Sequence[ChargeAccepted], transaction: Transaction) -> None:
    """Puts each charge on its member's open bill, once."""
    by_bill: dict[str, list[ChargeAccepted]] = {}
    for charge in charges:
        seller_of(charge.entity)
        by_bill.setdefault(bill_id(charge), []).append(charge)
    bills = transaction.find_all(Bill, list(by_bill))
    for found, waiting in zip(bills, by_bill.values(), strict=True):
        bill = found or Bill.for_charge(waiting[0])
        grown = bill.with_charges(waiting)
        if len(grown.lines) > len(bill.lines):
            transaction.put(grown)


def keep_recipients(changes: Sequence[MemberChanged], transaction: Transaction) -> None:
    """Remembers how each member is addressed now; an older change never goes over a newer one."""
    newest: dict[str, MemberChanged] = {}
    for change in sorted(changes, key=lambda change: change.revision):
        newest[change.member_id] = change
    known = transaction.find_all(Recipient, list(newest))
    for found, change in zip(known, newest.values(), strict=True):
        if found is None:
            transaction.put(Recipient(id=change.member_id, revision=change.revision, buyer=change.buyer))
        elif found.revision < change.revision:
            transaction.put(found.but(revision=change.revision, buyer=change.buyer))
