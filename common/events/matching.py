"""What `matching` tells. It alone knows what is still owed."""

from datetime import date

from common.events.base import Event


class PaymentMatched(Event, name="payment.matched"):
    """Money was put on an open item. The rest of the money, if any, is unapplied credit."""

    match_id: str
    receipt_id: str
    item_id: str
    invoice_id: str
    invoice_number: str
    entity: str
    amount_minor: int
    currency: str
    evidence: tuple[str, ...]
    open_minor: int
    """Left open on the item."""
    unapplied_minor: int
    """Left of the money."""
    matched_on: date


class PaymentUnmatched(Event, name="payment.unmatched"):
    """A match was taken back by a counter-entry: item and money are as before it."""

    match_id: str
    receipt_id: str
    item_id: str
    invoice_id: str
    invoice_number: str
    entity: str
    amount_minor: int
    currency: str
    open_minor: int
    reason: str
    unmatched_on: date


class ItemSettled(Event, name="item.settled"):
    """Nothing is open on an item any more (paid, credited or both)."""

    item_id: str
    item_version: int
    invoice_id: str
    invoice_number: str
    currency: str
    total_minor: int
    settled_on: date
    was_overdue: bool = False
    """It had been told as overdue: whoever has not heard of that yet has to wait for it."""


class ItemReopened(Event, name="item.reopened"):
    """A settled item is open again."""

    item_id: str
    item_version: int
    invoice_id: str
    invoice_number: str
    currency: str
    open_minor: int


class ItemOverdue(Event, name="item.overdue"):
    """Nothing came by the due date, and nothing is in flight."""

    item_id: str
    item_version: int
    invoice_id: str
    invoice_number: str
    reference: str
    entity: str
    currency: str
    total_minor: int
    open_minor: int
    due_on: date
    email: str
    language: str
    buyer_name: str
