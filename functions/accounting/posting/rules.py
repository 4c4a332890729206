"""The rule of every money event of every area, and why each other event that tells an amount books nothing."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final, NamedTuple

from common.events.accounting import RevenueReleased
from common.events.base import Event
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import (
    CreditNoteApplied,
    PaymentMatched,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
    WriteOffDecided,
    WriteOffWithdrawn,
)
from common.events.payments import (
    BankEntryBooked,
    PaymentReceived,
    PaymentReturned,
    PayoutArrived,
    PayoutSettled,
    RefundFailed,
    RefundPaid,
)
from functions.accounting.posting import matching, money, payouts, sales
from functions.accounting.posting.charts import Chart, chart_of
from functions.accounting.posting.entries import Entry


class Rule(NamedTuple):
    """How an event is journalled, and which of its fields is the day it happened."""

    book: Callable[[Any, Chart], Entry]
    day: str


RULES: Final[dict[type[Event], Rule]] = {
    InvoiceIssued: Rule(sales.invoice, "issued_on"),
    CreditNoteIssued: Rule(sales.credit_note, "issued_on"),
    RevenueReleased: Rule(sales.released, "released_on"),
    PaymentReceived: Rule(money.payment, "received_on"),
    PaymentReturned: Rule(money.returned, "returned_on"),
    PaymentMatched: Rule(matching.match, "matched_on"),
    PaymentUnmatched: Rule(matching.unmatch, "unmatched_on"),
    CreditNoteApplied: Rule(matching.refund_owed, "applied_on"),
    RefundRequested: Rule(matching.refund_requested, "requested_on"),
    RefundWithdrawn: Rule(matching.refund_withdrawn, "withdrawn_on"),
    WriteOffDecided: Rule(matching.write_off, "decided_on"),
    WriteOffWithdrawn: Rule(matching.write_off_withdrawn, "withdrawn_on"),
    RefundPaid: Rule(money.refund_paid, "paid_on"),
    RefundFailed: Rule(money.refund_failed, "failed_on"),
    PayoutSettled: Rule(payouts.payout, "settled_on"),
    PayoutArrived: Rule(payouts.payout_arrived, "arrived_on"),
    BankEntryBooked: Rule(money.bank_entry, "booked_on"),
}
"""The posting rule of each event that moves money."""

MOVES_NOTHING: Final[dict[str, str]] = {
    "batch.accepted": "tells of journals that are posted already",
    "billing_run.completed": "adds up invoices that are told one by one",
    "charge.accepted": "is owed when it is invoiced",
    "debit.announced": "announces a collection; the money is told when it comes",
    "dispute.closed": "money that comes back with it is told as received",
    "dispute.opened": "what was taken for it is told as returned",
    "item.overdue": "nothing moved: that is why it is told",
    "item.reopened": "the unmatching or return behind it is told of its own",
    "item.settled": "what settled it is told of its own",
    "journal.posted": "is the journal itself",
    "overdue_item.changed": "repeats what an item's other events tell",
    "payment.action_required": "nothing was collected",
    "payment.expected": "is on its way; it is told when it comes",
    "payment.failed": "nothing was collected",
    "payment.requested": "is in flight; it is told when it comes",
    "payment.suggested": "is decided by a match, which is told",
    "reminder.confirmed": "asks for what is owed already",
    "reminder.doubted": "asks for nothing",
    "reminder.due": "asks for what is owed already",
    "reminder.owed": "asks for what is owed already",
}
"""Why an event that tells an amount needs no journal, by its name."""


def entry_of(event: Event) -> Entry:
    """What is to be journalled for an event, by the chart that holds on the day it happened.

    Rejected where it can't be: `unbalanced`, `no_account`, `no_tax_code`, `no_chart`, `unknown_entity`.
    """
    rule = RULES[type(event)]
    return rule.book(event, chart_for(event))


def chart_for(event: Event) -> Chart:
    """The chart of the event's legal entity on the day it happened."""
    day: date = getattr(event, RULES[type(event)].day)
    return chart_of(event.entity, day)  # type: ignore[attr-defined]
