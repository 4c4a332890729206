"""What money books that comes, goes back, is paid back, or is booked on the bank account for nobody."""

from decimal import Decimal

from common.events.accounting import Conversion
from common.events.payments import BankEntryBooked, PaymentReceived, PaymentReturned, RefundFailed, RefundPaid
from common.money import EXPONENTS
from functions.accounting.posting.charts import Chart
from functions.accounting.posting.entries import Entry, balanced, journal_id, line, transfer


def payment(event: PaymentReceived, chart: Chart) -> Entry:
    """Bank or provider clearing against unapplied customer money, until it is matched."""
    return Entry(
        event=event.name,
        causes=("payment", event.receipt_id),
        document_type="DZ",
        document=event.receipt_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.received_on,
        postings=transfer(chart, f"money.{event.source}", "unapplied", event.amount_minor),
        conversion=_conversion(event),
    )


def returned(event: PaymentReturned, chart: Chart) -> Entry:
    """The reverse of a payment for what was taken back, and the fee for it as an expense."""
    lines = [
        line(chart, "unapplied", event.amount_minor),
        line(chart, "return_fees", event.fee_minor),
        line(chart, f"money.{event.source}", -event.amount_minor - event.fee_minor),
    ]
    return Entry(
        event=event.name,
        causes=("return", event.return_id),
        document_type="DZ",
        document=event.return_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.returned_on,
        postings=balanced(lines),
        reverses=journal_id("payment", event.receipt_id),
    )


def refund_paid(event: RefundPaid, chart: Chart) -> Entry:
    """What was owed back is paid, from where the money had come to or by transfer."""
    return Entry(
        event=event.name,
        causes=("refund_paid", event.refund_id, str(event.sequence)),
        document_type="DZ",
        document=event.refund_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.paid_on,
        postings=transfer(chart, "refunds", f"money.{event.source}", event.amount_minor),
    )


def refund_failed(event: RefundFailed, chart: Chart) -> Entry:
    """The reverse of a refund that had been told as paid and came back; no lines where it never left."""
    amount = event.amount_minor if event.undone else 0
    return Entry(
        event=event.name,
        causes=("refund_failed", event.refund_id, str(event.sequence)),
        document_type="DZ",
        document=event.refund_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.failed_on,
        postings=transfer(chart, f"money.{event.source}", "refunds", amount),
        reverses=journal_id("refund_paid", event.refund_id, str(event.sequence - 1)) if event.undone else "",
    )


def bank_entry(event: BankEntryBooked, chart: Chart) -> Entry:
    """What was booked on the bank account for nobody: an expense, a yield, money between accounts, or suspense."""
    return Entry(
        event=event.name,
        causes=("bank_entry", event.entry_id),
        document_type="SA",
        document=event.entry_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.booked_on,
        postings=transfer(chart, "money.bank", f"bank_entry.{event.kind}", event.amount_minor),
    )


def _conversion(event: PaymentReceived) -> Conversion | None:
    """At what rate the bank or provider converted what was sent; what it took on the way is in it."""
    if not event.original_minor or event.original_currency in {"", event.currency}:
        return None
    return Conversion(
        currency=event.original_currency,
        rate=_rate(event),
        on=event.received_on,
        source=event.source,
        amount_minor=event.original_minor,
    )


def _rate(event: PaymentReceived) -> str:
    """Units of the original currency for one of the receipt's, to ten places; empty for a currency we don't know."""
    places = EXPONENTS.get(event.original_currency), EXPONENTS.get(event.currency)
    if places[0] is None or places[1] is None or not event.amount_minor:
        return ""
    original = Decimal(event.original_minor).scaleb(-places[0])
    rate = original / Decimal(event.amount_minor).scaleb(-places[1])
    return format(round(rate, 10).normalize(), "f")
