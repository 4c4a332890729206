"""Charges become lines of open bills, and members become recipients."""

from collections.abc import Sequence

from common.events.charging import ChargeAccepted
from common.events.members import MemberChanged
from common.transaction import Transaction
from functions.invoicing.model.bills import Bill, Recipient, bill_id
from functions.invoicing.model.invoices import seller_of
from functions.invoicing.tasks import MoveBills


def collect_charges(charges: Sequence[ChargeAccepted], transaction: Transaction) -> None:
    """Puts each charge on its member's open bill, once; from the bill of a merged member it goes on to the other's."""
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
            if grown.moved_to:
                transaction.later(MoveBills(member_id=grown.member_id, into=grown.moved_to))


def keep_recipients(changes: Sequence[MemberChanged], transaction: Transaction) -> None:
    """Remembers how each member is addressed now; an older change never goes over a newer one."""
    newest: dict[str, MemberChanged] = {}
    for change in sorted(changes, key=lambda change: change.revision):
        newest[change.member_id] = change
    known = transaction.find_all(Recipient, list(newest))
    news = [(found, change) for found, change in zip(known, newest.values(), strict=True) if _is_news(found, change)]
    bills = [bill for found, change in news for bill in _on_another_day(found, change, transaction)]
    for found, change in news:
        told = {name: getattr(change, name) for name in ("revision", "buyer", "segment", "billing_day", "merged_into")}
        transaction.put(found.but(**told) if found else Recipient(id=change.member_id, **told))
    for bill in bills:
        transaction.put(bill.but(billing_day=newest[bill.member_id].billing_day))


def _is_news(found: Recipient | None, change: MemberChanged) -> bool:
    return found is None or found.revision < change.revision


def _on_another_day(found: Recipient | None, change: MemberChanged, transaction: Transaction) -> list[Bill]:
    """The bills a run would look for on the day the member had before."""
    if found is None or found.billing_day == change.billing_day:
        return []
    bills = transaction.select(Bill, member_id=change.member_id)
    return [bill for bill in bills if bill.billing_day not in {0, change.billing_day}]
