"""What providers' payouts book: their clearing accounts empty into the bank, less what they keep."""

from common.events.payments import PayoutArrived, PayoutSettled
from functions.accounting.posting.charts import Chart
from functions.accounting.posting.entries import Entry, balanced, line, transfer


def payout(event: PayoutSettled, chart: Chart) -> Entry:
    """What a provider pays out is in transit, what it keeps an expense: both leave its clearing account.

    Charges, refunds and chargebacks are on that account since they were told one by one.
    """
    moved = event.charges_minor + event.refunds_minor + event.chargebacks_minor
    lines = [
        line(chart, "in_transit", event.amount_minor),
        line(chart, "provider_fees", -event.fees_minor),
        line(chart, "provider_adjustments", -event.adjustments_minor),
        line(chart, f"money.{event.provider}", -moved),
    ]
    return Entry(
        event=event.name,
        causes=("payout", event.payout_id),
        document_type="SA",
        document=event.payout_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.settled_on,
        postings=balanced(lines),
    )


def payout_arrived(event: PayoutArrived, chart: Chart) -> Entry:
    """A payout that was in transit is in the bank."""
    return Entry(
        event=event.name,
        causes=("payout_arrived", event.receipt_id),
        document_type="SA",
        document=event.receipt_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.arrived_on,
        postings=transfer(chart, "money.bank", "in_transit", event.amount_minor),
    )
